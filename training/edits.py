"""Edits: an instruction, and a scene before and after it; what the instruction does not speak of stays the same.

That includes the jitter of place and size, so the two pictures differ in the edit alone. Only words with a token of
their own are used. The scene after an edit keeps the rules of `random_scene`: no shape in the background's colour, none
of the kept-out pairs of shape and colour.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from training.captions import SIZE_WORDS, plural_of, with_articles
from training.scenes import (
    COLOURS,
    EVERYTHING,
    KEPT_OUT,
    MARGIN,
    PATTERNS,
    PLACES,
    SHAPES,
    SIZES,
    STYLES,
    TOGETHER,
    Item,
    Mix,
    Scene,
    random_scene,
)

EMPTY = 0.25
"""Share of the additions that begin with an empty picture."""
SLACK = 0.02
"""How far the circles about two shapes may overlap, as a fraction of the side, when one is added."""

Proposal = tuple[Scene, Scene, list[str]]
"""Before, after, and the phrasings, not yet with the right articles."""


@dataclass(frozen=True)
class Edit:
    """What is done (a key of `KINDS`), the scene before and after, and every way of asking for it."""

    kind: str
    before: Scene
    after: Scene
    phrasings: tuple[str, ...]

    def instruction(self, rng: random.Random) -> str:
        """One of the phrasings."""
        return rng.choice(self.phrasings)


def random_edit(rng: random.Random, mix: Mix = EVERYTHING) -> Edit:
    """An edit of a random scene; proposals that break a rule or change nothing are drawn again."""
    kind = rng.choices(list(KINDS), [weight for _, weight in KINDS.values()])[0]
    while True:
        before, after, phrasings = KINDS[kind][0](rng, random_scene(rng, mix))
        if before != after and _lawful(after, before.counted if before.items else False):
            return Edit(kind, before, after, tuple(dict.fromkeys(map(with_articles, phrasings))))


def _lawful(scene: Scene, alike: bool) -> bool:
    """The rules of `random_scene`; `alike` shapes are counted, others differ from one another."""
    kinds = [(item.shape, item.colour) for item in scene.items]
    coarse_lines = scene.style == "pixel" and any(item.fill == "outlined" for item in scene.items)
    seen = all(kind not in KEPT_OUT and kind[1] != scene.background for kind in kinds)
    return seen and not coarse_lines and (alike or len(set(kinds)) == len(kinds))


def _target(rng: random.Random, scene: Scene) -> tuple[list[int], list[str]]:
    """Which shapes an instruction is about (one, or all that are counted), and what it may call them."""
    first = scene.items[0]
    if scene.counted:
        plural = plural_of(first.shape)
        return list(range(len(scene.items))), [f"the {plural}", f"the {first.colour} {plural}", "them"]
    number = rng.randrange(len(scene.items))
    item = scene.items[number]
    names = [f"the {item.colour} {item.shape}"] * 2
    if [other.shape for other in scene.items].count(item.shape) == 1:
        names.append(f"the {item.shape}")
    if [other.colour for other in scene.items].count(item.colour) == 1:
        names.append(f"the {item.colour} shape")
    return [number], [*names, "it", "the shape"] if len(scene.items) == 1 else names


def _changed(scene: Scene, numbers: list[int], change: Callable[[Item], Item]) -> Scene:
    """The scene with some of its shapes changed."""
    return replace(scene, items=tuple(change(item) if n in numbers else item for n, item in enumerate(scene.items)))


def _phrased(names: list[str], *templates: str, **words: str) -> list[str]:
    """Every template with every name for '{it}'."""
    return [template.format(it=name, **words) for template in templates for name in names]


def _recolour(rng: random.Random, scene: Scene) -> Proposal:
    numbers, names = _target(rng, scene)
    colour = rng.choice(list(COLOURS))
    templates = ("make {it} {c}", "turn {it} {c}", "change {it} to {c}", "change the color of {it} to {c}")
    after = _changed(scene, numbers, lambda item: replace(item, colour=colour))
    return scene, after, _phrased(names, *templates, c=colour)


def _reshape(rng: random.Random, scene: Scene) -> Proposal:
    numbers, names = _target(rng, scene)
    shape, item = rng.choice(SHAPES), scene.items[numbers[0]]
    article, noun = ("", plural_of(shape)) if len(numbers) > 1 else ("a ", shape)
    templates = ("turn {it} into {new}", "change {it} to {new}", "make {it} {new}", "replace {it} with {whole}")
    fill = "filled" if shape == "ring" else item.fill
    after = _changed(scene, numbers, lambda item: replace(item, shape=shape, fill=fill))
    return scene, after, _phrased(names, *templates, new=article + noun, whole=f"{article}{item.colour} {noun}")


def _resize(rng: random.Random, scene: Scene) -> Proposal:
    numbers, names = _target(rng, scene)
    size = rng.choice(list(SIZES) if len(scene.items) == 1 else ["small", "medium"])

    def change(item: Item) -> Item:
        radius = item.radius * SIZES[size] / SIZES[item.size]
        low, high = radius + MARGIN, 1 - radius - MARGIN
        x, y = (min(max(at, low), high) for at in (item.x, item.y))
        return item if size == item.size else replace(item, size=size, radius=radius, x=x, y=y)

    templates = [f"make {{it}} {word}" for word in SIZE_WORDS[size]]
    return scene, _changed(scene, numbers, change), _phrased(names, *templates)


def _refill(rng: random.Random, scene: Scene) -> Proposal:
    numbers, names = _target(rng, scene)
    lines = scene.items[numbers[0]].fill == "filled"
    templates = ("outline {it}", "make {it} outlined", "make {it} empty")
    fill = "outlined" if lines and scene.items[numbers[0]].shape != "ring" else "filled"
    after = _changed(scene, numbers, lambda item: replace(item, fill=fill))
    return scene, after, _phrased(names, *(templates if lines else ("make {it} filled", "make {it} solid")))


def _ground(rng: random.Random, scene: Scene) -> Proposal:
    colour = rng.choice(list(COLOURS))
    asked = ("make the {g} {c}", "turn the {g} {c}", "change the {g} to {c}", "change the color of the {g} to {c}")
    return scene, replace(scene, background=colour), [text.format(g="background", c=colour) for text in asked]


def _pattern(rng: random.Random, scene: Scene) -> Proposal:
    pattern = rng.choice(PATTERNS)
    asked = ("make the {g} {p}", "turn the {g} {p}", "change the {g} to {p}", "replace the {g} with a {p} {g}")
    return scene, replace(scene, pattern=pattern), [text.format(g="background", p=pattern) for text in asked]


def _style(rng: random.Random, scene: Scene) -> Proposal:
    style = rng.choice(STYLES)
    asked = ["{s} style", "in {s} style", "make it {s} style", "change the style to {s}", "change it to {s} style"]
    if style in ("crayon", "neon"):
        asked += ["in {s}", "make it {s}", f"turn it into a {{s}} {'drawing' if style == 'crayon' else 'picture'}"]
    if style == "pixel":
        asked += ["pixel art", "make it pixel art", "turn it into pixel art"]
    return scene, replace(scene, style=style), [text.format(s=style) for text in asked]


def _remove(rng: random.Random, scene: Scene) -> Proposal:
    numbers, names = _target(rng, scene)
    left = [item for n, item in enumerate(scene.items) if n not in numbers]
    after = replace(scene, items=tuple(map(_alone, left) if len(left) == 1 else left), relation=None)
    return scene, after, _phrased(names, "remove {it}", "remove {it} from the picture", "make a picture without {it}")


def _alone(item: Item) -> Item:
    """A shape that was one of several, called by the place that it lies at."""
    nearest = min(PLACES, key=lambda place: math.dist(PLACES[place], (item.x, item.y)))
    return replace(item, place=item.place or nearest)


def _add(rng: random.Random, scene: Scene) -> Proposal:
    empty = rng.random() < EMPTY
    before = replace(scene, items=(), relation=None) if empty else replace(scene, relation=None)
    item = random_scene(rng, Mix(centred=0.6 if empty else 0.1, filled=0.88)).items[0]
    if not empty:
        item = replace(item, radius=TOGETHER * item.radius)
    if any(math.dist((item.x, item.y), (o.x, o.y)) < item.radius + o.radius - SLACK for o in before.items):
        return scene, scene, []
    line = "outlined " if item.fill == "outlined" else ""
    sizes = [f"{word} " for word in SIZE_WORDS[item.size]] if item.size != "medium" else [""]
    things = [f"a {size}{line}{item.colour} {item.shape}" for size in sizes]
    where = [f" in the {item.place}", f" at the {item.place}"] + [""] * (empty and item.place == "centre")
    asked = [f"add {thing}{spot}" for thing in things for spot in where]
    return before, replace(before, items=(*before.items, item)), asked


KINDS: dict[str, tuple[Callable[[random.Random, Scene], Proposal], float]] = {
    "recolour": (_recolour, 0.2),
    "reshape": (_reshape, 0.15),
    "resize": (_resize, 0.1),
    "refill": (_refill, 0.07),
    "background": (_ground, 0.13),
    "pattern": (_pattern, 0.07),
    "style": (_style, 0.08),
    "add": (_add, 0.1),
    "remove": (_remove, 0.1),
}
"""What makes each kind of edit, and its share of all."""
