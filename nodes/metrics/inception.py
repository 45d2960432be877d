"""The inception score: a classifier should be sure of each picture and see many classes among all of them.

    IS = exp( mean over pictures of KL(p(y|x) ‖ p(y)) ),   p(y) the mean of p(y|x)        (Salimans et al. 2016, §4)

Between 1 (every picture gets the same answer) and K (each class certain, all equally often). The original classifier is
Inception v3 on ImageNet; here it is whatever gave the probabilities, so scores compare under one classifier only.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import Field

from engine.about import Formula
from engine.errors import NodeError
from engine.lazy import lazy
from engine.node import node
from nodes import papers
from nodes.metrics.values import Probabilities, distributions

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")

Splits = Annotated[int, Field(ge=1, le=1000)]


class InceptionScore(NamedTuple):
    """Mean and (population) standard deviation over the splits."""

    score: float
    deviation: float


@node(
    "metric.inception",
    thread="pool",
    label="Inception score",
    formula=Formula(
        "exp E KL(p(y|x) ‖ p(y))", r"\exp\, \mathbb{E}_x\, \mathrm{KL}\big(p(y \mid x) \,\Vert\, p(y)\big)"
    ),
    paper=papers.INCEPTION,
)
def inception_score(probabilities: Probabilities, *, splits: Splits = 1) -> InceptionScore:
    """Inception score of class probabilities [N, K]: 1 … K, higher is better (Salimans et al. 2016).

    splits: consecutive parts of equal size (±1) that are scored apart; the paper has 10 of 5000 pictures. Raises
    NodeError for fewer than two pictures in a split and for rows that are no distribution.
    """
    data = distributions(probabilities, "probabilities")
    count = len(data)
    if count < 2:
        raise NodeError(f"expected at least 2 samples, got {count}", input="probabilities")
    if splits < 1 or count // splits < 2:
        raise NodeError(f"expected at least 2 samples in each of {splits} splits, got {count} in all", input="splits")
    edges = [i * count // splits for i in range(splits + 1)]
    scores = torch.tensor([_score(data[a:b]) for a, b in pairwise(edges)], dtype=torch.float64)
    return InceptionScore(float(scores.mean()), float(scores.std(correction=0)))


def _score(data: torch.Tensor) -> float:
    """exp of the mean divergence of rows from their mean; 0 · log 0 is 0."""
    divergence = torch.special.xlogy(data, data) - torch.special.xlogy(data, data.mean(0))
    return float(divergence.sum(1).mean().exp())
