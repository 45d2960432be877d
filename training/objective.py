"""What every denoiser here is trained on: a noised latent, and its velocity.

z_t = sqrt(a) z_0 + sqrt(1 - a) e and v = sqrt(a) e - sqrt(1 - a) z_0, with a = alpha-bar_t of the model's schedule
(Salimans & Ho 2022, arXiv 2202.00512).
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.scenes import LAYOUTS, PLACES, RELATIONS, SIZES, TOGETHER, Scene


def noised(clean: Tensor, noise: Tensor, shares: Tensor) -> tuple[Tensor, Tensor]:
    """(z_t, v), of the shape of `clean` [B, C, h, w]; `shares` [B] is alpha-bar at each one's timestep."""
    signal, spread = (part[:, None, None, None] for part in (shares.sqrt(), (1 - shares).sqrt()))
    return signal * clean + spread * noise, signal * noise - spread * clean


def clean_of(noisy: Tensor, velocity: Tensor, shares: Tensor) -> Tensor:
    """The latent without noise that a velocity means: z_0 = sqrt(a) z_t - sqrt(1 - a) v."""
    return shares.sqrt()[:, None, None, None] * noisy - (1 - shares).sqrt()[:, None, None, None] * velocity


def spread_times(count: int, total: int, generator: torch.Generator, least: int = 0, skew: float = 1.0) -> Tensor:
    """`count` timesteps, one from each equal part of least..total-1: less chance in the loss than free draws.

    `skew` under 1 draws the late, noisy ones more often, where it is settled what the picture shows.
    """
    order = torch.randperm(count, generator=generator)
    parts = ((order + torch.rand(count, generator=generator)) / count) ** skew
    return (least + parts * (total - least)).long().clamp_(least, total - 1)


def focus_map(scene: Scene, cells: int, focus: float) -> Tensor:
    """1 x cells x cells, of mean 1: cells within a named shape's circle weigh `1 + focus` times the others.

    Only what the caption says enters: named place and named size, not the jitter of the drawing.
    """
    axis = (torch.arange(cells) + 0.5) / cells
    weight = torch.ones(1, cells, cells)
    together = TOGETHER if len(scene.items) > 1 else 1.0
    for item, (x, y) in zip(scene.items, named_spots(scene), strict=True):
        reach = together * SIZES[item.size] + 0.03
        weight[0, (axis[None, :] - x).square() + (axis[:, None] - y).square() <= reach**2] = 1 + focus
    return weight / weight.mean()


def named_spots(scene: Scene) -> tuple[tuple[float, float], ...]:
    """Where the caption says that the shapes lie: (x, y) in fractions of the side."""
    if scene.relation:
        return RELATIONS[scene.relation]
    if len(scene.items) > 1:
        return LAYOUTS[len(scene.items)]
    return (PLACES[scene.items[0].place],)
