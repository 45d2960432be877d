"""A device: the worker process that owns it, started when it is first needed and replaced whenever it dies."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from server.answers import LOG
from server.worker.process import Died, Said, Worker

SHUTDOWN = 15.0  # seconds for a worker to finish its step and store it


class Desk:
    """A device and its worker."""

    def __init__(self, options: Said, hear: Callable[[Said], None], show: Callable[[bytes], None]) -> None:
        self._options, self._hear, self._show = options, hear, show
        self._worker: Worker | None = None
        self._starting = asyncio.Lock()
        self._ended: asyncio.Future[Said] | None = None
        self._run = self._cancelled = ""
        self._watched = False

    @property
    def device(self) -> str:
        """The device that its worker is told to use."""
        return str(self._options.get("device", "auto"))

    @property
    def pid(self) -> int | None:
        """The worker's process id, if there is one."""
        worker = self._worker
        return worker.pid if worker is not None and not worker.gone.done() else None

    async def ready(self) -> Worker:
        """The worker; a new one if there is none."""
        async with self._starting:
            worker = self._worker
            if worker is None or worker.gone.done():
                worker = self._worker = await Worker.start(self._options, self._take, self._show)
                LOG.info("worker started", extra={"worker": worker.pid})
                if self._watched:
                    worker.send({"op": "previews", "on": True})
            return worker

    async def ask(self, op: str, **fields: Any) -> Any:
        """Ask the engine. A worker that dies meanwhile is replaced and asked again, once. Raises `Refusal`, `Died`."""
        try:
            return await (await self.ready()).ask(op, **fields)
        except Died:
            return await (await self.ready()).ask(op, **fields)

    async def run(self, asked: Said) -> Said:
        """Work off a run; returns how it ended. Raises `Died`."""
        self._run, self._ended = asked["run"], asyncio.get_running_loop().create_future()
        try:
            worker = await self.ready()
            worker.send({"op": "run", **asked})
            if self._cancelled == self._run:  # while the worker started
                worker.send({"op": "cancel", "run": self._run})
            await asyncio.wait((self._ended, worker.gone), return_when=asyncio.FIRST_COMPLETED)
            if self._ended.done():
                return self._ended.result()
            raise Died(worker.gone.result())
        finally:
            self._run, self._ended = "", None

    def cancel(self, run: str, grace: float) -> None:
        """Stop the run within a step; a worker that does not react in time is ended."""
        self._cancelled = run
        if self._worker is not None:
            self._worker.send({"op": "cancel", "run": run})

        def insist() -> None:
            if self._run == run and self._worker is not None:
                LOG.warning("run %s did not stop within %g s: its worker is replaced", run, grace)
                self._worker.kill()

        asyncio.get_running_loop().call_later(grace, insist)

    def grant(self, run: str) -> None:
        """The run may deliver its files."""
        if self._worker is not None and run == self._run:
            self._worker.send({"op": "deliver", "run": run})

    def watch(self, on: bool) -> None:
        """Whether somebody looks at previews."""
        self._watched = on
        if self._worker is not None:
            self._worker.send({"op": "previews", "on": on})

    async def close(self) -> None:
        """Finish the step under way, store it, end the process."""
        async with self._starting:
            if self._worker is not None and not self._worker.gone.done():
                with contextlib.suppress(ConnectionError):
                    await self._worker.shutdown(SHUTDOWN)

    def _take(self, said: Said) -> None:
        if said["say"] == "ended":
            if self._ended is not None and said["run"] == self._run and not self._ended.done():
                self._ended.set_result(said)
        elif said["say"] == "ready" or said.get("run") == self._run:
            self._hear(said)
