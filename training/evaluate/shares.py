"""Shares of right answers, and how sure they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

SURE = 1.959964
"""Standard normal quantile of a two-sided 95 % interval."""


@dataclass(frozen=True)
class Share:
    """A share of n and its 95 % interval (Wilson 1927), all in 0..1; nothing at all when n is 0."""

    right: float
    low: float
    high: float


def share(answers: Sequence[bool]) -> Share:
    """How many of the answers are right."""
    n = len(answers)
    if not n:
        return Share(0.0, 0.0, 1.0)
    p, z = sum(answers) / n, SURE
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Share(round(p, 4), round(max(0.0, middle - reach), 4), round(min(1.0, middle + reach), 4))
