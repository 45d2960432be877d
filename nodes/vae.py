"""The VAE: between pictures and latents (Kingma & Welling 2014; Rombach et al. 2022, §3.1).

z = scaling · (E(x) − shift), x = D(z / scaling + shift). Pictures are 0 … 1 outside and −1 … 1 inside.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.about import Formula
from engine.context import INJECTED, Context
from engine.errors import NodeError
from engine.lazy import lazy
from engine.node import node
from engine.values import Rng
from nodes import papers
from nodes.handles import Vae
from nodes.noise import streams
from nodes.types import Image, Latent

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")

STAGE = "vae"


class Sampled(NamedTuple):
    """A latent drawn from the encoder's distribution, and the random state after it."""

    latent: Latent
    rng: Rng


@node(
    "vae.decode",
    label="VAE decode",
    formula=Formula("image = D(z / k)", r"\tilde x = \mathcal{D}(z / k)"),
    paper=papers.AUTOENCODER,
)
def decode(vae: Vae, latent: Latent, *, tiled: bool = False, ctx: Context = INJECTED) -> Image:
    """Latents [B, C, h, w] as pictures [B, 3, h·8, w·8], float32, 0 … 1, on the CPU.

    tiled: decode in overlapping tiles, for pictures that do not fit the memory at once (seams are blended).
    """
    model = ctx.load(vae)
    if latent.data.shape[1] != vae.latent_channels:
        got = latent.data.shape[1]
        raise NodeError(f"the VAE decodes latents of {vae.latent_channels} channels, got {got}", input="latent")
    with _calling(model, tiled):
        pictures = model.decode(_unscaled(model, vae, latent.data), return_dict=False)[0]
    return Image((pictures * 0.5 + 0.5).clamp(0, 1).float().cpu())


@node(
    "vae.encode",
    label="VAE encode",
    formula=Formula("z = k · mode E(image)", r"z = k\,\mu_{\mathcal{E}}(x)"),
    paper=papers.AUTOENCODER,
)
def encode(vae: Vae, image: Image, *, tiled: bool = False, ctx: Context = INJECTED) -> Latent:
    """Pictures [B, 3, H, W] as latents [B, C, H/8, W/8]: the most likely ones (the mode of the distribution)."""
    return Latent(_scaled(ctx.load(vae), vae, encode_mode(vae, image, ctx, tiled)).to(getattr(torch, ctx.dtype)))


@node(
    "vae.encode_sample",
    label="VAE encode (drawn)",
    formula=Formula(
        "z = k · (μ + σ · ε)",
        r"z = k\,\big(\mu_{\mathcal{E}}(x) + \sigma_{\mathcal{E}}(x)\,\varepsilon\big), "
        r"\qquad \varepsilon \sim \mathcal{N}(0, I)",
    ),
    paper=papers.AUTOENCODER,
)
def encode_sample(vae: Vae, image: Image, seed: Rng, *, tiled: bool = False, ctx: Context = INJECTED) -> Sampled:
    """Pictures as latents drawn from the encoder's distribution, as the image-to-image pipelines do.

    seed: a number, or one per picture; what is drawn next (the noise) takes the `rng` that comes out.
    """
    latent, advanced = encode_pixels(vae, 2.0 * image.data - 1.0, seed, ctx, tiled)
    return Sampled(Latent(latent), advanced)


def encode_mode(vae: Vae, image: Image, ctx: Context, tiled: bool = False) -> torch.Tensor:
    """The mode of the encoder's distribution of pictures [B, C, h, w], neither scaled nor shifted."""
    model = ctx.load(vae)
    with _calling(model, tiled):
        found: torch.Tensor = model.encode(_ready(model, vae, 2.0 * image.data - 1.0)).latent_dist.mode()
    return found


def encode_pixels(
    vae: Vae, pixels: torch.Tensor, seed: Rng, ctx: Context, tiled: bool = False
) -> tuple[torch.Tensor, Rng]:
    """Pixels [B, 3, H, W] of −1 … 1 as a latent [B, C, h, w] drawn from the encoder's distribution."""
    model = ctx.load(vae)
    rng = streams(seed, len(pixels), "seed")
    generators = rng.generators()
    ready = _ready(model, vae, pixels)
    with _calling(model, tiled):
        drawn = [model.encode(ready[i : i + 1]).latent_dist.sample(g) for i, g in enumerate(generators)]
    found = drawn[0] if len(drawn) == 1 else torch.cat(drawn)
    return _scaled(model, vae, found).to(getattr(torch, ctx.dtype)), rng.advanced(generators)


@contextmanager
def _calling(model: Any, tiled: bool) -> Iterator[None]:
    """No gradients, and the model with tiling on for as long."""
    with torch.no_grad():
        if not tiled:
            yield
            return
        model.enable_tiling()
        try:
            yield
        finally:
            model.disable_tiling()


def _ready(model: Any, vae: Vae, pixels: torch.Tensor) -> torch.Tensor:
    """Pixels on the encoder's device and in its precision."""
    height, width = pixels.shape[2:]
    if height % vae.downscale or width % vae.downscale:
        raise NodeError(f"a picture's sides must be multiples of {vae.downscale}, got {width}×{height}", input="image")
    return pixels.to(device=model.device, dtype=model.dtype)


def _statistics(model: Any, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Mean and standard deviation per channel, for the few VAEs that state them (Playground 2.5)."""
    mean, std = model.config.get("latents_mean"), model.config.get("latents_std")
    if mean is None or std is None:
        return None
    return torch.tensor(mean).view(1, -1, 1, 1).to(like), torch.tensor(std).view(1, -1, 1, 1).to(like)


def _scaled(model: Any, vae: Vae, found: torch.Tensor) -> torch.Tensor:
    statistics = _statistics(model, found)
    if statistics is not None:
        return (found - statistics[0]) * vae.scaling / statistics[1]
    return vae.scaling * (found if vae.shift is None else found - vae.shift)


def _unscaled(model: Any, vae: Vae, latent: torch.Tensor) -> torch.Tensor:
    latent = latent.to(device=model.device, dtype=model.dtype)
    statistics = _statistics(model, latent)
    if statistics is not None:
        return latent * statistics[1] / vae.scaling + statistics[0]
    return latent / vae.scaling if vae.shift is None else latent / vae.scaling + vae.shift
