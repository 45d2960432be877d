"""The client for scripts: the other one, with an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar

from server.client.aio import AsyncClient
from server.client.find import where

T = TypeVar("T")


class Client:
    """One server. Use it as `with Client(url, token) as loom`."""

    def __init__(self, url: str, token: str) -> None:
        self._client = AsyncClient(url, token)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="loom-client", daemon=True)

    @classmethod
    def local(cls, url: str | None = None) -> Client:
        """The server of this user on this machine, or the one at `url` with a token from `LOOM_TOKEN` or LOOM_HOME."""
        return cls(*where(url))

    def __enter__(self) -> Client:
        self._thread.start()
        self._do(self._client.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._do(self._client.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def submit(
        self,
        workflow: Mapping[str, Any] | str,
        *,
        set: Mapping[str, Any] | None = None,
        targets: Sequence[str] | None = None,
        **more: Any,
    ) -> Any:
        """As `AsyncClient.submit`."""
        return self._do(self._client.submit(workflow, set=set, targets=targets, **more))

    def run(self, run: str) -> Any:
        """As `AsyncClient.run`."""
        return self._do(self._client.run(run))

    def cancel(self, run: str) -> Any:
        """As `AsyncClient.cancel`."""
        return self._do(self._client.cancel(run))

    def events(self, run: str, after: int = 0) -> Iterator[dict[str, Any]]:
        """As `AsyncClient.events`."""
        events = self._client.events(run, after)
        while (event := self._do(anext(events, None))) is not None:
            yield event

    def wait(self, run: str) -> Any:
        """As `AsyncClient.wait`."""
        return self._do(self._client.wait(run))

    def artifact(self, digest: str) -> bytes:
        """As `AsyncClient.artifact`."""
        return self._do(self._client.artifact(digest))

    def upload(self, data: bytes, name: str = "") -> Any:
        """As `AsyncClient.upload`."""
        return self._do(self._client.upload(data, name))

    def workflow(self, name: str) -> Any:
        """As `AsyncClient.workflow`."""
        return self._do(self._client.workflow(name))

    def put_workflow(self, name: str, document: Mapping[str, Any], revision: str | int | None = None) -> Any:
        """As `AsyncClient.put_workflow`."""
        return self._do(self._client.put_workflow(name, document, revision))

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """As `AsyncClient.ask`."""
        return self._do(self._client.ask(method, path, body, **options))

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
