"""A worker as the HTTP process sees it: a child, what it is told, and what it says.

`start` returns as soon as the process exists; what is sent waits in its pipe. Whatever it says goes to `hear`, in
order, in the event loop. When it ends — killed, crashed, told to — `gone` is set with its exit code, and every question
that is still open fails with `Died`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from typing import Any

from server.answers import LOG, Refusal
from server.worker.frames import MESSAGES, BadFrame, messages, receive

Said = dict[str, Any]


class Died(Exception):
    """The worker is gone; `reason` in words."""

    def __init__(self, code: int | None) -> None:
        self.reason = f"was killed by signal {-code}" if code is not None and code < 0 else f"ended with code {code}"
        super().__init__(f"the worker process {self.reason}")


class Worker:
    """One worker process."""

    def __init__(self, process: Process, hear: Callable[[Said], None], show: Callable[[bytes], None]) -> None:
        self._process, self._hear, self._show = process, hear, show
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._number = 0
        self.gone: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, options: Said, hear: Callable[[Said], None], show: Callable[[bytes], None]) -> Worker:
        """Start a process; `options` are those of the engine."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "server.worker", stdin=PIPE, stdout=PIPE
        )
        worker = cls(process, hear, show)
        worker.send({"op": "open", "options": options})
        return worker

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def send(self, *bodies: Said) -> None:
        """Tell it something. What is said to one that is gone is lost; who waits learns of it by `gone`."""
        stdin = self._process.stdin
        if stdin is not None and not stdin.is_closing():
            with contextlib.suppress(ConnectionError):
                stdin.write(messages(list(bodies)))

    async def ask(self, op: str, **fields: Any) -> Any:
        """Ask it something. Raises `Refusal`, or `Died`."""
        if self.gone.done():
            raise Died(self.gone.result())
        self._number += 1
        number = self._number
        future = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            self.send({"op": op, "ask": number, **fields})
            return await future
        finally:
            del self._asked[number]

    def kill(self) -> None:
        """End it now."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def shutdown(self, grace: float) -> None:
        """Let it finish its step, store what is finished, and end; kill it after `grace` seconds."""
        self.send({"op": "shutdown"})
        try:
            await asyncio.wait_for(asyncio.shield(self.gone), grace)
        except TimeoutError:
            LOG.warning("worker %d did not end within %g s and is killed", self.pid, grace)
            self.kill()
        await self._task

    async def _listen(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        try:
            while True:
                kind, body = await receive(stdout)
                if kind != MESSAGES:
                    self._show(body)
                    continue
                for said in json.loads(body):
                    self._take(said)
        except asyncio.IncompleteReadError:
            pass
        except (BadFrame, ValueError, KeyError, TypeError):
            LOG.exception("worker %d said what nobody understands", self.pid)
            self.kill()
        code = await self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self.gone.set_result(code)
        for future in self._asked.values():
            if not future.done():
                future.set_exception(Died(code))

    def _take(self, said: Said) -> None:
        if said["say"] != "answer":
            self._hear(said)
            return
        future = self._asked.get(said["ask"])
        if future is None or future.done():
            return
        if "value" in said:
            future.set_result(said["value"])
        else:
            future.set_exception(Refusal(said["status"], said["error"], **said["more"]))
