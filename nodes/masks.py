"""Masks: where to change an image (1) and where to keep it (0)."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from engine.errors import NodeError
from engine.lazy import lazy
from engine.node import Slider, Unit, node
from nodes.filters import blurred
from nodes.pixels import LONGEST, Filter, Side, check_size, resampled, same_size
from nodes.types import Image, Mask

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")

Channel = Literal["luminance", "red", "green", "blue"]
Position = Annotated[int, Field(ge=-LONGEST, le=2 * LONGEST), Unit("px")]
FINE = 4  # sub-pixels a side at the rim of an ellipse


@node("mask.from_image", thread="pool")
def from_image(image: Image, *, channel: Channel = "luminance") -> Mask:
    """A mask of one channel, or of the luminance (Rec. 601: 0.299 R + 0.587 G + 0.114 B): white is 1."""
    if channel == "luminance":
        red, green, blue = image.data.unbind(1)
        return Mask((0.299 * red + 0.587 * green + 0.114 * blue).clamp(0, 1)[:, None])
    index = ("red", "green", "blue").index(channel)
    return Mask(image.data[:, index, None].clamp(0, 1))


@node("mask.to_image", thread="pool")
def to_image(mask: Mask) -> Image:
    """The mask as a gray image: 1 is white."""
    return Image(mask.data.expand(-1, 3, -1, -1).contiguous())


@node("mask.rectangle", thread="pool")
def rectangle(
    *,
    width: Side = 512,
    height: Side = 512,
    left: Position = 128,
    top: Position = 128,
    right: Position = 384,
    bottom: Position = 384,
) -> Mask:
    """A mask [1, 1, height, width] of 1 for left ≤ x < right and top ≤ y < bottom. What is outside is cut off."""
    _check_box(width, height, left, top, right, bottom)
    data = torch.zeros(1, 1, height, width)
    data[..., max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = 1
    return Mask(data)


@node("mask.ellipse", thread="pool")
def ellipse(
    *,
    width: Side = 512,
    height: Side = 512,
    left: Position = 128,
    top: Position = 128,
    right: Position = 384,
    bottom: Position = 384,
) -> Mask:
    """A mask [1, 1, height, width] of the ellipse that fills the box; at its rim the share of each pixel inside."""
    _check_box(width, height, left, top, right, bottom)
    offsets = (torch.arange(FINE) + 0.5) / FINE
    x = (torch.arange(width)[:, None] + offsets - (left + right) / 2) / ((right - left) / 2)
    y = (torch.arange(height)[:, None] + offsets - (top + bottom) / 2) / ((bottom - top) / 2)
    inside = torch.zeros(height, width)
    for i, j in product(range(FINE), range(FINE)):
        inside += x[None, :, i] ** 2 + y[:, None, j] ** 2 <= 1
    return Mask((inside / FINE**2)[None, None])


def _check_box(width: int, height: int, left: int, top: int, right: int, bottom: int) -> None:
    check_size(width, height)
    if right <= left:
        raise NodeError(f"expected left < right, got {left} and {right}", input="right")
    if bottom <= top:
        raise NodeError(f"expected top < bottom, got {top} and {bottom}", input="bottom")


@node("mask.invert", thread="pool")
def invert(mask: Mask) -> Mask:
    """1 − x: what was kept is changed."""
    return Mask(1 - mask.data)


@node("mask.threshold", thread="pool")
def threshold(mask: Mask, *, level: Annotated[float, Field(ge=0, le=1), Slider(0.05)] = 0.5) -> Mask:
    """1 where the mask is at least `level`, else 0."""
    return Mask((mask.data >= level).float())


@node("mask.grow", thread="pool")
def grow(mask: Mask, *, pixels: Annotated[int, Field(ge=-256, le=256), Slider()] = 8) -> Mask:
    """The mask grown by `pixels` in every direction, diagonals too (dilation by a square); negative: shrunk."""
    reach = abs(pixels)
    sign = 1 if pixels >= 0 else -1
    data = sign * mask.data
    for kernel, padding in (((2 * reach + 1, 1), (reach, 0)), ((1, 2 * reach + 1), (0, reach))):
        data = torch.nn.functional.max_pool2d(data, kernel, stride=1, padding=padding)
    return Mask(sign * data)


@node("mask.feather", thread="pool")
def feather(mask: Mask, *, radius: Annotated[int, Field(ge=0, le=256), Slider()] = 8) -> Mask:
    """The mask with a soft rim: a Gaussian of σ = radius / 3, cut at `radius` — farther away nothing changes."""
    return Mask(blurred(mask.data, radius / 3, radius).clamp(0, 1))


@node("mask.combine", thread="pool")
def combine(a: Mask, b: Mask, *, how: Literal["union", "intersection", "difference"] = "union") -> Mask:
    """Union max(a, b), intersection min(a, b) or difference min(a, 1 − b). Raises NodeError if the sizes differ."""
    same_size(a, b, "b")
    if how == "union":
        return Mask(torch.maximum(a.data, b.data))
    return Mask(torch.minimum(a.data, b.data if how == "intersection" else 1 - b.data))


@node("mask.resize", thread="pool")
def resize(mask: Mask, *, width: Side = 512, height: Side = 512, filter: Filter = "bilinear") -> Mask:
    """The mask at another size."""
    return Mask(resampled(mask.data, width, height, filter))
