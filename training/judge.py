"""The judge: says what a picture shows, by colour and geometry alone. No network, nothing learnt.

The frame of the picture gives the background. Pixels far from it in CIELAB form connected patches; the middle of a
patch gives its colour, and its outline is laid over eight ideal shapes, each an inequality, brought to the patch's
centroid and area. Shapes are expected upright; shapes that touch count as one patch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.scenes import COLOURS, Scene

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FAR = 20.0
"""A pixel is not background when it lies this far from it (CIE 1976 colour difference)."""
LEAST_AREA = 0.004
"""Smaller patches are specks (share of the picture)."""
CLEAR = 0.80
"""Overlap (intersection over union) that a patch must reach with its best shape; under it the shape is 'unclear'."""


@dataclass(frozen=True)
class Patch:
    """A shape that was found; x, y, and radius of the disc of equal area, in fractions of the side."""

    shape: str
    colour: str
    x: float
    y: float
    radius: float
    overlap: float


@dataclass(frozen=True)
class Found:
    """What a picture shows; patches from the largest down."""

    background: str
    patches: tuple[Patch, ...]


@dataclass(frozen=True)
class Agreement:
    """Where a picture of one shape agrees with its description."""

    background: bool
    colour: bool
    shape: bool
    place: bool

    @property
    def whole(self) -> bool:
        """Everything is right."""
        return self.background and self.colour and self.shape and self.place


def compare(picture: Image.Image, scene: Scene) -> Agreement:
    """Does the picture show the scene's background and its one shape? A further patch makes the shape wrong."""
    (item,) = scene.items
    found = look(picture)
    if not found.patches:
        return Agreement(found.background == scene.background, False, False, False)
    patch = found.patches[0]
    return Agreement(
        background=found.background == scene.background,
        colour=patch.colour == item.colour,
        shape=patch.shape == item.shape and len(found.patches) == 1,
        place=abs(patch.x - item.x) < 0.12 and abs(patch.y - item.y) < 0.12,
    )


def look(picture: Image.Image) -> Found:
    """Background and shapes of a picture."""
    rgb = np.asarray(picture.convert("RGB"), dtype=np.float64)
    side = rgb.shape[0]
    rim = max(1, side // 32)
    inner = np.zeros(rgb.shape[:2], dtype=bool)
    inner[rim:-rim, rim:-rim] = True
    ground = np.median(rgb[~inner], axis=0)
    far = np.linalg.norm(lab(rgb) - lab(ground), axis=-1) > FAR
    patches = [_patch(rgb, ground, part) for part in components(far) if part.sum() >= LEAST_AREA * part.size]
    return Found(nearest_colour(ground), tuple(sorted(patches, key=lambda patch: -patch.radius)))


def _patch(rgb: Floats, ground: Floats, part: Bools) -> Patch:
    """Colour, outline and place of one connected patch."""
    core = part
    for _ in range(2):
        core = core & _shifted(core, 1, 0) & _shifted(core, -1, 0) & _shifted(core, 0, 1) & _shifted(core, 0, -1)
    colour = np.median(rgb[core if core.any() else part], axis=0)
    near = part
    for _ in range(2):
        near = near | _shifted(near, 1, 0) | _shifted(near, -1, 0) | _shifted(near, 0, 1) | _shifted(near, 0, -1)
    along = colour - ground
    cover = np.clip((rgb - ground) @ along / (along @ along), 0, 1) * near
    area = float(cover.sum())
    rows, columns = np.indices(cover.shape) + 0.5
    x, y = float((cover * columns).sum() / area), float((cover * rows).sum() / area)
    overlaps = {name: _overlap(cover, x, y, area, name) for name in IDEALS}
    best = max(overlaps, key=lambda name: overlaps[name])
    side = cover.shape[0]
    return Patch(
        shape=best if overlaps[best] >= CLEAR else "unclear",
        colour=nearest_colour(colour),
        x=x / side,
        y=y / side,
        radius=float(np.sqrt(area / np.pi)) / side,
        overlap=overlaps[best],
    )


def nearest_colour(rgb: Floats) -> str:
    """Name of the palette's colour that looks most alike."""
    return min(COLOURS, key=lambda name: float(np.linalg.norm(lab(np.array(COLOURS[name], float)) - lab(rgb))))


def lab(rgb: Floats) -> Floats:
    """sRGB 0..255 to CIELAB under D65 (IEC 61966-2-1; CIE 15)."""
    s = rgb / 255
    linear = np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ to_xyz.T / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def components(mask: Bools) -> list[Bools]:
    """The 4-connected parts of a mask: every pixel takes the highest number among its neighbours until none moves."""
    numbers = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        moves = [_shifted(numbers, *step) for step in ((1, 0), (-1, 0), (0, 1), (0, -1))]
        spread = np.where(mask, np.maximum.reduce([numbers, *moves]), 0)
        if (spread == numbers).all():
            return [numbers == number for number in np.unique(numbers) if number]
        numbers = spread


def _shifted(array: NDArray[Any], down: int, right: int) -> NDArray[Any]:
    """The array moved by one pixel, zeros coming in."""
    moved = np.zeros_like(array)
    h, w = array.shape
    moved[max(down, 0) : h + min(down, 0), max(right, 0) : w + min(right, 0)] = array[
        max(-down, 0) : h + min(-down, 0), max(-right, 0) : w + min(-right, 0)
    ]
    return moved


def _circle(x: Floats, y: Floats) -> Bools:
    return np.less_equal(x * x + y * y, 1)


def _ring(x: Floats, y: Floats) -> Bools:
    return (x * x + y * y <= 1) & (x * x + y * y >= 0.55**2)


def _square(x: Floats, y: Floats) -> Bools:
    return np.less_equal(np.maximum(abs(x), abs(y)), 0.7)


def _triangle(x: Floats, y: Floats) -> Bools:
    inside: Bools = (y <= 0.5) & (np.sqrt(3) * abs(x) - y <= 1)
    return inside


def _hexagon(x: Floats, y: Floats) -> Bools:
    inside: Bools = np.maximum(abs(y), np.sqrt(0.75) * abs(x) + 0.5 * abs(y)) <= np.sqrt(0.75)
    return inside


def _cross(x: Floats, y: Floats) -> Bools:
    inside: Bools = (np.minimum(abs(x), abs(y)) <= 0.32) & (np.maximum(abs(x), abs(y)) <= 0.95)
    return inside


def _star(x: Floats, y: Floats) -> Bools:
    """Under the straight line from a point (radius 1, angle 0) to an inner corner (radius 0.42, angle 36 degrees)."""
    wedge = 2 * np.pi / 5
    angle = abs((np.arctan2(x, -y) + wedge / 2) % wedge - wedge / 2)
    across, along = np.hypot(x, y) * np.sin(angle), np.hypot(x, y) * np.cos(angle)
    inner_across, inner_along = 0.42 * np.sin(wedge / 2), 0.42 * np.cos(wedge / 2)
    inside: Bools = (1 - along) * inner_across >= across * (1 - inner_along)
    return inside


def _heart(x: Floats, y: Floats) -> Bools:
    """The sextic (x^2 + y^2 - 1)^3 <= x^2 y^3, y upwards."""
    up = -1.15 * y
    inside: Bools = (x * x + up * up - 1) ** 3 <= x * x * up**3
    return inside


IDEALS: dict[str, Callable[[Floats, Floats], Bools]] = {
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "heart": _heart,
    "ring": _ring,
    "cross": _cross,
    "hexagon": _hexagon,
}
"""The ideal shapes: is (x, y) inside? y downwards, any scale."""


@cache
def _measured(name: str) -> tuple[float, float, float]:
    """Centroid and area of an ideal shape, summed on a fine grid."""
    axis = np.linspace(-1.5, 1.5, 601)
    x, y = np.meshgrid(axis, axis)
    inside = IDEALS[name](x, y)
    return float(x[inside].mean()), float(y[inside].mean()), float(inside.sum() * (axis[1] - axis[0]) ** 2)


def _overlap(cover: Floats, x: float, y: float, area: float, name: str) -> float:
    """Intersection over union of soft masks: the patch, and the ideal shape at its centroid with its area (pixels)."""
    middle_x, middle_y, ideal_area = _measured(name)
    scale = np.sqrt(ideal_area / area)
    fine = (np.arange(4 * cover.shape[0]) + 0.5) / 4
    xs, ys = np.meshgrid((fine - x) * scale + middle_x, (fine - y) * scale + middle_y)
    h, w = cover.shape
    ideal = IDEALS[name](xs, ys).reshape(h, 4, w, 4).mean(axis=(1, 3))
    return float(np.minimum(cover, ideal).sum() / np.maximum(cover, ideal).sum())
