"""Pictures and texts in the space of one CLIP pair: how alike they are, and which text is the nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from engine.about import Formula
from engine.context import INJECTED, Context
from engine.errors import NodeError
from engine.lazy import lazy
from engine.node import node
from nodes import papers
from nodes.clip.features import read_texts
from nodes.clip.handle import Clip
from nodes.metrics.values import Features, Probabilities, same_space, unit

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")


class ClipScore(NamedTuple):
    """The mean, and one score per picture."""

    score: float
    scores: list[float]


@node(
    "metric.clip_score",
    thread="pool",
    label="CLIP score",
    formula=Formula("max(100 · cos(image, text), 0)", r"\max\big(100 \cos(f_I, f_T),\, 0\big)"),
    paper=papers.CLIP_SCORE,
)
def clip_score(image: Features, text: Features) -> ClipScore:
    """CLIP score max(100 · cos(image, text), 0): 0 … 100, higher is better (Hessel et al. 2021, who weigh by 2.5).

    image, text: features of one pair, [N, D] each, row by row; a single row serves all rows of the other. Raises
    NodeError for other counts and for features that are not of one pair's joint space.
    """
    images, texts = unit(image, "image"), unit(text, "text")
    same_space(image, text, "text")
    if len(images) != len(texts) and 1 not in (len(images), len(texts)):
        raise NodeError(f"expected {len(images)} texts or 1, one per picture, got {len(texts)}", input="text")
    scores = (100 * (images * texts).double().sum(1)).clamp(min=0)
    return ClipScore(float(scores.mean()), scores.tolist())


class ZeroShot(NamedTuple):
    """probabilities [N, K]; labels: the most likely one of each picture; certainty: its probability."""

    probabilities: Probabilities
    labels: list[str]
    certainty: list[float]


@node(
    "metric.zero_shot",
    label="Zero-shot labels",
    formula=Formula("softmax(s · I Tᵀ)", r"p = \operatorname{softmax}(s\, I\, T^{\mathsf{T}})"),
    paper=papers.CLIP,
)
def zero_shot(
    clip: Clip,
    image: Features,
    *,
    labels: list[str],
    template: str = "a photo of a {}",
    ctx: Context = INJECTED,
) -> ZeroShot:
    """Which label fits each picture: softmax(scale · I Tᵀ) over the labels as texts (Radford et al. 2021, §3.1).

    image: joint features [N, D] of the same pair. template: the text that says a label, which stands for its `{}`.
    Raises NodeError for no label, one that is empty or there twice, and a template without exactly one `{}`.
    """
    images = unit(image, "image")
    names = [label.strip() for label in labels]
    if not names or not all(names):
        raise NodeError("expected labels, got none or an empty one", input="labels")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise NodeError(f"the label {twice!r} is there twice", input="labels")
    if template.count("{}") != 1:
        raise NodeError(f"expected a template with one {{}}, got {template!r}", input="template")
    found = read_texts(clip, [template.replace("{}", name) for name in names], ctx, "labels")
    same_space(found, image, "image")
    probabilities = (ctx.load(clip).scale() * images @ unit(found, "labels").T).softmax(1)
    certainty, best = probabilities.max(1)
    return ZeroShot(Probabilities(probabilities, tuple(names)), [names[i] for i in best.tolist()], certainty.tolist())


@node("metric.clip_loss", label="CLIP loss", paper=papers.CLIP)
def clip_loss(clip: Clip, image: Features, text: Features, *, ctx: Context = INJECTED) -> float:
    """The contrastive loss of N pairs (Radford et al. 2021, figure 3): 0 … ∞, log N for features that tell nothing.

    Half the sum of the cross-entropies of scale · T Iᵀ along its rows and its columns. The scale is the pair's own.
    Raises NodeError for fewer than two pairs and for unequal numbers.
    """
    images, texts = unit(image, "image"), unit(text, "text")
    same_space(image, text, "text")
    same_space(Features(images, clip.space), image, "image")
    if len(images) != len(texts):
        raise NodeError(f"expected {len(images)} texts, one per picture, got {len(texts)}", input="text")
    if len(images) < 2:
        raise NodeError("expected at least 2 pairs, got 1: there is nothing to tell it from", input="image")
    logits = texts @ images.T * ctx.load(clip).scale()
    right = torch.arange(len(logits))
    entropy = torch.nn.functional.cross_entropy
    return float((entropy(logits, right) + entropy(logits.T, right)) / 2)


@node("metric.accuracy", plan=True)
def accuracy(*, found: list[str], expected: list[str]) -> float:
    """The share of equal texts, 0 … 1: labels that were found against the right ones. One expected text serves all."""
    if not found:
        raise NodeError("expected at least one text, got none", input="found")
    if len(expected) not in (1, len(found)):
        raise NodeError(f"expected {len(found)} texts or 1, got {len(expected)}", input="expected")
    right = expected * len(found) if len(expected) == 1 else expected
    return sum(a == b for a, b in zip(found, right, strict=True)) / len(found)
