"""What a value occupies: each piece of memory under it once.

Step states share tensors (a solver's history holds the prediction of the step before), so bytes cannot be added up
value by value. `blocks` lists the memory under a value by address; whoever keeps many values counts each block while
somebody holds it. Stored values must not change, so a block also says how often it was written to: two listings of a
value that differ mean that somebody did.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, TypeAlias

from engine.leaves import tensor_type

# A piece of memory: what names it while it lives, its bytes, whether it lies on an accelerator, and how often a tensor
# in it was written to in place (0 where torch does not count). A plain tuple, for `put` makes many of them.
Block: TypeAlias = tuple[int, int, bool, int]


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
        if kind is tensor or isinstance(item, tensor):
            try:
                storage, device = item.untyped_storage(), not item.is_cpu
                name = storage.data_ptr() + (device << 64)
                found[name] = (name, storage.nbytes(), device, 0 if item.is_inference() else item._version)
            except (RuntimeError, NotImplementedError):  # sparse and other exotic layouts have no single storage
                found[id(item)] = (id(item), item.element_size() * item.numel(), not item.is_cpu, 0)
        elif item is None or kind is int or kind is float or kind is bool:
            continue
        elif kind is bytes or kind is str:
            found[id(item)] = (id(item), len(item), False, 0)
        elif id(item) not in seen:  # a list may hold itself
            seen.add(id(item))
            if kind is dict:
                stack.extend(item.values())
            elif isinstance(item, (tuple, list, set, frozenset)):
                stack.extend(item)
            elif isinstance(size := getattr(item, "nbytes", None), int):  # a NumPy array
                found[id(item)] = (id(item), size, False, 0)
            elif hasattr(item, "__dict__") and not isinstance(item, (type, ModuleType)):
                stack.extend(item.__dict__.values())
    return list(found.values())


def size_of(value: object) -> int:
    """Bytes of the memory under a value, each storage once."""
    return sum(block[1] for block in blocks(value))
