"""The base model in one to four steps without guidance: an LCM-LoRA, or with `--full` a whole UNet.

Two ways of distillation, both for diffusers' `LCMScheduler` (`training.consistency`):

* ways (the default): the teacher's guided ways from noise to picture are computed once and kept; the student learns to
  jump from points of a way straight to its end (Luhman & Luhman 2021, arXiv 2101.02388, for the first point).
* steps: latent consistency distillation (Luo et al. 2023, arXiv 2310.04378), where each point learns from the next.

Ways suit a single core better for two reasons. A step of `steps` costs two passes of the teacher, one of the target
and one of the student with its gradient, about six forward passes for each picture, against three for `ways` once the
bank is there; the bank's forty passes for a picture are shared by all draws of it. And its targets are right from the
first step, while in `steps` what is known at t = 0 has to wander through fifty timesteps. What it gives up: where a
caption leaves much open, a jump from pure noise tends to the mean of many ends. Here captions say nearly everything.

Run: python -m training.few_step --base models/shapes
"""

from __future__ import annotations

import argparse
import copy
import hashlib
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from training import adapters, base, checkpoint, places
from training.base import Base
from training.captions import caption
from training.consistency import GRID, MOST_STEPS, StepLosses, WaysLosses, grid, used_times
from training.latents import fingerprint, numbered_scene
from training.loop import Run, add_arguments, run_from, step_rng, train
from training.sampling import GUIDANCE, trajectories
from training.trained_part import TrainedPart

FOLDER = places.runs("few-step")
DEFAULTS = Run(FOLDER, steps=600, batch=32, rate=1e-3, average=0.99, weight_decay=0.0, half=True)
MODELS = places.models()
SPACING = 3
"""The teacher takes every third timestep of the grid, and those at which the student will be asked."""


def teacher_times(total: int = 1000) -> list[int]:
    """The timesteps of the teacher's ways, falling."""
    return sorted({*used_times(MOST_STEPS, total), *grid(total, GRID)[::SPACING]}, reverse=True)


def bank(source: Base, run: Run, texts: list[str], guidance: float) -> Tensor:
    """The ways of the texts in float16, [texts, times + 1, 4, h, w], kept in the run's folder."""
    times = teacher_times(len(source.shares))
    weights = fingerprint(source.unet), fingerprint(source.text_encoder)
    key = hashlib.sha256(repr((weights, texts, times, guidance, run.seed, run.half)).encode()).hexdigest()
    path = run.folder / "ways.safetensors"
    if path.exists():
        with safe_open(path, framework="pt") as file:
            if (file.metadata() or {}).get("key") == key:
                kept: Tensor = file.get_tensor("ways")
                return kept
    ways = trajectories(source, texts, times, run.seed, guidance, run.half).half()
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({"ways": ways}, path, {"key": key})
    return ways


def main(arguments: list[str] | None = None) -> None:
    """Distil and export from the command line."""
    parser = argparse.ArgumentParser(description="Distil the base model to a few steps.")
    add_arguments(parser, FOLDER, DEFAULTS)
    parser.add_argument("--base", type=Path, default=base.FOLDER, help="folder of the teacher")
    parser.add_argument("--out", type=Path, help="file of the LoRA, or folder of the UNet")
    parser.add_argument("--method", choices=("ways", "steps"), default="ways")
    parser.add_argument("--examples", type=int, default=1024, help="ways in the bank, or pictures to distil on")
    parser.add_argument(
        "--guidance", type=float, nargs="+", default=[GUIDANCE], help="one scale; for steps, or a range"
    )
    parser.add_argument("--full", action="store_true", help="train the whole UNet, not adapters")
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--convs", action=argparse.BooleanOptionalAction, default=True, help="adapt convolutions, too")
    options = parser.parse_args(arguments)
    run = replace(run_from(options), average=DEFAULTS.average, weight_decay=DEFAULTS.weight_decay)
    source = base.load(options.base, run.device)
    scenes = [numbered_scene(run.seed, number) for number in range(options.examples)]
    texts = [caption(scene, step_rng(run, number, "caption")) for number, scene in enumerate(scenes)]
    low, high = options.guidance[0], options.guidance[-1]
    student, teacher = source.unet, copy.deepcopy(source.unet)
    losses: WaysLosses | StepLosses
    if options.method == "ways":
        ways = bank(source, run, texts, low)
        losses = WaysLosses(student, source, run, texts, ways, teacher_times(len(source.shares)))
    else:
        latents = source.latents(scenes, run.folder / "latents.safetensors")
        losses = StepLosses(student, teacher, source, run, texts, latents, (low, high))
    torch.manual_seed(run.seed)
    if options.full:
        student.requires_grad_(True)
    else:
        adapters.adapt(student, options.rank, options.convs)
    part = TrainedPart(unet=student)
    train(run, part, losses, "few steps", options.stop_at)
    if options.stop_at is not None and options.stop_at < run.steps:
        return
    checkpoint.load_average(run.folder / "checkpoint", part)
    if options.full:
        nn.Module.half(student.cpu())
        student.save_pretrained(options.out or MODELS / "shapes-few-step", safe_serialization=True)
    else:
        adapters.save(options.out or MODELS / "shapes-few-step.safetensors", student)


if __name__ == "__main__":
    main()
