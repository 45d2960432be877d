"""Everything that happens to runs goes through here: written together, then told.

    journal.tell(run, {"event": "RunDone", …}, end=True)
    journal.change("0f3a…", status="done", ended=now)
    await journal.committed()

What is noted without an `await` in between is one transaction: a run's end, its artifacts and its last events are there
together or not at all. While one transaction is written, the next gathers; events are handed to clients only after
their commit, so a number that a client saw is never given to another event. If the database cannot be written (a full
disk), nothing is told, and it is tried again.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy import Connection, insert, update

from server.answers import LOG, dumps
from server.database import Database
from server.queue.tables import run_artifacts, run_events, runs
from server.stream import Hub, Published

AGAIN = 1.0  # seconds until a failed write is tried again


class Told(Protocol):
    """A run that events are told of."""

    id: str
    last: int


class _Batch:
    """What one transaction writes."""

    def __init__(self) -> None:
        self.events: list[Published] = []
        self.changes: dict[str, dict[str, Any]] = {}
        self.files: list[dict[str, Any]] = []
        self.others: list[Callable[[Connection], Any]] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def write(self, connection: Connection) -> None:
        """In the database's thread."""
        if self.events:
            rows = [{"id": e.id, "run": e.run, "number": e.number, "body": e.text} for e in self.events]
            connection.execute(insert(run_events), rows)
        for run, columns in self.changes.items():
            connection.execute(update(runs).where(runs.c.id == run).values(**columns))
        if self.files:
            connection.execute(insert(run_artifacts), self.files)
        for other in self.others:
            other(connection)


class Journal:
    """Gathers changes and writes them, batch after batch."""

    def __init__(self, database: Database, hub: Hub) -> None:
        self._database, self._hub = database, hub
        self._next = hub.last + 1
        self._batch = _Batch()
        self._more = asyncio.Event()
        self._task = asyncio.create_task(self._work())

    def tell(self, run: Told, body: dict[str, Any], end: bool = False) -> None:
        """Number an event of a run."""
        run.last += 1
        number, place = run.last, self._next
        self._next += 1
        text = dumps({"number": number, "id": place, "run": run.id, "time": round(time.time(), 4), **body})
        self._batch.events.append(Published(place, run.id, number, text, end))
        self.change(run.id, last=number)

    def change(self, run: str, **columns: Any) -> None:
        """Set columns of a run's row."""
        self._batch.changes.setdefault(run, {}).update(columns)
        self._more.set()

    def file(self, row: dict[str, Any]) -> None:
        """A file that a run made."""
        self._batch.files.append(row)
        self._more.set()

    def also(self, write: Callable[[Connection], Any]) -> None:
        """Anything else for the same transaction."""
        self._batch.others.append(write)
        self._more.set()

    async def committed(self) -> None:
        """Returns when all that was noted until now is on the disk."""
        self._more.set()
        await asyncio.shield(self._batch.done)

    async def close(self) -> None:
        """Write what is left."""
        await self.committed()
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _work(self) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            batch, self._batch = self._batch, _Batch()
            while True:
                try:
                    await self._database.ask(batch.write)
                    break
                except Exception:
                    LOG.exception("the queue cannot be written; trying again")
                    await asyncio.sleep(AGAIN)
            self._hub.publish(batch.events)
            batch.done.set_result(None)
