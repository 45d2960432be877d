"""Holes: what of a picture an inpainting model is to paint anew, as data, and as a mask.

A hole about a shape is wider than the shape and does not follow its outline, so that the mask does not tell what is
to be painted; others are rectangles and brush strokes anywhere, and the whole picture.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from training.scenes import Scene

WHOLE, ABOUT_A_SHAPE, RECTANGLE = 0.1, 0.55, 0.15
"""Shares of the kinds of holes; what is left are brush strokes."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Hole:
    """Ellipses or rectangles (left, top, right, bottom) in fractions of the side; they may reach over the edge."""

    round: bool
    boxes: tuple[Box, ...]


def random_hole(rng: random.Random, scene: Scene) -> Hole:
    """A hole in a picture of the scene."""
    kind = rng.random()
    if kind < WHOLE:
        return Hole(False, ((0.0, 0.0, 1.0, 1.0),))
    if kind < WHOLE + ABOUT_A_SHAPE and scene.items:
        item = rng.choice(scene.items)
        ellipse = rng.random() < 0.5
        reach = [item.radius * rng.uniform(1.2, 1.8) for _ in range(4)]
        return Hole(ellipse, ((item.x - reach[0], item.y - reach[1], item.x + reach[2], item.y + reach[3]),))
    if kind < WHOLE + ABOUT_A_SHAPE + RECTANGLE:
        width, height = rng.uniform(0.2, 0.8), rng.uniform(0.2, 0.8)
        left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
        return Hole(False, ((left, top, left + width, top + height),))
    return Hole(True, _stroke(rng))


def mask(hole: Hole, side: int) -> NDArray[np.bool_]:
    """The hole's pixels, side x side."""
    picture = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(picture)
    paint = pen.ellipse if hole.round else pen.rectangle
    for left, top, right, bottom in hole.boxes:
        paint((left * side, top * side, right * side - 1, bottom * side - 1), fill=255)
    return np.asarray(picture) > 0


def _stroke(rng: random.Random) -> tuple[Box, ...]:
    """Round dabs of a brush along a wandering way."""
    x, y, reach = rng.uniform(0.2, 0.8), rng.uniform(0.2, 0.8), rng.uniform(0.08, 0.18)
    dabs: list[Box] = []
    for _ in range(rng.randint(3, 8)):
        dabs.append((x - reach, y - reach, x + reach, y + reach))
        x, y = (min(max(at + rng.uniform(-0.12, 0.12), 0.0), 1.0) for at in (x, y))
    return tuple(dabs)
