"""Pictures and texts as rows of numbers, by the towers of a CLIP pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from engine.context import INJECTED, Context
from engine.errors import NodeError
from engine.lazy import lazy
from engine.node import Many, Multiline, node
from nodes import papers
from nodes.clip.handle import Clip
from nodes.metrics.values import Features, same_space
from nodes.types import Image

if TYPE_CHECKING:
    import torch

    from nodes.clip.pair import ClipPair
else:
    torch = lazy("torch")

TEXTS = 64  # texts of one call of the text tower
Batch = Annotated[int, Field(ge=1, le=4096)]


@node("clip.image", label="CLIP: pictures", paper=papers.CLIP)
def image_features(
    clip: Clip,
    image: Image | list[Image],
    *,
    layer: Literal["joint", "pooled"] = "joint",
    batch: Batch = 32,
    ctx: Context = INJECTED,
) -> Features:
    """Features [N, D] of pictures, of any sizes, prepared as the pair's `preprocessor_config.json` asks.

    layer: "joint" is the space of pictures and texts (CLIP score, zero-shot); "pooled" what the image tower gives
    before the projection. Both serve a Fréchet distance; those of different layers cannot be compared. batch: pictures
    of one call. Raises NodeError for no picture.
    """
    images = [image] if isinstance(image, Image) else image
    pictures = [one[None] for some in images for one in some.data]
    if not pictures:
        raise NodeError("expected at least one picture, got none", input="image")
    opened = ctx.load(clip)
    found = []
    with torch.no_grad():
        for start in range(0, len(pictures), batch):
            ctx.progress(start, len(pictures))
            pixels = torch.cat([_prepared(clip, one) for one in pictures[start : start + batch]])
            found.append(opened.look(pixels, layer == "joint"))
    return Features(torch.cat(found), clip.space if layer == "joint" else f"pooled {clip.digest}")


@node("clip.text", label="CLIP: texts", paper=papers.CLIP)
def text_features(
    clip: Clip, *, texts: Annotated[str | list[str], Multiline()] = "", ctx: Context = INJECTED
) -> Features:
    """Features [N, D] of texts in the space of pictures and texts.

    texts: one text, or a list. Words past what the pair reads (77 tokens) are cut, with a warning. Raises NodeError for
    no text.
    """
    return read_texts(clip, [texts] if isinstance(texts, str) else texts, ctx)


def read_texts(clip: Clip, texts: Sequence[str], ctx: Context, input: str = "texts") -> Features:
    """Features of texts, `TEXTS` at a time, each call padded to its longest."""
    if not texts:
        raise NodeError("expected at least one text, got none", input=input)
    opened = ctx.load(clip)
    found = []
    with torch.no_grad():
        for start in range(0, len(texts), TEXTS):
            ctx.progress(start, len(texts))
            found.append(opened.read(_tokens(clip, opened, list(texts[start : start + TEXTS]), ctx)))
    return Features(torch.cat(found), clip.space)


@node("features.batch")
def batch_features(features: Many[Features]) -> Features:
    """The linked features as one set, in the order of the links. Raises NodeError for different networks or none."""
    return _one_set(features)


@node("features.stack")
def stack_features(features: list[Features]) -> Features:
    """A list of features (what a frame collected) as one set. Raises NodeError for different networks or none."""
    return _one_set(features)


def _one_set(features: Sequence[Features]) -> Features:
    if not features:
        raise NodeError("expected features, got none", input="features")
    for other in features[1:]:
        same_space(features[0], other, "features")
    return Features(torch.cat([one.data for one in features]), features[0].space)


def _prepared(clip: Clip, picture: torch.Tensor) -> torch.Tensor:
    """One picture [1, 3, H, W] as the image tower takes it."""
    pixels = clip.preparation(picture)
    if pixels.shape[-2:] != (clip.side, clip.side):
        height, width = pixels.shape[-2:]
        wanted = f"{clip.side} × {clip.side}"
        raise NodeError(f"the pair sees pictures of {wanted} pixels, got {width} × {height}", input="image")
    return pixels


def _tokens(clip: Clip, opened: ClipPair, texts: list[str], ctx: Context) -> torch.Tensor:
    """Token ids [B, T], padded to the longest; warns of what is cut."""
    tokenizer = opened.tokenizer
    length = min(tokenizer.model_max_length, clip.length)
    for text, ids in zip(texts, tokenizer(texts, truncation=False, verbose=False).input_ids, strict=True):
        if len(ids) > length:
            ctx.warn(f"the pair reads {length - 2} tokens, this text has {len(ids) - 2}: {text[:60]} …")
    found: torch.Tensor = tokenizer(
        texts, padding=True, truncation=True, max_length=length, return_tensors="pt"
    ).input_ids
    return found
