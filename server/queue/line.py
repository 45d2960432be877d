"""Who is next. Deterministic: it follows from what waits and who was served before.

First what was under way when the server or the queue stopped. Then users take turns: the one whose last turn is longest
ago, by name if two never had one. Within a user the highest priority comes first; among equals their clients take turns
in the same way, and each client's runs go in their order. So whoever has a thousand runs, whatever their priority and
under however many names, delays another user's first run by one run, not by a thousand.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator

from server.queue.live import Live

MOST_TURNS = 4096  # remembered; whoever was served longest ago counts as never served


class Turns:
    """Who was served when."""

    def __init__(self, turns: dict[str, int] | None = None) -> None:
        self._turns = dict(turns or {})
        self._turn = max(self._turns.values(), default=0)

    def copy(self) -> Turns:
        """The same, to go on from apart."""
        return Turns(self._turns)

    def next(self, names: Iterator[str]) -> str:
        """Whose turn it is."""
        return min(names, key=lambda name: (self._turns.get(name, 0), name))

    def served(self, name: str) -> None:
        """Somebody had their turn."""
        self._turn += 1
        self._turns[name] = self._turn
        if len(self._turns) > MOST_TURNS:
            del self._turns[min(self._turns, key=lambda one: self._turns[one])]


class Share:
    """The runs of one user."""

    def __init__(self, turns: Turns | None = None) -> None:
        self.waiting: dict[int, dict[str, list[Live]]] = {}
        self.turns = turns or Turns()

    def __iter__(self) -> Iterator[Live]:
        for clients in self.waiting.values():
            for waiting in clients.values():
                yield from waiting

    def copy(self) -> Share:
        """The same, to be taken from apart."""
        other = Share(self.turns.copy())
        other.waiting = {p: {c: list(w) for c, w in clients.items()} for p, clients in self.waiting.items()}
        return other

    def add(self, run: Live) -> None:
        """A run waits."""
        waiting = self.waiting.setdefault(run.priority, {}).setdefault(run.client, [])
        bisect.insort(waiting, run, key=lambda one: one.place)

    def remove(self, run: Live) -> None:
        """A run does not wait any more."""
        self.waiting[run.priority][run.client].remove(run)
        self._tidy(run.priority, run.client)

    def pick(self) -> Live:
        """Take the next run out; there is one."""
        priority = max(self.waiting)
        clients = self.waiting[priority]
        client = self.turns.next(iter(clients))
        run = clients[client].pop(0)
        self.turns.served(client)
        self._tidy(priority, client)
        return run

    def _tidy(self, priority: int, client: str) -> None:
        clients = self.waiting[priority]
        if not clients[client]:
            del clients[client]
        if not clients:
            del self.waiting[priority]


class Line:
    """The runs that wait."""

    def __init__(self) -> None:
        self._first: list[Live] = []
        self._shares: dict[str, Share] = {}
        self._turns = Turns()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Live]:
        """In no particular order."""
        yield from self._first
        for share in self._shares.values():
            yield from share

    def add(self, run: Live) -> None:
        """A run waits."""
        self._shares.setdefault(run.owner, Share()).add(run)
        self._count += 1

    def resume(self, run: Live) -> None:
        """A run that was under way waits, before all others."""
        self._first.append(run)
        self._count += 1

    def remove(self, run: Live) -> None:
        """A run does not wait any more."""
        self._count -= 1
        if run in self._first:
            self._first.remove(run)
        else:
            self._shares[run.owner].remove(run)

    def pick(self) -> Live | None:
        """Take the next run out."""
        if self._first:
            self._count -= 1
            return self._first.pop(0)
        waiting = [owner for owner, share in self._shares.items() if share.waiting]
        if not waiting:
            return None
        owner = self._turns.next(iter(waiting))
        self._count -= 1
        self._turns.served(owner)
        return self._shares[owner].pick()

    def served(self, owner: str, client: str) -> None:
        """A client of a user had its turn."""
        self._turns.served(owner)
        self._shares.setdefault(owner, Share()).turns.served(client)

    def of(self, owner: str, client: str, priority: int) -> list[Live]:
        """The runs of a client with one priority, in their order."""
        share = self._shares.get(owner)
        return list(share.waiting.get(priority, {}).get(client, ())) if share is not None else []

    def in_order(self, most: int) -> list[Live]:
        """The first that wait, as they would be taken now."""
        other = Line()
        other._first = list(self._first)
        other._shares = {owner: share.copy() for owner, share in self._shares.items()}
        other._turns, other._count = self._turns.copy(), self._count
        found: list[Live] = []
        while len(found) < most and (run := other.pick()) is not None:
            found.append(run)
        return found
