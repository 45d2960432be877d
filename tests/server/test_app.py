"""The shape of the package: what it imports, and what a body may cost."""

from __future__ import annotations

import ast
import gzip
import sys
from pathlib import Path

from tests.server.kit import in_loop, served

ROOT = Path(__file__).parents[2]
ENGINE = {"api", "context", "describe", "errors", "events", "home", "registry", "validate", "workflow"}


def imported(file: Path) -> set[str]:
    """The modules that a file imports, inside functions too."""
    found: set[str] = set()
    for part in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(part, ast.Import):
            found |= {name.name for name in part.names}
        elif isinstance(part, ast.ImportFrom) and part.module is not None:
            found.add(part.module)
    return found


def test_the_server_imports_public_parts_of_the_engine_and_nobody_imports_the_server() -> None:
    for file in (ROOT / "server").glob("*.py"):
        for name in imported(file):
            first, _, rest = name.partition(".")
            assert (
                first in ("server", "aiohttp", "engine", "pydantic", "sqlalchemy") or first in sys.stdlib_module_names
            ), (file, name)
            assert first != "engine" or rest in ENGINE, (file, name)
    for package in ("engine", "nodes"):
        for file in (ROOT / package).rglob("*.py"):
            assert not any(name.partition(".")[0] == "server" for name in imported(file)), file


@in_loop
async def test_a_body_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    bomb = gzip.compress(b'{"workflow": "' + b" " * (64 << 20) + b'"}')
    async with served(tmp_path) as client:
        status, _, _ = await client.ask("POST", "/api/v1/validate", bomb, headers={"Content-Encoding": "gzip"})
        assert status in (400, 413)
        status, body, _ = await client.ask("GET", "/api/v1/health", token=False)
        assert body["status"] == "ok"
