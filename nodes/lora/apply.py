"""The node that puts a LoRA on a model: handles in, handles out. Weights are merged when a handle is opened."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, NamedTuple

from pydantic import Field

from engine.about import Formula
from engine.context import INJECTED, Context
from engine.errors import NodeError
from engine.node import Slider, node
from nodes import papers
from nodes.checkpoints.header import read_header
from nodes.handles import TextEncoder, Unet
from nodes.loaders import ModelName, find
from nodes.lora.pairs import fit
from nodes.lora.values import Lora, NetPart

Strength = Annotated[float, Field(ge=-10, le=10), Slider(step=0.05)]


class Patched(NamedTuple):
    """The handles with the LoRA on them."""

    unet: Unet
    text_encoder: TextEncoder


@node(
    "lora.apply",
    plan=True,
    label="LoRA",
    formula=Formula("W' = W + s · (α / r) · B A", r"W' = W + s\,\frac{\alpha}{r}\,B A"),
    paper=papers.LORA,
)
def apply_lora(
    unet: Unet,
    text_encoder: TextEncoder,
    *,
    lora: ModelName,
    strength: Strength = 1.0,
    text_strength: Strength = 1.0,
    ctx: Context = INJECTED,
) -> Patched:
    """A LoRA on a UNet and its text encoders (Hu et al. 2021): W' = W + strength · (alpha / r) · B A.

    lora: the name of a `.safetensors` file inside the model roots, as diffusers, peft or kohya-ss write it. strength,
    text_strength: on the UNet and on the text encoders; 0 leaves one as it is, a negative one goes the other way. Put
    several in a row to add them up. Raises `NodeError` if a tensor of the file has no place in the model.
    """
    path = find(ctx.files, lora, "lora")
    if not path.is_file():
        raise NodeError(f"{path.name} is a folder, expected a .safetensors file", input="lora")
    parts = _parts(text_encoder)
    nets = {"unet": unet.net(), **{part: text.net() for part, text in zip(parts, text_encoder.parts, strict=True)}}
    pairs = fit(read_header(path, "lora"), nets, path.name)
    digest = ctx.files.digest(path)

    def added(part: NetPart, amount: float) -> tuple[Lora, ...]:
        return (Lora(digest, part, amount, str(path)),) if amount and pairs[part] else ()

    texts = tuple(
        replace(text, loras=(*text.loras, *added(part, text_strength)))
        for part, text in zip(parts, text_encoder.parts, strict=True)
    )
    return Patched(replace(unet, loras=(*unet.loras, *added("unet", strength))), replace(text_encoder, parts=texts))


def _parts(encoder: TextEncoder) -> list[NetPart]:
    """What LoRA files call the encoders of a bundle. SDXL's refiner has the second one alone."""
    names: list[NetPart] = ["text_encoder", "text_encoder_2", "text_encoder_3"]
    return names[1:2] if encoder.layout == "sdxl" and len(encoder.parts) == 1 else names[: len(encoder.parts)]
