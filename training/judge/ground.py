"""The background: which colour it has, which pattern, and what it looks like at every pixel.

The frame of the picture says the colour. Along the line from that colour to its near shade every background pixel has
a position t (0 the colour, 1 the shade, up to 1.6); each pattern is a few smooth functions of the place, so one
least-squares fit of t tells them apart, whatever their phase. What none of them explains is noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from training.judge.colour import NAMES, PALETTE, TO_SHADE, Bools, Floats
from training.judge.regions import grown

REACH = 1.6
"""Farthest that a pattern goes towards the shade."""
OFF_LINE = 8.0
"""Background pixels lie this near to the line from the colour to the shade (CIE 1976 difference)."""
PITCH = 8
"""Stripes, squares and dots along the side."""
USUAL = {"gradient": 0.21, "spotlight": 0.11, "striped": 0.2, "diagonal": 0.2, "checkered": 0.16, "dotted": 0.09}
"""Variance of t that each pattern's functions explain when it is drawn at full strength."""
STRENGTH = 0.2
"""A pattern is there from this share of its usual variance on."""
GRAIN = 0.09
"""Standard deviation of t that is left unexplained from which a background is noisy."""
SLACK = {"plain": 2.0, "gradient": 3.0, "spotlight": 3.0, "noisy": 8.0}
"""How far a background pixel may stray along the line from what the pattern says; 6 for those with sharp edges."""


@dataclass(frozen=True)
class Ground:
    """Colour and pattern of a background, and each pixel's CIE 1976 difference from it."""

    colour: str
    pattern: str
    expected: Floats
    distance: Floats


def find_ground(seen: Floats) -> Ground:
    """The background of a square picture in CIELAB, side x side x 3."""
    side = seen.shape[0]
    number = _colour_number(seen)
    along = TO_SHADE[number]
    length = float(np.linalg.norm(along))
    offset = seen - PALETTE[number]
    t = offset @ along / length**2
    across = offset - t[..., None] * along
    rim = _rim(side)
    middle = np.median(across[rim], axis=0)
    top = min(REACH, max(1.0, float(np.quantile(t[rim], 0.98)))) + 0.3  # dots do not reach the frame
    inside = (t > -0.4) & (t < top) & (np.linalg.norm(across - middle, axis=-1) < OFF_LINE)
    pattern, expected_t = _pattern(t, inside)
    expected = PALETTE[number] + middle + expected_t[..., None] * along
    rest = seen - expected
    slack = SLACK.get(pattern, 6.0)
    astray = np.clip(rest @ along / length, -slack, slack)
    distance = np.linalg.norm(rest - astray[..., None] * (along / length), axis=-1)
    return Ground(NAMES[number], pattern, expected, distance)


def _rim(side: int) -> Bools:
    """The frame of the picture: a shape hardly ever reaches it."""
    width = max(1, side // 32)
    rim = np.ones((side, side), bool)
    rim[width:-width, width:-width] = False
    return rim


def _colour_number(seen: Floats) -> int:
    """The colour to whose line the frame's pixels are nearest, by their median."""
    rim = seen[_rim(seen.shape[0])]
    medians = []
    for colour, along in zip(PALETTE, TO_SHADE, strict=True):
        t = np.clip((rim - colour) @ along / (along @ along), 0, REACH)
        medians.append(np.median(np.linalg.norm(rim - colour - t[:, None] * along, axis=-1)))
    return int(np.argmin(medians))


@cache
def _functions(cells: int) -> tuple[Floats, dict[str, slice]]:
    """What the patterns are made of, as columns over cells x cells places, and which columns are whose."""
    axis = (np.arange(cells) + 0.5) / cells
    x, y = (part.ravel() for part in np.meshgrid(axis, axis))

    def waves(right: float, down: float) -> list[Floats]:
        phase = 2 * np.pi * (right * x + down * y)
        return [np.cos(phase), np.sin(phase)]

    p = PITCH
    groups = {
        "constant": [np.ones_like(x)],
        "gradient": [x - 0.5, y - 0.5],
        "spotlight": [2 * ((x - 0.5) ** 2 + (y - 0.5) ** 2)],
        "rows": waves(0, p),
        "columns": waves(p, 0),
        "diagonal": waves(p / 2, p / 2) + waves(p / 2, -p / 2),
        "checkered": waves(p, p) + waves(p, -p),
    }
    columns: list[Floats] = []
    where: dict[str, slice] = {}
    for name, some in groups.items():
        where[name] = slice(len(columns), len(columns) + len(some))
        columns += some
    return np.stack(columns, axis=1), where


def _pattern(t: Floats, inside: Bools) -> tuple[str, Floats]:
    """The pattern's name, and the t that it says of every pixel."""
    side = t.shape[0]
    step = max(1, side // 64)
    cells = side // step
    clear = ~grown(~inside, 2 * step)  # a shape's edge and the beginning of its glow belong to neither
    clear = clear if clear.mean() > 0.2 else inside
    blocks = (cells, step, cells, step)
    usable = clear.reshape(blocks).all(axis=(1, 3)).ravel()
    if usable.sum() < 64:
        return "plain", np.full_like(t, float(np.median(t[_rim(side)])))
    coarse = t.reshape(blocks).mean(axis=(1, 3)).ravel()
    functions, where = _functions(cells)
    for _ in range(2):  # the second time without what the first fit finds odd
        columns, values = functions[usable], coarse[usable]
        # a little ridge: under a crowd of shapes some functions look alike
        weights = np.linalg.solve(columns.T @ columns + 1e-2 * np.eye(columns.shape[1]), columns.T @ values)
        odd = np.abs(coarse - functions @ weights) > 0.75
        usable = usable & ~odd
    power = {name: float((functions[usable, part] @ weights[part]).var()) for name, part in where.items()}
    if weights[where["spotlight"]][0] < 0:
        power["spotlight"] = 0.0  # a shape's glow fades outwards, a spotlight's shade grows
    rows, columns_ = power.pop("rows"), power.pop("columns")
    both = min(rows, columns_) > 0.25 * max(rows, columns_)
    power |= {"dotted": rows + columns_ if both else 0.0, "striped": 0.0 if both else max(rows, columns_)}
    score = {name: power[name] / usual for name, usual in USUAL.items()}
    name = max(score, key=lambda key: score[key])
    if score[name] < STRENGTH:
        name = "noisy" if _grain(coarse - functions @ weights, usable) > GRAIN else "plain"
    used = {"striped": ("rows", "columns"), "dotted": ("rows", "columns", "checkered")}.get(name, (name,))
    expected = weights[0] + np.zeros(cells * cells)
    for group in used:
        if group in where:
            expected += functions[:, where[group]] @ weights[where[group]]
    if name in ("plain", "noisy"):
        expected[:] = np.median(coarse[usable])
    return name, np.kron(expected.reshape(cells, cells), np.ones((step, step)))


def _grain(rest: Floats, usable: Bools) -> float:
    """Standard deviation of the grain, by how neighbouring cells vary together: the noise of single pixels does not."""
    cells = round(len(rest) ** 0.5)
    spread = np.where(usable, rest - rest[usable].mean(), 0.0).reshape(cells, cells)
    there = usable.reshape(cells, cells).astype(np.float64)
    shared = (spread[1:] * spread[:-1]).sum() + (spread[:, 1:] * spread[:, :-1]).sum()
    pairs = (there[1:] * there[:-1]).sum() + (there[:, 1:] * there[:, :-1]).sum()
    return float(np.sqrt(max(0.0, shared / max(pairs, 1.0))))
