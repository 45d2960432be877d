"""The ideal shapes, each an inequality in x (right), y (down) and the width of an inset; the radius is 1.

With an inset they are the hole that a line along the inside of the outline leaves free.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from training.judge.colour import Bools, Floats

RING_HOLE = 0.55
"""Radius of a ring's hole, in radii of the ring."""
LINE, LEAST_LINE = 0.2, 0.03
"""Width of an outlined shape's line: in radii, and at least this fraction of the side."""
REACH, CELLS = 1.8, 56
"""Shapes are compared on CELLS x CELLS points over -REACH..REACH, in radii of the disc of equal area."""


def _circle(x: Floats, y: Floats, inset: float) -> Bools:
    return np.less_equal(x * x + y * y, (0.95 * max(0.0, 1 - inset)) ** 2)


def _square(x: Floats, y: Floats, inset: float) -> Bools:
    inside: Bools = np.maximum(abs(x), abs(y)) <= 1.1 * np.sqrt(0.5) - inset
    return inside


def _triangle(x: Floats, y: Floats, inset: float) -> Bools:
    """Three sides at 0.55 from the middle, which lies a little below the origin."""
    y, near = y - 0.15, 0.55 - inset
    inside: Bools = (y <= near) & (np.sqrt(0.75) * abs(x) - 0.5 * y <= near)
    return inside


def _hexagon(x: Floats, y: Floats, inset: float) -> Bools:
    near = np.sqrt(0.75) - inset
    inside: Bools = np.maximum(abs(y), np.sqrt(0.75) * abs(x) + 0.5 * abs(y)) <= near
    return inside


def _cross(x: Floats, y: Floats, inset: float) -> Bools:
    inside: Bools = (np.minimum(abs(x), abs(y)) <= 0.32 - inset) & (np.maximum(abs(x), abs(y)) <= 0.95 - inset)
    return inside


def _star(x: Floats, y: Floats, inset: float) -> Bools:
    """Under the straight line from a point (radius 1, angle 0) to an inner corner (radius 0.42, angle 36 degrees)."""
    wedge = 2 * np.pi / 5
    angle = np.abs((np.arctan2(x, -y) + wedge / 2) % wedge - wedge / 2)
    ex, ey = 0.42 * np.cos(wedge / 2) - 1, 0.42 * np.sin(wedge / 2)
    length = np.hypot(ex, ey)
    radius = np.hypot(x, y)
    inside: Bools = radius * (np.cos(angle) * ey - np.sin(angle) * ex) <= ey - inset * length
    return inside


def _heart(x: Floats, y: Floats, inset: float) -> Bools:
    """The parametric heart curve, which every ray from its origin leaves once."""
    scale = 0.92 * max(1e-9, 1 - inset)
    angle = np.arctan2(y, x)
    bearing, reach = _heart_outline()
    inside: Bools = np.hypot(x, y) <= scale * np.interp(angle, bearing, reach)
    return inside


@cache
def _heart_outline() -> tuple[Floats, Floats]:
    """Angle and distance from the origin along x = 16 sin^3 t, y = 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t."""
    t = np.linspace(0, 2 * np.pi, 2001)
    x = np.sin(t) ** 3
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t) + 2.5) / 16
    order = np.argsort(np.arctan2(y, x))
    return np.arctan2(y, x)[order], np.hypot(x, y)[order]


IDEALS: dict[str, Callable[[Floats, Floats, float], Bools]] = {
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "heart": _heart,
    "cross": _cross,
    "hexagon": _hexagon,
}
"""Is (x, y) inside? A ring is a circle with a hole, so it has no line of its own."""


@dataclass(frozen=True)
class Template:
    """A shape on the points of comparison, its middle of mass in the middle.

    `radius` is the shape's own radius and (x, y) its own origin, in radii of the disc of equal area.
    """

    cover: Floats
    radius: float
    x: float
    y: float


def points(times: int = 1) -> tuple[Floats, Floats]:
    """The points of comparison, `times` finer."""
    axis = ((np.arange(CELLS * times) + 0.5) / (CELLS * times) * 2 - 1) * REACH
    x, y = np.meshgrid(axis, axis)
    return x, y


def _coarse(fine: Bools, times: int) -> Floats:
    means: Floats = fine.reshape(CELLS, times, CELLS, times).mean(axis=(1, 3))
    return means


@cache
def template(name: str) -> Template:
    """A filled ideal shape."""
    axis = np.linspace(-1.5, 1.5, 1201)
    x, y = np.meshgrid(axis, axis)
    inside = IDEALS[name](x, y, 0.0)
    radius = float(np.sqrt(np.pi / (inside.sum() * (axis[1] - axis[0]) ** 2)))
    middle_x, middle_y = float(x[inside].mean()) * radius, float(y[inside].mean()) * radius
    fine_x, fine_y = points(4)
    cover = _coarse(IDEALS[name]((fine_x + middle_x) / radius, (fine_y + middle_y) / radius, 0.0), 4)
    return Template(cover, radius, -middle_x, -middle_y)


def hole(name: str, inset: float) -> Floats:
    """What the line of an outlined shape leaves free, on the points of comparison; `inset` in radii of the shape."""
    ideal = template(name)
    x, y = points(3)
    return _coarse(IDEALS[name]((x - ideal.x) / ideal.radius, (y - ideal.y) / ideal.radius, inset), 3)


def line(radius: float) -> float:
    """Width of an outlined shape's line in its own radii; `radius` is a fraction of the side."""
    return max(LINE, LEAST_LINE / radius)
