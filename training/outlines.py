"""The eight shapes: their outlines in units of a radius, and a shape as a mask."""

from __future__ import annotations

import math

from PIL import Image, ImageDraw

LINE = 0.2
"""Width of an outlined shape's line, in radii, before it is made at least `LEAST_LINE` wide."""
LEAST_LINE = 0.03
"""Least width of that line as a fraction of the picture's side: thinner ones drown in the autoencoder's cells."""


def shape_mask(
    shape: str,
    extent: tuple[int, int],
    x: float,
    y: float,
    radius: float,
    outlined: bool = False,
    side: float = 0.0,
) -> Image.Image:
    """An 8-bit mask (0 or 255) of the shape about (x, y); lengths in pixels, `extent` is (width, height).

    An outlined shape is a line along the inside of the outline; `side` is the picture's side, for its least width.
    """
    mask = Image.new("L", extent, 0)
    pen = ImageDraw.Draw(mask)
    inside = radius - max(LINE * radius, LEAST_LINE * side) if outlined else 0.0
    if shape in ("circle", "ring"):
        reach = 0.95 * radius
        pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill=255)
        hole = 0.55 * reach if shape == "ring" else 0.95 * inside
        if hole > 0:
            pen.ellipse((x - hole, y - hole, x + hole, y + hole), fill=0)
        return mask
    corners = OUTLINES[shape]
    pen.polygon([(x + radius * dx, y + radius * dy) for dx, dy in corners], fill=255)
    if inside > 0:
        hollow = _shrunk(corners, inside) if shape == "heart" else inset(corners, radius, radius - inside)
        pen.polygon([(x + dx, y + dy) for dx, dy in hollow], fill=0)
    return mask


def inset(corners: list[tuple[float, float]], radius: float, width: float) -> list[tuple[float, float]]:
    """The outline scaled to `radius`, every side moved inwards by `width`; corners are where moved sides meet."""
    points = [(radius * x, radius * y) for x, y in corners]
    lines = []
    for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True):
        length = math.hypot(x1 - x0, y1 - y0)
        if length < 1e-9:
            continue
        normal = ((y0 - y1) / length, (x1 - x0) / length)  # inwards: the corners run clockwise on the screen
        lines.append((*normal, normal[0] * x0 + normal[1] * y0 + width))
    moved = []
    for (a, b, c), (d, e, f) in zip([lines[-1], *lines[:-1]], lines, strict=True):
        turn = a * e - b * d
        moved.append(((c * e - b * f) / turn, (a * f - c * d) / turn) if abs(turn) > 1e-6 else (d * f, e * f))
    return moved


def _shrunk(corners: list[tuple[float, float]], radius: float) -> list[tuple[float, float]]:
    """The outline at a smaller radius: for curves, whose sides cannot be moved one by one."""
    return [(radius * x, radius * y) for x, y in corners]


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
