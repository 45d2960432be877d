"""What may be said of a picture, and of which pictures it is true.

A contrastive loss takes every other caption of a batch for wrong. Where another picture happens to show what a caption
says, that is a false negative, and the pair would learn to tell apart what is the same. So each caption here carries
the one fact that it states, and a scene has the set of all facts that are true of it: whole captions state the whole
scene, short ones ("a red circle", "a blue background") a part of it, which other scenes may share.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from training.captions import NUMBERS, RELATION_WORDS, caption, plural_of, with_articles
from training.objective import named_spots
from training.scenes import COLOURS, PATTERNS, RELATIONS, SHAPES, STYLES, Scene

Fact = tuple[object, ...]


@dataclass(frozen=True)
class Claim:
    """A sentence and the fact that it states."""

    text: str
    fact: Fact


def meaning(scene: Scene) -> Fact:
    """All that a whole caption says, whatever the order of its words; the jitter of the drawing is no part of it."""
    items = zip(scene.items, named_spots(scene), strict=True)
    shown = frozenset((item.shape, item.colour, item.size, item.fill, spot) for item, spot in items)
    return (scene.background, scene.pattern, scene.style, shown)


def facts(scene: Scene) -> frozenset[Fact]:
    """Everything that a claim may state and that is true of the scene."""
    return frozenset(_facts(scene))


def _facts(scene: Scene) -> Iterator[Fact]:
    yield "whole", meaning(scene)
    yield "background", scene.background
    yield "pattern", scene.pattern
    yield "style", scene.style
    for item in scene.items:
        yield "kind", item.colour, item.shape
        yield "shape", item.shape
        yield "colour", item.colour
    for shape in {item.shape for item in scene.items}:
        yield "number", sum(item.shape == shape for item in scene.items), shape
    spots = named_spots(scene)
    for one, here in zip(scene.items, spots, strict=True):
        for other, there in zip(scene.items, spots, strict=True):
            for relation, ends in RELATIONS.items():
                if (here, there) == ends:
                    yield "relation", one.shape, relation, other.shape


def whole(scene: Scene, rng: random.Random) -> Claim:
    """A whole caption, in one of its phrasings."""
    return Claim(caption(scene, rng), ("whole", meaning(scene)))


def short(scene: Scene, rng: random.Random) -> Claim:
    """A sentence about a part of the scene."""
    first = scene.items[0]
    choices = [
        Claim(f"a {scene.background} background", ("background", scene.background)),
        Claim(f"a {scene.pattern} background", ("pattern", scene.pattern)),
        Claim(f"{scene.style} style", ("style", scene.style)),
    ]
    if scene.relation:
        words = rng.choice(RELATION_WORDS[scene.relation])
        said = ("relation", first.shape, scene.relation, scene.items[1].shape)
        choices = [Claim(f"a {first.shape} {words} a {scene.items[1].shape}", said)] * 3 + choices
    elif scene.counted:
        number = len(scene.items)
        text = f"{NUMBERS[number]} {plural_of(first.shape)}"
        choices = [Claim(text, ("number", number, first.shape))] * 3 + choices
    elif len(scene.items) == 1:
        kind = Claim(f"a {first.colour} {first.shape}", ("kind", first.colour, first.shape))
        shape = Claim(f"a {first.shape}", ("shape", first.shape))
        colour = Claim(f"a {first.colour} shape", ("colour", first.colour))
        choices = [kind, kind, kind, shape, shape, shape, colour, *choices]
    chosen = rng.choice(choices)
    opening = rng.choice(("", "", "a picture of ")) if chosen.fact[0] != "style" else ""
    return Claim(with_articles(opening + chosen.text), chosen.fact)


SIMPLE: tuple[Fact, ...] = (
    *(("kind", colour, shape) for colour in COLOURS for shape in SHAPES),
    *(("shape", shape) for shape in SHAPES),
    *(("colour", colour) for colour in COLOURS),
    *(("background", colour) for colour in COLOURS),
    *(("pattern", pattern) for pattern in PATTERNS),
    *(("style", style) for style in STYLES),
    *(("number", number, shape) for number in range(1, 5) for shape in SHAPES),
)
"""Facts that are few enough to be asked one by one."""


def simple_facts(scene: Scene) -> Tensor:
    """Which of the `SIMPLE` facts are true of the scene, as 0 or 1."""
    known = facts(scene)
    return torch.tensor([float(fact in known) for fact in SIMPLE])


def true_of(claims: list[Claim], scenes: list[Scene]) -> Tensor:
    """Booleans [claims, scenes]: which claim is true of which scene."""
    known = [facts(scene) for scene in scenes]
    return torch.tensor([[claim.fact in there for there in known] for claim in claims])
