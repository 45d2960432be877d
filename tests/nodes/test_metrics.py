"""Metrics against closed forms, independent formulas, and transformers' own model."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import scipy.linalg
import torch
from transformers import CLIPModel

from engine.context import Context
from engine.errors import NodeError
from nodes.clip.features import image_features, text_features
from nodes.clip.load import load_clip
from nodes.metrics.frechet import Frechet, frechet, frechet_normal
from nodes.metrics.inception import inception_score
from nodes.metrics.likeness import accuracy, clip_loss, clip_score, zero_shot
from nodes.metrics.values import Features, Probabilities
from nodes.types import Image
from tests import clip
from tests.tiny import Folder, Resident, tokenizer

TEXTS = ["a cat", "a dog on a mat", "nothing", "cat and dog"]


def sample(count: int, width: int, seed: int = 0, shift: float = 0.0) -> Features:
    """Features that depend on each other, in float64."""
    generator = torch.Generator().manual_seed(seed)
    mix = torch.randn(width, width, generator=generator, dtype=torch.float64)
    return Features(torch.randn(count, width, generator=generator, dtype=torch.float64) @ mix + shift)


def by_square_root(a: Features, b: Features) -> float:
    """FID as its first authors compute it, with scipy."""
    x, y = a.data.numpy(), b.data.numpy()
    first, second = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    root = scipy.linalg.sqrtm(first @ second).real
    apart = x.mean(0) - y.mean(0)
    return float(apart @ apart + np.trace(first) + np.trace(second) - 2 * np.trace(root))


def probabilities(rows: torch.Tensor) -> Probabilities:
    """Rows with labels."""
    return Probabilities(rows, tuple(f"class {i}" for i in range(rows.shape[1])))


# Fréchet distance


def test_two_normal_distributions_of_one_number_have_a_closed_form():
    assert frechet_normal(mean=1.0, deviation=2.0, other_mean=-0.5, other_deviation=0.25) == 1.5**2 + 1.75**2
    a, b = sample(200, 1, seed=1), sample(300, 1, seed=2, shift=0.7)
    expected = (a.data.mean() - b.data.mean()) ** 2 + (a.data.std() - b.data.std()) ** 2
    assert frechet(a, b).distance == pytest.approx(float(expected), abs=4e-15)


def test_gaussians_with_common_axes_have_a_closed_form():
    signs = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=torch.float64)] * 3)  # uncorrelated exactly
    deviations = torch.tensor([[1.0, 2.0, 0.5], [3.0, 0.1, 0.5]], dtype=torch.float64)
    a, b = (Features(signs * d + m) for d, m in zip(deviations, (0.0, 1.0), strict=True))
    unbiased = 8 / 7  # N / (N − 1)
    expected = Frechet(3 + 7.61 * unbiased, 3.0, 7.61 * unbiased)
    assert frechet(a, b) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(("width", "counts"), [(8, (50, 60)), (64, (300, 200)), (256, (1000, 800))])
def test_the_distance_is_that_of_scipys_square_root(width: int, counts: tuple[int, int]):
    a, b = sample(counts[0], width, seed=1), sample(counts[1], width, seed=2, shift=0.3)
    assert frechet(a, b).distance == pytest.approx(by_square_root(a, b), rel=1e-10)
    assert frechet(a, b).distance == pytest.approx(frechet(b, a).distance, rel=1e-12)


@pytest.mark.parametrize(("count", "width"), [(400, 32), (33, 32), (32, 32), (10, 64), (2, 512)])
def test_a_set_is_at_no_distance_from_itself(count: int, width: int):
    a = sample(count, width)
    scale = float(a.data.var(0).sum())
    assert frechet(a, a).distance <= 1e-13 * scale
    assert frechet(a, Features(a.data.flip(0))).distance <= 1e-13 * scale


def test_with_fewer_samples_than_dimensions_the_distance_is_that_of_the_samples_and_it_warns():
    said: list[str] = []
    ctx = Context(on_warning=lambda _, text: said.append(text))
    low_a, low_b = sample(10, 4, seed=1), sample(9, 4, seed=2)
    wide = torch.linalg.qr(sample(40, 40).data).Q[:4]  # 4 dimensions laid into 40, lengths kept
    a, b = (Features(low.data @ wide) for low in (low_a, low_b))
    assert frechet(a, b, ctx=ctx).distance == pytest.approx(frechet(low_a, low_b).distance, rel=1e-12)
    assert [text[:30] for text in said] == ["9 samples for 40 dimensions: t"]


def test_the_distance_of_halves_falls_as_they_grow():
    found = [frechet(sample(n, 16), Features(sample(2 * n, 16).data[n:])).distance for n in (20, 80, 320, 1280)]
    assert found == sorted(found, reverse=True)


def test_sets_that_cannot_be_compared_are_refused():
    with pytest.raises(NodeError, match="at least 2 samples, got 1") as caught:
        frechet(sample(4, 3), sample(1, 3))
    assert caught.value.input == "second"
    with pytest.raises(NodeError, match="width 3 and 4"):
        frechet(sample(5, 3), sample(5, 4))
    with pytest.raises(NodeError, match="different networks"):
        frechet(Features(torch.rand(4, 2), "a"), Features(torch.rand(4, 2), "b"))
    with pytest.raises(NodeError, match="not finite"):
        frechet(Features(torch.full((4, 2), math.nan)), sample(4, 2))


# inception score


def test_the_score_is_one_if_every_picture_gets_the_same_answer():
    assert inception_score(probabilities(torch.rand(7).softmax(0).expand(20, 7))).score == pytest.approx(1, abs=1e-7)


def test_the_score_is_the_number_of_classes_if_each_is_certain_and_equally_frequent():
    assert inception_score(probabilities(torch.eye(7).repeat(3, 1))).score == pytest.approx(7, rel=1e-12)


def test_the_score_is_the_mean_divergence_from_the_mean_by_split():
    rows = torch.randn(23, 5, generator=torch.Generator().manual_seed(3)).mul(2).softmax(1)
    scores = []
    for part in (rows[:7], rows[7:15], rows[15:]):
        mean = [sum(float(p[k]) for p in part) / len(part) for k in range(5)]
        each = [sum(float(p[k]) * math.log(float(p[k]) / mean[k]) for k in range(5)) for p in part]
        scores.append(math.exp(sum(each) / len(each)))
    found = inception_score(probabilities(rows), splits=3)
    assert found.score == pytest.approx(np.mean(scores), rel=1e-12)
    assert found.deviation == pytest.approx(np.std(scores), rel=1e-9)


@pytest.mark.parametrize(
    ("rows", "splits", "said", "input"),
    [
        (torch.full((4, 2), 0.4), 1, "row 0 of the probabilities has the sum 0.8", "probabilities"),
        (torch.tensor([[1.5, -0.5]] * 4), 1, "from 0 to 1", "probabilities"),
        (torch.eye(1), 1, "at least 2 samples, got 1", "probabilities"),
        (torch.eye(4), 3, "at least 2 samples in each of 3 splits", "splits"),
        (torch.full((4, 2), math.nan), 1, "from 0 to 1", "probabilities"),
    ],
)
def test_rows_that_are_no_distributions_are_refused(rows: torch.Tensor, splits: int, said: str, input: str):
    with pytest.raises(NodeError, match=said) as caught:
        inception_score(probabilities(rows), splits=splits)
    assert caught.value.input == input


# CLIP


@pytest.fixture(scope="module")
def ctx(tmp_path_factory: pytest.TempPathFactory) -> Context:
    root = tmp_path_factory.mktemp("models")
    clip.save(root / "pair")
    clip.save(root / "other", seed=1)
    return Context(files=Folder(root), weights=Resident())


@pytest.fixture(scope="module")
def images() -> Image:
    return Image(torch.rand(4, 3, clip.SIDE, clip.SIDE, generator=torch.Generator().manual_seed(5)))


@pytest.fixture(scope="module")
def oracle(ctx: Context, images: Image) -> CLIPModel:
    """What transformers' model says of the pictures and TEXTS, prepared by hand."""
    made = load_clip(clip="pair", ctx=ctx)
    model = CLIPModel.from_pretrained(Path(made.path)).eval()
    words = tokenizer()(TEXTS, padding=True, return_tensors="pt")
    with torch.no_grad():
        return model(pixel_values=made.preparation(images.data), **words, return_loss=True)


def test_zero_shot_probabilities_are_those_of_transformers(ctx: Context, images: Image, oracle: CLIPModel):
    pair = load_clip(clip="pair", ctx=ctx)
    seen = image_features(pair, images, ctx=ctx)
    found = zero_shot(pair, seen, labels=["cat", "dog on a mat"], template="a {}", ctx=ctx)
    expected = oracle.logits_per_image[:, :2].softmax(1)
    assert (found.probabilities.data - expected).abs().max() <= 1e-6
    assert found.probabilities.labels == ("cat", "dog on a mat")
    assert found.labels == [("cat", "dog on a mat")[i] for i in expected.argmax(1)]
    assert found.certainty == pytest.approx(expected.max(1).values.tolist(), abs=1e-6)
    assert 1 <= inception_score(found.probabilities).score <= 2


def test_the_contrastive_loss_is_that_of_transformers(ctx: Context, images: Image, oracle: CLIPModel):
    pair = load_clip(clip="pair", ctx=ctx)
    seen, read = image_features(pair, images, ctx=ctx), text_features(pair, texts=TEXTS, ctx=ctx)
    assert clip_loss(pair, seen, read, ctx=ctx) == pytest.approx(float(oracle.loss), abs=1e-6)


def test_the_clip_score_is_the_cosine_in_percent_and_never_negative(ctx: Context, images: Image, oracle: CLIPModel):
    pair = load_clip(clip="pair", ctx=ctx)
    seen, read = image_features(pair, images, ctx=ctx), text_features(pair, texts=TEXTS, ctx=ctx)
    expected = (100 * (oracle.image_embeds * oracle.text_embeds).sum(1)).clamp(min=0)
    found = clip_score(seen, read)
    assert found.scores == pytest.approx(expected.tolist(), abs=1e-4)
    assert found.score == pytest.approx(float(expected.mean()), abs=1e-4)
    opposite = clip_score(Features(-seen.data), seen)
    assert opposite.scores == [0.0] * 4
    assert clip_score(seen, seen).scores == pytest.approx([100.0] * 4, abs=1e-4)


def test_one_text_serves_all_pictures(ctx: Context, images: Image):
    pair = load_clip(clip="pair", ctx=ctx)
    seen = image_features(pair, images, ctx=ctx)
    one, four = (text_features(pair, texts=texts, ctx=ctx) for texts in ("a cat", ["a cat"] * 4))
    assert clip_score(seen, one).scores == pytest.approx(clip_score(seen, four).scores, abs=1e-4)


def test_what_does_not_go_together_is_refused(ctx: Context, images: Image):
    pair = load_clip(clip="pair", ctx=ctx)
    seen, read = image_features(pair, images, ctx=ctx), text_features(pair, texts=TEXTS, ctx=ctx)
    other = text_features(load_clip(clip="other", ctx=ctx), texts=TEXTS, ctx=ctx)
    with pytest.raises(NodeError, match="different networks"):
        clip_score(seen, other)
    with pytest.raises(NodeError, match="different networks"):
        clip_loss(load_clip(clip="other", ctx=ctx), seen, read, ctx=ctx)
    with pytest.raises(NodeError, match="width 24 and 16"):
        clip_score(image_features(pair, images, layer="pooled", ctx=ctx), read)
    with pytest.raises(NodeError, match="expected 4 texts or 1"):
        clip_score(seen, Features(read.data[:2], read.space))
    with pytest.raises(NodeError, match="zero: it has no direction"):
        clip_score(Features(torch.zeros(4, clip.WIDTH)), read)
    with pytest.raises(NodeError, match="at least 2 pairs"):
        clip_loss(pair, Features(seen.data[:1]), Features(read.data[:1]), ctx=ctx)
    with pytest.raises(NodeError, match="expected 4 texts, one per picture, got 2"):
        clip_loss(pair, seen, Features(read.data[:2]), ctx=ctx)


@pytest.mark.parametrize(
    ("labels", "template", "said", "input"),
    [
        ([], "a {}", "expected labels, got none", "labels"),
        (["cat", " "], "a {}", "or an empty one", "labels"),
        (["cat", "dog", "cat "], "a {}", "the label 'cat' is there twice", "labels"),
        (["cat"], "a photo", "a template with one {}", "template"),
        (["cat"], "{} {}", "a template with one {}", "template"),
    ],
)
def test_labels_that_say_nothing_are_refused(
    ctx: Context, images: Image, labels: list[str], template: str, said: str, input: str
):
    pair = load_clip(clip="pair", ctx=ctx)
    seen = image_features(pair, images, ctx=ctx)
    with pytest.raises(NodeError, match=said) as caught:
        zero_shot(pair, seen, labels=labels, template=template, ctx=ctx)
    assert caught.value.input == input


def test_accuracy_is_the_share_of_right_labels():
    assert accuracy(found=["a", "b", "b", "a"], expected=["a", "b", "a", "a"]) == 0.75
    assert accuracy(found=["a", "b"], expected=["b"]) == 0.5
    with pytest.raises(NodeError, match="expected 2 texts or 1, got 3"):
        accuracy(found=["a", "b"], expected=["a"] * 3)
    with pytest.raises(NodeError, match="at least one text"):
        accuracy(found=[], expected=["a"])
