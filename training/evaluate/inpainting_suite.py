"""A part of a picture painted anew: is the asked thing in the hole, and has the rest kept its bits?

* replace: a hole about a shape, and a caption of the whole with another shape and colour in its place;
* add: a hole where a shape is to be, on empty ground, and a caption of the whole with it.

The painted picture is laid into the first one by the nodes and settings of `workflows/inpainting.json`: a hard mask,
shrunk and made soft within, `image.composite`, and 8 bits as `image.save` writes them. A hole reaches so far about a
shape that nothing of the old one is left in the soft rim.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_inpaint import StableDiffusionInpaintPipeline
from PIL import Image as PilImage

from nodes.images import composite
from nodes.masks import feather, grow, threshold
from nodes.pixels import picture as as_saved
from nodes.pixels import tensor
from nodes.types import Image, Mask
from training.captions import caption
from training.drawing import draw
from training.evaluate.prompts import FRESH
from training.evaluate.sampling import batches, of_kind, opened, side_of, unet
from training.evaluate.shares import share
from training.evaluate.suite import Figures, Options, beside, register
from training.holes import Hole, mask
from training.judge import agreement, look, patches_within, shows
from training.judge.colour import Bools
from training.scenes import COLOURS, KEPT_OUT, SHAPES, Item, Mix, Scene, random_scene

NET = "-inpainting"
SHOWN = Mix(pairs=0.4, centred=0.5)
"""One or two filled shapes on a plain background."""
SHRUNK, SOFT = 6, 6
"""Pixels that the mask is shrunk by, and the radius of its soft rim."""
REACH = (1.2, 1.8)
"""How far a hole about a shape reaches, in radii of the shape: as in training..."""
LEAST_RIM = 0.1
"""... but past the shape at least this far (fraction of the side): twelve pixels of 128 are the soft rim."""
KINDS = ("replace", "add")


@dataclass(frozen=True)
class Task:
    """The picture before, what it is to show, the shape in question, the hole about it, and the caption."""

    kind: str
    before: Scene
    after: Scene
    item: Item
    hole: Hole
    text: str


def tasks(count: int) -> list[Task]:
    """Fresh tasks, the kinds by turns."""
    return [_task(KINDS[number % len(KINDS)], random.Random(f"{FRESH}:hole:{number}")) for number in range(count)]


def _task(kind: str, rng: random.Random) -> Task:
    scene = random_scene(rng, SHOWN)
    number = rng.randrange(len(scene.items))
    item = scene.items[number]
    if kind == "replace":
        before, item = scene, _another(rng, scene, item)
        after = replace(scene, items=tuple(item if n == number else old for n, old in enumerate(scene.items)))
    else:
        before, after = replace(scene, items=tuple(old for old in scene.items if old != item), relation=None), scene
    ellipse = rng.random() < 0.5
    reach = [max(item.radius * rng.uniform(*REACH), item.radius + LEAST_RIM) for _ in range(4)]
    box = (item.x - reach[0], item.y - reach[1], item.x + reach[2], item.y + reach[3])
    return Task(kind, before, after, item, Hole(ellipse, (box,)), caption(after, rng))


def _another(rng: random.Random, scene: Scene, item: Item) -> Item:
    """Another shape of another colour in the same place: none of the kept-out pairs, nor what is there already."""
    taken = {(other.shape, other.colour) for other in scene.items} | KEPT_OUT
    while True:
        shape, colour = rng.choice(SHAPES), rng.choice(list(COLOURS))
        fresh = shape != item.shape and colour not in (item.colour, scene.background)
        if fresh and (shape, colour) not in taken:
            return replace(item, shape=shape, colour=colour)


def laid_in(before: PilImage.Image, painted: torch.Tensor, hole: Bools) -> PilImage.Image:
    """What the workflow gives: `painted` [3, H, W], 0..1, in the hole of the picture, with a soft rim inside it."""
    hard = threshold(Mask(torch.from_numpy(hole).float()[None, None]), level=0.5)
    soft = feather(grow(hard, pixels=-SHRUNK), radius=SOFT)
    return as_saved(composite(Image(tensor(before)[None]), Image(painted[None]), soft).data[0])


def painted_right(task: Task, before: PilImage.Image, after: PilImage.Image) -> dict[str, bool]:
    """The verdicts on one picture; `outside` is equality of all bytes outside the mask."""
    hole = mask(task.hole, before.height)
    patches = patches_within(after, hole)
    verdict = agreement(look(after), task.after)
    return {
        "inside": shows(after, hole, task.item.shape, task.item.colour),
        "inside: shape": len(patches) == 1 and patches[0].shape == task.item.shape,
        "inside: colour": len(patches) == 1 and patches[0].colour == task.item.colour,
        "outside": bool(np.array_equal(np.asarray(before)[~hole], np.asarray(after)[~hole])),
        "whole": verdict.whole,
    }


def verdicts(some: list[Task], before: list[PilImage.Image], after: list[PilImage.Image]) -> Figures:
    """Shares of pictures in which the hole, the rest, and all is right."""
    found = [painted_right(*three) for three in zip(some, before, after, strict=True)]
    shares = {name: share([row[name] for row in found]) for name in (found[0] if found else ())}
    rows = [{"prompt": task.text, "kind": task.kind, **row} for task, row in zip(some, found, strict=True)]
    return Figures(len(some), shares, rows=rows, pictures=after)


def measure(options: Options) -> Figures:
    """All tasks, and each kind."""
    base = opened(options.folder)
    pipeline = of_kind(StableDiffusionInpaintPipeline, base, unet=unet(beside(options.folder, NET)))
    some, side = tasks(options.count), side_of(base)
    before = [draw(task.before, side) for task in some]
    holes = [mask(task.hole, side) for task in some]
    after: list[PilImage.Image] = []
    for part, noise in batches(len(some), options.batch, "inpainting"):
        painted: Any = pipeline(
            [task.text for task in some[part]],
            image=before[part],
            mask_image=[PilImage.fromarray(hole.astype(np.uint8) * 255) for hole in holes[part]],
            height=side,
            width=side,
            strength=1.0,
            num_inference_steps=options.steps,
            guidance_scale=options.guidance,
            generator=noise,
            output_type="pt",
        )
        after += [laid_in(*three) for three in zip(before[part], painted.images.float(), holes[part], strict=True)]
    parts = {}
    for kind in KINDS:
        of_it = [n for n, task in enumerate(some) if task.kind == kind]
        parts[kind] = verdicts([some[n] for n in of_it], [before[n] for n in of_it], [after[n] for n in of_it])
        parts[kind].pictures.clear()  # they are on the sheet of all
    return replace(verdicts(some, before, after), parts=parts)


register("inpainting", measure, NET)
