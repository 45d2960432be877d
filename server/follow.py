"""A client's place in the row of events, of all runs or of one."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from server.answers import Refusal, dumps
from server.database import Database
from server.queue.store import ENDED
from server.queue.tables import run_events, runs
from server.stream import Hub, Published
from server.users.user import User

PAGE = 500


def place_of(connection: Connection, run: str, number: int, user: User) -> int:
    """The place after an event of a run. Raises `Refusal` if there is no such run that the user sees."""
    if connection.scalar(select(runs.c.id).where(runs.c.id == run, user.rows(runs.c.owner))) is None:
        raise Refusal(404, "there is no such run")
    query = select(func.max(run_events.c.id)).where(run_events.c.run == run, run_events.c.number <= number)
    return connection.scalar(query) or 0


class Follower:
    """Reads on from a place, what a user sees: from memory, or from the database if that is too far behind."""

    def __init__(self, hub: Hub, database: Database, run: str | None, place: int, user: User) -> None:
        self.hub, self.run, self.place, self.user = hub, run, place, user
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
            found = [event for event in found if self.run in (None, event.run) and self.user.sees(event.owner)]
        if self.run is not None and any(event.end for event in found):
            self.ended = True
        return found

    def has_previews(self) -> bool:
        """Whether there are pictures that this client has not seen."""
        return bool(self.hub.previews(self.run, self._seen, self.user)[0])

    def previews(self) -> list[bytes]:
        """The newest pictures, each once."""
        found, self._seen = self.hub.previews(self.run, self._seen, self.user)
        return found

    async def _stored(self) -> list[Published]:
        place, mark = self.place, self.hub.last  # all up to `mark` is committed
        found, over, oldest = await self._database.ask(lambda c: _page(c, self.run, place, self.user))
        if len(found) == PAGE:
            self.place = found[-1].id
        else:
            self.place = max(mark, found[-1].id if found else 0)
            self.ended = over
        if self.run is None and place and oldest > place + 1:
            gone = oldest - 1
            found.insert(0, Published(gone, "", 0, dumps({"id": gone, "event": "EventsForgotten"})))
        return found


def _page(connection: Connection, run: str | None, place: int, user: User) -> tuple[list[Published], bool, int]:
    """The next events, whether the run has ended, and the oldest event after the place, whosever it is."""
    query = select(run_events).where(run_events.c.id > place).order_by(run_events.c.id).limit(PAGE)
    if not user.is_owner:
        query = query.join(runs, runs.c.id == run_events.c.run).where(user.rows(runs.c.owner))
    if run is not None:
        query = query.where(run_events.c.run == run)
    found = [
        Published(row.id, row.run, row.number, row.body, '"event":"RunDone"' in row.body[:160])
        for row in connection.execute(query)
    ]
    status = connection.scalar(select(runs.c.status).where(runs.c.id == run)) if run is not None else None
    oldest = connection.scalar(select(func.min(run_events.c.id)).where(run_events.c.id > place))
    return found, status in ENDED, oldest or 0
