"""An instruction model: the base's UNet that also sees a picture, and is told in words what to change in it.

Eight channels [z_t, z_picture] and pairs of pictures before and after an edit (Brooks et al. 2023, arXiv 2211.09800).
As in the paper 5 % of the examples lose the instruction, 5 % the picture (zeros) and 5 % both, for guidance by each
on its own (equation 3). The picture's latent is not scaled: so it is in diffusers' StableDiffusionInstructPix2Pix
Pipeline. All weights are trained. Run: python -m training.instruct --base models/shapes
"""

from __future__ import annotations

import random

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor
from torch.nn.functional import max_pool2d

from training import places
from training.base import Base
from training.drawing import draw
from training.edits import Edit, random_edit
from training.loop import Run, train
from training.specialised import PairLosses, export, flags, latents_of, opened, started, widened
from training.vae import pixels

FOLDER = places.runs("instruct")
OUT = places.models("shapes-instruct")
DEFAULTS = Run(FOLDER, steps=1200, batch=16, rate=4e-4, decay=0.5)
EXTRA = 4
SEEN = 0.5
"""How strongly the second latent is read at the start, as a part of how the noised one is."""
FOCUS = 3.0
DROPOUT = 0.05
"""Share of the examples that lose each of: the instruction, the picture, both."""
CHANGED = 0.25
"""Scaled latents that differ by more than this, in any channel, differ to the eye."""


def numbered_edit(seed: int, number: int) -> Edit:
    """Edit `number` of the set that belongs to `seed`."""
    return random_edit(random.Random(f"{seed}:edit:{number}"))


def kept(rng: random.Random) -> tuple[bool, bool]:
    """Whether an example keeps its instruction, and its picture."""
    fate = rng.random() / DROPOUT
    return not (fate < 1 or 2 <= fate < 3), not 1 <= fate < 3


class InstructLosses(PairLosses):
    """Cells that the edit changes count more; `latents` hold the pictures before and after."""

    def __init__(
        self,
        unet: UNet2DConditionModel,
        base: Base,
        run: Run,
        edits: list[Edit],
        latents: Tensor,
        focus: float = FOCUS,
        least_time: int = 0,
    ) -> None:
        super().__init__(unet, base, run, latents, focus, least_time)
        self.edits = edits

    def told(self, chosen: list[int], rng: random.Random) -> tuple[Tensor, list[str], Tensor]:
        """The picture before, the instruction (one or both may be left out), the cells that change."""
        before, after = self.latents[chosen].unbind(dim=1)
        heard, shown = zip(*(kept(rng) for _ in chosen), strict=True)
        asked = [self.edits[i].instruction(rng) if hear else "" for i, hear in zip(chosen, heard, strict=True)]
        picture = torch.tensor(shown)[:, None, None, None] * before / self.base.scaling
        differs = ((after - before).abs().amax(dim=1, keepdim=True) > CHANGED).float()
        return picture, asked, max_pool2d(differs, 3, 1, 1)


def main(arguments: list[str] | None = None) -> None:
    """Train from the command line."""
    parser = flags("Train a UNet that follows instructions.", FOLDER, DEFAULTS, OUT, examples=6000)
    parser.add_argument("--focus", type=float, default=FOCUS, help="extra weight of cells that the edit changes")
    options = parser.parse_args(arguments)
    run, base = opened(options)
    edits = [numbered_edit(run.seed, number) for number in range(options.examples)]

    def picture(number: int) -> Tensor:
        """Even numbers: an edit's picture before; odd ones: after."""
        edit = edits[number // 2]
        return pixels([draw(edit.after if number % 2 else edit.before, base.side)])[0]

    scenes = [(edit.before, edit.after) for edit in edits]
    latents = latents_of(base, run, 2 * len(edits), picture, ("instruct", scenes, base.side))
    unet = started(widened(base.unet, EXTRA, SEEN), options.start)
    pairs = latents.view(-1, 2, *latents.shape[1:])
    losses = InstructLosses(unet, base, run, edits, pairs, options.focus, options.least_time)
    train(run, unet, losses, "instruct", options.stop_at)
    export(run, unet, options.out)


if __name__ == "__main__":
    main()
