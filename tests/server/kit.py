"""A real server for tests: a port, an engine, cheap node types; a client with the token."""

from __future__ import annotations

import asyncio
import functools
import io
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from sqlalchemy import URL

from engine.home import Home
from engine.registry import Registry
from server.app import make_app
from server.listen import LOOPBACK
from server.security import Guard
from server.workbench import Workbench
from tests.engine import kit
from tests.server import nodes, postgres
from tests.server.soak import SECONDS

TOKEN = "a-token-that-only-tests-use"
JSON = {"Content-Type": "application/json"}
PATIENCE = SECONDS  # for a test; workers start slowly on a machine that has other work


def registry() -> Registry:
    """The engine's cheap node types, and the server's."""
    made = kit.registry()
    for one in (nodes.hold, nodes.deaf, nodes.die, nodes.refuse, nodes.trip, nodes.read, nodes.file, nodes.value):
        made.add(one)
    return made


def write_nodes(home: Path) -> None:
    """Put the same node types into a home's folder, for processes."""
    folder = home / "nodes"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kit.py").write_bytes(Path(kit.__file__).read_bytes())
    source = Path(nodes.__file__).read_text(encoding="utf-8")
    (folder / "serve.py").write_text(source.replace("tests.engine.kit", "loom_user.kit"), encoding="utf-8")


class Client:
    """Speaks to the server as a program does: with the token, without an Origin."""

    app: web.Application  # of a server in this process

    def __init__(self, url: str, session: aiohttp.ClientSession, home: Path) -> None:
        self.url, self.session, self.home = url, session, home

    async def ask(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, token: bool = True
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Status, body (JSON, or bytes) and headers of an answer."""
        sent = {"Authorization": f"Bearer {TOKEN}"} if token else {}
        raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        data = io.BytesIO(raw) if raw is not None else None
        if method not in ("GET", "HEAD"):
            sent |= JSON
        sent |= headers or {}
        async with self.session.request(
            method, self.url + path, data=data, headers={k: v for k, v in sent.items() if v}, allow_redirects=False
        ) as response:
            got = await response.read()
            is_json = response.content_type in ("application/json", "application/problem+json") and got
            return response.status, json.loads(got) if is_json else got, response.headers.copy()

    async def get(self, path: str) -> Any:
        """The JSON of an address that is there."""
        status, body, _ = await self.ask("GET", path)
        assert status == 200, (status, body)
        return body

    async def begin(self, document: dict[str, Any], **more: Any) -> str:
        """Begin a run; its id."""
        status, body, headers = await self.ask("POST", "/api/v1/runs", {"workflow": document, **more})
        assert status == 201, body
        assert headers["Location"] == f"/api/v1/runs/{body['id']}"
        return str(body["id"])

    def follow(self, run: str | None, after: int = 0, **options: Any) -> Any:
        """The WebSocket of a run, or of all."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        path = f"/api/v1/runs/{run}/events" if run is not None else "/api/v1/events"
        return self.session.ws_connect(f"{self.url}{path}?after={after}", headers=headers, **options)

    async def events(self, run: str, after: int = 0) -> list[dict[str, Any]]:
        """All events of a run, over a WebSocket, to the end."""
        async with self.follow(run, after) as socket:
            return [json.loads(message.data) async for message in socket]

    async def ended(self, run: str) -> Any:
        """The run, once it has ended."""
        await self.events(run)
        return await self.get(f"/api/v1/runs/{run}")


@asynccontextmanager
async def served(
    home: Path,
    make_registry: Callable[[], Registry] = registry,
    workers: int = 1,
    static: Path | None = None,
    database: URL | None = None,
) -> AsyncIterator[Client]:
    """A server on a free port of this machine, and a client of it. `static`: the built editor; by default none."""
    write_nodes(home)
    workbench = Workbench(make_registry)
    engines = [{"home": str(home), "device": "cpu", "dtype": "fp32", "threads": 1}] * workers
    guard = Guard(TOKEN, LOOPBACK)
    app = make_app(
        home=Home(home), guard=guard, workbench=workbench, output=home / "output", engines=engines,
        static=static or home / "no-editor", database=database or postgres.for_home(home),
    )  # fmt: skip
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1)
    try:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession() as session:
            client = Client(url, session, home)
            client.app = app
            yield client
    finally:
        await runner.cleanup()


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test that is a coroutine."""

    @functools.wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        asyncio.run(asyncio.wait_for(test(*arguments, **named), PATIENCE))

    return run
