"""Groups of scenes that differ from a first one in a single attribute: hard negatives for a contrastive pair.

Pictures drawn at random differ in so much that a pair which knows the background's colour and one shape tells them
apart. Whether red belongs to the circle or to the square, and which of the two is above, is asked for only by a batch
that holds both answers (Yuksekgonul et al. 2023, arXiv 2210.01936: captions with their words swapped). Here each answer
has its own picture, so swapped scenes need no text that is true of nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from training.claims import meaning
from training.objective import named_spots
from training.scenes import (
    COLOURS,
    EVERYTHING,
    LAYOUTS,
    MARGIN,
    PATTERNS,
    PLACES,
    RELATIONS,
    SHAPES,
    SIZES,
    STYLES,
    Item,
    Mix,
    Scene,
    random_scene,
)

Spot = tuple[float, float]


def group(rng: random.Random, size: int, mix: Mix = EVERYTHING) -> tuple[Scene, ...]:
    """A random scene and `size` - 1 others that each differ from it in one attribute; no two mean the same.

    What binds attributes to things (relation, swapped colours, number) is changed first, the rest in random order.
    """
    first = random_scene(rng, mix)
    binding = ("relation", "swapped colours", "number")
    others = [name for name in CHANGES if name not in binding]
    found = {meaning(first): first}
    while len(found) < size:
        for name in (*binding, *rng.sample(others, len(others))):
            other = CHANGES[name](first, rng)
            if other is not None and len(found) < size:
                found.setdefault(meaning(other), other)
    return tuple(found.values())


def _relation(scene: Scene, rng: random.Random) -> Scene | None:
    """The same two shapes, lying otherwise."""
    if scene.relation is None:
        return None
    relation = rng.choice([name for name in RELATIONS if name != scene.relation])
    moved = zip(scene.items, named_spots(scene), RELATIONS[relation], strict=True)
    return replace(scene, relation=relation, items=tuple(_moved(*one) for one in moved))


def _swapped_colours(scene: Scene, rng: random.Random) -> Scene | None:
    """Two shapes with each other's colour."""
    pairs = [(i, j) for j in range(len(scene.items)) for i in range(j)]
    pairs = [(i, j) for i, j in pairs if scene.items[i].colour != scene.items[j].colour]
    if not pairs:
        return None
    i, j = rng.choice(pairs)
    items = list(scene.items)
    items[i], items[j] = (replace(items[i], colour=items[j].colour), replace(items[j], colour=items[i].colour))
    return _if_different(replace(scene, items=tuple(items)))


def _number(scene: Scene, rng: random.Random) -> Scene | None:
    """More or fewer of the equal shapes."""
    if not scene.counted:
        return None
    number = rng.choice([count for count in LAYOUTS if count != len(scene.items)])
    first, start = scene.items[0], named_spots(scene)[0]
    return replace(scene, items=tuple(_moved(first, start, spot) for spot in LAYOUTS[number]))


def _place(scene: Scene, rng: random.Random) -> Scene | None:
    """The shape that is alone, elsewhere."""
    if len(scene.items) > 1:
        return None
    (item,) = scene.items
    place = rng.choice([name for name in PLACES if name != item.place])
    return replace(scene, items=(replace(_moved(item, PLACES[item.place], PLACES[place]), place=place),))


def _size(scene: Scene, rng: random.Random) -> Scene | None:
    """One shape, or all the equal ones, smaller or larger; shapes that share a picture are never large."""
    sizes = list(SIZES) if len(scene.items) == 1 else ["small", "medium"]

    def resized(item: Item, size: str) -> Item:
        return _inside(replace(item, size=size, radius=item.radius * SIZES[size] / SIZES[item.size]))

    chosen = rng.randrange(len(scene.items))
    size = rng.choice([name for name in sizes if name != scene.items[chosen].size])
    return _each(scene, chosen, lambda item: resized(item, size))


def _shape(scene: Scene, rng: random.Random) -> Scene | None:
    """One shape, or all the equal ones, another; a ring counts as filled."""
    chosen = rng.randrange(len(scene.items))
    shape = rng.choice([name for name in SHAPES if name != scene.items[chosen].shape])
    outlined = any(item.fill == "outlined" for item in scene.items)
    fill = "outlined" if outlined and shape != "ring" else "filled"
    return _if_different(_each(scene, chosen, lambda item: replace(item, shape=shape, fill=fill)))


def _colour(scene: Scene, rng: random.Random) -> Scene | None:
    """One shape, or all the equal ones, in another colour."""
    chosen = rng.randrange(len(scene.items))
    taken = (scene.background, scene.items[chosen].colour)
    colour = rng.choice([name for name in COLOURS if name not in taken])
    return _if_different(_each(scene, chosen, lambda item: replace(item, colour=colour)))


def _fill(scene: Scene, rng: random.Random) -> Scene | None:
    """Outlines for filled shapes, and the other way about; rings and blocks have none."""
    if scene.style == "pixel" or all(item.shape == "ring" for item in scene.items):
        return None
    other = {"filled": "outlined", "outlined": "filled"}
    items = (item if item.shape == "ring" else replace(item, fill=other[item.fill]) for item in scene.items)
    return replace(scene, items=tuple(items))


def _background(scene: Scene, rng: random.Random) -> Scene | None:
    """Another colour behind the shapes, none of theirs."""
    taken = {scene.background, *(item.colour for item in scene.items)}
    return replace(scene, background=rng.choice([name for name in COLOURS if name not in taken]))


def _pattern(scene: Scene, rng: random.Random) -> Scene | None:
    """Another pattern on the background."""
    return replace(scene, pattern=rng.choice([name for name in PATTERNS if name != scene.pattern]))


def _style(scene: Scene, rng: random.Random) -> Scene | None:
    """Another style; outlines are too fine for blocks."""
    outlined = any(item.fill == "outlined" for item in scene.items)
    barred = (scene.style, "pixel") if outlined else (scene.style,)
    return replace(scene, style=rng.choice([name for name in STYLES if name not in barred]))


CHANGES: dict[str, Callable[[Scene, random.Random], Scene | None]] = {
    "relation": _relation,
    "swapped colours": _swapped_colours,
    "number": _number,
    "place": _place,
    "size": _size,
    "shape": _shape,
    "colour": _colour,
    "fill": _fill,
    "background": _background,
    "pattern": _pattern,
    "style": _style,
}
"""Each gives a scene that differs in the one attribute, or None where the scene has none to change."""


def _each(scene: Scene, chosen: int, change: Callable[[Item], Item]) -> Scene:
    """The change made to one item, or to all where they are counted, since counted ones are equal."""
    items = (change(item) if scene.counted or i == chosen else item for i, item in enumerate(scene.items))
    return replace(scene, items=tuple(items))


def _if_different(scene: Scene) -> Scene | None:
    """The scene, unless shapes that were listed one by one have become equal: no caption would list those."""
    kinds = {(item.shape, item.colour) for item in scene.items}
    return scene if scene.counted or len(kinds) == len(scene.items) else None


def _moved(item: Item, start: Spot, end: Spot) -> Item:
    """The item as far from `end` as it was from `start`."""
    return _inside(replace(item, x=item.x + end[0] - start[0], y=item.y + end[1] - start[1]))


def _inside(item: Item) -> Item:
    """The item moved away from the picture's edge, where it is over it."""
    low, high = item.radius + MARGIN, 1 - item.radius - MARGIN
    return replace(item, x=min(max(item.x, low), high), y=min(max(item.y, low), high))
