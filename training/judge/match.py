"""Which ideal shape a patch is, and whether it is filled, outlined or a ring.

The patch's silhouette (its holes filled) is brought to the middle of mass and the area of the ideal shapes; the best
intersection over union wins. Then the hole decides: a ring's has 0.55 of its radius, an outline's leaves its line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.judge.blocks import block_overlaps
from training.judge.colour import Bools, Floats
from training.judge.ideals import IDEALS, RING_HOLE, Template, hole, line, points, template

CLEAR = 0.80
"""Overlap that a silhouette must reach with its best shape; under it the shape is 'unclear'."""
OUTLINED = 0.4
"""Share of an outline's hole that must be free; a thin hole is half lost to anti-aliasing."""


TIE = 0.03
"""Shapes in blocks cannot be told apart when their overlaps are this near: a block or two."""


@dataclass(frozen=True)
class Form:
    """What a silhouette is; x, y (the shape's origin) and radius in pixels.

    `also` are other shapes that look the same: in large blocks a small hexagon can be a circle.
    """

    shape: str
    fill: str
    x: float
    y: float
    radius: float
    overlap: float
    also: tuple[str, ...] = ()


def form(cover: Floats, silhouette: Floats, side: int, block: int = 0, clear: float = CLEAR) -> Form:
    """The shape whose cover (0..1 per pixel) this is; `silhouette` is the cover with its holes filled.

    `block` is the size of the blocks that it is drawn in, and the cover starts at a block's corner.
    """
    rows, columns = np.indices(cover.shape) + 0.5
    steep = _steep(silhouette)
    area = max(float(steep.sum()), 1.0)
    x, y = float((steep * columns).sum() / area), float((steep * rows).sum() / area)
    unit = float(np.sqrt(area / np.pi))
    seen = _sampled(steep, x, y, unit)
    if block:
        overlaps = block_overlaps(silhouette, block, x, y, unit)
    else:
        overlaps = {name: (iou(seen, template(name).cover), 1.0) for name in IDEALS}
    name = max(overlaps, key=lambda key: overlaps[key][0])
    alike = {other for other in overlaps if block and overlaps[other][0] >= overlaps[name][0] - TIE}
    name = "circle" if "circle" in alike else name  # for a circle may be a ring
    overlap, scale = overlaps[name]
    ideal = template(name)
    radius = unit * ideal.radius
    empty = _sampled(silhouette - cover, x, y, unit)
    shape, fill = _hollow(name, ideal, empty, line(radius / side))
    if shape == "ring" and not block:  # its hole is part of what it is
        overlap = iou(np.minimum(seen, 1 - _steep(empty)), ideal.cover - hole("circle", 1 - RING_HOLE))
    if overlap < clear:
        shape = "unclear"
    same = tuple(sorted(alike - {name})) if shape == name else ()
    return Form(shape, fill, x + unit * ideal.x, y + unit * ideal.y, radius * scale, overlap, same)


def _hollow(name: str, ideal: Template, empty: Floats, width: float) -> tuple[str, str]:
    """Shape and fill by what is empty inside the silhouette; `width` is what an outline would have, in radii."""
    if name == "circle":
        inner = float(np.sqrt(empty.sum() / ideal.cover.sum()))
        if inner < RING_HOLE / 2:
            return "circle", "filled"
        return ("ring", "filled") if inner < (RING_HOLE + 1 - width) / 2 else ("circle", "outlined")
    free = hole(name, width)
    share = float((free * empty).sum() / max(float((free * free).sum()), 1e-9))
    return name, "outlined" if share > OUTLINED else "filled"


def _steep(cover: Floats) -> Floats:
    """Edges as steep as those of a sharp picture, where they are: a blurred shape is no other shape."""
    return np.clip(2.5 * (cover - 0.5) + 0.5, 0, 1)


def _sampled(values: Floats, x: float, y: float, unit: float) -> Floats:
    """Values at the points of comparison about (x, y), between four pixels' middles each; 0 outside."""
    across, down = (x + points()[0][0] * unit - 0.5, y + points()[1][:, 0] * unit - 0.5)
    wide = np.pad(values, 1)

    def weights(at: Floats, count: int) -> Floats:
        """The points as weighted pixels: one row of the matrix for each."""
        at = np.clip(at + 1, 0, count - 1.001)
        low = at.astype(int)
        matrix = np.zeros((len(at), count))
        matrix[np.arange(len(at)), low] = 1 - (at - low)
        matrix[np.arange(len(at)), low + 1] = at - low
        return matrix

    height, width = wide.shape
    sampled: Floats = weights(down, height) @ wide @ weights(across, width).T
    return sampled


def iou(one: Floats | Bools, other: Floats | Bools) -> float:
    """Intersection over union of two masks, hard or soft; 1 when both are empty."""
    union = float(np.maximum(one, other).sum())
    return float(np.minimum(one, other).sum()) / union if union > 0 else 1.0
