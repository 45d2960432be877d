"""Consistency functions, as diffusers' `LCMScheduler` evaluates them, and two ways to make a network one.

f(z, t) = c_skip(t) z + c_out(t) z_0(z, t) maps every point of a way from noise to picture onto its end (Song et al.
2023, arXiv 2303.01469); with s = 10 t and sigma = 0.5, c_skip = sigma^2 / (s^2 + sigma^2) and
c_out = s / sqrt(s^2 + sigma^2) (Luo et al. 2023, arXiv 2310.04378), so that f(z, 0) = z. Both losses are pseudo-Huber:
sqrt(e^2 + c^2) - c.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor

from training.base import Base, small_attention
from training.loop import Run, step_generator, step_rng
from training.objective import clean_of, noised

GRID = 50
"""How many timesteps the function is made for: the scheduler's `original_inference_steps`, every 20th of 1000."""
SIGMA, TIMES_TEN, HUBER = 0.5, 10.0, 1e-3
MOST_STEPS = 4


def grid(total: int = 1000, count: int = GRID) -> list[int]:
    """The grid, falling: 999, 979, ..., 19."""
    return [i * (total // count) - 1 for i in range(count, 0, -1)]


def few_times(steps: int, total: int = 1000) -> list[int]:
    """The timesteps of the grid that `LCMScheduler` goes through in so many steps."""
    whole = grid(total)
    return [whole[i * len(whole) // steps] for i in range(steps)]


def used_times(most: int = MOST_STEPS, total: int = 1000) -> Counter[int]:
    """How often each timestep occurs in the schedules of 1 to `most` steps."""
    return Counter(time for steps in range(1, most + 1) for time in few_times(steps, total))


def consistent(noisy: Tensor, velocity: Tensor, times: Tensor, shares: Tensor) -> Tensor:
    """f(z, t), from the velocity that the network gives at (z, t); `shares` is alpha-bar of all timesteps."""
    scaled = times.to(noisy) * TIMES_TEN
    skip = (SIGMA**2 / (scaled**2 + SIGMA**2))[:, None, None, None]
    out = (scaled / (scaled**2 + SIGMA**2).sqrt())[:, None, None, None]
    return skip * noisy + out * clean_of(noisy, velocity, shares.to(noisy)[times])


def huber(guess: Tensor, right: Tensor) -> Tensor:
    """The mean pseudo-Huber distance."""
    return (((guess - right).square() + HUBER**2).sqrt() - HUBER).mean()


def ddim(noisy: Tensor, velocity: Tensor, share: Tensor, next_share: Tensor) -> Tensor:
    """One deterministic step (Song et al. 2021, arXiv 2010.02502) between the shares [B] of signal."""
    noise = (1 - share).sqrt()[:, None, None, None] * noisy + share.sqrt()[:, None, None, None] * velocity
    return noised(clean_of(noisy, velocity, share), noise, next_share)[0]


class WaysLosses:
    """f at points of the teacher's ways from noise to picture must be their ends.

    Of the points after the first, a share `fresh` is the way's end with new noise instead: that is what the scheduler
    makes between two steps, and new noise in every draw lets a small set of ways last. Timesteps are drawn as often as
    schedules of one to four steps use them.
    """

    def __init__(
        self,
        student: UNet2DConditionModel,
        source: Base,
        run: Run,
        texts: Sequence[str],
        ways: Tensor,
        times: Sequence[int],
        fresh: float = 0.5,
    ) -> None:
        self.student, self.source, self.run, self.fresh = student, source, run, fresh
        self.texts, self.ways, self.times = texts, ways, list(times)
        used = used_times()
        self.drawn = [time for time in sorted(used, reverse=True) for _ in range(used[time])]

    def __call__(self, step: int) -> dict[str, Tensor]:
        run, rng, shares = self.run, step_rng(self.run, step), self.source.shares
        chosen = [rng.randrange(len(self.texts)) for _ in range(run.batch)]
        times = [rng.choice(self.drawn) for _ in range(run.batch)]
        points = self.ways[chosen, [self.times.index(time) for time in times]].float()
        ends = self.ways[chosen, -1].float()
        noise = torch.randn(ends.shape, generator=step_generator(run, step))
        again = noised(ends, noise, shares[times])[0]
        anew = torch.tensor([time != self.times[0] and rng.random() < self.fresh for time in times])
        noisy = torch.where(anew[:, None, None, None], again, points).to(run.device)
        when = torch.tensor(times, device=run.device)
        with small_attention():
            states = self.source.read([self.texts[i] for i in chosen])
            velocity = self.student(noisy, when, states).sample.float()
        made = consistent(noisy, velocity, when, shares)
        ends = ends.to(run.device)
        return {"loss": huber(made, ends), "squared error": (made - ends).square().mean()}


class StepLosses:
    """Latent consistency distillation: f(z_t, t) must be f(z_s, s), z_s one guided DDIM step of the teacher from z_t.

    s is the next timestep of the grid. The target is the student itself without a gradient, as in LCM-LoRA (Luo et al.
    2023, arXiv 2311.05556); guidance is drawn from `guidance` (low, high) for each picture.
    """

    def __init__(
        self,
        student: UNet2DConditionModel,
        teacher: UNet2DConditionModel,
        source: Base,
        run: Run,
        texts: Sequence[str],
        latents: Tensor,
        guidance: tuple[float, float],
    ) -> None:
        self.student, self.teacher, self.source, self.run = student, teacher, source, run
        self.texts, self.latents, self.guidance = texts, latents, guidance

    def __call__(self, step: int) -> dict[str, Tensor]:
        run, rng, device = self.run, step_rng(self.run, step), self.run.device
        shares = self.source.shares.to(device)
        chosen = [rng.randrange(len(self.texts)) for _ in range(run.batch)]
        when = torch.tensor([rng.choice(grid(len(shares))) for _ in chosen], device=device)
        later = (when - len(shares) // GRID).clamp(min=0)
        scales = torch.tensor([rng.uniform(*self.guidance) for _ in chosen], device=device)[:, None, None, None]
        clean = self.latents[chosen].to(device)
        noise = torch.randn(clean.shape, generator=step_generator(run, step)).to(device)
        noisy = noised(clean, noise, shares[when])[0]
        with small_attention():
            states = self.source.read([self.texts[i] for i in chosen])
            with torch.no_grad():
                both = torch.cat([states, self.source.read([""]).expand_as(states)])
                teacher = self.teacher(torch.cat([noisy] * 2), torch.cat([when] * 2), both).sample.float()
                with_words, without = teacher.chunk(2)
                guided = without + scales * (with_words - without)
                nearer = ddim(noisy, guided, shares[when], shares[later])
                right = consistent(nearer, self.student(nearer, later, states).sample.float(), later, shares)
            made = consistent(noisy, self.student(noisy, when, states).sample.float(), when, shares)
        return {"loss": huber(made, right), "squared error": (made - right).square().mean()}
