"""Guidance: combine what the model predicts with and without the prompt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from engine.about import Formula
from engine.errors import NodeError
from engine.node import Lazy, Many, Slider, node
from engine.values import Alias
from nodes import papers
from nodes.types import Prediction

if TYPE_CHECKING:
    import torch

STAGE = "guidance"

Scale = Annotated[float, Field(ge=0, le=30), Slider(step=0.1)]
Share = Annotated[float, Field(ge=0, le=1), Slider(step=0.05)]
Weight = Annotated[float, Field(ge=-30, le=30)]


@node(
    "guidance.cfg",
    label="Classifier-free guidance",
    formula=Formula(
        "ε = ε_u + s · (ε_c − ε_u)", r"\hat\varepsilon = \varepsilon_u + s\,(\varepsilon_c - \varepsilon_u)"
    ),
    paper=papers.GUIDANCE,
)
def cfg_combine(uncond: Lazy[Prediction], cond: Prediction, *, scale: Scale = 7.5) -> Prediction:
    """Classifier-free guidance (Ho & Salimans 2022): ε = ε_u + s · (ε_c − ε_u).

    scale: 1 is the prompt alone (Ho & Salimans write w = s − 1). Predictions [B, C, h, w] of one kind.
    """
    return cond if scale == 1 else uncond + scale * (cond - uncond)


@cfg_combine.reduce
def _(scale: float) -> Alias | None:
    """A scale of 1 is the conditional prediction itself: `uncond` is never run."""
    return Alias("cond") if scale == 1 else None


@node(
    "guidance.instruct",
    label="Guidance by text and picture",
    formula=Formula(
        "ε = ε₀ + s_T (ε_TI − ε_I) + s_I (ε_I − ε₀)",
        r"\hat\varepsilon = \varepsilon_0 + s_T\,(\varepsilon_{TI} - \varepsilon_I) + "
        r"s_I\,(\varepsilon_I - \varepsilon_0)",
    ),
    paper=papers.INSTRUCT,
)
def instruct_combine(
    both: Prediction,
    picture: Lazy[Prediction],
    neither: Lazy[Prediction],
    *,
    text_scale: Scale = 7.5,
    image_scale: Scale = 1.5,
) -> Prediction:
    """Guidance by a text and a picture: ε = ε_0 + s_T (ε_TI − ε_I) + s_I (ε_I − ε_0) (Brooks et al. 2023).

    both: with text and picture, ε_TI; picture: without the text, ε_I; neither: without both, ε_0. image_scale: how much
    of the picture stays. With both scales at 1 it is `both`. diffusers' pipeline takes that too for any text scale ≤ 1
    and any image scale < 1; here the formula holds for these as well.
    """
    if text_scale == image_scale == 1:
        return both
    return neither + text_scale * (both - picture) + image_scale * (picture - neither)


@instruct_combine.reduce
def _instruct(text_scale: float, image_scale: float) -> Alias | None:
    """Scales of 1 are the prediction with text and picture itself: the others are never run."""
    return Alias("both") if text_scale == image_scale == 1 else None


@node(
    "guidance.rescale",
    label="Guidance rescale",
    formula=Formula(
        "ε' = φ · ε · std(ε_c) / std(ε) + (1 − φ) · ε",
        r"\varepsilon' = \varphi\,\frac{\operatorname{std}(\varepsilon_c)}{\operatorname{std}(\varepsilon)}"
        r"\,\varepsilon + (1 - \varphi)\,\varepsilon",
    ),
    paper=papers.RESCALE,
)
def rescale(guided: Prediction, cond: Prediction, *, amount: Share = 0.7) -> Prediction:
    """Guidance rescale (Lin et al. 2024, §3.4): give the guided prediction the standard deviation of the conditional.

    ε' = φ · ε · std(ε_c) / std(ε) + (1 − φ) · ε, per image; φ is `amount`. Against over-exposure.
    """
    scaled = guided.data * (_std(cond.data) / _std(guided.data))
    return replace(guided, data=amount * scaled + (1 - amount) * guided.data)


@rescale.reduce
def _rescale(amount: float) -> Alias | None:
    """An amount of 0 changes nothing."""
    return Alias("guided") if amount == 0 else None


@node(
    "guidance.compose",
    label="Compose prompts",
    formula=Formula(
        "ε = ε_u + Σ wᵢ (εᵢ − ε_u)", r"\hat\varepsilon = \varepsilon_u + \sum_i w_i\,(\varepsilon_i - \varepsilon_u)"
    ),
    paper=papers.COMPOSE,
)
def compose(uncond: Prediction, conds: Many[Prediction], *, weights: list[Weight] | None = None) -> Prediction:
    """Several prompts at once (Liu et al. 2022): ε = ε_u + Σ wᵢ (εᵢ − ε_u).

    weights: one per linked prediction (None: 7.5 shared equally). Raises `NodeError` if their number differs.
    """
    if not conds:
        return uncond
    shares = [7.5 / len(conds)] * len(conds) if weights is None else weights
    if len(shares) != len(conds):
        raise NodeError(f"{len(shares)} weights for {len(conds)} predictions", input="weights")
    total = uncond
    for weight, cond in zip(shares, conds, strict=True):
        total = total + weight * (cond - uncond)
    return total


def _std(data: torch.Tensor) -> torch.Tensor:
    """Standard deviation of each image of a batch [B, 1, 1, 1]."""
    return data.std(dim=list(range(1, data.ndim)), keepdim=True)
