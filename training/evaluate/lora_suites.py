"""LoRAs as a user trains them: is what they teach there with them, and not without?

* sketch: captions that end in 'sketch style', at weight 1 and 0;
* sks: 'a sks star' and other captions of the subject, with and without; and plain stars of all colours with it, which
  should stay plain stars.
"""

from __future__ import annotations

import importlib
import random
from pathlib import Path

from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from PIL import Image

from training.captions import caption
from training.evaluate.looks import has_mark, sketch_of
from training.evaluate.prompts import FRESH
from training.evaluate.sampling import fresh, sample
from training.evaluate.shares import share
from training.evaluate.suite import Figures, Options, beside, register
from training.lora_sets import SKETCHED, class_captions, subject_set
from training.scenes import Scene, random_scene

SKETCH, SUBJECT = "-sketch-lora.safetensors", "-sks-lora.safetensors"
WEIGHTS = (1.0, 0.0)
NAME = "it"
"""What the pipeline calls the LoRA."""


def with_lora(folder: Path, lora: Path) -> StableDiffusionPipeline:
    """The base with a LoRA at weight 1. Raises `ModuleNotFoundError` without peft, by which diffusers loads it."""
    importlib.import_module("peft")
    pipeline = fresh(folder)
    pipeline.load_lora_weights(lora.parent, weight_name=lora.name, adapter_name=NAME)
    return pipeline


def sketches(count: int) -> list[tuple[str, Scene]]:
    """Fresh captions in the words of the sketch LoRA's set, and their scenes."""
    pairs = []
    for number in range(count):
        rng = random.Random(f"{FRESH}:sketch:{number}")
        scene = random_scene(rng, SKETCHED)
        pairs.append((f"{caption(scene, rng)}, sketch style", scene))
    return pairs


def sketched(asked: list[tuple[str, Scene]], pictures: list[Image.Image]) -> Figures:
    """Which pictures are sketches, and which show the right shapes on the right paper."""
    rows = []
    for (text, scene), picture in zip(asked, pictures, strict=True):
        found = sketch_of(picture)
        outlines = sorted("circle" if item.shape == "ring" else item.shape for item in scene.items)
        right = {
            "style": found.drawn,
            "paper": found.paper,
            "ink": found.inked,
            "background": found.ground == scene.background,
            "shapes": sorted(found.shapes) == outlines,
        }
        rows.append({"prompt": text, **right, "found": list(found.shapes)})
    names = ("style", "paper", "ink", "background", "shapes")
    return Figures(len(rows), {n: share([bool(row[n]) for row in rows]) for n in names}, rows=rows, pictures=pictures)


def marked(texts: list[str], pictures: list[Image.Image]) -> Figures:
    """Which pictures show the subject."""
    rows = [{"prompt": text, "mark": has_mark(picture)} for text, picture in zip(texts, pictures, strict=True)]
    return Figures(len(rows), {"mark": share([bool(row["mark"]) for row in rows])}, rows=rows, pictures=pictures)


def measure_sketch(options: Options) -> Figures:
    """The style, at both weights."""
    pipeline = with_lora(options.folder, beside(options.folder, SKETCH))
    asked = sketches(options.count)
    parts = {}
    for weight in WEIGHTS:
        pipeline.set_adapters(NAME, weight)
        what = f"weight {weight:g}"
        pictures = sample(
            pipeline, [t for t, _ in asked], options.steps, options.guidance, options.batch, f"sketch, {what}"
        )
        parts[what] = sketched(asked, pictures)
    return Figures(options.count, parts=parts)


def measure_subject(options: Options) -> Figures:
    """The subject, at both weights, and stars that are not it."""
    pipeline = with_lora(options.folder, beside(options.folder, SUBJECT))
    subject = [example.caption for example in subject_set(options.count, 32, FRESH)]
    others = class_captions(options.count, seed=FRESH)
    parts = {}
    for what, texts, weight in (
        ("with", subject, 1.0),
        ("without", subject, 0.0),
        ("other stars, with", others, 1.0),
    ):
        pipeline.set_adapters(NAME, weight)
        pictures = sample(pipeline, texts, options.steps, options.guidance, options.batch, f"sks, {what}")
        parts[what] = marked(texts, pictures)
    return Figures(options.count, parts=parts)


register("sketch-lora", measure_sketch, SKETCH)
register("sks-lora", measure_subject, SUBJECT)
