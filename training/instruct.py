"""An instruction model: the base's UNet that also sees a picture, and is told in words what to change in it.

Eight channels [z_t, z_picture] and pairs of pictures before and after an edit (Brooks et al. 2023, arXiv 2211.09800).
As in the paper 5 % of the examples lose the instruction, 5 % the picture (zeros) and 5 % both, for guidance by each
on its own (equation 3). The picture's latent is not scaled: so it is in diffusers' StableDiffusionInstructPix2Pix
Pipeline. All weights are trained. Run: python -m training.instruct --base models/shapes
"""

from __future__ import annotations

import random
from pathlib import Path

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor
from torch.nn.functional import max_pool2d

from training.base import Base, small_attention
from training.drawing import draw
from training.edits import Edit, random_edit
from training.loop import Run, step_rng, train
from training.specialised import export, flags, latents_of, noised_batch, opened, weighed, widened
from training.vae import pixels

FOLDER = Path(__file__).parent / "checkpoints" / "instruct"
OUT = Path(__file__).parent.parent / "models" / "shapes-instruct"
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


class InstructLosses:
    """Squared error of the velocity; cells that the edit changes count more. `latents` [N, 2]: before and after."""

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
        self.unet, self.base, self.run, self.edits, self.latents = unet, base, run, edits, latents
        self.focus, self.least_time = focus, least_time

    def __call__(self, step: int) -> dict[str, Tensor]:
        run, base, rng = self.run, self.base, step_rng(self.run, step)
        chosen = rng.choices(range(len(self.edits)), k=run.batch)
        before, clean = self.latents[chosen].unbind(dim=1)
        noisy, velocity, times = noised_batch(run, step, clean, base.shares, self.least_time)
        heard, shown = zip(*(kept(rng) for _ in chosen), strict=True)
        asked = [self.edits[i].instruction(rng) if hear else "" for i, hear in zip(chosen, heard, strict=True)]
        picture = (torch.tensor(shown)[:, None, None, None] * before / base.scaling).to(run.device)
        with small_attention():
            guess = self.unet(torch.cat([noisy, picture], dim=1), times, base.read(asked)).sample
        differs = ((clean - before).abs().amax(dim=1, keepdim=True) > CHANGED).float()
        return weighed(guess, velocity, max_pool2d(differs, 3, 1, 1), self.focus)


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
    unet = widened(base.unet, EXTRA, SEEN)
    pairs = latents.view(-1, 2, *latents.shape[1:])
    losses = InstructLosses(unet, base, run, edits, pairs, options.focus, options.least_time)
    train(run, unet, losses, "instruct", options.stop_at)
    export(run, unet, options.out)


if __name__ == "__main__":
    main()
