"""Captions: a small written grammar that says a scene in one of many phrasings.

A caption names everything that was chosen on purpose: shape, colour, background always; size when it is not medium;
place when it is not the centre; the relation of two shapes. It never says what the scene does not show.
"""

from __future__ import annotations

import random

from training.scenes import Item, Scene

OPENINGS = ("", "", "", "a picture of ", "a drawing of ", "an image of ")

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

SIZE_WORDS = {"small": ("small", "little", "tiny"), "medium": ("medium",), "large": ("large", "big")}


def caption(scene: Scene, rng: random.Random) -> str:
    """One phrasing of the scene, lower case, no final stop."""
    things = _things(scene, rng)
    setting = rng.choice(SETTINGS)
    opening = "" if setting.startswith("a {ground}") else rng.choice(OPENINGS)
    return with_articles(opening + setting.format(things=things, ground=scene.background))


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


def _things(scene: Scene, rng: random.Random) -> str:
    """The shapes of the scene, with their place or relation."""
    if scene.relation is not None:
        first, second = scene.items
        return f"{_thing(first, rng)} {scene.relation} {_thing(second, rng)}"
    (item,) = scene.items
    name = _thing(item, rng)
    if item.place != "centre":
        return f"{name} {rng.choice(('in', 'at'))} the {item.place}"
    return f"{name} in the {rng.choice(('centre', 'center', 'middle'))}" if rng.random() < 0.15 else name


def _thing(item: Item, rng: random.Random) -> str:
    """Size, colour and shape of one item; medium is rarely worth a word."""
    words = SIZE_WORDS[item.size]
    size = "" if item.size == "medium" and rng.random() > 0.1 else rng.choice(words) + " "
    return f"a {size}{item.colour} {item.shape}"


def with_articles(text: str) -> str:
    """'a' becomes 'an' before a vowel."""
    words = text.split(" ")
    for i, word in enumerate(words[:-1]):
        if word == "a" and words[i + 1][0] in "aeiou":
            words[i] = "an"
    return " ".join(words)
