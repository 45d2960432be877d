"""Latents that the base model itself draws: with classifier-free guidance, DPM-Solver++ (2M), seeded per picture.

z_t -> z_s by Lu et al. 2022 (arXiv 2211.01095, algorithm 2), as diffusers has it; the guided velocity is
v(no words) + w (v(words) - v(no words)) (Ho & Salimans 2022, arXiv 2207.12598).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from rich.progress import track
from torch import Tensor

from training.base import Base, small_attention
from training.networks import sampling_schedule

GUIDANCE = 3.0
"""What the base is measured with."""


@torch.no_grad()
def sampled(
    source: Base, texts: Sequence[str], seed: int = 0, steps: int = 20, guidance: float = GUIDANCE, half: bool = False
) -> Tensor:
    """Scaled latents [texts, 4, h, w] on the CPU; picture i starts from noise of its own."""
    times = torch.linspace(len(source.shares), 0, steps + 1)[:-1].round().long() - 1
    return trajectories(source, texts, times.tolist(), seed, guidance, half)[:, -1]


@torch.no_grad()
def trajectories(
    source: Base,
    texts: Sequence[str],
    times: Sequence[int],
    seed: int = 0,
    guidance: float = GUIDANCE,
    half: bool = False,
    batch: int = 32,
) -> Tensor:
    """The ways from noise to picture, [texts, len(times) + 1, 4, h, w]: latents at falling timesteps, and the end."""
    side = source.side // 8
    device = str(source.unet.device).split(":")[0]
    ways = []
    for start in track(range(0, len(texts), batch), description="sampling"):
        part = list(texts[start : start + batch])
        noise = [torch.randn(4, side, side, generator=_own(seed, start + i)) for i in range(len(part))]
        latent = torch.stack(noise).to(source.unet.device)
        way = [latent]
        schedule = sampling_schedule()
        schedule.set_timesteps(timesteps=list(times))  # type: ignore[no-untyped-call]
        with torch.autocast(device, torch.bfloat16, enabled=half), small_attention():
            states = source.read(part + [""] * len(part))
            for time in schedule.timesteps:
                with_words, without = source.unet(torch.cat([latent] * 2), time, states).sample.float().chunk(2)
                velocity = without + guidance * (with_words - without)
                latent = schedule.step(velocity, time, latent).prev_sample  # type: ignore[arg-type]
                way.append(latent)
        ways.append(torch.stack(way, 1).cpu())
    return torch.cat(ways)


def _own(seed: int, number: int) -> torch.Generator:
    """The random source of one picture: the same whatever the batch is."""
    return torch.Generator().manual_seed(seed * 1_000_003 + number)
