"""What the cache says of a value, and of itself."""

from __future__ import annotations

import enum
from dataclasses import asdict, dataclass
from typing import Any, Literal

from engine.digest import Key
from engine.upkeep import DiskInfo

Persist = Literal["auto", "always", "never"]


class Missing(enum.Enum):
    """The type of `MISSING`."""

    MISSING = "missing"


MISSING = Missing.MISSING


@dataclass(frozen=True)
class Entry:
    """What is known of a value without loading it. `content` is the digest that was put with it, if one was."""

    seconds: float
    bytes: int
    content: Key | None
    tier: Literal["device", "ram", "disk"]


@dataclass(frozen=True)
class CacheInfo:
    """The tiers and the counters of this process. `skipped`: found no room in the queue; `unwritten`: have no stored
    form, or the database was busy."""

    values: int
    host_bytes: int
    host_budget: int
    device_bytes: int
    device_budget: int
    hits: int
    misses: int
    queued: int
    queued_bytes: int
    skipped: int
    unwritten: int
    disk: DiskInfo | None

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)
