"""A real server for tests: a port, an engine, cheap node types; a client with the token."""

from __future__ import annotations

import asyncio
import functools
import io
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from engine.api import Engine
from engine.context import INJECTED, Context
from engine.home import Home
from engine.node import node
from engine.registry import Registry
from engine.values import Artifact
from server.app import make_app
from server.listen import LOOPBACK
from server.security import Guard
from server.workbench import Workbench
from tests.engine import kit
from tests.engine.kit import Thing

TOKEN = "a-token-that-only-tests-use"
JSON = {"Content-Type": "application/json"}


@node("serve.hold")
def hold(a: Thing, *, seconds: float = 30.0, ctx: Context = INJECTED) -> Thing:
    """Takes its time, and looks whether it was cancelled."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ctx.check()
        time.sleep(0.005)
    return a


@node("serve.file", sink=True)
def file(a: Thing, *, text: str = "", suffix: str = ".txt", name: str = "{name}-{n}") -> Artifact:
    """A file with a text."""
    return Artifact(text.encode("latin-1"), suffix, name)


def registry() -> Registry:
    """The engine's cheap node types, and the two above."""
    made = kit.registry()
    made.add(hold)
    made.add(file)
    return made


class Client:
    """Speaks to the server as a program does: with the token, without an Origin."""

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
        assert headers["Location"] == f"/api/v1/runs/{body['run']}"
        return str(body["run"])

    def follow(self, run: str, since: int = 0, **options: Any) -> Any:
        """The WebSocket of a run."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return self.session.ws_connect(f"{self.url}/api/v1/runs/{run}/ws?since={since}", headers=headers, **options)

    async def events(self, run: str, since: int = 0) -> list[dict[str, Any]]:
        """All events of a run, over a WebSocket, to the end."""
        async with self.follow(run, since) as socket:
            return [json.loads(message.data) async for message in socket]

    async def ended(self, run: str) -> Any:
        """The run, once it has ended."""
        await self.events(run)
        return await self.get(f"/api/v1/runs/{run}")


@asynccontextmanager
async def served(home: Path, make_registry: Callable[[], Registry] = registry) -> AsyncIterator[Client]:
    """A server on a free port of this machine, and a client of it."""
    made = functools.partial(Engine, home=home, device="cpu", dtype="fp32", threads=1)
    workbench = Workbench(make_registry, lambda types: made(registry=types))
    guard = Guard(TOKEN, LOOPBACK)
    app = make_app(home=Home(home), guard=guard, workbench=workbench, output=home / "output")
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession() as session:
            yield Client(url, session, home)
    finally:
        await runner.cleanup()


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test that is a coroutine."""

    @functools.wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        asyncio.run(asyncio.wait_for(test(*arguments, **named), 60))

    return run
