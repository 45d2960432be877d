"""A commit that does not succeed: what is told of it, and how long until the next attempt.

The queue does not go on without its database: what was not kept is told to nobody. So it tries again for as long as it
takes — a disk that is full may be emptied — at longer and longer intervals, and says so in `/health`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

FIRST, LONGEST = 1.0, 60.0  # seconds between two attempts


@dataclass(frozen=True)
class Trouble:
    """Since when (seconds since 1970) commits fail, how often they were tried, and why the last one failed."""

    reason: str
    attempts: int
    since: float

    @property
    def pause(self) -> float:
        """Seconds until the next attempt."""
        return float(min(FIRST * 2.0 ** min(self.attempts - 1, 16), LONGEST))


def after(error: BaseException, before: Trouble | None) -> Trouble:
    """The trouble after one more failure. The reason is the database's sentence, without a statement's values."""
    reason = str(getattr(error, "orig", None) or type(error).__name__).splitlines()[0][:200]
    if before is None:
        return Trouble(reason, 1, round(time.time(), 3))
    return Trouble(reason, before.attempts + 1, before.since)
