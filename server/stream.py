"""The numbered events of the server, handed to any number of clients.

Events come here once they are committed, in the order of their `id`, without gaps. The newest are kept in memory. A
client is only a place in that row: it is woken, reads on from its place, and one that is too far behind reads from the
database. So no client has a queue that could overflow, and a slow one delays nobody. A preview is no event: of each
run only the newest is kept, and a client that was busy skips the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from server.users.user import OWNER, OWNER_NAME, User

MOST = 8192  # events in memory


@dataclass(frozen=True, slots=True)
class Published:
    """An event as clients get it. `end`: the last one of its run. `owner`: the user whose run it is."""

    id: int
    run: str
    number: int
    text: str
    end: bool = False
    owner: str = OWNER_NAME


class Hub:
    """The newest events and previews, and who waits for more."""

    def __init__(self, last: int = 0) -> None:
        self.last = last
        self.closed = False
        self._row: list[Published] = []
        self._waiting: set[asyncio.Event] = set()
        self._previews: dict[str, tuple[int, bytes, str]] = {}
        self._shown = 0
        self._watchers = 0
        self.on_watched: Callable[[bool], None] = lambda on: None

    def publish(self, events: list[Published]) -> None:
        """The next events, all committed."""
        if not events:
            return
        self._row += events
        self.last = events[-1].id
        if len(self._row) > 2 * MOST:
            del self._row[:-MOST]
        for event in events:
            if event.end:
                self._previews.pop(event.run, None)
        self._wake()

    def show(self, run: str, body: bytes, owner: str = OWNER_NAME) -> None:
        """The newest preview of a run."""
        self._shown += 1
        self._previews[run] = (self._shown, body, owner)
        self._wake()

    def forget(self, run: str) -> None:
        """No preview is left of a run that stopped."""
        self._previews.pop(run, None)

    def close(self) -> None:
        """The server ends: every client is to go."""
        self.closed = True
        self._wake()

    def after(self, place: int) -> list[Published] | None:
        """The events after an id; None if they are not in memory any more."""
        if place >= self.last:
            return []
        first = self._row[0].id if self._row else self.last + 1
        return self._row[place + 1 - first :] if place + 1 >= first else None

    def previews(self, run: str | None, place: int, user: User = OWNER) -> tuple[list[bytes], int]:
        """The previews that a user sees and that are newer than the last one seen, and the new place."""
        newer = ((name, body, owner) for name, (n, body, owner) in self._previews.items() if n > place)
        return [body for name, body, owner in newer if run in (None, name) and user.sees(owner)], self._shown

    async def waken(self, more: asyncio.Event, seconds: float) -> bool:
        """Wait until something may be new; False if nothing was for so long."""
        timer = asyncio.get_running_loop().call_later(seconds, more.set)  # far cheaper than a task with a timeout
        try:
            await more.wait()
        finally:
            timer.cancel()
        return asyncio.get_running_loop().time() < timer.when()

    @contextmanager
    def listening(self, previews: bool) -> Iterator[asyncio.Event]:
        """What is set when something may be new; clear it before looking."""
        more = asyncio.Event()
        self._waiting.add(more)
        self._watch(int(previews))
        try:
            yield more
        finally:
            self._waiting.discard(more)
            self._watch(-int(previews))

    def _watch(self, change: int) -> None:
        before, self._watchers = self._watchers, self._watchers + change
        if bool(before) != bool(self._watchers):
            self.on_watched(bool(self._watchers))

    def _wake(self) -> None:
        for more in self._waiting:
            more.set()
