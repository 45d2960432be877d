"""Size, parts and mixtures of images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import Field

from engine.about import Formula
from engine.errors import NodeError
from engine.lazy import lazy
from engine.node import Many, Slider, Unit, node
from nodes.pixels import LONGEST, Filter, Side, check_size, resampled, same_size
from nodes.types import Image, Mask

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")

Fit = Literal["stretch", "cover", "contain", "inside"]
Edge = Annotated[int, Field(ge=0, le=LONGEST), Unit("px")]
Gray = Annotated[float, Field(ge=0, le=1), Slider(0.05)]


class Size(NamedTuple):
    """Pixels of a side, and images in the batch."""

    width: int
    height: int
    images: int


@node("image.size", thread="pool")
def size(image: Image) -> Size:
    """Width and height in pixels, and the number of images in the batch."""
    count, _, height, width = image.data.shape
    return Size(width, height, count)


@node("image.resize", thread="pool")
def resize(
    image: Image, *, width: Side = 512, height: Side = 512, fit: Fit = "stretch", filter: Filter = "lanczos"
) -> Image:
    """The image at another size, with Pillow's filters in float32.

    fit: "stretch" ignores the proportions; "cover" fills the size and cuts what is over, the centre stays; "contain"
    puts the whole image in the centre on black; "inside" takes the size as a bound (the result may be smaller).
    """
    check_size(width, height)
    if fit == "stretch":
        return Image(resampled(image.data, width, height, filter))
    old_height, old_width = image.data.shape[-2:]
    ratios = (width / old_width, height / old_height)
    scale = max(ratios) if fit == "cover" else min(ratios)
    new = (max(1, round(old_width * scale)), max(1, round(old_height * scale)))
    scaled = resampled(image.data, *new, filter)
    if fit == "inside":
        return Image(scaled)
    left, top = (new[0] - width) // 2, (new[1] - height) // 2
    if fit == "cover":
        left, top = max(0, min(left, new[0] - width)), max(0, min(top, new[1] - height))
        return Image(scaled[..., top : top + height, left : left + width].contiguous())
    canvas = scaled.new_zeros(*scaled.shape[:2], height, width)
    canvas[..., -top : -top + new[1], -left : -left + new[0]] = scaled
    return Image(canvas)


@node("image.scale", thread="pool")
def scale(
    image: Image,
    *,
    factor: Annotated[float, Field(gt=0, le=16), Slider(0.25)] = 2.0,
    multiple: Annotated[int, Field(ge=1, le=512)] = 8,
    filter: Filter = "lanczos",
) -> Image:
    """The image `factor` times as large, each side rounded to a multiple of `multiple` (8 suits the VAE)."""
    height, width = image.data.shape[-2:]
    wide, high = (max(1, round(side * factor / multiple)) * multiple for side in (width, height))
    check_size(wide, high, input="factor")
    return Image(resampled(image.data, wide, high, filter))


@node("image.crop", thread="pool")
def crop(image: Image, *, left: Edge = 0, top: Edge = 0, width: Side = 512, height: Side = 512) -> Image:
    """The rectangle of `width` × `height` pixels at (left, top). Raises NodeError if it leaves the image."""
    has = image.data.shape[-2:]
    if left < 0 or left + width > has[1]:
        raise NodeError(f"expected columns within 0 … {has[1]}, got {left} … {left + width}", input="width")
    if top < 0 or top + height > has[0]:
        raise NodeError(f"expected rows within 0 … {has[0]}, got {top} … {top + height}", input="height")
    return Image(image.data[..., top : top + height, left : left + width].contiguous())


class Padded(NamedTuple):
    """The larger image, and a mask of 1 where it is new: what outpainting fills."""

    image: Image
    mask: Mask


@node("image.pad", thread="pool")
def pad(
    image: Image, *, left: Edge = 0, top: Edge = 0, right: Edge = 0, bottom: Edge = 0, fill: Gray | None = None
) -> Padded:
    """More room around the image: gray (`fill` 0 black … 1 white) or, if `fill` is null, the nearest pixels again."""
    if min(left, top, right, bottom) < 0:
        raise NodeError("expected margins of 0 or more pixels", input="left")
    height, width = image.data.shape[-2:]
    check_size(width + left + right, height + top + bottom, input="left")
    margins = [left, right, top, bottom]
    if fill is None:
        data = torch.nn.functional.pad(image.data, margins, mode="replicate")
    else:
        data = torch.nn.functional.pad(image.data, margins, value=fill)
    mask = torch.nn.functional.pad(image.data.new_zeros(len(image.data), 1, height, width), margins, value=1.0)
    return Padded(Image(data), Mask(mask))


@node("image.flip", thread="pool")
def flip(image: Image, *, direction: Literal["horizontal", "vertical"] = "horizontal") -> Image:
    """The mirror image: left and right, or top and bottom, exchanged."""
    return Image(image.data.flip(-1 if direction == "horizontal" else -2))


@node("image.invert", thread="pool")
def invert(image: Image) -> Image:
    """1 − x: the negative."""
    return Image(1 - image.data)


@node(
    "image.composite",
    thread="pool",
    label="Composite",
    formula=Formula("x = m · over + (1 − m) · image", r"x = m \odot x_{\text{over}} + (1 - m) \odot x"),
)
def composite(image: Image, over: Image, mask: Mask) -> Image:
    """`over` where the mask is 1, `image` where it is 0, between them in between.

    x = image + mask · (over − image), and exactly `image` or `over` at the two ends: pixels outside the mask keep their
    bits. Raises NodeError if the sizes differ; a batch of 1 serves all images.
    """
    same_size(image, over, "over")
    same_size(image, mask, "mask")
    same_size(over, mask, "mask")
    mixed = image.data + mask.data * (over.data - image.data)
    return Image(torch.where(mask.data <= 0, image.data, torch.where(mask.data >= 1, over.data, mixed)))


@node("image.batch", thread="pool")
def batch(images: Many[Image]) -> Image:
    """The linked images as one batch, in the order of the links. Raises NodeError for different sizes or no image."""
    return _one_batch(list(images))


@node("image.stack", thread="pool")
def stack(images: list[Image]) -> Image:
    """A list of images (what a frame collected) as one batch. Raises NodeError for different sizes or an empty list."""
    return _one_batch(images)


def _one_batch(images: list[Image]) -> Image:
    if not images:
        raise NodeError("expected at least one image, got none", input="images")
    for image in images:
        if image.data.shape[1:] != images[0].data.shape[1:]:
            height, width = images[0].data.shape[-2:]
            got = image.data.shape
            raise NodeError(f"expected images of {width} × {height}, got one of {got[-1]} × {got[-2]}", input="images")
    return Image(torch.cat([image.data for image in images]))


@node("image.pick", thread="pool")
def pick(image: Image, *, index: int = 0) -> Image:
    """One image of a batch, counted from 0; −1 is the last. Raises NodeError outside the batch."""
    count = len(image.data)
    if not -count <= index < count:
        raise NodeError(f"expected an index inside the batch of {count}, got {index}", input="index")
    return Image(image.data[index % count, None])


@node("image.items", thread="pool")
def items(image: Image) -> list[Image]:
    """The images of a batch as a list, for a frame to go over."""
    return [Image(one[None]) for one in image.data]
