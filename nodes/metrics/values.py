"""What metrics compare: rows of features, and rows of class probabilities. On the CPU, whatever device made them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import NodeError
from engine.lazy import lazy

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")

SUM = 1e-3  # what a row of probabilities may miss one by: half precision does


@dataclass(frozen=True, eq=False)
class Features:
    """Features [N, D], float32, one row per picture or text, of length as the network gives them.

    space: names the network and layer. Features of different spaces are not compared; an empty one fits all.
    """

    data: torch.Tensor
    space: str = ""


@dataclass(frozen=True, eq=False)
class Probabilities:
    """Class probabilities [N, K], float32, each row with the sum 1. labels: the K classes."""

    data: torch.Tensor
    labels: tuple[str, ...]


def rows(features: Features, input: str, least: int = 1) -> torch.Tensor:
    """The rows of `features`. Raises NodeError naming `input` for fewer than `least` and for what is not finite."""
    data = features.data
    if data.ndim != 2:
        raise NodeError(f"expected features [N, D], got {list(data.shape)}", input=input)
    if len(data) < least:
        raise NodeError(f"expected at least {least} samples, got {len(data)}", input=input)
    if not bool(torch.isfinite(data).all()):
        raise NodeError("the features hold values that are not finite", input=input)
    return data


def same_space(first: Features, second: Features, input: str) -> None:
    """Raises NodeError naming `input` if the two are of different widths or networks."""
    if first.data.shape[-1] != second.data.shape[-1]:
        widths = f"{first.data.shape[-1]} and {second.data.shape[-1]}"
        raise NodeError(f"features of width {widths} cannot be compared", input=input)
    if first.space and second.space and first.space != second.space:
        raise NodeError("the features are of different networks or layers: they cannot be compared", input=input)


def unit(features: Features, input: str) -> torch.Tensor:
    """The rows with length 1. Raises NodeError for a row of zeros, which points nowhere."""
    data = rows(features, input)
    lengths = data.pow(2).sum(-1, keepdim=True).pow(0.5)  # as CLIPModel, to the last bit
    if not bool((lengths > 0).all()):
        raise NodeError("a row of the features is zero: it has no direction", input=input)
    return data / lengths


def distributions(probabilities: Probabilities, input: str) -> torch.Tensor:
    """The rows in float64. Raises NodeError if one is no distribution: negative, or with a sum other than 1."""
    data = probabilities.data.double()
    if data.ndim != 2 or data.shape[1] < 1:
        raise NodeError(f"expected probabilities [N, K], got {list(data.shape)}", input=input)
    if not bool(torch.isfinite(data).all()) or bool((data < 0).any()):
        raise NodeError("expected probabilities from 0 to 1, got others", input=input)
    sums = data.sum(1)
    worst = int((sums - 1).abs().argmax()) if len(sums) else 0
    if len(sums) and abs(float(sums[worst]) - 1) > SUM:
        raise NodeError(f"row {worst} of the probabilities has the sum {float(sums[worst]):.4g}, not 1", input=input)
    return data
