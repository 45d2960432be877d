"""Everything that happens to runs goes through here: written together, then told.

    journal.tell(run, {"event": "RunDone", …}, end=True)
    journal.change("0f3a…", status="done", ended=now)
    await journal.committed()

What is noted without an `await` in between is one transaction: a run's end, its artifacts and its last events are there
together or not at all. While one transaction is written, the next gathers, and they begin at least `PAUSE` apart, so
that a busy server pays for few commits; the first after a rest is written at once. Events are handed to clients only
after their commit, so a number that a client saw is never given to another event. If the database cannot be written (a
full disk), nothing is told or acknowledged, and it is tried again, at longer and longer intervals; `trouble` says so
meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection

from server.answers import LOG, Refusal, dumps
from server.database import Database
from server.queue import writing
from server.queue.trouble import Trouble, after
from server.stream import Hub, Published

T = TypeVar("T")

PATIENCE = 10.0  # seconds that a client is kept waiting for a commit
PAUSE = 0.004  # seconds from the beginning of a transaction to that of the next


class Told(Protocol):
    """A run that events are told of."""

    id: str
    owner: str
    last: int


class _Batch:
    """What one transaction writes."""

    def __init__(self) -> None:
        self.documents: dict[str, str] = {}
        self.runs: list[dict[str, Any]] = []
        self.events: list[Published] = []
        self.changes: dict[str, dict[str, Any]] = {}
        self.files: list[dict[str, Any]] = []
        self.timings: dict[tuple[str, str], float] = {}
        self.others: list[Callable[[Connection], Any]] = []
        self.after: list[Callable[[], None]] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def write(self, connection: Connection) -> None:
        """In the database's thread."""
        writing.documents(connection, self.documents)
        new = [{**row, **self.changes.get(row["id"], {})} for row in self.runs]
        writing.new_runs(connection, new)
        writing.events(connection, self.events)
        there = self.changes.keys() - {row["id"] for row in new}
        writing.changes(connection, {run: self.changes[run] for run in there})
        writing.files(connection, self.files)
        writing.timings(connection, self.timings)
        for other in self.others:
            other(connection)


class Journal:
    """Gathers changes and writes them, batch after batch."""

    def __init__(self, database: Database, hub: Hub) -> None:
        self._database, self._hub = database, hub
        self._next = hub.last + 1
        self._batch = _Batch()
        self.trouble: Trouble | None = None
        self._closing = asyncio.Event()
        self._more = asyncio.Event()
        self._task = asyncio.create_task(self._work())

    def keep(self, rows: list[dict[str, Any]], digest: str, document: str, then: Callable[[], None]) -> None:
        """New runs, and the document that they use; `then` is called when they are on the disk."""
        self._batch.runs += rows
        self._batch.documents[digest] = document
        self._batch.after.append(then)
        self._more.set()

    def tell(self, run: Told, body: dict[str, Any], end: bool = False) -> None:
        """Number an event of a run."""
        run.last += 1
        number, place = run.last, self._next
        self._next += 1
        text = dumps({"number": number, "id": place, "run": run.id, "time": round(time.time(), 4), **body})
        self._batch.events.append(Published(place, run.id, number, text, end, run.owner))
        self.change(run.id, last=number)

    def change(self, run: str, **columns: Any) -> None:
        """Set columns of a run's row."""
        self._batch.changes.setdefault(run, {}).update(columns)
        self._more.set()

    def file(self, row: dict[str, Any]) -> None:
        """A file that a run made."""
        self._batch.files.append(row)
        self._more.set()

    def took(self, workflow: str, parts: dict[str, float]) -> None:
        """How long the parts of a workflow take."""
        self._batch.timings.update({(workflow, part): seconds for part, seconds in parts.items()})
        self._more.set()

    def also(self, write: Callable[[Connection], Any]) -> None:
        """Anything else for the same transaction."""
        self._batch.others.append(write)
        self._more.set()

    async def committed(self) -> None:
        """Returns when all that was noted until now is on the disk."""
        self._more.set()
        await asyncio.shield(self._batch.done)

    async def kept(self) -> None:
        """As `committed`, for a client: who is not kept waiting for longer than `PATIENCE`. Raises `Refusal` 503."""
        await self.in_time(self.committed())

    async def in_time(self, work: Awaitable[T]) -> T:
        """Wait for what needs a commit, but not for longer than `PATIENCE`. Raises `Refusal` 503."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await work
        except TimeoutError:
            reason = f": {self.trouble.reason}" if self.trouble is not None else ""
            raise Refusal(503, f"the database cannot be written{reason}; it will be done when it can be") from None

    async def close(self) -> None:
        """Write what is left; what cannot be is given up, after one more attempt. Nobody was told of that."""
        self._more.set()
        self._closing.set()
        done = asyncio.ensure_future(self.committed())
        await asyncio.wait((done, self._task), return_when=asyncio.FIRST_COMPLETED)
        done.cancel()
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _work(self) -> None:
        begun = 0.0
        while True:
            await self._more.wait()
            await asyncio.sleep(begun + PAUSE - time.monotonic())
            begun = time.monotonic()
            self._more.clear()
            batch, self._batch = self._batch, _Batch()
            if not await self._written(batch):
                return
            for then in batch.after:
                then()
            self._hub.publish(batch.events)
            batch.done.set_result(None)

    async def _written(self, batch: _Batch) -> bool:
        """Write a batch, however long that takes; False if the server ends before it could be."""
        while True:
            last = self._closing.is_set()
            try:
                await self._database.ask(batch.write)
                self.trouble = None
                return True
            except Exception as error:
                self.trouble = trouble = after(error, self.trouble)
                LOG.exception("the queue cannot be written, attempt %d: %s", trouble.attempts, trouble.reason)
            if last:
                LOG.error("the server ends; %d events were not kept", len(batch.events))
                return False
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), trouble.pause)
