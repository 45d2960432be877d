"""Who is next. Deterministic: it follows from what waits and who was served before.

First what was under way when the server or the queue stopped. Then the highest priority; among equals the clients take
turns — the one whose last turn is longest ago, by name if two never had one — and each client's runs go in their
order. So a client with a thousand runs delays another one's first run by one run, not by a thousand.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator

from server.queue.live import Live


class Line:
    """The runs that wait."""

    def __init__(self) -> None:
        self._first: list[Live] = []
        self._waiting: dict[int, dict[str, list[Live]]] = {}
        self._turns: dict[str, int] = {}
        self._turn = 0
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Live]:
        """In no particular order."""
        yield from self._first
        for clients in self._waiting.values():
            for waiting in clients.values():
                yield from waiting

    def add(self, run: Live) -> None:
        """A run waits."""
        waiting = self._waiting.setdefault(run.priority, {}).setdefault(run.client, [])
        bisect.insort(waiting, run, key=lambda one: one.place)
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
            return
        clients = self._waiting[run.priority]
        clients[run.client].remove(run)
        self._tidy(run.priority, run.client)

    def pick(self) -> Live | None:
        """Take the next run out."""
        if self._first:
            self._count -= 1
            return self._first.pop(0)
        if not self._waiting:
            return None
        priority = max(self._waiting)
        clients = self._waiting[priority]
        client = min(clients, key=lambda name: (self._turns.get(name, 0), name))
        run = clients[client].pop(0)
        self._count -= 1
        self.served(client)
        self._tidy(priority, client)
        return run

    def served(self, client: str) -> None:
        """A client had its turn."""
        self._turn += 1
        self._turns[client] = self._turn
        if len(self._turns) > 4096:  # whoever was served longest ago counts as never served
            del self._turns[min(self._turns, key=lambda name: self._turns[name])]

    def of(self, client: str, priority: int) -> list[Live]:
        """The runs of a client with one priority, in their order."""
        return list(self._waiting.get(priority, {}).get(client, ()))

    def in_order(self, most: int) -> list[Live]:
        """The first that wait, as they would be taken now."""
        other = Line()
        other._first = list(self._first)
        other._waiting = {p: {c: list(w) for c, w in clients.items()} for p, clients in self._waiting.items()}
        other._turns, other._turn, other._count = dict(self._turns), self._turn, self._count
        found: list[Live] = []
        while len(found) < most and (run := other.pick()) is not None:
            found.append(run)
        return found

    def _tidy(self, priority: int, client: str) -> None:
        clients = self._waiting[priority]
        if not clients[client]:
            del clients[client]
        if not clients:
            del self._waiting[priority]
