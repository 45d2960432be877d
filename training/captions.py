"""Captions: a small written grammar that says a scene in one of many phrasings.

A caption names everything that was chosen on purpose: shape, colour, background always; size when it is not medium;
place when it is not the centre; how two shapes lie, or how many there are; outlines, patterns and styles that are not
the ordinary ones. It never says what the scene does not show.
"""

from __future__ import annotations

import random

from training.scenes import Item, Scene

OPENINGS = ("", "", "", "", "a picture of ", "a drawing of ", "an image of ")

SETTINGS = (
    "{things} on a {ground} background",
    "{things} on a {ground} background",
    "{things} on a {ground} background",
    "{things} over a {ground} background",
    "{things} with a {ground} background",
    "{things} against a {ground} background",
    "{things}, {ground} background",
    "{things} on {ground}",
    "a {ground} background with {things}",
)

STYLED = {
    "flat": ("{all}", "{all}", "{all}", "{all}", "{all}", "{all}", "{all}", "{all}", "{all}", "{all}, flat style"),
    "crayon": ("{all}, crayon style", "{all} in crayon", "a crayon drawing of {all}", "{all}, drawn in crayon"),
    "pixel": ("{all}, pixel style", "{all} in pixel style", "pixel art of {all}", "{all}, pixel art"),
    "neon": ("{all}, neon style", "{all} in neon", "a neon picture of {all}", "{all}, neon light"),
}
"""Phrasings of the styles; '{all}' is the caption without the style."""

SIZE_WORDS = {"small": ("small", "little", "tiny"), "medium": ("medium",), "large": ("large", "big")}
NUMBERS = {2: "two", 3: "three", 4: "four"}
RELATION_WORDS = {
    "above": ("above", "above", "over"),
    "below": ("below", "below", "under"),
    "to the left of": ("to the left of", "left of"),
    "to the right of": ("to the right of", "right of"),
}


def caption(scene: Scene, rng: random.Random) -> str:
    """One phrasing of the scene, lower case, no final stop."""
    things = _things(scene, rng)
    setting = rng.choice(SETTINGS)
    opening = "" if setting.startswith("a {ground}") or scene.style != "flat" else rng.choice(OPENINGS)
    text = opening + setting.format(things=things, ground=_ground(scene, rng))
    return with_articles(rng.choice(STYLED[scene.style]).format(all=text))


def plain_caption(scene: Scene) -> str:
    """The first phrasing of all, always the same: 'a red circle on a blue background'."""
    return caption(scene, _First())


class _First(random.Random):
    """A random source that takes the first choice and never takes a chance."""

    def choice(self, seq):  # type: ignore[no-untyped-def]
        """The first element."""
        return seq[0]

    def random(self) -> float:
        """Just under one: `random() < share` is false."""
        return 1.0 - 2**-53


def _ground(scene: Scene, rng: random.Random) -> str:
    """The background: 'blue', rarely 'plain blue', 'striped blue' or 'blue striped'."""
    colour, pattern = scene.background, scene.pattern
    if pattern == "plain":
        return f"plain {colour}" if rng.random() < 0.05 else colour
    return rng.choice((f"{pattern} {colour}", f"{colour} {pattern}"))


def _things(scene: Scene, rng: random.Random) -> str:
    """The shapes of the scene, with their place, relation or number."""
    if scene.relation is not None:
        first, second = scene.items
        return f"{_thing(first, rng)} {rng.choice(RELATION_WORDS[scene.relation])} {_thing(second, rng)}"
    if scene.counted:
        return f"{NUMBERS[len(scene.items)]} {_name(scene.items[0], rng, plural=True)}"
    if len(scene.items) > 1:
        *most, last = (_thing(item, rng) for item in scene.items)
        return f"{', '.join(most)} and {last}"
    (item,) = scene.items
    name = _thing(item, rng)
    if item.place != "centre":
        return f"{name} {rng.choice(('in', 'at'))} the {item.place}"
    return f"{name} in the {rng.choice(('centre', 'center', 'middle'))}" if rng.random() < 0.15 else name


def _thing(item: Item, rng: random.Random) -> str:
    """One shape, with its article."""
    return f"a {_name(item, rng)}"


def _name(item: Item, rng: random.Random, plural: bool = False) -> str:
    """Size, fill, colour and shape of one item; medium and filled are rarely worth a word."""
    size = "" if item.size == "medium" and rng.random() > 0.1 else rng.choice(SIZE_WORDS[item.size]) + " "
    shape = item.shape if not plural else plural_of(item.shape)
    if item.fill == "outlined":
        return f"{size}{rng.choice(('outlined', 'outlined', 'empty'))} {item.colour} {shape}"
    filled = "filled " if rng.random() < 0.03 else ""
    return f"{size}{filled}{item.colour} {shape}"


def plural_of(shape: str) -> str:
    """'circles', 'crosses'."""
    return shape + ("es" if shape.endswith("s") else "s")


def with_articles(text: str) -> str:
    """'a' becomes 'an' before a vowel."""
    words = text.split(" ")
    for i, word in enumerate(words[:-1]):
        if word == "a" and words[i + 1][0] in "aeiou":
            words[i] = "an"
    return " ".join(words)
