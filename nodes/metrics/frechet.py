"""The Fréchet distance of two sets of pictures, each taken for a Gaussian in a space of features (FID).

    d² = ‖μ₁ − μ₂‖² + Tr Σ₁ + Tr Σ₂ − 2 Tr √(Σ₁ Σ₂)          (Dowson & Landau 1982; Heusel et al. 2017, eq. 6)

With Σ = Rᵀ R for any R, the eigenvalues of Σ₁ Σ₂ are the squares of the singular values of R₁ R₂ᵀ, so

    Tr √(Σ₁ Σ₂) = ‖R₁ R₂ᵀ‖_*       (the sum of the singular values)

which needs no square root of a matrix and no regularisation: fewer samples than dimensions, where covariances have no
full rank and `sqrtm` fails or returns complex numbers, are as exact as any. R is the centred samples over √(N − 1), or
their QR factor where that is smaller. All of it is float64 on the CPU.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import Field

from engine.about import Formula
from engine.context import INJECTED, Context
from engine.errors import NodeError
from engine.lazy import lazy
from engine.node import node
from nodes import papers
from nodes.metrics.values import Features, rows, same_space
from nodes.values import Number

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")

Deviation = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Frechet(NamedTuple):
    """distance = mean + covariance: how far the centres lie apart, and how different the spread is."""

    distance: float
    mean: float
    covariance: float


@node(
    "metric.frechet",
    label="FID",
    formula=Formula(
        "|μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 √(Σ₁Σ₂))",
        r"\lVert \mu_1 - \mu_2 \rVert^2 + \operatorname{tr}\!\big(\Sigma_1 + "
        r"\Sigma_2 - 2\,(\Sigma_1 \Sigma_2)^{1/2}\big)",
    ),
    paper=papers.FID,
)
def frechet(first: Features, second: Features, *, ctx: Context = INJECTED) -> Frechet:
    """Fréchet distance of two sets of features (FID, Heusel et al. 2017): 0 for equal sets, ≥ 0, lower is better.

    first, second: [N, D] and [M, D] of one network; covariances are divided by N − 1. With fewer samples than D it is
    defined and exact for the samples, but far above the distance of the distributions (docs/evaluation.md): then it
    warns. Raises NodeError for fewer than two samples and for features of different networks.
    """
    a, b = rows(first, "first", least=2), rows(second, "second", least=2)
    same_space(first, second, "second")
    if min(len(a), len(b)) <= a.shape[1]:
        ctx.warn(
            f"{min(len(a), len(b))} samples for {a.shape[1]} dimensions: the distance is mostly the bias of so few; "
            "compare only with sets of equal size"
        )
    return between(*gaussian(a), *gaussian(b))


@node(
    "metric.frechet_normal",
    plan=True,
    label="Fréchet distance of two normals",
    formula=Formula("(μ₁ − μ₂)² + (σ₁ − σ₂)²", r"(\mu_1 - \mu_2)^2 + (\sigma_1 - \sigma_2)^2"),
    paper=papers.FID,
)
def frechet_normal(*, mean: Number, deviation: Deviation, other_mean: Number, other_deviation: Deviation) -> float:
    """Fréchet distance of two normal distributions of one number: (μ₁ − μ₂)² + (σ₁ − σ₂)²."""
    if deviation < 0 or other_deviation < 0:
        raise NodeError("expected standard deviations of 0 or more", input="deviation")
    return (mean - other_mean) ** 2 + (deviation - other_deviation) ** 2


def gaussian(data: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean [D] and a factor R [min(N, D), D] of the covariance Rᵀ R of samples [N, D]."""
    data = data.double()
    mean = data.mean(0)
    centred = (data - mean) / (len(data) - 1) ** 0.5
    return mean, centred if len(data) <= data.shape[1] else torch.linalg.qr(centred, mode="r").R


def between(mean: torch.Tensor, factor: torch.Tensor, other_mean: torch.Tensor, other: torch.Tensor) -> Frechet:
    """Fréchet distance of N(mean, factorᵀ factor) and N(other_mean, otherᵀ other)."""
    apart = float((mean - other_mean).pow(2).sum())
    common = float(torch.linalg.svdvals(factor @ other.T).sum())
    spread = float(factor.pow(2).sum()) + float(other.pow(2).sum()) - 2 * common
    spread = max(0.0, spread)  # rounding takes equal sets a last bit below
    return Frechet(apart + spread, apart, spread)
