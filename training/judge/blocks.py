"""Shapes in pixel style: which ideal, drawn in blocks, is most like a patch of blocks.

A small shape is a handful of blocks, so it is compared with what the ideal one looks like in blocks, at a few sizes and
places round the patch's own: a fraction of a block decides which ones are painted.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from training.judge.colour import Floats
from training.judge.ideals import IDEALS, template

SCALES = (0.8, 0.86, 0.91, 0.96, 1.0, 1.05)
"""Sizes that are tried: a block is painted when half of it is covered, which makes small shapes a little larger."""
SHIFTS = (-0.5, -0.25, 0.0, 0.25, 0.5)
"""Moves that are tried along each axis, in blocks."""


def block_overlaps(cover: Floats, block: int, x: float, y: float, unit: float) -> dict[str, tuple[float, float]]:
    """Intersection over union with each shape in blocks, and the scale that reaches it.

    `cover` starts at a block's corner; (x, y) is its middle of mass and `unit` the radius of the disc of its area, in
    pixels.
    """
    height, width = (length // block for length in cover.shape)
    seen = cover[: height * block, : width * block].reshape(height, block, width, block).mean(axis=(1, 3)) >= 0.5
    # four points to a block, which is painted when two of them are inside: so a square's corners may be left out
    rows, columns = (np.arange(2 * height) + 0.5) * block / 2, (np.arange(2 * width) + 0.5) * block / 2
    tries = np.array(list(product(SCALES, SHIFTS, SHIFTS)))
    scales, right, down = (tries[:, i, None, None] for i in range(3))
    found = {}
    for name, ideal in IDEALS.items():
        shape = template(name)
        across = (columns - x - right * block) / (unit * scales)
        along = (rows[:, None] - y - down * block) / (unit * scales)
        u, v = np.broadcast_arrays((across - shape.x) / shape.radius, (along - shape.y) / shape.radius)
        inside = ideal(u, v, 0.0).reshape(len(tries), height, 2, width, 2)
        painted = inside.sum(axis=(2, 4)) >= 2
        overlaps = (painted & seen).sum(axis=(1, 2)) / np.maximum((painted | seen).sum(axis=(1, 2)), 1)
        best = int(overlaps.argmax())
        found[name] = (float(overlaps[best]), float(tries[best, 0]))
    return found
