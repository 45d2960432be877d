"""Values that follow from their keys and need no torch, for processes that are killed a moment after they started."""

from __future__ import annotations

import random

from engine.pack import type_name
from engine.values import Artifact

KEYS = 60
TYPES: dict[str, type] = {type_name(Artifact): Artifact}


def key(number: int) -> bytes:
    """A key."""
    return number.to_bytes(32, "big")


def expected(number: int) -> Artifact:
    """The value of a key: some lie in the row, most in a file, and neighbours share one."""
    size = random.Random(number // 2).choice([100, 2_000, 20_000, 60_000])
    return Artifact(random.Random(number // 2).randbytes(size), ".bin", name=str(number))
