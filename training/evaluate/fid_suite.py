"""How far the model's pictures lie from drawn ones, as a whole: Fréchet distance, CLIP score, inception score.

Prompts are captions of what the model is trained on (`EVERYTHING`). The reference is a set of other scenes of that mix,
drawn. 'drawn' are the figures of the prompts' own scenes, drawn, against the same reference: as many pictures, as far
off by chance, so they are the floor of the distances. Both depend on the number of pictures: compare at equal `count`.
"""

from __future__ import annotations

import random
from pathlib import Path

from PIL import Image
from rich.progress import track

from training.captions import caption
from training.drawing import draw
from training.evaluate.features import Eye, Seen
from training.evaluate.prompts import FRESH
from training.evaluate.sampling import opened, sample, side_of
from training.evaluate.suite import Figures, Options, beside, register
from training.scenes import EVERYTHING, Scene, random_scene

REFERENCE = 1024
"""Drawn pictures of the reference, or as many as there are prompts if those are more."""


def asked(count: int) -> list[tuple[str, Scene]]:
    """Fresh captions and their scenes, of the mix that models are trained on."""
    pairs = []
    for number in range(count):
        rng = random.Random(f"{FRESH}:fid:{number}")
        scene = random_scene(rng, EVERYTHING)
        pairs.append((caption(scene, rng), scene))
    return pairs


def reference(eye: Eye, count: int, side: int) -> Seen:
    """Features of drawn scenes that are none of the prompts'."""
    rngs = (random.Random(f"{FRESH}:reference:{number}") for number in range(count))
    return eye.look(drawn([random_scene(rng, EVERYTHING) for rng in rngs], side))


def drawn(scenes: list[Scene], side: int) -> list[Image.Image]:
    """The scenes as pictures."""
    return [draw(scene, side) for scene in track(scenes, description="drawing")]


def numbers(eye: Eye, pictures: list[Image.Image], texts: list[str], other: Seen) -> dict[str, float]:
    """All figures of pictures for texts, against the reference."""
    seen = eye.look(pictures)
    found = {
        "Fréchet distance": eye.distance(seen, other, "pooled"),
        "Fréchet distance (joint)": eye.distance(seen, other, "joint"),
        "CLIP score": eye.likeness(seen, texts),
        "inception score": eye.variety(seen),
    }
    return {name: round(value, 4) for name, value in found.items()}


def measure(options: Options, most: int = REFERENCE) -> Figures:
    """The model's pictures and the drawn ones, both against the reference."""
    eye, pipeline = Eye(clip_of(options.folder)), opened(options.folder)
    pairs, side = asked(options.count), side_of(pipeline)
    texts = [text for text, _ in pairs]
    other = reference(eye, max(most, options.count), side)
    made = sample(pipeline, texts, options.steps, options.guidance, options.batch)
    real = drawn([scene for _, scene in pairs], side)
    parts = {
        "model": Figures(len(made), numbers=numbers(eye, made, texts, other), pictures=made),
        "drawn": Figures(len(real), numbers=numbers(eye, real, texts, other)),
    }
    return Figures(options.count, parts=parts)


def clip_of(folder: Path) -> Path:
    """The base's CLIP pair."""
    return beside(folder, "clip")


register("fid", measure, "clip")
