"""A real server in a thread of its own, for tests that speak to it as strangers do: over plain sockets."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from engine.home import Home
from engine.registry import Registry
from server.app import make_app
from server.listen import LOOPBACK
from server.security import Guard
from server.security_limits import Limits
from server.workbench import Workbench
from tests.server import postgres
from tests.server.kit import TOKEN, write_nodes

TIMEOUT = 20.0


@dataclass(frozen=True)
class Served:
    """Where it is."""

    port: int
    home: Path

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def raw(self, data: bytes, *, whole: bool = True) -> bytes:
        """What it answers to these bytes: all until it closes the connection, or what comes first."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT) as connection:
            found = b""
            try:
                connection.sendall(data)
                while piece := connection.recv(1 << 16):
                    found += piece
                    if not whole:
                        break
            except (ConnectionError, BrokenPipeError):
                pass  # refused before all was read
            return found

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        headers: dict[str, str] | None = None,
        token: bool = True,
        whole: bool = True,
    ) -> tuple[int, bytes]:
        """Status and the whole answer; the path is sent as it stands."""
        sent = {"Host": f"127.0.0.1:{self.port}", "Connection": "close"}
        if token:
            sent["Authorization"] = f"Bearer {TOKEN}"
        if method not in ("GET", "HEAD"):
            sent |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        sent |= headers or {}
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items() if value)
        answer = self.raw(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body, whole=whole)
        return status_of(answer), answer


def status_of(answer: bytes) -> int:
    """The status of an answer; 0 where the connection was closed without one."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0


@contextmanager
def in_background(home: Path, limits: Limits | None = None) -> Iterator[Served]:
    """A server with the installed node types, until the block ends."""
    ready, found = threading.Event(), []
    loop = asyncio.new_event_loop()
    end = asyncio.Event()

    async def serve() -> None:
        engines = [{"home": str(home), "device": "cpu", "dtype": "fp32", "threads": 1}]
        bench = Workbench(lambda: Registry.installed(home / "nodes"))
        guard = Guard(TOKEN, LOOPBACK)
        output = home / "output"
        app = make_app(
            home=Home(home), guard=guard, workbench=bench, output=output, engines=engines, limits=limits,
            database=postgres.for_home(home),
        )  # fmt: skip
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1)
        try:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            found.append(runner.addresses[0][1])
            ready.set()
            await end.wait()
        finally:
            await runner.cleanup()
            ready.set()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serve())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    write_nodes(home)
    thread = threading.Thread(target=run, name="server")
    thread.start()
    ready.wait(TIMEOUT)
    try:
        yield Served(found[0], home)
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(TIMEOUT)
