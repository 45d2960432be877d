"""Edits by instruction: was what was asked for done, and is all else as it was?

Fresh edits (`training.edits`), every kind as often as every other. The judge compares the picture with the scene after
the edit, thing by thing: what the edit speaks of is 'done', all else, also the place of each shape, is 'kept'.
"""

from __future__ import annotations

import math
import random
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_instruct_pix2pix import (
    StableDiffusionInstructPix2PixPipeline,
)
from PIL import Image

from training.drawing import draw
from training.edits import KINDS, Edit, random_edit
from training.evaluate.prompts import FRESH
from training.evaluate.sampling import batches, of_kind, opened, side_of, unet
from training.evaluate.shares import share
from training.evaluate.suite import Figures, Options, beside, register
from training.judge import look
from training.judge.patches import Found, Patch
from training.judge.verdict import ALIKE, NEAR, matched
from training.scenes import Item

NET = "-instruct"
OF_AN_ITEM = {"recolour": "colour", "reshape": "shape", "resize": "size", "refill": "fill"}
"""What each kind of edit changes of a shape."""
OF_THE_GROUND = {"background": "background", "pattern": "pattern", "style": "style"}


@dataclass(frozen=True)
class Outcome:
    """The verdict on an edited picture."""

    done: bool
    kept: bool

    @property
    def whole(self) -> bool:
        """Both."""
        return self.done and self.kept


def edits(count: int) -> list[tuple[str, Edit]]:
    """Fresh instructions and their edits, the kinds by turns."""
    pairs = []
    for number in range(count):
        rng = random.Random(f"{FRESH}:edit:{number}")
        edit = random_edit(rng)
        while edit.kind != list(KINDS)[number % len(KINDS)]:
            edit = random_edit(rng)
        pairs.append((edit.instruction(rng), edit))
    return pairs


def outcome(edit: Edit, found: Found) -> Outcome:
    """What was found in the edited picture, against the scene after the edit."""
    after = edit.after
    ground = {
        "background": found.background == after.background,
        "pattern": found.pattern == after.pattern,
        "style": found.style in (None, after.style),
        "count": len(found.patches) == len(after.items),
    }
    pairs = matched(found.patches, after)
    items = {item: _alike(patch, item) for patch, item in pairs}
    nothing = dict.fromkeys(("shape", "colour", "fill", "size", "place"), False)
    each = [dict(items.get(item, nothing)) for item in after.items]
    done: list[bool] = []
    if edit.kind in OF_AN_ITEM:
        changed = [old != new for old, new in zip(edit.before.items, after.items, strict=True)]
        asked = OF_AN_ITEM[edit.kind]
        done += [aspects.pop(asked) for aspects, new in zip(each, changed, strict=True) if new]
    elif edit.kind == "add":
        done += [ground.pop("count"), *each.pop().values()]
    elif edit.kind == "remove":
        done.append(ground.pop("count"))
    else:
        done.append(ground.pop(OF_THE_GROUND[edit.kind]))
    kept = [*ground.values(), *(right for aspects in each for right in aspects.values())]
    return Outcome(all(done), all(kept))


def _alike(patch: Patch, item: Item) -> dict[str, bool]:
    """Where a patch agrees with a shape, its place included, whatever the number of shapes."""
    return {
        "shape": patch.is_a(item.shape),
        "colour": patch.colour == item.colour,
        "fill": patch.fill == item.fill,
        "size": 1 / ALIKE < patch.radius / item.radius < ALIKE,
        "place": abs(patch.x - item.x) < NEAR and abs(patch.y - item.y) < NEAR,
    }


def faithful(edit: Edit, picture: Image.Image) -> float | None:
    """PSNR in dB of the picture against the one before, on the pixels that the edit leaves alone; None without any."""
    side = picture.height
    before, after = (np.asarray(draw(scene, side), float) for scene in (edit.before, edit.after))
    same = (before == after).all(axis=-1)
    if not same.any():
        return None
    error = float(np.square(np.asarray(picture.convert("RGB"), float) - before)[same].mean())
    return 10 * math.log10(255**2 / max(error, 1e-2))


def judged(asked: list[tuple[str, Edit]], pictures: list[Image.Image]) -> Figures:
    """Shares of edits that were done, left the rest alone, and did both."""
    rows: list[dict[str, Any]] = []
    for (text, edit), picture in zip(asked, pictures, strict=True):
        found = look(picture)
        verdict = outcome(edit, found)
        said = {"prompt": text, "kind": edit.kind, "whole": verdict.whole, "done": verdict.done, "kept": verdict.kept}
        rows.append({**said, "left alone dB": faithful(edit, picture), "found": asdict(found)})
    shares = {name: share([row[name] for row in rows]) for name in ("whole", "done", "kept")}
    ratios = [row["left alone dB"] for row in rows if row["left alone dB"] is not None]
    numbers = {"left alone dB": round(float(np.mean(ratios)), 2)} if ratios else {}
    return Figures(len(rows), shares, numbers, rows, pictures)


def measure(options: Options) -> Figures:
    """All edits, and each kind."""
    base = opened(options.folder)
    pipeline = of_kind(StableDiffusionInstructPix2PixPipeline, base, unet=unet(beside(options.folder, NET)))
    asked, side = edits(options.count), side_of(base)
    pictures: list[Image.Image] = []
    for part, noise in batches(len(asked), options.batch, "editing"):
        edited: Any = pipeline(
            [text for text, _ in asked[part]],
            image=[draw(edit.before, side) for _, edit in asked[part]],
            num_inference_steps=options.steps,
            guidance_scale=options.text_guidance,
            image_guidance_scale=options.image_guidance,
            generator=noise,
        )
        pictures += edited.images
    parts = {}
    for kind in KINDS:
        of_it = [n for n, (_, edit) in enumerate(asked) if edit.kind == kind]
        parts[kind] = replace(judged([asked[n] for n in of_it], [pictures[n] for n in of_it]), rows=[], pictures=[])
    return replace(judged(asked, pictures), parts={kind: part for kind, part in parts.items() if part.count})


register("instruct", measure, NET)
