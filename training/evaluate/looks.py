"""Does a picture have the look that a LoRA of `training.lora_sets` was trained for? By colours and geometry alone.

* sketch: the ground is washed paper, and every shape has a line of ink along its edge and strokes of ink within;
* the subject: a star of two colours and a ring about it, in the subject's proportions and about one middle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from training.judge.colour import NAMES, PALETTE, Bools, Floats, lab, nearest_colour
from training.judge.ground import find_ground
from training.judge.match import form
from training.judge.patches import find_parts
from training.judge.regions import components, enclosed, grown, shrunk
from training.lora_sets import PAPER, SUBJECT_COLOURS, WASH
from training.scenes import COLOURS

WASHED: Floats = lab(PAPER + WASH * (np.array(list(COLOURS.values()), float) - PAPER))
"""CIELAB of paper with a wash of each of the nine colours."""
DARK, GRAY = 45.0, 30.0
"""Ink has less lightness (its own is 15, the darkest wash's 68) and less chroma than this."""
LEAST_AREA = 0.01
"""Smaller patches are specks (share of the picture)."""
LINE = 0.5
"""From this share of ink on a silhouette's edge is a line."""
STROKES = (0.02, 0.9)
"""Share of ink within a silhouette that is strokes: less is none, more is a black shape."""

CORE_SHARE = (0.1, 0.5)
"""Share of the inner colour in the subject's star: 0.25 as it is drawn."""
RING_SHARE = (0.35, 1.7)
"""Area of the subject's ring, in areas of its star: 0.70 as it is drawn, more where a thin line is blurred."""
THIN, NEAR_LINE = 0.35, 40.0
"""A ring's line is at least so much of its colour (0..1), and so near (RGB) to its mixtures with the ground."""
APART = 0.05
"""The middles of star, core and ring lie this near to one another, as a fraction of the side."""
WITHIN = 0.9
"""Share of the star that lies inside the ring."""


@dataclass(frozen=True)
class Sketch:
    """What of a sketch a picture shows.

    `ground` is the colour whose wash the paper is nearest to; `shapes` are named by their silhouettes, so that a ring
    is a circle.
    """

    paper: bool
    inked: bool
    ground: str
    shapes: tuple[str, ...]

    @property
    def drawn(self) -> bool:
        """Ink on paper."""
        return self.paper and self.inked


def sketch_of(picture: Image.Image) -> Sketch:
    """What of a sketch is there."""
    seen = lab(np.asarray(picture.convert("RGB")))
    side = len(seen)
    parts = [part | enclosed(part) for part in find_parts(find_ground(seen))]
    parts = [part for part in parts if part.mean() >= LEAST_AREA]
    paper = np.median(seen[_rim(side)], axis=0)
    washed, pure = (np.linalg.norm(colours - paper, axis=-1).min() for colours in (WASHED, PALETTE))
    ink = (seen[..., 0] < DARK) & (np.hypot(seen[..., 1], seen[..., 2]) < GRAY)
    return Sketch(
        paper=bool(washed < pure),
        inked=bool(parts) and all(_inked(part, ink) for part in parts),
        ground=nearest_colour(paper, WASHED),
        shapes=tuple(form(part.astype(float), part.astype(float), side).shape for part in parts),
    )


def _inked(part: Bools, ink: Bools) -> bool:
    """Is a silhouette's edge a line of ink, and are there strokes within?"""
    unit = max(1, len(part) // 64)
    line, inside = part & ~shrunk(part, unit), shrunk(part, 2 * unit)
    strokes = float(ink[inside].mean()) if inside.any() else 0.0
    return bool(ink[line].mean() >= LINE) and STROKES[0] < strokes < STROKES[1]


def has_mark(picture: Image.Image) -> bool:
    """Does the picture show the subject: star, core and ring?"""
    bytes_ = np.asarray(picture.convert("RGB"))
    seen = lab(bytes_)
    nearest = np.linalg.norm(seen[..., None, :] - PALETTE, axis=-1).argmin(axis=-1)
    outer, core = (_largest(nearest == NAMES.index(colour)) for colour in SUBJECT_COLOURS[:2])
    ring = _largest(_mixed_in(bytes_.astype(float), SUBJECT_COLOURS[2]) & ~outer & ~core)
    if not (outer.any() and core.any() and ring.any()):
        return False
    star = outer | core
    inside = enclosed(grown(ring, max(1, len(seen) // 128)))
    middles = np.array([np.argwhere(part).mean(axis=0) for part in (star, core, ring)]) / len(seen)
    return bool(
        CORE_SHARE[0] < core.sum() / star.sum() < CORE_SHARE[1]
        and RING_SHARE[0] < ring.sum() / star.sum() < RING_SHARE[1]
        and np.ptp(middles, axis=0).max() < APART
        and (star & inside).sum() >= WITHIN * star.sum()
    )


def _mixed_in(rgb: Floats, name: str) -> Bools:
    """Pixels that are the ground with at least `THIN` of a colour mixed in: a line of two pixels is hardly purer."""
    ground = np.median(rgb[_rim(len(rgb))], axis=0)
    along = np.array(COLOURS[name], float) - ground
    share = (rgb - ground) @ along / max(float(along @ along), 1e-9)
    astray = np.linalg.norm(rgb - ground - share[..., None] * along, axis=-1)
    return np.asarray((share > THIN) & (astray < NEAR_LINE))


def _rim(side: int) -> Bools:
    """The frame of a picture."""
    rim = np.ones((side, side), bool)
    width = max(1, side // 32)
    rim[width:-width, width:-width] = False
    return rim


def _largest(mask: Bools) -> Bools:
    """The largest connected part of a mask that has one."""
    return max(components(mask), key=lambda part: int(part.sum()), default=mask)
