"""The tiers in memory: values under a byte budget, on the host and on accelerators.

A value is kept as it is, so a hit costs a dictionary look-up. Bytes are counted by block of memory: states of
successive steps share tensors, and each storage counts once, for as long as some kept value holds it.

A value with tensors on an accelerator belongs to the device tier. When that is over its budget, `to_demote` names
what should move; the caller packs it with its leaves on the host and hands it to `demoted`; `get` brings it back.
That copy waits for the device, so it is done by the cache's background thread, never in `put`.

Stored values must not change. `changed` compares the version counters of a value's tensors with those noted when it
came in: a node that writes into its input would otherwise spoil another run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.digest import Key
from engine.gdsf import GreedyDual
from engine.pack import Packed, unpack
from engine.sizes import Block, blocks

OVERHEAD = 512  # bytes of bookkeeping per value, so that a million small ones count as well


class Held:
    """A value in memory, and what lies under it. `packed` stands for it while its tensors lie on the host."""

    __slots__ = ("blocks", "content", "device", "packed", "seconds", "size", "value")

    def __init__(
        self, value: Any, memory: list[Block], seconds: float, content: Key | None, packed: Packed | None = None
    ) -> None:
        self.value, self.blocks, self.seconds, self.content, self.packed = value, memory, seconds, content, packed
        self.size = OVERHEAD  # bytes under this value alone, shared ones included
        self.device = False
        for _, size, device, _ in memory:
            self.size += size
            self.device |= device


class RamTier:
    """Values by key, in memory. Not thread-safe: its owner has a lock."""

    def __init__(self, host_bytes: int, device_bytes: int) -> None:
        self.host_bytes, self.device_bytes = host_bytes, device_bytes
        self.host_used = self.device_used = 0
        self._held: dict[Key, Held] = {}
        self._order: tuple[GreedyDual[Key], GreedyDual[Key]] = (GreedyDual(), GreedyDual())  # host, device
        self._blocks: dict[int, int] = {}  # how many kept values hold a block

    def __contains__(self, key: object) -> bool:
        return key in self._held

    def __len__(self) -> int:
        return len(self._held)

    def put(self, key: Key, held: Held) -> None:
        """Keep a value, and give up others if it makes too many bytes."""
        self.drop(key)
        if held.size > (self.device_bytes if held.device else self.host_bytes):
            return
        self._held[key] = held
        self._count(held, 1)
        self._order[held.device].add(key, held.seconds, held.size)
        self.shed(self.host_bytes)

    def shed(self, budget: int) -> None:
        """Give up values on the host until they fit, or all that is left is held."""
        while self.host_used > budget:
            victim = self._order[0].pop()
            if victim is None:
                break
            self._count(self._held.pop(victim), -1)

    def find(self, key: Key) -> Held | None:
        """What is known of a kept value, without asking for it."""
        return self._held.get(key)

    def get(self, key: Key) -> Held | None:
        """A kept value, noted as asked for."""
        held = self._held.get(key)
        if held is not None:
            self._order[held.device].touch(key)
        return held

    def drop(self, key: Key) -> None:
        """Forget a value."""
        held = self._held.pop(key, None)
        if held is not None:
            self._order[held.device].remove(key)
            self._count(held, -1)

    def clear(self) -> None:
        """Forget everything."""
        for key in list(self._held):
            self.drop(key)

    def hold(self, key: Key) -> None:
        """Do not give this value up until released."""
        for order in self._order:
            order.hold(key)

    def release(self, key: Key) -> None:
        """Undo one `hold`."""
        for order in self._order:
            order.release(key)

    def to_demote(self, budget: int | None = None) -> tuple[Key, Held] | None:
        """The next value that should leave the accelerator, if the device tier is over its (or this) budget."""
        if self.device_used <= (self.device_bytes if budget is None else budget):
            return None
        key = self._order[1].pop()
        return None if key is None else (key, self._held[key])

    def demoted(self, key: Key, old: Held, packed: Packed | None, now: list[Block]) -> None:
        """The value was packed with its leaves on the host, or could not be (None): then it is given up."""
        if self._held.get(key) is not old:
            return  # dropped or replaced in the meantime
        self.drop(key)
        if packed is not None:
            self.put(key, Held(None, now, old.seconds, old.content, packed))

    def _count(self, held: Held, sign: int) -> None:
        self.host_used += sign * OVERHEAD
        for name, size, device, _ in held.blocks:
            before = self._blocks.get(name, 0)
            if before + sign:
                self._blocks[name] = before + sign
            else:
                del self._blocks[name]
            if before == 0 or before + sign == 0:
                if device:
                    self.device_used += sign * size
                else:
                    self.host_used += sign * size


def value_of(held: Held, classes: Mapping[str, type], device: str) -> Any:
    """The value itself; one that was moved to the host goes back to `device`. Raises `Undecodable`."""
    if held.packed is None:
        return held.value
    return unpack(held.packed.json, held.packed.leaves, classes, device)


def changed(held: Held) -> bool:
    """True if somebody wrote into a tensor of the value since it came in."""
    return bool(held.blocks) and held.packed is None and blocks(held.value) != held.blocks
