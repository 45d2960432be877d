"""What the nets that start from the base model share: flags, noised batches, a UNet with more inputs, the export.

A net that is told more than the base sees it as further input channels of the UNet (Rombach et al. 2022, arXiv
2112.10752, for inpainting; Brooks et al. 2023, arXiv 2211.09800, for instructions). The papers start their weights at
zero; here those of a second latent start as a part of the noised latent's, see `widened`.
"""

from __future__ import annotations

import argparse
import random
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import torch
from diffusers.models.modeling_utils import ModelMixin
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.utils.constants import SAFETENSORS_WEIGHTS_NAME
from safetensors.torch import load_file
from torch import Tensor, nn

from training import base, checkpoint
from training.base import Base, small_attention
from training.latents import encoded_pixels
from training.loop import Run, add_arguments, run_from, step_generator, step_rng
from training.objective import noised, spread_times

Net = TypeVar("Net", bound=nn.Module)
AVERAGE = 0.99
"""Weight of the past in the average of the weights: these runs are short, and the base's weights should fade."""


def flags(description: str, folder: Path, defaults: Run, out: Path, examples: int) -> argparse.ArgumentParser:
    """The flags of a command that starts from the base model."""
    parser = argparse.ArgumentParser(description=description)
    add_arguments(parser, folder, defaults)
    parser.add_argument("--base", type=Path, default=base.FOLDER, help="folder of the model that is started from")
    parser.add_argument(
        "--start", type=Path, help="folder of an exported net of this kind to go on from, not the base's"
    )
    parser.add_argument("--out", type=Path, default=out, help="folder that receives the averaged weights in float16")
    parser.add_argument("--examples", type=int, default=examples, help="size of the training set")
    parser.add_argument("--least-time", type=int, default=0, help="least timestep that is drawn")
    return parser


def opened(options: argparse.Namespace) -> tuple[Run, Base]:
    """The run that the flags ask for, and the base model on its device."""
    run = replace(run_from(options), average=AVERAGE)
    torch.manual_seed(run.seed)
    return run, base.load(options.base, run.device)


def latents_of(model: Base, run: Run, count: int, picture: Callable[[int], Tensor], what: tuple[object, ...]) -> Tensor:
    """Scaled latents of pictures 0..count-1 on the CPU, kept in the run's folder; in bfloat16 if the run is."""
    path = run.folder / "latents.safetensors"
    return encoded_pixels(model.vae, count, picture, what, path, run.half) * model.scaling


def widened(unet: UNet2DConditionModel, extra: int, seen: float = 0.0) -> UNet2DConditionModel:
    """A copy of the UNet that can be trained, with `extra` further input channels.

    It does not heed them yet, but for the last ones, where a second latent comes in: they start as `seen` times the
    weights of the noised latent's channels. So a picture that is to be kept is read from the first step as what it
    is, a latent; from zero it takes hundreds of steps until anything of it comes through.
    """
    config = {name: value for name, value in unet.config.items() if not name.startswith("_")}  # no path of the base
    config["in_channels"] += extra
    wide: UNet2DConditionModel = UNet2DConditionModel.from_config(config)
    weights = {name: value.detach().cpu().clone() for name, value in unet.state_dict().items()}
    first = weights["conv_in.weight"]
    more = first.new_zeros(len(first), extra, *first.shape[2:])
    if seen:
        more[:, -first.shape[1] :] = seen * first
    weights["conv_in.weight"] = torch.cat([first, more], dim=1)
    wide.load_state_dict(weights)
    return wide


def started(net: Net, start: Path | None) -> Net:
    """The net with the weights of the exported one in `start`, where that is given.

    A checkpoint goes before: its weights replace these. ValueError where the nets differ in kind or shape.
    """
    if start is None:
        return net
    try:
        net.load_state_dict(load_file(start / SAFETENSORS_WEIGHTS_NAME))
    except (FileNotFoundError, RuntimeError) as problem:
        raise ValueError(
            f"--start {start}: expected the exported weights of a {type(net).__name__}: {problem}"
        ) from None
    return net


def noised_batch(
    run: Run, step: int, clean: Tensor, shares: Tensor, least_time: int = 0
) -> tuple[Tensor, Tensor, Tensor]:
    """(z_t, v, t) of a step's clean latents, on the run's device."""
    generator = step_generator(run, step)
    noise = torch.randn(clean.shape, generator=generator)
    times = spread_times(len(clean), len(shares), generator, least_time)
    noisy, velocity = noised(clean, noise, shares[times])
    return noisy.to(run.device), velocity.to(run.device), times.to(run.device)


def weighed(guess: Tensor, velocity: Tensor, where: Tensor, focus: float) -> dict[str, Tensor]:
    """The loss of a step: cells of `where` [B, 1, h, w] (0 or 1) weigh `1 + focus` times the others, of mean 1 each."""
    weight = 1 + focus * where
    weight = weight / weight.mean(dim=(1, 2, 3), keepdim=True)
    error = (guess.float() - velocity).square()
    return {"loss": (error * weight.to(error)).mean(), "velocity": error.mean()}


class PairLosses(ABC):
    """The loss of a UNet that makes one picture of another: squared error of the velocity.

    `latents` [N, 2, 4, h, w] hold what it is shown and what it should make, scaled, on the CPU.
    """

    def __init__(
        self, unet: UNet2DConditionModel, base: Base, run: Run, latents: Tensor, focus: float, least_time: int = 0
    ) -> None:
        self.unet, self.base, self.run, self.latents = unet, base, run, latents
        self.focus, self.least_time = focus, least_time

    @abstractmethod
    def told(self, chosen: list[int], rng: random.Random) -> tuple[Tensor, list[str], Tensor]:
        """What the UNet is told of the chosen examples: further channels, words, and the cells that count more."""

    def __call__(self, step: int) -> dict[str, Tensor]:
        run, rng = self.run, step_rng(self.run, step)
        chosen = rng.choices(range(len(self.latents)), k=run.batch)
        noisy, velocity, times = noised_batch(run, step, self.latents[chosen, 1], self.base.shares, self.least_time)
        channels, words, where = self.told(chosen, rng)
        with small_attention():
            seen = torch.cat([noisy, channels.to(run.device)], dim=1)
            guess = self.unet(seen, times, self.base.read(words)).sample
        return weighed(guess, velocity, where, self.focus)


def export(run: Run, net: ModelMixin, out: Path) -> None:
    """Write the run's averaged weights as a diffusers folder: config.json and float16 safetensors."""
    checkpoint.load_average(run.folder / "checkpoint", net)
    nn.Module.half(net.cpu())  # diffusers' own `half` warns of layers to keep in float32, and names none
    net.save_pretrained(out, safe_serialization=True)
