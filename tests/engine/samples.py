"""Values of every kind that the cache stores, for its tests, and a strict comparison of two of them."""

from __future__ import annotations

import dataclasses
import enum
import struct
from pathlib import Path
from typing import Any, NamedTuple

import torch
from hypothesis import strategies as st

from engine.leaves import NAMES
from engine.pack import type_name
from engine.values import Artifact, Rng


class Colour(enum.Enum):
    """An enum."""

    RED = "red"
    BLUE = 2


class Pair(NamedTuple):
    """A named tuple."""

    left: Any
    right: Any


@dataclasses.dataclass(frozen=True, eq=False)
class Box:
    """A frozen dataclass, with a field that is no part of a key."""

    held: Any
    label: str = ""
    note: Any = dataclasses.field(default=None, compare=False)


CLASSES = {type_name(kind): kind for kind in (Colour, Pair, Box, Rng, Artifact)}

numbers = st.integers() | st.floats(allow_nan=False) | st.integers(min_value=2**62) | st.integers(max_value=-(2**62))
plain = st.none() | st.booleans() | numbers | st.text() | st.binary(max_size=40) | st.sampled_from(Colour)


@st.composite
def tensors(draw: st.DrawFn) -> torch.Tensor:
    """Tensors of every dtype with a file form and of few elements, with any bits."""
    dtype = getattr(torch, draw(st.sampled_from(sorted(NAMES))))
    shape = draw(st.lists(st.integers(0, 3), max_size=3))
    count = torch.Size(shape).numel()
    data = draw(st.binary(min_size=count * dtype.itemsize, max_size=count * dtype.itemsize))
    if dtype is torch.bool:
        data = bytes(byte & 1 for byte in data)
    if not data:
        return torch.zeros(shape, dtype=dtype)
    return torch.frombuffer(bytearray(data), dtype=dtype).reshape(shape)


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(inner, max_size=3)
    return (
        lists
        | lists.map(tuple)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.builds(Pair, inner, inner)
        | st.builds(Box, inner, st.text(max_size=3), inner)
    )


values = st.recursive(plain | tensors(), _containers, max_leaves=8)


def bits(tensor: torch.Tensor) -> bytes:
    """The bytes of a tensor's elements."""
    return tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""


def same(a: Any, b: Any) -> bool:
    """Equal in type and to the last bit. The order of a dictionary's names does not matter."""
    if type(a) is not type(b):
        return False
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and a.shape == b.shape and bits(a) == bits(b)
    if isinstance(a, float):
        return struct.pack("<d", a) == struct.pack("<d", b)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a)
    if dataclasses.is_dataclass(a):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a))
    return bool(a == b)


def key(number: int) -> bytes:
    """A key."""
    return number.to_bytes(32, "big")


def files(home: Path) -> list[Path]:
    """The files of the disk tier, without the database."""
    return sorted(path for path in home.rglob("*") if path.is_file() and not path.name.startswith("index-"))


def index(home: Path) -> Path:
    """The newest database."""
    return max(home.rglob("index-*.sqlite"), key=lambda path: int(path.stem.removeprefix("index-")))
