"""How much a long test does: all of it with `LOOM_SOAK=1`, a tenth otherwise; and where its figures go.

A soak is one test, started alone with `LOOM_SOAK=1 pytest -s path::test`: `-s` shows how far it is. When it is through,
a line with what it counted is added to `benchmarks/results/soak.jsonl`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SOAK = os.environ.get("LOOM_SOAK") == "1"
SECONDS = 3600 if SOAK else 240
"""What a test may take at most, on a machine that has other work."""

long = pytest.mark.timeout(SECONDS + 60)
"""Marks a test of which there is more with `LOOM_SOAK=1`."""

FIGURES = Path(__file__).parents[2] / "benchmarks" / "results" / "soak.jsonl"


def count(all_of_it: int, least: int = 5) -> int:
    """How often: all with `LOOM_SOAK=1`, else a tenth, but at least `least`."""
    return all_of_it if SOAK else max(least, all_of_it // 10)


def counted(what: str, number: int) -> Iterator[int]:
    """0, 1, … `number` - 1, saying now and then how far it is."""
    begun = said = time.monotonic()
    for i in range(number):
        yield i
        now = time.monotonic()
        if now - said > 5 or i + 1 == number:
            said = now
            sys.stderr.write(f"{what}: {i + 1} of {number}, {now - begun:.0f} s\n")


def record(what: str, begun: float, **figures: float | str) -> None:
    """Keep what a soak counted; `begun` by `time.monotonic`. Of a short run nothing is kept."""
    if SOAK:
        line = {"what": what, "at": time.strftime("%Y-%m-%d"), "seconds": round(time.monotonic() - begun), **figures}
        with FIGURES.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
