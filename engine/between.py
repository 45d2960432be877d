"""Small work for the device thread: done between two operations of a run, or at once where none is under way.

The device thread alone touches the device, so such work never competes with a run for it; a run only pauses for it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


class Between:
    """Work that waits for the thread. `ask` from any thread, `do` in the device thread."""

    def __init__(self, thread: Executor) -> None:
        self._thread = thread
        self._waiting: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()

    def ask(self, work: Callable[[], T]) -> Future[T]:
        """Have something done soon."""
        future: Future[T] = Future()
        self._waiting.put((future, work))
        self._thread.submit(self.do)
        return future

    def do(self) -> None:
        """Do what waits."""
        while True:
            try:
                future, work = self._waiting.get_nowait()
            except Empty:
                return
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)
