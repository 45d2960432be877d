"""A UNet for the last fifth of denoising alone: an expert for t < 200, as SDXL's refiner is.

SDXL (Podell et al. 2023, arXiv 2307.01952, section 2.5) hands over to its refiner for the last 200 of 1000 timesteps;
eDiff-I (Balaji et al. 2022, arXiv 2211.01324) splits its base into experts by noise in the same way. Down there the
picture's content is settled and what remains is local: edges, corners, strokes. All of the net's capacity goes to that,
and `--edges` lets cells where the latent changes weigh more. It starts from the base's weights, or with `--channels` as
a smaller net from nothing, and reads the base's text encoder.

Run, after the base model is exported: python -m training.refiner --base models/shapes
"""

from __future__ import annotations

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor
from torch.nn.functional import pad

from training import places
from training.base import Base, small_attention
from training.captions import caption
from training.drawing import draw
from training.latents import numbered_scene
from training.loop import Run, step_rng, train
from training.networks import denoiser
from training.scenes import Scene
from training.specialised import export, flags, latents_of, noised_batch, opened, started, widened
from training.vae import pixels

FOLDER = places.runs("refiner")
OUT = places.models("shapes-refiner")
DEFAULTS = Run(FOLDER, steps=500, batch=32, rate=4e-4, half=True)
MOST_TIME = 200
DROPOUT = 0.1


class RefinerLosses:
    """Squared error of the velocity at timesteps from `least_time` to below `most_time`."""

    def __init__(
        self,
        net: UNet2DConditionModel,
        source: Base,
        run: Run,
        scenes: list[Scene],
        latents: Tensor,
        edges: float = 0.0,
        least_time: int = 0,
        most_time: int = MOST_TIME,
    ) -> None:
        self.net, self.source, self.run, self.scenes, self.latents = net, source, run, scenes, latents
        self.edges, self.least_time, self.shares = edges, least_time, source.shares[:most_time]

    def __call__(self, step: int) -> dict[str, Tensor]:
        rng = step_rng(self.run, step)
        chosen = [rng.randrange(len(self.scenes)) for _ in range(self.run.batch)]
        clean = self.latents[chosen]
        captions = ["" if rng.random() < DROPOUT else caption(self.scenes[i], rng) for i in chosen]
        noisy, velocity, times = noised_batch(self.run, step, clean, self.shares, self.least_time)
        with small_attention():
            guess = self.net(noisy, times, self.source.read(captions)).sample.float()
        error = (guess - velocity).square()
        weight = edge_map(clean, self.edges).to(error)
        return {"loss": (error * weight).mean(), "velocity": error.mean()}


def edge_map(latents: Tensor, edges: float) -> Tensor:
    """[B, 1, h, w] of mean 1 each: 1 + `edges` times the local change of the latents as a share of its maximum."""
    down = pad(latents.diff(dim=2).abs().mean(1, keepdim=True), (0, 0, 1, 1), mode="replicate")
    right = pad(latents.diff(dim=3).abs().mean(1, keepdim=True), (1, 1, 0, 0), mode="replicate")
    change = (down[:, :, 1:] + down[:, :, :-1]) + (right[..., 1:] + right[..., :-1])
    weight = 1 + edges * change / change.amax(dim=(2, 3), keepdim=True).clamp(min=1e-6)
    return weight / weight.mean(dim=(2, 3), keepdim=True)


def main(arguments: list[str] | None = None) -> None:
    """Train and export from the command line."""
    parser = flags("Train a UNet for the last timesteps.", FOLDER, DEFAULTS, OUT, examples=4000)
    parser.add_argument("--most-time", type=int, default=MOST_TIME, help="timesteps are drawn below this one")
    parser.add_argument("--channels", type=int, nargs="+", help="a smaller net, from nothing: 64 96 128, say")
    parser.add_argument("--edges", type=float, default=1.0, help="extra weight of cells where the latent changes most")
    options = parser.parse_args(arguments)
    run, source = opened(options)
    scenes = [numbered_scene(run.seed, number) for number in range(options.examples)]
    what = (scenes, source.side)
    latents = latents_of(source, run, len(scenes), lambda number: pixels([draw(scenes[number], source.side)])[0], what)
    torch.manual_seed(run.seed)
    if options.channels:
        net = denoiser(tuple(options.channels), int(source.unet.config["cross_attention_dim"]), source.side)
    else:
        net = started(widened(source.unet, 0), options.start)
    losses = RefinerLosses(net, source, run, scenes, latents, options.edges, options.least_time, options.most_time)
    train(run, net, losses, "refiner", options.stop_at)
    export(run, net, options.out)


if __name__ == "__main__":
    main()
