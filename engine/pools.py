"""Operations that run beside the device thread.

Reading a file, encoding a PNG: such nodes say `thread="pool"`. An operation of theirs is handed to the pool as soon as
the operations that it reads from are done; the device thread waits only where it needs a result.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, wait

from engine.program import Program


class Pools:
    """The pool operations of one program. `work(position)` runs one of them."""

    def __init__(self, program: Program, pool: Executor, work: Callable[[int], None]) -> None:
        self._pool, self._work = pool, work
        self._lock = threading.Lock()
        self._begun: set[int] = set()
        self._abandoned = False
        self.error: BaseException | None = None  # the first that an operation raised
        self._futures: dict[int, Future[None]] = {i: Future() for i, op in enumerate(program.ops) if op.pool}
        self._needs: dict[int, set[int]] = {}
        self._feeds: dict[int, list[int]] = {}
        self._before: dict[int, list[int]] = {}
        if not self._futures:
            return
        makers = {slot: i for i, op in enumerate(program.ops) for slot in op.out}
        for i, op in enumerate(program.ops):
            needed = {makers[slot] for slot in program.reads(op) if slot in makers}
            if op.pool:
                self._needs[i] = needed
                for maker in needed:
                    self._feeds.setdefault(maker, []).append(i)
            else:
                self._before[i] = [maker for maker in needed if maker in self._futures]

    def start(self) -> None:
        """Submit what needs nothing."""
        for position in [p for p, needs in self._needs.items() if not needs]:
            self._pool.submit(self._run, position)

    def wait_before(self, position: int) -> None:
        """Wait for the pool operations whose results an operation reads."""
        for maker in self._before.get(position, ()):
            self._futures[maker].result()

    def finished(self, position: int) -> None:
        """An operation is done: submit the pool operations that waited for it alone."""
        for fed in self._feeds.get(position, ()):
            with self._lock:
                self._needs[fed].discard(position)
                ready = not self._needs[fed]
            if ready:
                self._pool.submit(self._run, fed)

    def join(self) -> None:
        """Wait for all; raises the first error."""
        for future in self._futures.values():
            future.result()

    def abandon(self) -> None:
        """Start nothing more, and wait for what is under way; for a run that has failed or was cancelled."""
        with self._lock:
            self._abandoned = True
            begun = [self._futures[position] for position in self._begun]
        wait(begun)

    def _run(self, position: int) -> None:
        with self._lock:
            if self._abandoned:
                return
            self._begun.add(position)
        try:
            self._work(position)
        except BaseException as error:
            self._fail(position, error)
            return
        self._futures[position].set_result(None)
        self.finished(position)

    def _fail(self, position: int, error: BaseException) -> None:
        """Fail an operation and the pool operations that need it."""
        if self.error is None:
            self.error = error
        stack = [position]
        while stack:
            failed = stack.pop()
            if failed in self._futures and not self._futures[failed].done():
                self._futures[failed].set_exception(error)
                stack += self._feeds.get(failed, ())
