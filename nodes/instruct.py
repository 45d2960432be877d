"""Instruction models: a UNet with eight input channels sees the picture that it is to change (Brooks et al. 2023)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from engine.context import INJECTED, Context
from engine.lazy import lazy
from engine.node import node
from nodes import papers
from nodes.handles import Vae
from nodes.types import Concat, Image
from nodes.vae import encode_mode

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")


class InstructCondition(NamedTuple):
    """Further channels for the UNet: the picture's latent, and what stands for no picture."""

    concat: Concat
    blank: Concat


@node("instruct.condition", label="Instruction condition", paper=papers.INSTRUCT)
def instruct_condition(vae: Vae, image: Image, *, ctx: Context = INJECTED) -> InstructCondition:
    """What an eight-channel UNet is told: the picture to change as a latent [B, C, h, w], and zeros for no picture.

    The latent is the mode of the VAE's distribution and not scaled, as the model was trained. Link `concat` to the
    predictions with the picture, `blank` to the one without, and all to `guidance.instruct`.
    """
    latent = encode_mode(vae, image, ctx).to(getattr(torch, ctx.dtype))
    return InstructCondition(Concat(latent), Concat(torch.zeros_like(latent)))
