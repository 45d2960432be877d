"""What may import what: the layers, no circles, and nothing heavy before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {"torch", "diffusers", "transformers", "accelerate", "scipy", "torchsde", "safetensors", "numpy", "PIL"}
LATE = {"nodes.clip.pair", "nodes.textmodel"}  # classes of torch, imported in functions only, to open weights
NODES_MAY = {"about", "node", "values", "context", "digest", "lazy", "errors"}


def modules(package: str) -> dict[str, Path]:
    """The modules of a package by name."""
    found = {}
    for file in sorted((ROOT / package).rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports(file: Path, *, deferred: bool) -> Iterator[str]:
    """What a file imports: at import time, or (`deferred`) also in functions. For type checkers only: never."""
    stack: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))]
    while stack:
        top = stack.pop()
        if isinstance(top, ast.Import):
            yield from (alias.name for alias in top.names)
        elif isinstance(top, ast.ImportFrom):
            assert top.level == 0, f"{file}: a relative import"
            assert top.module is not None
            yield from (f"{top.module}.{alias.name}" for alias in top.names)
        elif isinstance(top, ast.If) and "TYPE_CHECKING" in ast.dump(top.test):
            stack += top.orelse
        elif deferred or not isinstance(top, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            stack += ast.iter_child_nodes(top)


@pytest.mark.parametrize(("package", "never"), [("engine", {"nodes", "server"}), ("nodes", {"server"})])
def test_the_layers_point_one_way(package: str, never: set[str]):
    for name, file in modules(package).items():
        reached = {used.partition(".")[0] for used in imports(file, deferred=True)}
        assert not reached & never, f"{name} imports {reached & never}"


def test_nodes_use_the_small_public_part_of_the_engine():
    for name, file in modules("nodes").items():
        used = {part.split(".")[1] for part in imports(file, deferred=True) if part.startswith("engine.")}
        assert used <= NODES_MAY, f"{name} imports engine.{used - NODES_MAY}"


@pytest.mark.parametrize("package", ["engine", "nodes", "server"])
def test_no_module_imports_itself_by_way_of_others(package: str):
    known = modules(package)
    graph: nx.DiGraph[str] = nx.DiGraph()
    for name, file in known.items():
        for used in imports(file, deferred=False):  # a module, or a name in one
            home = used if used in known else used.rpartition(".")[0]
            if home in known:
                graph.add_edge(name, home)
    assert not list(nx.simple_cycles(graph))


@pytest.mark.parametrize("package", ["engine", "nodes"])
def test_nothing_heavy_is_imported_at_import_time(package: str):
    for name, file in modules(package).items():
        if name in LATE:
            continue
        heavy = {used.partition(".")[0] for used in imports(file, deferred=False)} & HEAVY
        assert not heavy, f"{name} imports {heavy}"


def loaded(code: str) -> set[str]:
    """The top-level packages that are loaded after this code, in a process of its own."""
    code += "\nimport sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60, cwd=ROOT
    )
    return set(done.stdout.splitlines()[-1].split())


def test_every_module_of_engine_and_nodes_loads_without_torch():
    names = [name for package in ("engine", "nodes") for name in modules(package) if name not in LATE]
    code = "\n".join(f"import {name}" for name in names)
    assert not loaded(code) & {"torch", "diffusers", "transformers", "numpy"}


def test_the_help_needs_neither_pydantic_nor_torch():
    code = "import contextlib, engine.cli\nwith contextlib.suppress(SystemExit): engine.cli.main(['--help'])"
    assert not loaded(code) & {"pydantic", "torch", "networkx", "rich", "sqlite3", "asyncio"}


def test_validation_needs_no_torch(tmp_path: Path):
    file = ROOT / "workflows/text_to_image.json"
    code = f"import engine.cli\nengine.cli.main(['validate', {str(file)!r}, '--home', {str(tmp_path)!r}])"
    assert not loaded(code) & {"torch", "numpy", "rich"}


def test_a_lazy_module_comes_with_its_first_attribute():
    code = "from engine.lazy import lazy\njson = lazy('wave')\nassert 'wave' not in sys.modules\njson.open"
    assert "wave" in loaded("import sys\n" + code)
