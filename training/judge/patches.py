"""What a picture shows: its background, its style, and its patches from the largest down.

Pixels far from the background form connected patches: at least half as far as the farthest pixel near by, so that an
edge lies half-way and a glow is left out. Shapes are expected upright; shapes that touch count as one patch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from training.judge.colour import Bools, Floats, lab, nearest_colour
from training.judge.ground import Ground, find_ground
from training.judge.match import CLEAR, form
from training.judge.regions import components, enclosed, grown, local_peak, shrunk
from training.judge.style import BLOCKS, find_style
from training.scenes import COLOURS

FAR = 12.0
"""A pixel is not background when it lies this far from it (CIE 1976 difference)..."""
HALF = 0.48
"""... and has this share of the largest difference near by."""
LEAST_AREA = 0.004
"""Smaller patches are specks (share of the picture)."""
RIM = 0.6
"""Share of white in neon's bright rim, which is 1/64 of the side wide."""
GLOW = 0.34
"""The glow beside a shape's edge is not stronger than this."""
LEAST_OVERLAP: dict[str | None, float] = {"crayon": 0.7, "neon": 0.75, None: 0.75}
"""How well a shape must match its ideal where the style itself bends its outline."""


@dataclass(frozen=True)
class Patch:
    """A shape that was found; place and radius (of the circle about it) are fractions of the side.

    `overlap` is the intersection over union with the ideal shape; a shape that is none of the eight is 'unclear'.
    `also` are shapes that look the same when they are drawn in large blocks.
    """

    shape: str
    colour: str
    fill: str
    x: float
    y: float
    radius: float
    overlap: float
    also: tuple[str, ...] = ()

    def is_a(self, shape: str) -> bool:
        """Is this the shape, or one that cannot be told from it?"""
        return shape == self.shape or shape in self.also


@dataclass(frozen=True)
class Found:
    """What a picture shows; the style is None when nothing tells it."""

    background: str
    pattern: str
    style: str | None
    patches: tuple[Patch, ...]


@dataclass(frozen=True)
class Survey:
    """What a picture shows, and the pixels of each patch."""

    found: Found
    parts: tuple[Bools, ...]


def look(picture: Image.Image) -> Found:
    """Background, style and shapes of a square picture."""
    return survey(picture).found


def survey(picture: Image.Image) -> Survey:
    """The same with the patches' pixels."""
    bytes_ = np.asarray(picture.convert("RGB"))
    rgb, seen = bytes_.astype(np.float64), lab(bytes_)
    ground = find_ground(seen)
    parts = find_parts(ground)
    style = find_style(rgb, seen, ground, parts)
    patches = [_patch(rgb, seen, ground, part, style) for part in parts]
    order = sorted(range(len(parts)), key=lambda i: -int(parts[i].sum()))
    found = Found(ground.colour, ground.pattern, style, tuple(patches[i] for i in order))
    return Survey(found, tuple(parts[i] for i in order))


def find_parts(ground: Ground) -> list[Bools]:
    """The connected patches of what is not background, without specks."""
    distance = ground.distance
    side = len(distance)
    far = distance > np.maximum(FAR, HALF * local_peak(distance, max(1, side // 32)))
    return [part for part in components(far) if part.sum() >= LEAST_AREA * part.size]


def _patch(rgb: Floats, seen: Floats, ground: Ground, part: Bools, style: str | None) -> Patch:
    """Colour, outline and place of one patch."""
    side = len(rgb)
    rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    block = max(1, side // BLOCKS)
    top, left = (max(0, (int(first[0]) // block - 2) * block) for first in (rows, columns))
    window = np.s_[top : rows[-1] + 1 + 2 * block, left : columns[-1] + 1 + 2 * block]
    part, rgb, seen = part[window], rgb[window], seen[window]
    core = _core(part, ground.distance[window])
    colour = nearest_colour(np.median(seen[core], axis=0))
    if style == "neon":
        if shrunk(part, 3).sum() < 30:
            colour = _line_colour(rgb, part, side)
        part = _without_glow(rgb, part, colour)
    cover = part.astype(np.float64) if style in ("neon", "pixel") else _cover(rgb, part, core)
    silhouette = np.maximum(cover, _holes(part))
    found = form(cover, silhouette, side, block if style == "pixel" else 0, LEAST_OVERLAP.get(style, CLEAR))
    return Patch(
        shape=found.shape,
        colour=colour,
        fill=found.fill,
        x=(left + found.x) / side,
        y=(top + found.y) / side,
        radius=found.radius / side,
        overlap=found.overlap,
        also=found.also,
    )


def _core(part: Bools, distance: Floats) -> Bools:
    """Pixels of a patch that nothing else is mixed into: its inside, or of a thin line the farthest from background."""
    for steps in (3, 2):
        core = shrunk(part, steps)
        if core.sum() >= 30:
            return core
    return part & (distance >= np.quantile(distance[part], 0.7))


def _holes(part: Bools) -> Bools:
    """What a patch encloses, were gaps of four pixels in its line closed."""
    wide = grown(part, 2)
    return (enclosed(part) | grown(enclosed(wide), 2)) & ~part


def _cover(rgb: Floats, part: Bools, core: Bools) -> Floats:
    """The share of each pixel that is the patch's: how far its colour is on the way from the background's."""
    colour = np.median(rgb[core], axis=0)
    ground = _beside(rgb, part)
    along = colour - ground
    share: Floats = np.clip((rgb - ground) @ along / max(float(along @ along), 1e-9), 0, 1)
    return np.where(shrunk(part, 1), np.maximum(share, 0.5), share * grown(part, 2))


def _beside(rgb: Floats, part: Bools) -> Floats:
    """The background's colour a little away from a patch."""
    colour: Floats = np.median(rgb[grown(part, 5) & ~grown(part, 2)], axis=0)
    return colour


def _line_colour(rgb: Floats, part: Bools, side: int) -> str:
    """The colour of a glowing line: between colour and rim, and with as much rim as the line's width says.

    The outer 1/64 of the side on both of its edges is rim, so a thin line has nothing else.
    """
    rim = max(1, side // 64)
    share = RIM * float(1 - shrunk(part, rim).sum() / part.sum())
    inside = rgb[part]

    def unlike(name: str) -> float:
        pure = np.array(COLOURS[name], float)
        astray = _from_line(inside, pure, pure + RIM * (255 - pure)).mean()
        return float(astray + np.linalg.norm(inside.mean(axis=0) - pure - share * (255 - pure)))

    return min(COLOURS, key=unlike)


def _without_glow(rgb: Floats, part: Bools, colour: str) -> Bools:
    """The patch of a glowing shape: pixels between its colour and its rim rather than between background and glow."""
    pure = np.array(COLOURS[colour], float)
    ground = _beside(rgb, part)
    fill = _from_line(rgb, pure, pure + RIM * (255 - pure))
    glow = _from_line(rgb, ground, ground + GLOW * (pure - ground))
    kept = (fill < glow) & grown(part, 3)
    return kept if kept.any() else part


def _from_line(rgb: Floats, start: Floats, stop: Floats) -> Floats:
    """Distance of every pixel from the line between two colours."""
    along = stop - start
    t = np.clip((rgb - start) @ along / max(float(along @ along), 1e-9), 0, 1)
    away: Floats = np.linalg.norm(rgb - start - t[..., None] * along, axis=-1)
    return away
