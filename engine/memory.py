"""Opened weights, resident under a byte budget per device.

A model is opened once for a device and a dtype, and kept until the room is needed for another: then the one goes first
whose loss costs least (seconds to load ÷ bytes, see `gdsf`). One that lies on an accelerator moves to the host if there
is room for it there, and comes back by a copy instead of a read from disk.

What is in use stays. Whoever got weights and still works with them holds a reference, so "in use" is read off the
reference count: more than there were when the weights were put away. To move or to drop them then would free nothing
and might pull them from under a running node.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast, runtime_checkable

from engine.digest import Key, digest_of
from engine.gdsf import GreedyDual
from engine.home import memory_bytes
from engine.lazy import lazy
from engine.sizes import blocks
from engine.values import Ref

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")

M = TypeVar("M")
Name = tuple[Key, str, str]  # digest of the handle, device, dtype
SPARE = 0.8  # of an accelerator's memory; the rest is for what is computed


@runtime_checkable
class Bundle(Protocol):
    """Opened weights that are several modules: what `Ref.open` may return beside a module."""

    def parts(self) -> Iterable[torch.nn.Module]:
        """All modules that hold weights."""


class _Resident:
    def __init__(self, value: Any, seconds: float) -> None:
        self.value, self.seconds = value, seconds
        self.bytes = weight_bytes(value)
        self.parked = False  # on the host, waiting to be asked for on its device
        self.references = 0


class ResidentWeights:
    """`Weights` of `engine.context`. Thread-safe: two that ask for the same weights load them once.

    budget_bytes: for each device; None: half of the host's memory, most of an accelerator's. host_bytes: for weights
    that were moved off an accelerator; None: a quarter of the host's memory.
    """

    def __init__(self, budget_bytes: int | None = None, *, host_bytes: int | None = None) -> None:
        self._budget = budget_bytes
        self._host_budget = memory_bytes() // 4 if host_bytes is None else host_bytes
        self._changed = threading.Condition()
        self._kept: dict[Name, _Resident] = {}
        self._opening: set[Name] = set()
        self._order: dict[str, GreedyDual[Name]] = {}  # by device
        self._parked: GreedyDual[Name] = GreedyDual()

    def get(self, ref: Ref[M], device: str, dtype: str) -> M:
        """The opened weights of `ref` on `device`."""
        name = (digest_of(ref), device, dtype)
        with self._changed:
            self._changed.wait_for(lambda: name not in self._opening)
            found = self._kept.get(name)
            if found is not None and not found.parked:
                self._order[device].touch(name)
                return cast("M", found.value)
            self._opening.add(name)
            if found is not None:
                self._parked.remove(name)  # nobody drops it while it moves
                self._fit(device, found.bytes)
        try:
            if found is not None:
                _move(found.value, device)
            else:
                started = time.perf_counter()
                value = ref.open(device, dtype)
                found = _Resident(value, time.perf_counter() - started)
                del value
            with self._changed:
                return cast("M", self._keep(name, found))
        except BaseException:
            with self._changed:
                self._kept.pop(name, None)
            raise
        finally:
            with self._changed:
                self._opening.discard(name)
                self._changed.notify_all()

    def evict_all(self) -> int:
        """Move out all weights that are not in use. Returns the bytes that this freed where they lay."""
        with self._changed:
            freed = sum(self._shrink(device, 0) for device in self._order)
            if not any(device != "cpu" for device in self._order):
                freed += self._drop_parked(0)
            return freed

    def usage(self) -> dict[str, int]:
        """Bytes of resident weights by device; "parked" are those moved to the host."""
        with self._changed:
            used = {device: self._used(device) for device in self._order}
            return {**used, "parked": sum(kept.bytes for kept in self._kept.values() if kept.parked)}

    def _keep(self, name: Name, resident: _Resident) -> Any:
        self._fit(name[1], resident.bytes)
        resident.parked = False
        resident.references = _references(resident)
        self._kept[name] = resident
        self._order[name[1]].add(name, resident.seconds, resident.bytes)
        return resident.value

    def _fit(self, device: str, size: int) -> None:
        """Make room for `size` bytes on a device, as far as what is in use allows."""
        self._order.setdefault(device, GreedyDual())
        budget = _capacity(device) if self._budget is None else self._budget
        self._shrink(device, max(0, budget - size))

    def _used(self, device: str) -> int:
        return sum(kept.bytes for (_, where, _), kept in self._kept.items() if where == device and not kept.parked)

    def _shrink(self, device: str, budget: int) -> int:
        """Move or drop weights of a device until they fit. Returns the bytes freed."""
        order, busy, freed = self._order[device], [], 0
        used = self._used(device)
        while used - freed > budget:
            name = order.pop()
            if name is None:
                break
            resident = self._kept[name]
            if _references(resident) > resident.references:
                busy.append(name)
                continue
            freed += resident.bytes
            self._park(name, resident)
        for name in busy:
            order.add(name, self._kept[name].seconds, self._kept[name].bytes)
        return freed

    def _park(self, name: Name, resident: _Resident) -> None:
        """Move weights to the host if that is elsewhere and has room; drop them otherwise."""
        del self._kept[name]
        if name[1] == "cpu" or resident.bytes > self._host_budget or not _modules(resident.value):
            return
        self._drop_parked(self._host_budget - resident.bytes)
        _move(resident.value, "cpu")
        resident.parked = True
        self._kept[name] = resident
        self._parked.add(name, resident.seconds, resident.bytes)

    def _drop_parked(self, budget: int) -> int:
        freed = 0
        used = sum(kept.bytes for name, kept in self._kept.items() if kept.parked and name not in self._opening)
        while used - freed > budget and (name := self._parked.pop()) is not None:
            freed += self._kept.pop(name).bytes
        return freed


def weight_bytes(value: object) -> int:
    """Bytes of all parameters and buffers of a module or bundle, each storage once; of another value, its memory."""
    modules = _modules(value)
    if not modules:
        return sum(size for _, size, _, _ in blocks(value))
    tensors = [tensor for module in modules for tensor in (*module.parameters(), *module.buffers())]
    return sum(size for _, size, _, _ in blocks(tensors))


def _modules(value: object) -> list[torch.nn.Module]:
    if isinstance(value, torch.nn.Module):
        return [value]
    return list(value.parts()) if isinstance(value, Bundle) else []


def _move(value: object, device: str) -> None:
    for module in _modules(value):
        module.to(device)


def _references(resident: _Resident) -> int:
    return sys.getrefcount(resident.value)


def _capacity(device: str) -> int:
    """What opened weights may take of a device by default."""
    if device.startswith("cuda"):
        return int(torch.cuda.get_device_properties(device).total_memory * SPARE)
    return memory_bytes() // 2
