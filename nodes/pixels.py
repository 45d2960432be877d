"""Between tensors and Pillow pictures, and the checks that the image nodes share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from engine.errors import NodeError
from engine.lazy import lazy
from engine.node import Unit
from nodes.types import Image, Mask

if TYPE_CHECKING:
    import numpy as np
    import torch
    from PIL import Image as PilImage
else:
    np, PilImage, torch = lazy("numpy"), lazy("PIL.Image"), lazy("torch")

LONGEST = 16_384  # pixels of a side
MOST = 1 << 26  # pixels of an image: 8192 × 8192
Side = Annotated[int, Field(ge=1, le=LONGEST), Unit("px")]
Filter = Literal["lanczos", "bicubic", "bilinear", "box", "nearest"]


def picture(image: torch.Tensor) -> PilImage.Image:
    """An 8-bit RGB picture of one image [3, H, W]: round(255 · x) after clipping to 0 … 1.

    Raises NodeError for values that are not finite: a half-precision VAE that overflowed gives such.
    """
    if not bool(torch.isfinite(image).all()):
        raise NodeError("the image holds values that are not finite (a VAE in float16 may overflow)", input="image")
    bytes_ = (image.clamp(0, 1).permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    return PilImage.fromarray(bytes_, "RGB")


def tensor(shown: PilImage.Image) -> torch.Tensor:
    """One image [3, H, W], 0 … 1, of an 8-bit RGB picture."""
    array = np.asarray(shown.convert("RGB"), dtype=np.float32) / 255
    return torch.from_numpy(np.ascontiguousarray(array.transpose(2, 0, 1)))


def resampled(data: torch.Tensor, width: int, height: int, how: Filter) -> torch.Tensor:
    """`data` [B, C, H, W] at another size, by Pillow's filters in float32, clipped to 0 … 1; its own size: itself."""
    check_size(width, height)
    if data.shape[-2:] == (height, width):
        return data
    kind = getattr(PilImage.Resampling, how.upper())
    planes = data.reshape(-1, *data.shape[-2:]).numpy()
    made = [np.asarray(PilImage.fromarray(plane).resize((width, height), kind)) for plane in planes]
    return torch.from_numpy(np.stack(made)).clamp(0, 1).reshape(*data.shape[:2], height, width)


def check_size(width: int, height: int, input: str = "width") -> None:
    """Raises NodeError for an empty size or one past `LONGEST` a side or `MOST` in all."""
    if not (1 <= width <= LONGEST and 1 <= height <= LONGEST and width * height <= MOST):
        limit = f"1 to {LONGEST} pixels a side and at most {MOST} in all"
        raise NodeError(f"expected {limit}, got {width} × {height}", input=input)


def same_size(a: Image | Mask, b: Image | Mask, input: str) -> None:
    """Raises NodeError naming `input` if `b` differs in height or width from `a`, or in batch if neither is one."""
    if a.data.shape[-2:] != b.data.shape[-2:]:
        raise NodeError(f"expected {_size(a)} pixels, got {_size(b)}", input=input)
    batches = (a.data.shape[0], b.data.shape[0])
    if 1 not in batches and batches[0] != batches[1]:
        raise NodeError(f"expected a batch of {batches[0]} or 1, got {batches[1]}", input=input)


def _size(value: Image | Mask) -> str:
    height, width = value.data.shape[-2:]
    return f"{width} × {height}"
