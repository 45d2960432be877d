"""What a suite is: a name, and a function from a model's folder to figures. Each one lives in a file of its own.

A further suite is a further file that calls `register`, and a line in `training.evaluate.command` that imports it. A
suite of a net beside the base names that net; without it the suite is left out, and said to be.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from training.evaluate.shares import Share


@dataclass(frozen=True)
class Options:
    """What every suite is told; it uses what it needs. `folder` is the exported base model.

    `text_guidance` and `image_guidance` are the two scales of an instruction model.
    """

    folder: Path
    count: int = 64
    steps: int = 20
    guidance: float = 2.5
    batch: int = 16
    text_guidance: float = 3.0
    image_guidance: float = 2.0


@dataclass(frozen=True)
class Figures:
    """What a suite found: shares of `count` answers, other numbers by name with their unit in it, and every verdict.

    `rows` hold one verdict each, ready for JSON; `pictures` are for the contact sheet. `parts` are figures of the same
    suite under other conditions ('4 steps'); a suite that has parts needs nothing of its own.
    """

    count: int
    shares: dict[str, Share] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    pictures: list[Image.Image] = field(default_factory=list)
    parts: dict[str, Figures] = field(default_factory=dict)


class Suite(Protocol):
    """A measurement; equal options give equal figures."""

    def __call__(self, options: Options) -> Figures: ...


SUITES: dict[str, Suite] = {}
"""All suites by name, in the order in which they are run and printed."""
NEEDED: dict[str, tuple[str, ...]] = {}
"""The nets beside the base that a suite needs, as `beside` takes them."""


def register(name: str, suite: Suite, *needs: str) -> None:
    """Make a suite known, and the nets that it needs; a name is given once."""
    if name in SUITES:
        raise ValueError(f"there is a suite {name!r} already")
    SUITES[name], NEEDED[name] = suite, needs


def beside(folder: Path, net: str) -> Path:
    """Where a net of the base model lies: 'clip' within its folder, '-refiner' beside it under its name."""
    return folder.parent / f"{folder.name}{net}" if net.startswith("-") else folder / net


def missing(name: str, folder: Path) -> list[Path]:
    """The nets that a suite needs and that are not there."""
    return [path for net in NEEDED.get(name, ()) if not (path := beside(folder, net)).exists()]


def flattened(found: dict[str, Figures]) -> dict[str, Figures]:
    """Suites and their parts side by side, a part as 'suite: part'; what holds only parts is left out."""
    flat: dict[str, Figures] = {}
    for name, figures in found.items():
        if figures.shares or figures.numbers or figures.rows or not figures.parts:
            flat[name] = figures
        flat |= {f"{name}: {part}": inner for part, inner in flattened(figures.parts).items()}
    return flat
