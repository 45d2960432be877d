"""The queue as clients use it: submit, cancel, move, pause, try again.

What waits is in memory and in the database; the database is written before a client is told. A run that begins need
not be written before it begins — after a crash it is begun again either way, and goes on at its last stored step — but
its end is one transaction: status, files and last events. So no run is lost, and none is completed twice.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Sequence
from typing import Any
from weakref import WeakValueDictionary

from aiohttp import web

from server.answers import Refusal
from server.database import Database
from server.places import Places
from server.queue import store
from server.queue.book import Book
from server.queue.carrier import Carrier
from server.queue.line import Line
from server.queue.live import Json, Live
from server.queue.store import Row
from server.queue.submission import Prepared, Submission
from server.stream import Hub
from server.users.user import User
from server.worker.process import Died

MOST_WAITING = 10_000
GRACE = 10.0  # seconds for a run that is cancelled to stop by itself


class Queue:
    """The runs that wait and those under way."""

    def __init__(self, database: Database, found: store.Found, options: Sequence[Json], places: Places) -> None:
        self.database, self.hub = database, Hub(found.last)
        self.line = Line()
        self.book = Book(database, self.hub)
        self.carrier = Carrier(self.line, self.book, options, places)
        self.carrier.paused = found.paused
        self._place = found.place
        self._coming = 0  # runs that are being written
        self._asking: WeakValueDictionary[tuple[str, str, str], asyncio.Lock] = WeakValueDictionary()
        self._restore(found)
        self.carrier.begin()

    @classmethod
    async def opened(cls, database: Database, options: Sequence[Json], places: Places) -> Queue:
        """The queue as it was left; `options` are those of an engine, one for each device."""
        return cls(database, await database.ask(store.load), options, places)

    def _restore(self, found: store.Found) -> None:
        for owner, client in found.served:
            self.line.served(owner, client)
        for row, events in found.under_way:
            run = Live.of(row)
            run.status = "queued"
            for body in events:
                run.seen.see(body)
            self.line.resume(run)
        for row in found.waiting:
            self.line.add(Live.of(row))
        for run in [one for one in self.line if one.cancelling]:
            self.line.remove(run)
            self.book.finish(run, {"status": "cancelled"})

    @property
    def paused(self) -> bool:
        """Whether no more runs are begun."""
        return self.carrier.paused

    def live(self, run: str) -> Live | None:
        """A run that is under way."""
        found = self.carrier.active.get(run)
        return found[0] if found is not None else None

    async def ask(self, op: str, user: User, *, about: str | None = None, **fields: Any) -> Any:
        """Ask the engine, as far as a user sees: of the device that the run `about` is on, else of the first one.

        Raises `Refusal`.
        """
        inputs = self.carrier.places.of(user.name).asked()["inputs"]
        _, desk = self.carrier.active.get(about or "", (None, self.carrier.desks[0]))
        try:
            return await desk.ask(op, inputs=inputs, **fields)
        except Died as died:
            raise Refusal(503, f"the worker process {died.reason} while it was asked") from None

    async def submit(
        self, owner: str, client: str, asked: Submission, made: Prepared, request: str
    ) -> tuple[list[Row], bool]:
        """Keep runs; returns their rows, and whether they are new. Raises `Refusal`."""
        waiting = len(self.line) + self._coming
        if waiting + len(made.runs) > MOST_WAITING:
            raise Refusal(429, f"{waiting} runs wait already; at most {MOST_WAITING} do")
        now = time.time()
        batch = secrets.token_hex(8) if made.many else None
        lives = []
        for i, changes in enumerate(made.runs):
            self._place += 1
            same = (owner, client, made.name, asked.priority, self._place, made.digest, changes, asked.targets, batch)
            lives.append(Live(secrets.token_hex(8), *same, created=now + i * 1e-6))
        rows = [_row(live, asked.key if not i else None, request) for i, live in enumerate(lives)]
        self.carrier.keep_document(made.digest, made.data)
        if asked.key is not None:  # carried through even if who asked goes: the next one with this key waits for it
            return await self.book.journal.in_time(asyncio.shield(self._once(lives, rows, made)))
        self._keep(lives, rows, made.digest, made.document)
        await self.book.journal.kept()
        return list(rows), True

    async def _once(self, lives: list[Live], rows: list[Row], made: Prepared) -> tuple[list[Row], bool]:
        """Of requests with one key, one at a time: what the first one made is there for the next one to find."""
        mine = (rows[0]["owner"], rows[0]["client"], rows[0]["key"])
        lock = self._asking.setdefault(mine, asyncio.Lock())  # goes when nobody holds it or waits for it
        async with lock:
            known = await self.database.ask(lambda c: store.asked_before(c, rows[0]))
            if known is not None:
                return known, False
            self._keep(lives, rows, made.digest, made.document)
            await self.book.journal.committed()
            return list(rows), True

    async def again(self, run: str, client: str, user: User) -> str:
        """Submit a run once more, for whose it is; the new one's id. Raises `Refusal`."""
        row, _ = await self.database.ask(lambda c: store.one(c, run, user))
        if row["status"] not in store.ENDED:
            raise Refusal(409, f"the run is {row['status']}; what has not ended is not tried again")
        old = Live.of(row)
        self._place += 1
        same = (old.owner, client, old.name, old.priority, self._place, old.workflow, old.changes, old.targets, None)
        live = Live(secrets.token_hex(8), *same, created=time.time())
        new = _row(live, None, "") | {"retry_of": run}
        self._keep([live], [new], live.workflow, "")
        await self.book.journal.kept()
        return live.id

    def _keep(self, lives: list[Live], rows: list[Row], digest: str, document: str) -> None:
        """Write runs. They are in the line when they are on the disk, not before; who asked may have gone by then."""
        self._coming += len(lives)

        def take() -> None:
            self._coming -= len(lives)
            for live in lives:
                self.line.add(live)
            self.carrier.wake()

        self.book.journal.keep(rows, digest, document, take)
        for live in lives:
            self.book.queued(live)

    async def cancel(self, run: str) -> None:
        """Stop this run, and only this one; returns when that is kept. One that ended stays as it is."""
        under_way = self.carrier.active.get(run)
        if under_way is not None:
            live, desk = under_way
            live.cancelling = True
            self.book.journal.change(run, cancelling=True)
            desk.cancel(run, GRACE)
        else:
            waiting = self._waiting(run)
            if waiting is None:
                return
            self.line.remove(waiting)
            self.book.finish(waiting, {"status": "cancelled"})
        await self.book.journal.kept()

    async def cancel_batch(self, batch: str, user: User) -> None:
        """Stop all runs of a batch that a user sees."""
        lives = [*self.line, *(live for live, _ in self.carrier.active.values())]
        await asyncio.gather(*(self.cancel(one.id) for one in lives if one.batch == batch and user.sees(one.owner)))

    def owners(self) -> set[str]:
        """Whose runs wait or are under way and not being stopped."""
        active = {live.owner for live, _ in self.carrier.active.values() if not live.cancelling}
        return active | {one.owner for one in self.line}

    async def cancel_of(self, owner: str) -> None:
        """Stop all runs of a user; what waits first, so that none of it is begun meanwhile."""
        waiting = [one.id for one in self.line if one.owner == owner]
        active = [live.id for live, _ in self.carrier.active.values() if live.owner == owner and not live.cancelling]
        for run in waiting + active:
            await self.cancel(run)

    async def move(self, run: str, other: str, after: bool) -> None:
        """Put a waiting run before or after another one; it takes that one's priority. Raises `Refusal`."""
        live, beside = self._waiting(run), self._waiting(other)
        if live is None or beside is None or live is beside:
            raise Refusal(409, "only a run that waits can be moved, and only beside another that waits")
        if live.owner != beside.owner:
            raise Refusal(409, "users take turns: a run can be moved beside another of the same user")
        self.line.remove(live)
        live.priority = beside.priority
        others = self.line.of(live.owner, live.client, live.priority)
        index = sum(one.place < beside.place or (after and one.place == beside.place) for one in others)
        others.insert(index, live)
        for one in others:  # the places that they had, dealt out anew
            self.line.remove(one) if one is not live else None
        places = sorted(one.place for one in others)
        for one, place in zip(others, places, strict=True):
            one.place = place
            self.line.add(one)
            self.book.journal.change(one.id, place=place, priority=one.priority)
        await self.book.journal.kept()

    async def pause(self, paused: bool) -> None:
        """Begin no more runs, or go on; that is kept over a restart."""
        self.carrier.paused = paused
        self.book.journal.also(lambda c: store.keep_setting(c, "paused", "true" if paused else "false"))
        await self.book.journal.kept()
        self.carrier.wake()

    async def close(self) -> None:
        """Stop within a step, keep everything, end the workers."""
        await self.carrier.close()
        await self.book.journal.close()

    def _waiting(self, run: str) -> Live | None:
        return next((one for one in self.line if one.id == run), None)


def _row(live: Live, key: str | None, request: str) -> Json:
    """A new run's row."""
    same = ("id", "owner", "client", "name", "status", "priority", "place", "workflow", "batch", "created")
    return {
        **{name: getattr(live, name) for name in same},
        "changes": json.dumps(live.changes),
        "targets": json.dumps(live.targets) if live.targets is not None else None,
        "key": key,
        "request": request if key is not None else None,
        "retry_of": None,
        "cancelling": False,
        "deaths": 0,
        "steps": 0,
        "steps_done": 0,
        "steps_cached": 0,
        "last": 0,
    }


QUEUE = web.AppKey("queue", Queue)
