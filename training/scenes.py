"""Scenes: what is on a picture, as data, and how it is chosen.

A scene is described first (frozen dataclasses, lengths as fractions of the picture's side, y downwards); `drawing`,
`annotations` and `captions` work from the description alone, so that a judge can compare a picture with what was asked
for. Everything random comes from the `random.Random` that is passed in: the same seed gives the same scene.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

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
"""Radius of the circle about a shape that is alone, as a fraction of the side."""

TOGETHER = 0.8
"""Shapes that share a picture are this much smaller, so that they do not touch."""

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
    "above": (PLACES["top"], PLACES["bottom"]),
    "below": (PLACES["bottom"], PLACES["top"]),
    "to the left of": (PLACES["left"], PLACES["right"]),
    "to the right of": (PLACES["right"], PLACES["left"]),
}
"""Middles of the first and the second shape of a pair."""

LAYOUTS: dict[int, tuple[tuple[float, float], ...]] = {
    2: (PLACES["left"], PLACES["right"]),
    3: (PLACES["top"], PLACES["bottom left"], PLACES["bottom right"]),
    4: (PLACES["top left"], PLACES["top right"], PLACES["bottom left"], PLACES["bottom right"]),
}
"""Where several shapes lie when nothing is said of it, in the order in which they are named."""

PATTERNS = ("plain", "gradient", "spotlight", "striped", "diagonal", "checkered", "dotted", "noisy")
"""What a background looks like; every one but 'plain' varies between its colour and a near shade of it."""

STYLES = ("flat", "crayon", "pixel", "neon")
FILLS = ("filled", "outlined")

KEPT_OUT = frozenset(
    {
        ("star", "purple"),
        ("heart", "green"),
        ("hexagon", "red"),
        ("cross", "yellow"),
        ("ring", "blue"),
        ("triangle", "gray"),
        ("square", "orange"),
    }
)
"""Seven of the 72 pairs of shape and colour that no training picture shows, to measure composition."""

MARGIN = 0.02
"""A shape named by its place stays this far inside the picture."""

Combinations = Literal["trained", "kept out", "all"]
"""Which pairs of shape and colour may be drawn: all but the kept-out ones, those alone, or any."""


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
    fill: str = "filled"


@dataclass(frozen=True)
class Scene:
    """A background and the shapes on it, the later ones on top.

    `relation` says how items 0 and 1 of a pair lie; without one, several equal items are counted in a caption and
    several different ones are listed. `background` is a colour, `pattern` what is done with it.
    """

    background: str
    items: tuple[Item, ...]
    relation: str | None = None
    pattern: str = "plain"
    style: str = "flat"

    @property
    def counted(self) -> bool:
        """Several shapes that are all of one kind."""
        first, *others = self.items
        return bool(others) and all((i.shape, i.colour) == (first.shape, first.colour) for i in others)


@dataclass(frozen=True)
class Mix:
    """Shares (0..1) of what is drawn.

    `pairs` with a relation, `counts` of two to four equal shapes, `several` two to four different ones; the rest is
    single shapes, of which `centred` lie in the middle.
    """

    pairs: float = 0.0
    counts: float = 0.0
    several: float = 0.0
    centred: float = 0.7
    plain: float = 1.0
    flat: float = 1.0
    filled: float = 1.0
    combinations: Combinations = "trained"


SINGLES = Mix(centred=0.6)
"""One plain flat shape."""
EVERYTHING = Mix(pairs=0.25, counts=0.2, several=0.08, centred=0.5, plain=0.72, flat=0.79, filled=0.88)
"""What the models are trained on."""


def random_scene(rng: random.Random, mix: Mix = SINGLES) -> Scene:
    """A scene that a caption can name in full."""
    kind = rng.random()
    background = rng.choice(list(COLOURS))
    pattern = "plain" if rng.random() < mix.plain else rng.choice(PATTERNS[1:])
    style = "flat" if rng.random() < mix.flat else rng.choice(STYLES[1:])
    fill = "filled" if rng.random() < mix.filled or style == "pixel" else "outlined"  # blocks are too coarse for lines
    relation = None
    if kind < mix.pairs:
        relation = rng.choice(list(RELATIONS))
        items = _together(rng, _kinds(rng, 2, background, mix), RELATIONS[relation], fill)
    elif kind < mix.pairs + mix.counts:
        count = rng.choice(tuple(LAYOUTS))
        items = _together(rng, _kinds(rng, 1, background, mix) * count, LAYOUTS[count], fill)
    elif kind < mix.pairs + mix.counts + mix.several:
        count = rng.choice(tuple(LAYOUTS))
        items = _together(rng, _kinds(rng, count, background, mix), LAYOUTS[count], fill)
    else:
        place = "centre" if rng.random() < mix.centred else rng.choice(list(PLACES)[1:])
        size = rng.choice(("small", "medium", "medium", "large"))
        (kind_of,) = _kinds(rng, 1, background, mix)
        items = (_item(rng, kind_of, size, place, PLACES[place], SIZES[size], fill),)
    return Scene(background, items, relation, pattern, style)


def crowded_scene(rng: random.Random, most: int = 6) -> Scene:
    """Up to `most` shapes anywhere, of any colour: no caption would fit, but an autoencoder sees many edges."""
    items = tuple(
        Item(
            rng.choice(SHAPES),
            rng.choice(list(COLOURS)),
            "",
            "",
            rng.random(),
            rng.random(),
            rng.uniform(0.08, 0.4),
            rng.choice(("filled", "filled", "outlined")),
        )
        for _ in range(rng.randint(1, most))
    )
    return Scene(rng.choice(list(COLOURS)), items, None, rng.choice(PATTERNS), rng.choice(("flat", *STYLES)))


def _kinds(rng: random.Random, count: int, background: str, mix: Mix) -> tuple[tuple[str, str], ...]:
    """So many different pairs of shape and colour, none of them of the background's colour."""
    kinds: list[tuple[str, str]] = []
    while len(kinds) < count:
        kind = (rng.choice(SHAPES), rng.choice(list(COLOURS)))
        allowed = mix.combinations == "all" or (kind in KEPT_OUT) == (mix.combinations == "kept out")
        if allowed and kind[1] != background and kind not in kinds:
            kinds.append(kind)
    return tuple(kinds)


def _together(
    rng: random.Random, kinds: tuple[tuple[str, str], ...], spots: tuple[tuple[float, float], ...], fill: str
) -> tuple[Item, ...]:
    """Several shapes at their spots; equal ones have one size, others each their own."""
    sizes = [rng.choice(("small", "medium", "medium")) for _ in kinds]
    if len(set(kinds)) == 1:
        sizes = sizes[:1] * len(kinds)
    return tuple(
        _item(rng, kind, size, "", spot, TOGETHER * SIZES[size], fill)
        for kind, size, spot in zip(kinds, sizes, spots, strict=True)
    )


def _item(
    rng: random.Random,
    kind: tuple[str, str],
    size: str,
    place: str,
    spot: tuple[float, float],
    radius: float,
    fill: str,
) -> Item:
    """The shape near its spot: a little jitter in size and place, never over the picture's edge."""
    radius *= rng.uniform(0.93, 1.07)
    low, high = radius + MARGIN, 1 - radius - MARGIN
    x, y = (min(max(c + rng.uniform(-0.02, 0.02), low), high) for c in spot)
    shape, colour = kind
    return Item(shape, colour, size, place, x, y, radius, "filled" if shape == "ring" else fill)
