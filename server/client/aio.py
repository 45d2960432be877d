"""The client for programs with an event loop."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any
from urllib.parse import quote

import aiohttp

from engine.errors import LoomError
from server.client.find import where

TRIES = 6
FIRST_PAUSE = 0.1  # seconds; doubled each time
LONGEST_PAUSE = 5.0
LOST = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, asyncio.TimeoutError)


class ServerError(LoomError):
    """What the server refused: `status`, and `problems` of a workflow."""

    def __init__(self, status: int, detail: str, problems: Sequence[Mapping[str, Any]] = ()) -> None:
        self.status, self.detail, self.problems = status, detail, list(problems)
        super().__init__(detail)


class AsyncClient:
    """One server. Use it as `async with AsyncClient(url, token) as loom`."""

    def __init__(self, url: str, token: str, *, tries: int = TRIES, on_lost: Callable[[], None] = lambda: None) -> None:
        """`tries`: before a lost connection is given up. `on_lost` is called when one is, each time."""
        self.url, self._tries, self._on_lost = url.rstrip("/"), tries, on_lost
        self._headers = {"Authorization": f"Bearer {token}"}
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def local(cls, url: str | None = None) -> AsyncClient:
        """The server of this user on this machine, or the one at `url` with a token from `LOOM_TOKEN` or LOOM_HOME."""
        return cls(*where(url))

    async def __aenter__(self) -> AsyncClient:
        self._session = aiohttp.ClientSession(headers=self._headers)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    # runs

    async def submit(
        self,
        workflow: Mapping[str, Any] | str,
        *,
        set: Mapping[str, Any] | None = None,
        targets: Sequence[str] | None = None,
        **more: Any,
    ) -> Any:
        """Submit a run of a document, or of a workflow that the server keeps; returns it at once, queued."""
        body = {"workflow": workflow, "set": dict(set or {}), "key": secrets.token_hex(16), **more}
        return await self.ask("POST", "/runs", {**body, **({"targets": list(targets)} if targets else {})}, again=True)

    async def run(self, run: str) -> Any:
        """A run: status, steps, nodes, files."""
        return await self.ask("GET", f"/runs/{_part(run)}")

    async def cancel(self, run: str) -> Any:
        """Stop a run within a step."""
        return await self.ask("POST", f"/runs/{_part(run)}/cancel", again=True)

    async def events(self, run: str, after: int = 0) -> AsyncIterator[dict[str, Any]]:
        """The events of a run after a number, as they happen, to its end; over lost connections."""
        tries = 0
        while True:
            try:
                path = f"{self.url}/api/v1/runs/{_part(run)}/events?after={after}"
                async with self._open().ws_connect(path, heartbeat=20) as socket:
                    async for message in socket:
                        if message.type is aiohttp.WSMsgType.TEXT:
                            event = json.loads(message.data)
                            after, tries = event.get("number", after), 0
                            yield event
                            if event["event"] == "RunDone":
                                return
                    if socket.close_code == aiohttp.WSCloseCode.OK:
                        return  # the run had ended before
            except aiohttp.WSServerHandshakeError as error:
                if error.status < 500:
                    await self.run(run)  # says why
                    raise ServerError(error.status, error.message) from None
            except LOST:
                pass
            tries += 1
            await self._pause(tries)

    async def wait(self, run: str) -> Any:
        """The run, once it has ended."""
        async for _ in self.events(run):
            pass
        return await self.run(run)

    # files and workflows

    async def artifact(self, digest: str) -> bytes:
        """The bytes of a file."""
        found: bytes = await self.ask("GET", f"/artifacts/{_part(digest)}", raw=True)
        return found

    async def upload(self, data: bytes, name: str = "") -> Any:
        """Keep a picture; `input` of the answer is what `image.load` takes."""
        headers = {"Content-Type": "application/octet-stream"}
        return await self.ask("POST", f"/assets?name={_part(name)}", data, headers=headers, again=True)

    async def workflow(self, name: str) -> Any:
        """A document that the server keeps."""
        return await self.ask("GET", f"/workflows/{_part(name)}")

    async def put_workflow(self, name: str, document: Mapping[str, Any], revision: str | int | None = None) -> Any:
        """Write a document over the revision that was seen; None: there was none. `ServerError` 409 on a conflict."""
        seen = {"If-None-Match": "*"} if revision is None else {"If-Match": f'"{revision}"'}
        return await self.ask("PUT", f"/workflows/{_part(name)}", dict(document), headers=seen)

    # anything

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        raw: bool = False,
        again: bool = False,
    ) -> Any:
        """Ask for a path below `/api/v1`; JSON, or bytes if `raw`. `again`: safe to send twice, as reading is."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {**({} if method == "GET" else {"Content-Type": "application/json"}), **(headers or {})}
        tries = 0
        while True:
            try:
                url = f"{self.url}/api/v1{path}"
                async with self._open().request(method, url, data=data, headers=sent) as response:
                    got = await response.read()
                    if response.status >= 400:
                        raise _error(response.status, got)
                    return got if raw else json.loads(got)
            except LOST as error:
                tries += 1
                if tries >= self._tries or not (again or method == "GET"):
                    raise LoomError(f"{self.url} does not answer: {error or type(error).__name__}") from None
                await self._pause(tries)

    async def _pause(self, tries: int) -> None:
        if tries >= self._tries:
            raise LoomError(f"{self.url} does not answer")
        self._on_lost()
        await asyncio.sleep(min(FIRST_PAUSE * 2**tries, LONGEST_PAUSE))

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise LoomError("use the client in a `with` block")
        return self._session


def _part(name: str) -> str:
    return quote(name, safe=":")


def _error(status: int, body: bytes) -> ServerError:
    try:
        said = json.loads(body)
        return ServerError(status, str(said["detail"]), said.get("problems", ()))
    except (ValueError, KeyError, TypeError):
        return ServerError(status, f"the server answered {status}")
