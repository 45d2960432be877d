"""The loop that every training command shares: optimizer, learning rate, average of the weights, checkpoints, curve.

Every random draw of a step comes from the run's seed and the step's number alone (`step_rng`, `step_generator`), so
a run that was stopped and resumed gives the same weights, bit for bit, as one that was not.
"""

from __future__ import annotations

import argparse
import os
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import Tensor, nn

from training import checkpoint
from training.curve import Curve


@dataclass(frozen=True)
class Run:
    """How long and how a model is trained; `folder` receives checkpoint and curve."""

    folder: Path
    steps: int
    batch: int
    rate: float
    warm_up: int = 100
    decay: float = 0.3
    weight_decay: float = 0.01
    average: float = 0.998
    save_every: int = 200
    seed: int = 0
    device: str = "cpu"
    half: bool = False

    def rate_at(self, step: int) -> float:
        """Learning rate: linear warm-up, level, then linearly down to 2 % over the last `decay` of the steps."""
        up = min(1.0, (step + 1) / max(1, self.warm_up))
        left = (self.steps - step) / max(1.0, self.decay * self.steps)
        return self.rate * up * min(1.0, max(left, 0.02))


def step_rng(run: Run, step: int, purpose: str = "") -> random.Random:
    """Python's random source of one step."""
    return random.Random(f"{run.seed}:{step}:{purpose}")


def step_generator(run: Run, step: int) -> torch.Generator:
    """Torch's random source of one step; on the CPU, so that every device sees the same draws."""
    return torch.Generator().manual_seed(step_rng(run, step, "torch").getrandbits(62))


def train(
    run: Run, model: nn.Module, losses: Callable[[int], dict[str, Tensor]], title: str, stop_at: int | None = None
) -> nn.Module:
    """Train `model` to `run.steps` (or stop at step `stop_at`), from its checkpoint where there is one.

    `losses(step)` returns named scalars; 'loss' is the one that is minimised. Ends with a checkpoint.
    """
    model.to(run.device).train()
    parameters = dict(model.named_parameters())
    averages = {name: value.detach().clone() for name, value in parameters.items()}
    optimizer = torch.optim.AdamW(
        _decay_groups(parameters, run.weight_decay), lr=run.rate, betas=(0.9, 0.99), foreach=True
    )
    curve, stem, folder = Curve(), run.folder / "curve", run.folder / "checkpoint"
    first = 0
    if (folder / "notes.json").exists():
        first = int(checkpoint.load(folder, model, averages, optimizer)["step"])
        curve.restore(stem, first)
    last = run.steps if stop_at is None else min(stop_at, run.steps)

    def save(step: int) -> None:
        checkpoint.save(folder, model, averages, optimizer, {"step": step, "seed": run.seed, "steps": run.steps})
        curve.save(stem, title)

    with _progress() as progress:
        task = progress.add_task(title, total=run.steps, completed=first, figures="")
        for step in range(first, last):
            for group in optimizer.param_groups:
                group["lr"] = run.rate_at(step)
            with torch.autocast(run.device.split(":")[0], torch.bfloat16, enabled=run.half):
                named = losses(step)
            optimizer.zero_grad(set_to_none=True)
            named["loss"].backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(list(parameters.values()), 1.0)
            optimizer.step()
            _move_averages(averages, parameters, min(run.average, (step + 1) / (step + 10)))
            curve.add(step + 1, {name: float(value.detach()) for name, value in named.items()})
            shown = curve.points[-1] if curve.points else {}
            figures = " ".join(f"{k} {v:.4f}" for k, v in shown.items() if k != "step")
            progress.update(task, completed=step + 1, figures=figures)
            if (step + 1) % run.save_every == 0 and step + 1 < last:
                save(step + 1)
                progress.console.print(f"step {step + 1}: {figures}")
    if last > first:
        save(last)
    return model


def _decay_groups(parameters: Mapping[str, Tensor], weight_decay: float) -> list[dict[str, object]]:
    """Weight decay for matrices and filters alone: no biases, no norms."""
    wide = [p for p in parameters.values() if p.ndim > 1]
    flat = [p for p in parameters.values() if p.ndim <= 1]
    return [{"params": wide, "weight_decay": weight_decay}, {"params": flat, "weight_decay": 0.0}]


@torch.no_grad()
def _move_averages(averages: Mapping[str, Tensor], parameters: Mapping[str, Tensor], keep: float) -> None:
    """Exponential moving average: average = keep average + (1 - keep) weight."""
    torch._foreach_lerp_(list(averages.values()), [p.detach() for p in parameters.values()], 1 - keep)


def _progress() -> Progress:
    """A bar with steps done, the last window's figures and the time."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[figures]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )


def add_arguments(parser: argparse.ArgumentParser, folder: Path, defaults: Run) -> None:
    """The flags that every training command has."""
    parser.add_argument("--folder", type=Path, default=folder, help="where checkpoint and loss curve are kept")
    parser.add_argument("--steps", type=int, default=defaults.steps, help="steps of the whole run")
    parser.add_argument("--stop-at", type=int, help="stop at this step of the run; a later call goes on from there")
    parser.add_argument("--batch", type=int, default=defaults.batch)
    parser.add_argument("--rate", type=float, default=defaults.rate, help="highest learning rate")
    parser.add_argument(
        "--decay", type=float, default=defaults.decay, help="share of the steps in which the rate falls"
    )
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--device", default=defaults.device)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--save-every", type=int, default=defaults.save_every)
    parser.add_argument(
        "--half", action=argparse.BooleanOptionalAction, default=defaults.half, help="bfloat16 autocast"
    )


def run_from(options: argparse.Namespace) -> Run:
    """The run that the flags ask for."""
    torch.set_num_threads(options.threads)
    return Run(
        folder=options.folder,
        steps=options.steps,
        batch=options.batch,
        rate=options.rate,
        warm_up=min(100, options.steps // 10),
        decay=options.decay,
        save_every=options.save_every,
        seed=options.seed,
        device=options.device,
        half=options.half,
    )
