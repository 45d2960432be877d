"""What a UNet and a ControlNet are told beside the text: pooled text, sizes, guidance scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.errors import NodeError
from engine.lazy import lazy
from nodes.types import Conditioning

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")

PIXELS = 8  # image pixels per latent pixel of SDXL
SCORE = 6.0  # the aesthetic score that the refiner's pipeline assumes


def rows(data: torch.Tensor, batch: int, input: str) -> torch.Tensor:
    """`data` with one row per image: as it is, or its only row repeated."""
    if len(data) == batch:
        return data
    if len(data) != 1:
        raise NodeError(f"a batch of {batch} images takes 1 or {batch} here, got {len(data)}", input=input)
    return data.repeat(batch, *[1] * (data.ndim - 1))


def added_conditions(
    added: int, time_width: int, texts: Sequence[Conditioning], latent: torch.Tensor
) -> dict[str, torch.Tensor]:
    """SDXL's pooled text [N·B, P] and sizes [N·B, 6 or 5] of N texts (Podell et al. 2023, §2.2).

    Without `text.size` the picture is an uncropped one of its own size, with the aesthetic score 6 for a refiner.
    """
    pooled, ids = [], []
    for text in texts:
        if text.pooled is None:
            raise NodeError(
                "the UNet takes a pooled text embedding: encode the text with its own encoders", input="text"
            )
        count, left = divmod(added - text.pooled.shape[-1], time_width)
        if left or count < 1:
            raise NodeError(f"a pooled embedding of width {text.pooled.shape[-1]} does not fit the UNet", input="text")
        sizes = _default_sizes(latent, count, text.sequence.dtype) if text.time_ids is None else text.time_ids
        if sizes.shape[-1] != count:
            raise NodeError(f"the UNet takes {count} numbers from `text.size`, got {sizes.shape[-1]}", input="text")
        pooled.append(rows(text.pooled, len(latent), "text"))
        ids.append(rows(sizes.to(latent.device), len(latent), "text"))
    return {"text_embeds": torch.cat(pooled), "time_ids": torch.cat(ids)}


def _default_sizes(latent: torch.Tensor, count: int, dtype: torch.dtype) -> torch.Tensor:
    height, width = latent.shape[2] * PIXELS, latent.shape[3] * PIXELS
    last = [SCORE] if count == 5 else [height, width]
    return torch.tensor([[height, width, 0, 0, *last]], dtype=dtype, device=latent.device)


def guidance_embedding(scale: float, width: int, latent: torch.Tensor) -> torch.Tensor:
    """Sines and cosines [B, width] of the guidance scale w = s − 1 (Meng et al. 2023, as LCM uses it)."""
    w = torch.tensor(scale - 1).repeat(len(latent)) * 1000.0
    half = width // 2
    rate = torch.log(torch.tensor(10000.0)) / (half - 1)
    angles = w[:, None] * torch.exp(torch.arange(half, dtype=torch.float32) * -rate)[None, :]
    waves = torch.cat([torch.sin(angles), torch.cos(angles)], dim=1)
    return torch.nn.functional.pad(waves, (0, width % 2)).to(latent)
