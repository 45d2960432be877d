"""Inpainting models: a UNet with nine input channels sees the mask and what is around it (Rombach et al. 2022)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from engine.context import INJECTED, Context
from engine.errors import NodeError
from engine.lazy import lazy
from engine.node import node
from engine.values import Rng
from nodes.embedding import rows
from nodes.handles import Vae
from nodes.noising import latent_mask
from nodes.types import Concat, Image, Mask
from nodes.vae import encode_pixels

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")


class InpaintCondition(NamedTuple):
    """Five more channels for the UNet (mask, masked latent), and the random state after encoding."""

    concat: Concat
    rng: Rng


@node("inpaint.condition", label="Inpainting condition")
def inpaint_condition(vae: Vae, image: Image, mask: Mask, seed: Rng, *, ctx: Context = INJECTED) -> InpaintCondition:
    """What a nine-channel UNet is told: the mask and the picture without what the mask covers, [B, 1 + C, h, w].

    The mask is taken as black and white (≥ 0.5 is repainted). The masked picture is drawn from the VAE's distribution
    after the noise: as `seed` take the `rng` that comes out of the noise, and carry on with the one that comes out.
    """
    pictures = image.data
    if mask.data.shape[2:] != pictures.shape[2:]:
        sizes = f"{tuple(mask.data.shape[2:])} and picture {tuple(pictures.shape[2:])}"
        raise NodeError(f"mask {sizes} differ in size: use mask.resize", input="mask")
    hard = (mask.data >= 0.5).float()
    masked = (2.0 * pictures - 1.0) * (rows(hard, len(pictures), "mask") < 0.5)
    latent, rng = encode_pixels(vae, masked, seed, ctx)
    return InpaintCondition(Concat(torch.cat([latent_mask(Mask(hard), latent), latent], dim=1)), rng)
