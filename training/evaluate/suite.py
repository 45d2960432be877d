"""What a suite is: a name, and a function from a model's folder to figures. Each one lives in a file of its own.

A further suite is a further file that calls `register`, and a line in `training.evaluate.command` that imports it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from training.evaluate.shares import Share


@dataclass(frozen=True)
class Options:
    """What every suite is told; it uses what it needs. `folder` is the exported base model."""

    folder: Path
    count: int = 64
    steps: int = 20
    guidance: float = 3.0
    batch: int = 16


@dataclass(frozen=True)
class Figures:
    """What a suite found: shares of `count` answers, other numbers by name with their unit in it, and every verdict.

    `rows` hold one verdict each, ready for JSON; `pictures` are for the contact sheet.
    """

    count: int
    shares: dict[str, Share] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    pictures: list[Image.Image] = field(default_factory=list)


class Suite(Protocol):
    """A measurement; equal options give equal figures."""

    def __call__(self, options: Options) -> Figures: ...


SUITES: dict[str, Suite] = {}
"""All suites by name, in the order in which they are run and printed."""


def register(name: str, suite: Suite) -> None:
    """Make a suite known; a name is given once."""
    if name in SUITES:
        raise ValueError(f"there is a suite {name!r} already")
    SUITES[name] = suite
