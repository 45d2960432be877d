"""Scenes: what is on a picture, as data, and how it is drawn.

A scene is described first (frozen dataclasses, lengths as fractions of the picture's side, y downwards) and drawn
from its description alone, so that a judge can compare a picture with what was asked for. Everything random comes
from the `random.Random` that is passed in: the same seed gives the same scene and the same pixels.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from PIL import Image, ImageDraw

SHAPES = ("circle", "square", "triangle", "star", "heart", "ring", "cross", "hexagon")

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (220, 30, 35),
    "orange": (255, 140, 0),
    "yellow": (255, 225, 40),
    "green": (30, 160, 60),
    "blue": (35, 80, 220),
    "purple": (140, 45, 175),
    "black": (18, 18, 18),
    "white": (245, 245, 245),
    "gray": (128, 128, 128),
}

SIZES = {"small": 0.14, "medium": 0.22, "large": 0.32}
"""Radius of the circle about the shape, as a fraction of the side."""

PLACES: dict[str, tuple[float, float]] = {
    "centre": (0.50, 0.50),
    "top left": (0.27, 0.27),
    "top": (0.50, 0.27),
    "top right": (0.73, 0.27),
    "left": (0.27, 0.50),
    "right": (0.73, 0.50),
    "bottom left": (0.27, 0.73),
    "bottom": (0.50, 0.73),
    "bottom right": (0.73, 0.73),
}
"""Where the middle of a shape lies: (x, y) in fractions of the side."""

RELATIONS: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "above": ((0.50, 0.27), (0.50, 0.73)),
    "below": ((0.50, 0.73), (0.50, 0.27)),
    "to the left of": ((0.27, 0.50), (0.73, 0.50)),
    "to the right of": ((0.73, 0.50), (0.27, 0.50)),
}
"""Middles of the first and the second shape of a pair."""

MARGIN = 0.02
"""A shape named by its place stays this far inside the picture."""


@dataclass(frozen=True)
class Item:
    """One shape: what it is called, and where it is drawn (fractions of the side)."""

    shape: str
    colour: str
    size: str
    place: str
    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Scene:
    """A plain background and the shapes on it, the later ones on top; `relation` says how items 0 and 1 lie."""

    background: str
    items: tuple[Item, ...]
    relation: str | None = None


def random_scene(rng: random.Random, pairs: float = 0.0, centred: float = 0.7) -> Scene:
    """A scene that a caption can name in full: one shape, or with probability `pairs` two with a relation.

    `centred` is the share of single shapes in the middle of the picture.
    """
    background, *rest = rng.sample(list(COLOURS), 3)
    if rng.random() < pairs:
        relation = rng.choice(list(RELATIONS))
        first, second = (
            _item(rng, rng.choice(SHAPES), colour, rng.choice(("small", "medium")), "", spot)
            for colour, spot in zip(rest, RELATIONS[relation], strict=True)
        )
        return Scene(background, (first, second), relation)
    place = "centre" if rng.random() < centred else rng.choice(list(PLACES)[1:])
    size = rng.choice(("small", "medium", "medium", "large"))
    return Scene(background, (_item(rng, rng.choice(SHAPES), rest[0], size, place, PLACES[place]),))


def crowded_scene(rng: random.Random, most: int = 6) -> Scene:
    """Up to `most` shapes anywhere, of any colour: no caption would fit, but an autoencoder sees many edges."""
    items = tuple(
        Item(rng.choice(SHAPES), rng.choice(list(COLOURS)), "", "", rng.random(), rng.random(), rng.uniform(0.08, 0.4))
        for _ in range(rng.randint(1, most))
    )
    return Scene(rng.choice(list(COLOURS)), items)


def _item(rng: random.Random, shape: str, colour: str, size: str, place: str, spot: tuple[float, float]) -> Item:
    """The shape near its spot: a little jitter in size and place, never over the picture's edge."""
    radius = SIZES[size] * rng.uniform(0.93, 1.07)
    low, high = radius + MARGIN, 1 - radius - MARGIN
    x, y = (min(max(c + rng.uniform(-0.02, 0.02), low), high) for c in spot)
    return Item(shape, colour, size, place, x, y, radius)


def draw(scene: Scene, side: int = 128, oversample: int = 4) -> Image.Image:
    """The scene as an RGB picture of side x side pixels, anti-aliased by drawing larger and averaging."""
    big = side * oversample
    canvas = Image.new("RGB", (big, big), COLOURS[scene.background])
    for item in scene.items:
        x, y, r = item.x * big, item.y * big, item.radius * big
        box = (math.floor(x - r) - 1, math.floor(y - r) - 1, math.ceil(x + r) + 1, math.ceil(y + r) + 1)
        mask = shape_mask(item.shape, (box[2] - box[0], box[3] - box[1]), x - box[0], y - box[1], r)
        canvas.paste(COLOURS[item.colour], box, mask)
    return canvas.reduce(oversample)


def shape_mask(shape: str, extent: tuple[int, int], x: float, y: float, radius: float) -> Image.Image:
    """An 8-bit mask (0 or 255) of the shape about (x, y); lengths in pixels, `extent` is (width, height)."""
    mask = Image.new("L", extent, 0)
    pen = ImageDraw.Draw(mask)
    if shape in ("circle", "ring"):
        reach = 0.95 * radius
        pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill=255)
        if shape == "ring":
            hole = 0.55 * reach
            pen.ellipse((x - hole, y - hole, x + hole, y + hole), fill=0)
        return mask
    pen.polygon([(x + radius * dx, y + radius * dy) for dx, dy in OUTLINES[shape]], fill=255)
    return mask


def _regular(corners: int, first_degrees: float, reach: float = 1.0) -> list[tuple[float, float]]:
    """Corners of a regular polygon; the first one at an angle from the x axis (y downwards)."""
    angles = [math.radians(first_degrees + 360 * i / corners) for i in range(corners)]
    return [(reach * math.cos(a), reach * math.sin(a)) for a in angles]


def _star(inner: float) -> list[tuple[float, float]]:
    """A five-pointed star, one point up; `inner` is the radius of its inner corners."""
    outer_corners, inner_corners = _regular(5, -90), _regular(5, -54, inner)
    return [corner for both in zip(outer_corners, inner_corners, strict=True) for corner in both]


def _heart(steps: int = 96) -> list[tuple[float, float]]:
    """The curve x = 16 sin^3 t, y = 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t (mathworld.wolfram.com/HeartCurve)."""
    corners = []
    for i in range(steps):
        t = 2 * math.pi * i / steps
        height = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
        corners.append((math.sin(t) ** 3, -(height + 2.5) / 16))
    return [(0.92 * x, 0.92 * y) for x, y in corners]


def _cross(arm: float) -> list[tuple[float, float]]:
    """A plus sign; `arm` is half the width of its bars."""
    reach = 0.95
    quarter = [(arm, -reach), (arm, -arm), (reach, -arm)]
    turned = quarter
    corners = list(quarter)
    for _ in range(3):
        turned = [(-y, x) for x, y in turned]
        corners += turned
    return corners


OUTLINES: dict[str, list[tuple[float, float]]] = {
    "square": _regular(4, 45, 1.1),
    "triangle": [(x, y + 0.15) for x, y in _regular(3, -90, 1.1)],
    "star": _star(0.42),
    "heart": _heart(),
    "cross": _cross(0.32),
    "hexagon": _regular(6, 0),
}
"""Corners of the straight-edged shapes and of the heart, in units of the radius, y downwards."""
