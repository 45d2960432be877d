"""A client's place in the row of events, of all runs or of one."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from server.answers import Refusal, dumps
from server.database import Database
from server.queue.store import ENDED
from server.queue.tables import run_events, runs
from server.stream import Hub, Published

PAGE = 500


def place_of(connection: Connection, run: str, number: int) -> int:
    """The place after an event of a run. Raises `Refusal` if there is no such run."""
    if connection.scalar(select(runs.c.id).where(runs.c.id == run)) is None:
        raise Refusal(404, "there is no such run")
    query = select(func.max(run_events.c.id)).where(run_events.c.run == run, run_events.c.number <= number)
    return connection.scalar(query) or 0


class Follower:
    """Reads on from a place: from memory, or from the database if that is too far behind."""

    def __init__(self, hub: Hub, database: Database, run: str | None, place: int) -> None:
        self.hub, self.run, self.place = hub, run, place
        self.ended = False
        self._database = database
        self._first = True
        self._seen = 0  # previews

    async def more(self) -> list[Published]:
        """What is new since the last time; empty if nothing is. Sets `ended` with the last event of the run."""
        found = None if self._first and self.run is not None else self.hub.after(self.place)
        self._first = False
        if found is None:
            found = await self._stored()
        elif found:
            self.place = found[-1].id
            found = [event for event in found if self.run in (None, event.run)]
        if self.run is not None and any(event.end for event in found):
            self.ended = True
        return found

    def has_previews(self) -> bool:
        """Whether there are pictures that this client has not seen."""
        return bool(self.hub.previews(self.run, self._seen)[0])

    def previews(self) -> list[bytes]:
        """The newest pictures, each once."""
        found, self._seen = self.hub.previews(self.run, self._seen)
        return found

    async def _stored(self) -> list[Published]:
        place, mark = self.place, self.hub.last  # all up to `mark` is committed
        found, over = await self._database.ask(lambda c: _page(c, self.run, place))
        if len(found) == PAGE:
            self.place = found[-1].id
        else:
            self.place = max(mark, found[-1].id if found else 0)
            self.ended = over
        if self.run is None and place and found and found[0].id > place + 1:
            gone = found[0].id - 1
            found.insert(0, Published(gone, "", 0, dumps({"id": gone, "event": "EventsForgotten"})))
        return found


def _page(connection: Connection, run: str | None, place: int) -> tuple[list[Published], bool]:
    """The next events, and whether the run has ended."""
    query = select(run_events).where(run_events.c.id > place).order_by(run_events.c.id).limit(PAGE)
    if run is not None:
        query = query.where(run_events.c.run == run)
    found = [
        Published(row.id, row.run, row.number, row.body, '"event":"RunDone"' in row.body[:160])
        for row in connection.execute(query)
    ]
    status = connection.scalar(select(runs.c.status).where(runs.c.id == run)) if run is not None else None
    return found, status in ENDED
