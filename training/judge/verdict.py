"""Does a picture show a scene? Patches are matched with the scene's shapes, and each thing asked for is a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

from PIL import Image

from training.judge.patches import Found, Patch, look
from training.scenes import Item, Scene

NEAR = 0.12
"""A shape is in its place when its middle lies this near to it along both axes."""
ALIKE = 1.3
"""Sizes agree up to this factor: the named ones lie 1.45 apart, and each varies by 7 %."""
MOST = 6
"""No more patches than these are matched: the largest ones."""


@dataclass(frozen=True)
class Agreement:
    """Where a picture agrees with its description; what the description leaves open always agrees.

    `count` is wrong when a patch is missing or there is one more than asked for.
    """

    background: bool
    pattern: bool
    style: bool
    count: bool
    shape: bool
    colour: bool
    fill: bool
    size: bool
    place: bool
    relation: bool

    @property
    def whole(self) -> bool:
        """Everything is right."""
        return all(vars(self).values())


def compare(picture: Image.Image, scene: Scene) -> Agreement:
    """The verdict on a picture."""
    return agreement(look(picture), scene)


def agreement(found: Found, scene: Scene) -> Agreement:
    """The verdict on what was found in a picture."""
    pairs = matched(found.patches, scene)
    complete = len(pairs) == len(scene.items)
    return Agreement(
        background=found.background == scene.background,
        pattern=found.pattern == scene.pattern,
        style=found.style in (None, scene.style),
        count=len(found.patches) == len(scene.items),
        shape=complete and all(patch.is_a(item.shape) for patch, item in pairs),
        colour=complete and all(patch.colour == item.colour for patch, item in pairs),
        fill=complete and all(patch.fill == item.fill for patch, item in pairs),
        size=complete and all(1 / ALIKE < patch.radius / item.radius < ALIKE for patch, item in pairs),
        place=complete and (len(scene.items) > 1 or all(_near(patch, item) for patch, item in pairs)),
        relation=scene.relation is None or (complete and holds(scene.relation, pairs[0][0], pairs[1][0])),
    )


def matched(patches: tuple[Patch, ...], scene: Scene) -> list[tuple[Patch, Item]]:
    """The assignment of patches to shapes that agrees best, in the order of the shapes; fewer when patches are few.

    What a shape is counts before where it is: a pair the wrong way round is still that pair.
    """
    items, some = scene.items, patches[:MOST]
    if len(some) < len(items):
        chosen = min(
            permutations(range(len(items)), len(some)),
            key=lambda order: sum(_difference(p, items[i]) for p, i in zip(some, order, strict=True)),
        )
        return [(patch, items[i]) for i, patch in sorted(zip(chosen, some, strict=True), key=lambda pair: pair[0])]
    best = min(
        permutations(some, len(items)),
        key=lambda order: sum(_difference(p, item) for p, item in zip(order, items, strict=True)),
    )
    return list(zip(best, items, strict=True))


def _difference(patch: Patch, item: Item) -> float:
    """How unlike a patch is what was asked for."""
    far = abs(patch.x - item.x) + abs(patch.y - item.y)
    return (not patch.is_a(item.shape)) + (patch.colour != item.colour) + 0.5 * (patch.fill != item.fill) + 0.2 * far


def _near(patch: Patch, item: Item) -> bool:
    return abs(patch.x - item.x) < NEAR and abs(patch.y - item.y) < NEAR


def holds(relation: str, first: Patch, second: Patch) -> bool:
    """Does the first patch lie so to the second? The way between them must be more along that axis than across it."""
    right, down = second.x - first.x, second.y - first.y
    along, across = {
        "above": (down, right),
        "below": (-down, right),
        "to the left of": (right, down),
        "to the right of": (-right, down),
    }[relation]
    return along > abs(across)
