"""Which style a picture is drawn in, by what the style does to its patches.

* pixel: every edge lies between blocks, 32 of them along the side;
* neon: beyond the patch's edge the background fades into its colour;
* crayon: strokes of the near shade run through the patch.

Anything else is flat. A picture without patches has no style that could be told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.judge.colour import NAMES, SHADE_RGB, TO_SHADE, Bools, Floats, nearest_colour
from training.judge.ground import Ground
from training.judge.regions import box_mean, grown, shrunk
from training.scenes import COLOURS

BLOCKS = 32
ON_GRID = (0.5, 0.8)
"""Share of a picture's edges that lie between blocks: in pixel style all, else about a quarter.

Here and below: under the first bound the sign is not there, over the second it is, between them nothing is said.
"""
STRAIGHT = 0.85
"""From this share of straight edges on a patch is one square."""
STROKES = (0.1, 0.17)
"""Standard deviation of a fill along the line to its shade (0 the colour, 1 the shade); a crayon's is about 0.33."""
THICK = 30
"""So many pixels must lie well inside a patch for its strokes to be seen."""
HALO_NEAR, HALO_FAR = 3, 6
"""The glow is looked for at these distances from a patch, in 128ths of the side."""
HALO_SHARE, LEAST_HALO = 0.045, 1.5
"""What counts as a glow: a share of the patch's difference from the background, and CIELAB units."""
HALO = (0.6, 1.0)
"""Strength of the glow in those units."""


@dataclass(frozen=True)
class Signs:
    """How much of each style the patches show.

    `straight` is the share of all edges that lie in four rows and columns: one square, which may lie on the blocks by
    chance.
    `strokes` is not a number when only thin lines are there whose shade looks like a mixture with the background.
    """

    on_grid: float
    straight: float
    strokes: float
    halo: float

    @property
    def style(self) -> str | None:
        """The style whose sign is there, None between the bounds; blocks come first, their corners pass for strokes."""
        if self.on_grid > ON_GRID[1]:
            return None if self.straight > STRAIGHT else "pixel"
        if self.halo > HALO[1]:
            return "neon"
        if self.strokes > STROKES[1]:
            return "crayon"
        plain = self.on_grid < ON_GRID[0] and self.halo < HALO[0] and self.strokes < STROKES[0]
        return "flat" if plain else None  # strokes that are not a number are less than nothing


def find_style(rgb: Floats, seen: Floats, ground: Ground, parts: list[Bools]) -> str | None:
    """The style of a picture (RGB 0..255, and CIELAB) whose patches are `parts`."""
    return signs(rgb, seen, ground, parts).style if parts else None


def signs(rgb: Floats, seen: Floats, ground: Ground, parts: list[Bools]) -> Signs:
    """The three signs over all patches, each patch with the weight of its area."""
    everything = np.logical_or.reduce(parts)
    smooth = box_mean(seen)
    strokes = [_strokes(smooth, part) for part in parts]
    strokes = [value for value in strokes if value is not None] or [_line_strokes(rgb, seen, part) for part in parts]
    told = [value for value in strokes if value is not None]
    halo = [_halo(seen, ground, part, everything) for part in parts]
    return Signs(*_on_grid(everything), float(np.mean(told)) if told else np.nan, float(np.median(halo)))


def _on_grid(mask: Bools) -> tuple[float, float]:
    """Share of the mask's edges that lie between blocks, and of those in the four fullest rows and columns."""
    size = max(2, mask.shape[0] // BLOCKS)
    on = 0
    counts: list[int] = []
    for turned in (mask, mask.T):
        columns = np.nonzero(turned[:, 1:] != turned[:, :-1])[1] + 1
        on += int((columns % size == 0).sum())
        counts += np.bincount(columns).tolist()
    total = max(1, sum(counts))
    return on / total, sum(sorted(counts)[-4:]) / total


def _strokes(smooth: Floats, part: Bools) -> float | None:
    """Spread of the patch's inside along the line from its colour to its shade; None for a thin line."""
    core = shrunk(part, 3)
    if core.sum() < THICK:
        return None
    inside = smooth[core]
    along = TO_SHADE[NAMES.index(nearest_colour(np.median(inside, axis=0)))]
    length = float(np.linalg.norm(along))
    rest = inside - np.outer(inside @ along, along) / length**2
    # what varies across the line as much as along it is no stroke
    other = max(_spread(rest[:, channel]) for channel in range(3)) / length
    return float(np.sqrt(max(0.0, _spread(inside @ along / length**2) ** 2 - other**2)))


def _line_strokes(rgb: Floats, seen: Floats, part: Bools) -> float | None:
    """The same for a thin line, which is mixed with the background: only what that mixture does not explain counts.

    None when the shade lies in the direction of the background.
    """
    core = shrunk(part, 1)
    if core.sum() < THICK:
        return None
    name = nearest_colour(np.median(seen[core], axis=0))
    colour = np.array(COLOURS[name], float)
    mixture = np.median(rgb[grown(part, 5) & ~grown(part, 2)], axis=0) - colour
    mixture /= max(float(np.linalg.norm(mixture)), 1e-9)
    along = np.array(SHADE_RGB[name]) - colour
    rest = along - (along @ mixture) * mixture
    if np.linalg.norm(rest) < 0.5 * np.linalg.norm(along):
        return None
    return _spread((rgb[core] - colour) @ rest / (rest @ rest))


def _spread(t: Floats) -> float:
    """Standard deviation, by the quantiles of a normal distribution: a few odd pixels do not count."""
    low, high = np.quantile(t, (0.1, 0.9))
    return float(high - low) / 2.56


def _halo(seen: Floats, ground: Ground, part: Bools, everything: Bools) -> float:
    """Strength of the glow about a patch, in units of what counts as one."""
    unit = max(1, seen.shape[0] // 128)
    band = grown(part, HALO_FAR * unit) & ~grown(everything, HALO_NEAR * unit)
    if band.sum() < 8:
        return 0.0
    glow = float(np.linalg.norm((seen - ground.expected)[band].mean(axis=0)))
    contrast = float(np.median(ground.distance[part]))
    return min(glow / max(HALO_SHARE * contrast, 1e-9), glow / LEAST_HALO)
