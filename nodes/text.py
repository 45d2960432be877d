"""Text encoding: words become the embeddings that a denoiser attends to.

SD 1.x/2.x take the last hidden state of one CLIP; SDXL takes the penultimate hidden states of two, side by side, and
the pooled output of the second; its refiner has only the second. The bundle says which, so the wiring is the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from engine.about import Formula
from engine.context import INJECTED, Context
from engine.errors import NodeError
from engine.lazy import lazy
from engine.node import Multiline, Slider, Unit, node
from nodes import papers
from nodes.handles import TextEncoder
from nodes.types import Conditioning

if TYPE_CHECKING:
    import torch

    from nodes.textmodel import TextModel
else:
    torch = lazy("torch")

STAGE = "text"

Prompt = Annotated[str, Multiline()]
ClipSkip = Annotated[int, Field(ge=0, le=23)]
Size = Annotated[int, Field(ge=1, le=16384), Unit("px")]
Offset = Annotated[int, Field(ge=0, le=16384), Unit("px")]
Score = Annotated[float, Field(ge=0, le=10), Slider(step=0.1)]


@node(
    "text.encode",
    label="Encode prompt",
    formula=Formula("c = CLIP(prompt)", r"c = \tau_\theta(y) \in \mathbb{R}^{77 \times D}"),
    paper=papers.CLIP,
)
def encode_text(
    encoder: TextEncoder,
    *,
    text: Prompt = "",
    second: Annotated[str | None, Multiline()] = None,
    clip_skip: ClipSkip = 0,
    empty: Literal["model", "encode", "zero"] = "model",
    ctx: Context = INJECTED,
) -> Conditioning:
    """A prompt as token embeddings [1, 77, D], with a pooled embedding [1, P] for SDXL (Radford et al. 2021).

    second: another prompt for the second encoder of SDXL (None: the same). clip_skip: how many of the last layers to
    leave out, as diffusers counts (0: none). empty: what no text at all means: the embedding of an empty prompt,
    zeros, or what the model was trained with. Words after the 75th token are cut.
    """
    if encoder.layout == "sd3":
        raise NodeError("the three encoders of Stable Diffusion 3 are not supported yet", input="encoder")
    texts = (text, text if second is None else second)
    if len(encoder.parts) == 1 or encoder.layout == "sd":
        texts = (text, text)
    sequences, pooled = [], None
    for part, prompt in zip(encoder.parts, texts if len(encoder.parts) > 1 else texts[:1], strict=True):
        if clip_skip >= part.layers:
            raise NodeError(f"the encoder has {part.layers} layers: {clip_skip} cannot be skipped", input="clip_skip")
        opened = ctx.load(part)
        with torch.no_grad():
            if encoder.layout == "sd":
                sequences.append(_last(opened, prompt, clip_skip, ctx))
            else:
                out = opened.encoder(_tokens(opened, prompt, ctx).to(ctx.device), output_hidden_states=True)
                sequences.append(out.hidden_states[-(clip_skip + 2)])
                pooled = out[0] if out[0].ndim == 2 else pooled
    made = Conditioning(torch.cat(sequences, dim=-1), pooled)
    blank = not text and not second
    return _zeros(made) if blank and (empty == "zero" or (empty == "model" and encoder.zero_empty)) else made


@node("text.zero", label="Empty prompt")
def zero_text(like: Conditioning) -> Conditioning:
    """Zeros of the same shape: no prompt at all, as SDXL was trained (`force_zeros_for_empty_prompt`)."""
    return _zeros(like)


@node("text.size", label="Size conditioning", paper=papers.SDXL)
def size_text(
    text: Conditioning,
    *,
    width: Size = 1024,
    height: Size = 1024,
    crop_x: Offset = 0,
    crop_y: Offset = 0,
    target_width: Size | None = None,
    target_height: Size | None = None,
    aesthetic: Score | None = None,
) -> Conditioning:
    """SDXL's micro-conditioning (Podell et al. 2023, §2.2): what size and crop the picture should look like it had.

    width, height: the original size. crop_x, crop_y: the corner that was cut off. target_width, target_height: the size
    after cropping (None: the original one). aesthetic: the refiner's score, in place of a target (6 for the prompt, 2.5
    for the negative one). Makes time_ids [1, 6], or [1, 5] with a score.
    """
    last = [target_height or height, target_width or width] if aesthetic is None else [aesthetic]
    ids = [height, width, crop_y, crop_x, *last]
    return replace(text, time_ids=torch.tensor([ids], dtype=text.sequence.dtype, device=text.sequence.device))


@node("text.concat", label="Join prompts")
def concat_text(
    first: Conditioning, second: Conditioning, *, along: Literal["tokens", "batch"] = "tokens"
) -> Conditioning:
    """Two conditionings as one: tokens after tokens [B, T1 + T2, D], or images after images [B1 + B2, T, D].

    Along tokens the pooled embedding and the sizes are those of `first`. Raises `NodeError` if the widths differ.
    """
    a, b = first.sequence, second.sequence
    if a.shape[-1] != b.shape[-1]:
        raise NodeError(f"embeddings of width {a.shape[-1]} and {b.shape[-1]} do not go together", input="second")
    if along == "tokens":
        if len(a) != len(b):
            raise NodeError(f"a batch of {len(a)} and one of {len(b)} have no tokens to join", input="second")
        return replace(first, sequence=torch.cat([a, b], dim=1))
    if a.shape[1] != b.shape[1]:
        raise NodeError(f"{a.shape[1]} and {b.shape[1]} tokens do not stack into a batch", input="second")
    return Conditioning(torch.cat([a, b]), _both(first.pooled, second.pooled), _both(first.time_ids, second.time_ids))


def _both(a: torch.Tensor | None, b: torch.Tensor | None) -> torch.Tensor | None:
    if (a is None) != (b is None):
        raise NodeError("one conditioning is for SDXL and the other is not", input="second")
    return None if a is None or b is None else torch.cat([a, b])


def _zeros(like: Conditioning) -> Conditioning:
    pooled = None if like.pooled is None else torch.zeros_like(like.pooled)
    return replace(like, sequence=torch.zeros_like(like.sequence), pooled=pooled)


def _tokens(opened: TextModel, prompt: str, ctx: Context) -> torch.Tensor:
    """Token ids [1, 77], padded and cut to the length that the encoder knows; warns of what is cut."""
    tokenizer = opened.tokenizer
    length = tokenizer.model_max_length
    whole = tokenizer(prompt, truncation=False, verbose=False).input_ids
    if len(whole) > length:
        unread = tokenizer.decode(whole[length - 1 : -1])
        ctx.warn(f"the prompt has {len(whole) - 2} tokens, the encoder reads {length - 2}; it does not see: {unread}")
    ids: torch.Tensor = tokenizer(
        prompt, padding="max_length", max_length=length, truncation=True, return_tensors="pt"
    ).input_ids
    return ids


def _last(opened: TextModel, prompt: str, clip_skip: int, ctx: Context) -> torch.Tensor:
    """The last hidden state, or an earlier one through the final layer norm."""
    encoder: Any = opened.encoder
    tokens = _tokens(opened, prompt, ctx).to(ctx.device)
    if clip_skip == 0:
        last: torch.Tensor = encoder(tokens)[0]
        return last
    hidden = encoder(tokens, output_hidden_states=True).hidden_states[-(clip_skip + 1)]
    inner = getattr(encoder, "text_model", encoder)  # transformers ≥ 5.6 keeps CLIPTextModel flat
    normed: torch.Tensor = inner.final_layer_norm(hidden)
    return normed
