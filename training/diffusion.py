"""Text encoder and denoiser, trained together on cached latents.

Each step draws scenes, says each in a fresh phrasing, leaves out one caption in ten (classifier-free guidance, Ho &
Salimans 2022, arXiv 2207.12598), adds noise, and asks for the velocity. Cells where the caption says that a shape lies
count more: that weight depends on the caption alone, so it changes how fast the shapes are learnt and not what is
learnt. Run, after training.vae: python -m training.diffusion
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import replace
from pathlib import Path

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from torch import Tensor, nn

from training import base, checkpoint, places, tokenizer, vae
from training.base import small_attention
from training.captions import caption
from training.latents import encoded, numbered_scene
from training.loop import Run, add_arguments, run_from, step_generator, step_rng, train
from training.networks import CHANNELS, TEXT_WIDTH, denoiser, signal_shares, text_encoder
from training.objective import focus_map, noised, spread_times
from training.scenes import Scene

FOLDER = places.runs("diffusion")
DEFAULTS = Run(FOLDER, steps=5000, batch=64, rate=8e-4, average=0.998)
DROPOUT = 0.1
FOCUS = 3.0
LATE = ("hexagon", "star", "cross", "ring")


class Diffusion(nn.Module):
    """The two networks as one module: what is trained, averaged and checkpointed."""

    def __init__(self, words: Path, channels: tuple[int, ...] = CHANNELS, width: int = TEXT_WIDTH) -> None:
        super().__init__()
        self.tokenizer = tokenizer.load(words)
        self.text_encoder = text_encoder(self.tokenizer, width)
        self.unet = denoiser(channels, width)

    def read(self, captions: list[str], device: str) -> Tensor:
        """Captions as the encoder's last hidden states, N x 77 x width."""
        tokens = self.tokenizer(captions, padding="max_length", truncation=True, return_tensors="pt").input_ids
        states: Tensor = self.text_encoder(tokens.to(device)).last_hidden_state
        return states


class DiffusionLosses:
    """The loss of one step: squared error of the velocity, weighted by where the caption says to look.

    A share `easy` of the draws is taken from large and medium shapes in the middle, where the words for shapes are
    learnt soonest; a share `hard` from one or two filled shapes of which one is learnt late (`LATE`); timesteps are
    drawn from `least_time` upwards. Shares change how often a caption comes, not what belongs to it.
    """

    def __init__(
        self,
        model: Diffusion,
        run: Run,
        scenes: list[Scene],
        latents: Tensor,
        focus: float = FOCUS,
        easy: float = 0.0,
        least_time: int = 0,
        skew: float = 1.0,
        hard: float = 0.0,
    ) -> None:
        self.model, self.run, self.scenes, self.latents = model, run, scenes, latents
        self.easy, self.hard, self.least_time, self.skew = easy, hard, least_time, skew
        self.weights = torch.stack([focus_map(scene, latents.shape[-1], focus) for scene in scenes])
        self.shares = signal_shares()
        self.easy_ones = [i for i, scene in enumerate(scenes) if is_easy(scene)]
        self.hard_ones = [i for i, scene in enumerate(scenes) if is_hard(scene)]

    def __call__(self, step: int) -> dict[str, Tensor]:
        run, rng, generator = self.run, step_rng(self.run, step), step_generator(self.run, step)
        chosen = [self.draw(rng) for _ in range(run.batch)]
        scenes = [self.scenes[i] for i in chosen]
        clean = self.latents[chosen]
        noise = torch.randn(clean.shape, generator=generator)
        times = spread_times(run.batch, len(self.shares), generator, self.least_time, self.skew)
        dropped = [rng.random() < DROPOUT for _ in scenes]
        captions = ["" if drop else caption(scene, rng) for scene, drop in zip(scenes, dropped, strict=True)]
        weight = torch.where(torch.tensor(dropped)[:, None, None, None], 1.0, self.weights[chosen])
        noisy, velocity = (part.to(run.device) for part in noised(clean, noise, self.shares[times]))
        with small_attention():
            states = self.model.read(captions, run.device)
            guess = self.model.unet(noisy, times.to(run.device), states).sample.float()
        error = (guess - velocity).square()
        return {"loss": (error * weight.to(run.device)).mean(), "velocity": error.mean()}

    def draw(self, rng: random.Random) -> int:
        """The index of one scene: an easy one, a hard one, or any."""
        luck = rng.random()
        if luck < self.easy:
            return rng.choice(self.easy_ones)
        return rng.choice(self.hard_ones) if luck < self.easy + self.hard else rng.randrange(len(self.scenes))


def is_easy(scene: Scene) -> bool:
    """One plain filled shape in the middle, not a small one."""
    (first, *others) = scene.items
    ordinary = (scene.pattern, scene.style, first.fill) == ("plain", "flat", "filled")
    return ordinary and not others and first.place == "centre" and first.size != "small"


def is_hard(scene: Scene) -> bool:
    """One or two filled shapes, flat on a plain ground, with one among them that is learnt late."""
    ordinary = (scene.pattern, scene.style) == ("plain", "flat") and all(i.fill == "filled" for i in scene.items)
    return ordinary and len(scene.items) <= 2 and any(i.shape in LATE for i in scene.items)


def trained_vae(folder: Path, channels: tuple[int, ...]) -> AutoencoderKL:
    """The autoencoder of a training run (averaged weights) or of an exported folder, for use only."""
    if is_exported(folder):
        model: AutoencoderKL = AutoencoderKL.from_pretrained(folder, local_files_only=True).float()
    else:
        model = vae.build(channels)
        checkpoint.load_average(folder / "checkpoint", model)
    return model.requires_grad_(False).eval()


def is_exported(folder: Path) -> bool:
    """Whether this is a network's own folder, and not that of a training run."""
    return (folder / "config.json").exists()


def scaling_factor(latents: Tensor, folder: Path | None = None) -> float:
    """The number that brings latents to unit standard deviation; that of an exported autoencoder stays as it is."""
    if folder is not None and is_exported(folder):
        return float(json.loads((folder / "config.json").read_text())["scaling_factor"])
    return round(1 / float(latents.std()), 5)


def begin_from(model: Diffusion, folder: Path) -> None:
    """Put the text encoder and the UNet of an exported model into one that is to be trained."""
    known = base.load(folder)
    model.text_encoder.load_state_dict(known.text_encoder.state_dict())
    model.unet.load_state_dict(known.unet.state_dict())


def main(arguments: list[str] | None = None) -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description="Train text encoder and denoiser.")
    add_arguments(parser, FOLDER, DEFAULTS)
    parser.add_argument("--vae", type=Path, default=vae.FOLDER, help="folder of the autoencoder: its run, or exported")
    parser.add_argument("--start", type=Path, help="exported model whose weights a new run starts from")
    parser.add_argument(
        "--freeze-text",
        action="store_true",
        help="leave the text encoder as it is: nets that were trained beside the model go on fitting",
    )
    parser.add_argument("--vae-channels", type=int, nargs="+", default=list(vae.CHANNELS))
    parser.add_argument("--channels", type=int, nargs="+", default=list(CHANNELS))
    parser.add_argument("--width", type=int, default=TEXT_WIDTH, help="width of the text encoder")
    parser.add_argument("--scenes", type=int, default=16000, help="pictures in the training set")
    parser.add_argument("--focus", type=float, default=FOCUS, help="extra weight of cells where a shape lies")
    parser.add_argument("--easy", type=float, default=0.0, help="share of draws that are large shapes in the middle")
    parser.add_argument("--hard", type=float, default=0.0, help="share of draws with a shape that is learnt late")
    parser.add_argument("--least-time", type=int, default=0, help="least timestep that is drawn")
    parser.add_argument("--skew", type=float, default=1.0, help="under 1, late timesteps are drawn more often")
    options = parser.parse_args(arguments)
    run = replace(run_from(options), average=DEFAULTS.average)
    scenes = [numbered_scene(run.seed, number) for number in range(options.scenes)]
    encoder = trained_vae(options.vae, tuple(options.vae_channels)).to(run.device)  # type: ignore[arg-type]
    side = int(encoder.config["sample_size"])
    latents = encoded(encoder, scenes, side, run.folder / "latents.safetensors", run.half)
    latents = latents * scaling_factor(latents, options.vae)
    torch.manual_seed(run.seed)
    model = Diffusion(run.folder / "tokenizer", tuple(options.channels), options.width)
    if options.start:
        begin_from(model, options.start)
    model.text_encoder.requires_grad_(not options.freeze_text)
    train(
        run,
        model,
        DiffusionLosses(
            model, run, scenes, latents, options.focus, options.easy, options.least_time, options.skew, options.hard
        ),
        "diffusion",
        options.stop_at,
    )


if __name__ == "__main__":
    main()
