"""Carries runs out: takes the next one from the line, hands it to a device, and sees it through to its end.

A worker that dies is replaced and the run begun again: what it stored is loaded then, so it goes on at its last stored
step. A run in which workers die three times without getting any further fails.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import OrderedDict
from collections.abc import Sequence

from server.answers import LOG
from server.places import Places
from server.queue import store
from server.queue.book import Book
from server.queue.desk import Desk
from server.queue.line import Line
from server.queue.live import Json, Live
from server.worker.frames import header_of
from server.worker.process import Died

MOST_DEATHS = 3
KEPT = 16  # documents at hand


class Carrier:
    """The devices, and the runs under way."""

    def __init__(self, line: Line, book: Book, options: Sequence[Json], places: Places) -> None:
        self.line, self.book, self.places = line, book, places
        self.paused = False
        self.active: dict[str, tuple[Live, Desk]] = {}
        self.desks = [Desk(one, self._hear, self._show) for one in options]
        self._documents: OrderedDict[str, Json] = OrderedDict()
        self._wake = asyncio.Event()
        self._closing = False
        self._tasks: list[asyncio.Task[None]] = []
        self._grants: set[asyncio.Task[None]] = set()
        book.hub.on_watched = self._watched

    def begin(self) -> None:
        """Begin to work."""
        self._tasks = [asyncio.create_task(self._work(desk)) for desk in self.desks]

    def wake(self) -> None:
        """There may be something to do."""
        self._wake.set()

    async def close(self) -> None:
        """Stop what is under way within a step; it waits, before all others. End the workers."""
        self._closing = True
        self._wake.set()
        await asyncio.gather(*(desk.close() for desk in self.desks))
        await asyncio.gather(*self._tasks)

    def keep_document(self, digest: str, data: Json) -> None:
        """A document that will be asked for soon."""
        self._documents[digest] = data
        while len(self._documents) > KEPT:
            self._documents.popitem(last=False)

    async def _work(self, desk: Desk) -> None:
        while not self._closing:
            live = None if self.paused else self.line.pick()
            if live is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            self.active[live.id] = (live, desk)
            try:
                await self._carry_out(desk, live)
            except Exception:
                LOG.exception("run %s", live.id)
                self.book.finish(live, {"status": "failed", "error": "the server made a mistake; its log has it"})
            finally:
                del self.active[live.id]

    async def _carry_out(self, desk: Desk, live: Live) -> None:
        """From its turn to its end, over the deaths of workers."""
        again = live.started is not None
        live.status = "running"
        await self.book.begin(live, again)
        places = self.places.of(live.owner)
        asked: Json = {"run": live.id, "document": await self._document(live.workflow), **places.asked()}
        asked |= {"set": live.changes, "targets": live.targets}
        while not self._stopped(live):
            if again:
                asked["before"] = await self._before(live)
            before = live.seen.progress
            try:
                ended = await desk.run(asked)
            except Died as died:
                again = True
                if self._stopped(live):
                    return
                where = f" at {', '.join(live.seen.running())}" if live.seen.running() else ""
                self.book.died(live, died.reason, live.seen.progress > before)
                if live.deaths >= MOST_DEATHS:
                    error = f"its worker died {live.deaths} times{where}; the last one {died.reason}"
                    return self.book.finish(live, {"status": "failed", "error": error})
                continue
            if ended["status"] == "cancelled" and self._stopped(live):
                return
            return self.book.finish(live, ended)

    def _stopped(self, live: Live) -> bool:
        """Whether it is not to go on: it was cancelled, or the server ends."""
        if live.cancelling:
            self.book.finish(live, {"status": "cancelled"})
        elif self._closing:
            self.book.suspend(live)
            self.line.resume(live)
        else:
            return False
        return True

    async def _before(self, live: Live) -> Json:
        """What earlier attempts may have left, and what is others'."""
        since = live.started or 0.0
        return {"since": since, "claimed": await self.book.database.ask(lambda c: store.claimed(c, since))}

    async def _document(self, digest: str) -> Json:
        if digest not in self._documents:
            text = await self.book.database.ask(lambda c: store.document(c, digest))
            self.keep_document(digest, json.loads(text))
        self._documents.move_to_end(digest)
        return self._documents[digest]

    # what workers say

    def _hear(self, said: Json) -> None:
        found = self.active.get(said.get("run", ""))
        if found is None:
            return
        live, desk = found
        if said["say"] == "event":
            self.book.happened(live, said["body"])
        elif said["say"] == "deliver":
            task = asyncio.create_task(self._grant(live.id, desk))
            self._grants.add(task)
            task.add_done_callback(self._grants.discard)

    async def _grant(self, run: str, desk: Desk) -> None:
        """Its files may be delivered once it is kept that it began: who resumes it will look for them then."""
        await self.book.journal.committed()
        desk.grant(run)

    def _show(self, body: bytes) -> None:
        with contextlib.suppress(ValueError):
            run = str(header_of(body).get("run"))
            if run in self.active:
                self.book.hub.show(run, body, self.active[run][0].owner)

    def _watched(self, on: bool) -> None:
        for desk in self.desks:
            desk.watch(on)
