"""What a value occupies: each piece of memory under it once.

Step states share tensors (a solver's history holds the prediction of the step before), so bytes cannot be added up
value by value. `blocks` lists the memory under a value by address; whoever keeps many values counts each block while
somebody holds it. Stored values must not change, so a block also says how often it was written to: two listings of a
value that differ mean that somebody did.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, NamedTuple

from engine.leaves import tensor_type


class Block(NamedTuple):
    """A piece of memory: what names it while it lives, its bytes, whether it lies on an accelerator, and how often a
    tensor in it was written to in place (0 where torch does not count)."""

    name: int
    bytes: int
    device: bool = False
    version: int = 0


def blocks(value: object) -> list[Block]:
    """The memory under a value: tensor storages (whole, also under a small view), byte strings, texts, arrays.

    Objects of unknown type are looked into through their attributes. Each block is listed once.
    """
    tensor = tensor_type()
    found: dict[int, Block] = {}
    seen: set[int] = set()
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        kind = type(item)
        if item is None or kind is int or kind is float or kind is bool:
            continue
        if kind is tensor or isinstance(item, tensor):
            storage = _storage(item)
            found[storage.name] = storage
        elif kind is bytes or kind is str:
            found[id(item)] = Block(id(item), len(item))
        elif id(item) not in seen:  # a list may hold itself
            seen.add(id(item))
            if kind is dict:
                stack.extend(item.values())
                continue
            if isinstance(item, (tuple, list, set, frozenset)):
                stack.extend(item)
                continue
            size = getattr(item, "nbytes", None)  # a NumPy array
            if type(size) is int:
                found[id(item)] = Block(id(item), size)
            elif not isinstance(item, (type, ModuleType)) and hasattr(item, "__dict__"):
                stack.extend(vars(item).values())
    return list(found.values())


def _storage(tensor: Any) -> Block:
    try:
        storage = tensor.untyped_storage()
        device = not tensor.is_cpu
        version = 0 if tensor.is_inference() else tensor._version
        return Block(storage.data_ptr() + (device << 64), storage.nbytes(), device, version)
    except (RuntimeError, NotImplementedError):  # sparse and other exotic layouts have no single storage
        return Block(id(tensor), tensor.element_size() * tensor.numel(), not tensor.is_cpu)


def size_of(value: object) -> int:
    """Bytes of the memory under a value, each storage once."""
    return sum(block.bytes for block in blocks(value))
