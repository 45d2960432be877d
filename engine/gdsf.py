"""Which of many things to give up first: GreedyDual-Size with frequency (Cao & Irani 1997; Cherkasova 1998).

Each thing has what it costs to get again (seconds), its size (bytes) and how often it was asked for (n):

    priority = L + n · seconds / bytes          give up the smallest; then L := its priority

L only grows, so what was not asked for in a long time falls behind what comes in now. `priority` is the formula, for
the disk tier that keeps its numbers in SQL; `GreedyDual` is the queue, for everything in memory.

The queue is a heap that is put right when it is read: asking for a thing only changes its number, and `pop` pushes an
entry back whose number has grown since. Things that are held are parked outside the heap until released, so that
popping stays cheap when much is held.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


def priority(clock: float, seconds: float, size: int, hits: int = 1) -> float:
    """The formula. A thing that took no time still goes after a larger one that took none."""
    return clock + hits * (max(seconds, 0.0) + 1e-9) / max(size, 1)


class _Item:
    __slots__ = ("hits", "parked", "priority", "seconds", "serial", "size")

    def __init__(self, seconds: float, size: int, priority: float, serial: int) -> None:
        self.seconds, self.size, self.priority, self.serial = seconds, size, priority, serial
        self.hits = 1
        self.parked = False


class GreedyDual(Generic[K]):
    """A queue of things by what their loss would cost. Not thread-safe: its owner has a lock."""

    def __init__(self) -> None:
        self.clock = 0.0
        self._items: dict[K, _Item] = {}
        self._heap: list[tuple[float, int, K]] = []
        self._held: Counter[K] = Counter()
        self._serial = 0

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def __len__(self) -> int:
        return len(self._items)

    def add(self, key: K, seconds: float, size: int) -> None:
        """Enter a thing, or enter it anew."""
        self._serial += 1
        item = self._items[key] = _Item(seconds, size, priority(self.clock, seconds, size), self._serial)
        heapq.heappush(self._heap, (item.priority, item.serial, key))
        if len(self._heap) > 2 * len(self._items) + 64:  # most entries are of things that are gone
            live = [(i.priority, i.serial, k) for k, i in self._items.items() if not i.parked]
            heapq.heapify(live)
            self._heap = live

    def touch(self, key: K) -> None:
        """The thing was asked for."""
        item = self._items.get(key)
        if item is not None:
            item.hits += 1
            item.priority = priority(self.clock, item.seconds, item.size, item.hits)

    def remove(self, key: K) -> None:
        """The thing is gone for another reason than being given up."""
        self._items.pop(key, None)

    def hold(self, key: K) -> None:
        """`pop` will not return the thing (present or to come) until it was released as often as held."""
        self._held[key] += 1

    def release(self, key: K) -> None:
        """Undo one `hold`."""
        self._held[key] -= 1
        if self._held[key] > 0:
            return
        del self._held[key]
        item = self._items.get(key)
        if item is not None and item.parked:
            item.parked = False
            heapq.heappush(self._heap, (item.priority, item.serial, key))

    def pop(self) -> K | None:
        """Remove and return the thing to give up first; None if all that is left is held."""
        while self._heap:
            entered, serial, key = heapq.heappop(self._heap)
            item = self._items.get(key)
            if item is None or item.serial != serial:
                continue
            if item.priority > entered:
                heapq.heappush(self._heap, (item.priority, serial, key))
            elif key in self._held:
                item.parked = True
            else:
                del self._items[key]
                self.clock = max(self.clock, entered)
                return key
        return None
