"""Do the painted shapes lie where the hint says? Intersection over union of all that is painted with all that is asked.

Scenes have one to four filled shapes on a plain background. Full captions name every shape; vague ones
(`training.controlnet.vague_caption`) name colours alone, and a tenth of them the background alone, so that the shapes
must come from the hint.
"""

from __future__ import annotations

import random
from functools import partial

import numpy as np
import torch
from diffusers.models.controlnets.controlnet import ControlNetModel
from diffusers.pipelines.controlnet.pipeline_controlnet import StableDiffusionControlNetPipeline
from PIL import Image

from training.annotations import masks
from training.captions import caption
from training.controlnet import HINTS, vague_caption
from training.evaluate.prompts import FRESH
from training.evaluate.sampling import batches, of_kind, opened, side_of
from training.evaluate.shares import share
from training.evaluate.suite import Figures, Options, beside, register
from training.judge import agreement, cover_of, iou, look
from training.scenes import Mix, Scene, random_scene

SHOWN = Mix(pairs=0.25, counts=0.2, several=0.1, centred=0.5)
ENOUGH = 0.85
"""Overlap from which a picture follows its hint."""
NETS = {"edges": "-controlnet", "segmentation": "-controlnet-segmentation"}


def asked(count: int) -> list[tuple[Scene, dict[str, str]]]:
    """Fresh scenes, each with a full and a vague caption."""
    pairs = []
    for number in range(count):
        rng = random.Random(f"{FRESH}:controlnet:{number}")
        scene = random_scene(rng, SHOWN)
        pairs.append((scene, {"full captions": caption(scene, rng), "vague captions": vague_caption(scene, rng)}))
    return pairs


def followed(scenes: list[Scene], texts: list[str], pictures: list[Image.Image]) -> Figures:
    """The overlaps, and what the judge says of number, shapes and colours."""
    rows = []
    for scene, text, picture in zip(scenes, texts, pictures, strict=True):
        wanted = np.logical_or.reduce(masks(scene, picture.height))
        verdict = agreement(look(picture), scene)
        overlap = round(iou(cover_of(picture), wanted), 4)
        rows.append({"prompt": text, "overlap": overlap, **{name: vars(verdict)[name] for name in JUDGED}})
    overlaps = [row["overlap"] for row in rows]
    shares = {f"overlap ≥ {ENOUGH}": share([value >= ENOUGH for value in overlaps])}
    shares |= {name: share([row[name] for row in rows]) for name in JUDGED}
    mean = round(float(np.mean(overlaps)), 4) if rows else 0.0
    return Figures(len(rows), shares, {"mean overlap": mean}, rows, pictures)


JUDGED = ("count", "shape", "colour")


def measure(options: Options, hint: str) -> Figures:
    """One net, with both kinds of captions."""
    base = opened(options.folder)
    net = ControlNetModel.from_pretrained(
        beside(options.folder, NETS[hint]), local_files_only=True, use_safetensors=True, torch_dtype=torch.float32
    )
    pipeline = of_kind(StableDiffusionControlNetPipeline, base, controlnet=net)
    pairs, side = asked(options.count), side_of(base)
    scenes = [scene for scene, _ in pairs]
    hints = [HINTS[hint][0](scene, side) for scene in scenes]
    parts = {}
    for kind in ("full captions", "vague captions"):
        texts = [said[kind] for _, said in pairs]
        pictures: list[Image.Image] = []
        for part, noise in batches(len(texts), options.batch, kind):
            size = {"num_inference_steps": options.steps, "guidance_scale": options.guidance, "generator": noise}
            pictures += pipeline(texts[part], image=hints[part], **size).images
        parts[kind] = followed(scenes, texts, pictures)
    return Figures(options.count, parts=parts)


for _hint, _net in NETS.items():
    register(f"controlnet-{_hint}", partial(measure, hint=_hint), _net)
