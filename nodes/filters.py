"""Filters on planes [..., H, W] whose sums run in one fixed order: the same bits on every machine and thread count."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.lazy import lazy

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")


def blurred(data: torch.Tensor, sigma: float, reach: int) -> torch.Tensor:
    """Convolution with a Gaussian of `sigma` pixels, cut at `reach`; beyond the rim the nearest pixel repeats."""
    if reach == 0 or sigma == 0:
        return data
    weights = [math.exp(-(i**2) / (2 * sigma**2)) for i in range(-reach, reach + 1)]
    weights = [w / math.fsum(weights) for w in weights]
    return convolved(convolved(data, weights, -1), weights, -2)


def convolved(data: torch.Tensor, weights: Sequence[float], axis: int) -> torch.Tensor:
    """Correlation with an odd number of `weights` along an axis; beyond the rim the nearest pixel repeats."""
    length, reach = data.shape[axis], len(weights) // 2
    places = torch.arange(length)
    total = torch.zeros_like(data)
    for offset, weight in zip(range(-reach, reach + 1), weights, strict=True):
        if weight:
            total = total + weight * data.index_select(axis, (places + offset).clamp(0, length - 1))
    return total
