"""An inpainting model: the base's UNet that also sees the mask and the picture without what the mask covers.

Nine channels in the order of diffusers' StableDiffusionInpaintPipeline: the noised latent (4), the mask taken at every
cell's first pixel (1), and the scaled latent of the picture with zeros, a middle gray, under the mask (4); after
Rombach et al. 2022 (arXiv 2112.10752). The caption says the whole scene, so what belongs in the hole is what the rest
of the picture does not show. All weights are trained. Run: python -m training.inpainting --base models/shapes
"""

from __future__ import annotations

import random

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor
from torch.nn.functional import interpolate, max_pool2d

from training import places
from training.base import Base
from training.captions import caption
from training.drawing import draw
from training.holes import Hole, mask, random_hole
from training.latents import numbered_scene
from training.loop import Run, train
from training.scenes import Scene
from training.specialised import PairLosses, export, flags, latents_of, opened, started, widened
from training.vae import pixels

FOLDER = places.runs("inpainting")
OUT = places.models("shapes-inpainting")
DEFAULTS = Run(FOLDER, steps=1000, batch=16, rate=3e-4, decay=0.5)
EXTRA = 5
SEEN = 0.5
"""How strongly the second latent is read at the start, as a part of how the noised one is."""
FOCUS = 2.0
DROPOUT = 0.1

Example = tuple[Scene, Hole]


def numbered_example(seed: int, number: int) -> Example:
    """Scene and hole `number` of the set that belongs to `seed`."""
    scene = numbered_scene(seed, number)
    return scene, random_hole(random.Random(f"{seed}:hole:{number}"), scene)


def masks(examples: list[Example], side: int) -> Tensor:
    """Masks N x 1 x side x side, 1 in the hole."""
    return torch.stack([torch.from_numpy(mask(hole, side)).float()[None] for _, hole in examples])


def without_hole(seen: Tensor, covered: Tensor) -> Tensor:
    """Pixels in [-1, 1] with zeros in the hole, as diffusers' inpainting pipeline has it."""
    return seen * (covered < 0.5)


class InpaintingLosses(PairLosses):
    """Cells that the hole touches count more; `latents` hold the masked picture and the whole one."""

    def __init__(
        self,
        unet: UNet2DConditionModel,
        base: Base,
        run: Run,
        examples: list[Example],
        latents: Tensor,
        focus: float = FOCUS,
        least_time: int = 0,
    ) -> None:
        super().__init__(unet, base, run, latents, focus, least_time)
        self.examples = examples

    def told(self, chosen: list[int], rng: random.Random) -> tuple[Tensor, list[str], Tensor]:
        """Mask and masked picture, the whole caption (or none), the cells of the hole."""
        examples, around = [self.examples[i] for i in chosen], self.latents[chosen, 0]
        covered = masks(examples, self.base.side)
        channels = torch.cat([interpolate(covered, around.shape[-2:]), around], dim=1)
        captions = ["" if rng.random() < DROPOUT else caption(scene, rng) for scene, _ in examples]
        return channels, captions, max_pool2d(covered, self.base.side // around.shape[-1])


def main(arguments: list[str] | None = None) -> None:
    """Train from the command line."""
    parser = flags("Train an inpainting UNet.", FOLDER, DEFAULTS, OUT, examples=4000)
    parser.add_argument("--focus", type=float, default=FOCUS, help="extra weight of cells in the hole")
    options = parser.parse_args(arguments)
    run, base = opened(options)
    examples = [numbered_example(run.seed, number) for number in range(options.examples)]

    def picture(number: int) -> Tensor:
        """Even numbers: an example's picture without what the hole covers; odd ones: the whole picture."""
        example = examples[number // 2]
        seen = pixels([draw(example[0], base.side)])
        return (seen if number % 2 else without_hole(seen, masks([example], base.side)))[0]

    latents = latents_of(base, run, 2 * len(examples), picture, ("inpainting", examples, base.side))
    unet = started(widened(base.unet, EXTRA, SEEN), options.start)
    pairs = latents.view(-1, 2, *latents.shape[1:])
    losses = InpaintingLosses(unet, base, run, examples, pairs, options.focus, options.least_time)
    train(run, unet, losses, "inpainting", options.stop_at)
    export(run, unet, options.out)


if __name__ == "__main__":
    main()
