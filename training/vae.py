"""The autoencoder: pictures of 128 x 128 x 3 to latents of 16 x 16 x 4 and back.

Three of the four latent channels are drawn towards the red, green and blue mean of their 8 x 8 pixels, which leaves
the fourth for what lies inside the cell. Two things come of it: encoder and decoder have something to hold on to from
the first step, and the latents are as smooth and simple as the picture, which makes them quick to learn for a
diffusion model. Run: python -m training.vae
"""

from __future__ import annotations

import argparse
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from PIL import Image
from torch import Tensor
from torch.nn.functional import avg_pool2d, l1_loss, mse_loss

from training import places
from training.drawing import draw
from training.loop import Run, add_arguments, run_from, step_generator, step_rng, train
from training.scenes import EVERYTHING, Mix, crowded_scene, random_scene

FOLDER = places.runs("vae")
DEFAULTS = Run(FOLDER, steps=3000, batch=8, rate=2e-3, average=0.995)
KL_WEIGHT = 1e-4
CHANNELS = (16, 32, 64, 96)


def build(channels: tuple[int, ...] = CHANNELS, side: int = 128) -> AutoencoderKL:
    """An untrained autoencoder; its log-variance starts at -6, else noise drowns the latents and nothing is learnt."""
    vae: AutoencoderKL = AutoencoderKL(
        block_out_channels=channels,
        latent_channels=4,
        norm_num_groups=8,
        layers_per_block=1,
        down_block_types=("DownEncoderBlock2D",) * len(channels),
        up_block_types=("UpDecoderBlock2D",) * len(channels),
        sample_size=side,
    )
    assert vae.quant_conv is not None
    assert vae.quant_conv.bias is not None
    with torch.no_grad():
        vae.quant_conv.bias[4:] = -6.0
        vae.quant_conv.weight[4:] *= 0.1
    return vae


def pixels(pictures: list[Image.Image]) -> Tensor:
    """Pictures as a tensor N x 3 x H x W in [-1, 1]."""
    stack = np.stack([np.asarray(p.convert("RGB"), dtype=np.float32) for p in pictures])
    return torch.from_numpy(stack).permute(0, 3, 1, 2).contiguous() / 127.5 - 1


def pictures(rng: random.Random, count: int, side: int, crowded: float = 0.5, mix: Mix = EVERYTHING) -> Tensor:
    """Fresh scenes as pixels; `crowded` is the share of those with many shapes anywhere."""
    scenes = [crowded_scene(rng) if rng.random() < crowded else random_scene(rng, mix) for _ in range(count)]
    return pixels([draw(scene, side) for scene in scenes])


class VaeLosses:
    """Reconstruction (absolute and squared), a little KL, and the pull of three channels towards colour means.

    The decoder sees latents with noise of standard deviation `noise` at least, so that it forgives a diffusion model's
    small errors.
    """

    def __init__(
        self,
        vae: AutoencoderKL,
        run: Run,
        side: int = 128,
        crowded: float = 0.5,
        align: float = 0.5,
        noise: float = 0.04,
    ) -> None:
        self.vae, self.run, self.side, self.crowded, self.align, self.noise = vae, run, side, crowded, align, noise

    def __call__(self, step: int) -> dict[str, Tensor]:
        run, vae = self.run, self.vae
        seen = pictures(step_rng(run, step), run.batch, self.side, self.crowded).to(run.device)
        posterior = vae.encode(seen).latent_dist
        noise = torch.randn(posterior.mean.shape, generator=step_generator(run, step)).to(run.device)
        made = vae.decode(posterior.mean + posterior.std.clamp(min=self.noise) * noise).sample.float()
        mean = posterior.mean.float()
        squared = mse_loss(made, seen)
        colour = mse_loss(mean[:, :3], avg_pool2d(seen, 8))
        spread = 0.5 * (mean.square() + posterior.var.float() - 1 - posterior.logvar.float()).mean()
        loss = l1_loss(made, seen) + squared + self.align * colour + KL_WEIGHT * spread
        return {"loss": loss, "squared error": squared, "colour": colour, "KL": spread}


@torch.no_grad()
def psnr(
    vae: AutoencoderKL,
    count: int = 64,
    seed: int = 12345,
    crowded: float = 0.0,
    side: int = 128,
    mix: Mix = EVERYTHING,
) -> float:
    """Peak signal-to-noise ratio in dB on fresh scenes: decoded mean latents against the pictures, on 0..1."""
    rng = random.Random(seed)
    seen = pictures(rng, count, side, crowded, mix).to(vae.device)
    made = torch.cat([vae.decode(vae.encode(part).latent_dist.mean).sample for part in torch.split(seen, 8)])
    return float(-10 * torch.log10(mse_loss(made.clamp(-1, 1), seen) / 4))


def main(arguments: list[str] | None = None) -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description="Train the autoencoder.")
    add_arguments(parser, FOLDER, DEFAULTS)
    parser.add_argument("--side", type=int, default=128, help="side of the training pictures in pixels")
    parser.add_argument("--channels", type=int, nargs="+", default=list(CHANNELS))
    parser.add_argument("--crowded", type=float, default=0.5, help="share of pictures with many shapes")
    parser.add_argument("--align", type=float, default=0.5, help="pull of three channels towards colour means")
    parser.add_argument("--noise", type=float, default=0.04, help="least noise on the latents that are decoded")
    parser.add_argument("--start", type=Path, help="folder of an autoencoder whose weights a new run starts from")
    options = parser.parse_args(arguments)
    run = replace(run_from(options), average=DEFAULTS.average)
    torch.manual_seed(run.seed)
    vae = build(tuple(options.channels))
    if options.start:
        vae.load_state_dict(AutoencoderKL.from_pretrained(options.start, local_files_only=True).float().state_dict())
    losses = VaeLosses(vae, run, options.side, options.crowded, options.align, options.noise)
    train(run, vae, losses, "autoencoder", options.stop_at)


if __name__ == "__main__":
    main()
