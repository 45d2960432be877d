"""How values look in small: what a person sees of a step. WebP, at most 256 pixels each way, the first of a batch."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from engine.context import Context
from engine.lazy import lazy
from engine.node import Many, look
from engine.values import Artifact
from nodes.handles import Vae
from nodes.types import Image, Latent, Mask
from nodes.vae import decode

if TYPE_CHECKING:
    import torch
    from PIL import Image as PilImage
else:
    torch, PilImage = lazy("torch"), lazy("PIL.Image")

SIDE = 256  # pixels
LATENT_SIDE = 64  # latent pixels that are decoded
SPREAD = 1.5  # standard deviation up to which a VAE is given a latent as it is


@look("latent xₜ")
def see_latent(latent: Latent, vaes: Many[Vae], ctx: Context) -> Artifact | None:
    """The latent through the first VAE of the workflow that has its channels; None without one.

    A VAE knows latents of about unit variance, so what varies far more (x / α, as σ-based solvers carry it) is brought
    down. Of one longer than 64, every second (third, …) latent pixel is decoded: averages would hide the noise.
    """
    data = latent.data[:1].float()
    vae = next((one for one in vaes if one.latent_channels == data.shape[1]), None)
    if vae is None:
        return None
    every = -(-max(data.shape[-2:]) // LATENT_SIDE)
    data = data[..., ::every, ::every]
    return see_image(decode(vae, Latent(data / (data.std() / SPREAD).clamp(min=1)), ctx=ctx))


@look()
def see_image(image: Image) -> Artifact | None:
    """The picture, smaller."""
    pixels = (image.data[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
    picture = PilImage.fromarray(pixels)
    picture.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=90)
    return Artifact(out.getvalue(), ".webp", media="image/webp")


@look()
def see_mask(mask: Mask) -> Artifact | None:
    """The mask, white where it changes something."""
    return see_image(Image(mask.data.float().expand(-1, 3, -1, -1)))
