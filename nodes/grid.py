"""Many images in one picture: a contact sheet, or two results side by side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from engine.errors import NodeError
from engine.lazy import lazy
from engine.node import Many, Unit, node
from nodes.images import Gray
from nodes.pixels import check_size, tensor
from nodes.types import Image

if TYPE_CHECKING:
    import torch
    from PIL import Image as PilImage
    from PIL import ImageDraw as PilDraw
    from PIL import ImageFont as PilFont
else:
    torch = lazy("torch")
    PilImage, PilDraw, PilFont = lazy("PIL.Image"), lazy("PIL.ImageDraw"), lazy("PIL.ImageFont")

Columns = Annotated[int, Field(ge=0, le=1000)]
Gap = Annotated[int, Field(ge=0, le=256), Unit("px")]
LabelSize = Annotated[int, Field(ge=6, le=128)]


@node("image.grid", thread="pool")
def grid(
    images: Many[Image],
    *,
    columns: Columns = 0,
    gap: Gap = 4,
    background: Gray = 1.0,
    labels: list[str] | None = None,
    label_size: LabelSize = 14,
) -> Image:
    """All images of all linked batches on one sheet [1, 3, H, W], row by row.

    columns: 0 makes the sheet about square. Cells are as large as the largest image; smaller ones stand in the centre.
    labels: a line of text below each image, cut where the cell ends. Raises NodeError for no image, more labels than
    images, or a sheet past the largest image size.
    """
    cells = [one for image in images for one in image.data]
    if not cells:
        raise NodeError("expected at least one image, got none", input="images")
    texts = list(labels or [])
    if len(texts) > len(cells):
        raise NodeError(f"expected at most {len(cells)} labels, one per image, got {len(texts)}", input="labels")
    across = min(columns or math.ceil(math.sqrt(len(cells))), len(cells))
    down = math.ceil(len(cells) / across)
    width, height = max(c.shape[-1] for c in cells), max(c.shape[-2] for c in cells)
    line = label_size * 3 // 2 if texts else 0
    full_width, full_height = across * (width + gap) + gap, down * (height + line + gap) + gap
    check_size(full_width, full_height, input="images")
    sheet = torch.full((3, full_height, full_width), float(background))
    for i, cell in enumerate(cells):
        left, top = gap + i % across * (width + gap), gap + i // across * (height + line + gap)
        _put(sheet, cell, left + (width - cell.shape[-1]) // 2, top + (height - cell.shape[-2]) // 2)
        if i < len(texts):
            _put(sheet, _label(texts[i], width, line, label_size, background), left, top + height)
    return Image(sheet[None])


@node("image.concat", thread="pool")
def concat(
    images: Many[Image],
    *,
    direction: Literal["horizontal", "vertical"] = "horizontal",
    gap: Gap = 0,
    background: Gray = 1.0,
) -> Image:
    """The linked images side by side or one below the other: [B, 3, H, ΣW] or [B, 3, ΣH, W].

    Batches are put together image by image; a batch of 1 stands beside every image. Smaller ones are centred on
    `background`. Raises NodeError for no image or batches of different sizes.
    """
    if not images:
        raise NodeError("expected at least one image, got none", input="images")
    count = max(len(image.data) for image in images)
    for image in images:
        if len(image.data) not in (1, count):
            raise NodeError(f"expected batches of {count} or 1 images, got {len(image.data)}", input="images")
    along, across = (-1, -2) if direction == "horizontal" else (-2, -1)
    length = sum(image.data.shape[along] for image in images) + gap * (len(images) - 1)
    breadth = max(image.data.shape[across] for image in images)
    width, height = (length, breadth) if direction == "horizontal" else (breadth, length)
    check_size(width, height, input="images")
    made = torch.full((count, 3, height, width), float(background))
    at = 0
    for image in images:
        offset = (breadth - image.data.shape[across]) // 2
        left, top = (at, offset) if direction == "horizontal" else (offset, at)
        _put(made, image.data, left, top)
        at += image.data.shape[along] + gap
    return Image(made)


def _put(sheet: torch.Tensor, image: torch.Tensor, left: int, top: int) -> None:
    sheet[..., top : top + image.shape[-2], left : left + image.shape[-1]] = image


def _label(text: str, width: int, height: int, size: int, background: float) -> torch.Tensor:
    """A line of text [3, height, width], dark on a light background and light on a dark one."""
    paper, ink = (round(255 * background),) * 3, (0, 0, 0) if background > 0.5 else (255, 255, 255)
    line = PilImage.new("RGB", (width, height), paper)
    draw = PilDraw.Draw(line)
    font = PilFont.load_default(size)
    text = " ".join(text.split())[:500]
    shown = text
    while shown and draw.textlength(shown, font) > width:
        text = text[:-1]
        shown = text + "…" if text else ""
    draw.text(((width - draw.textlength(shown, font)) / 2, height / 2), shown, fill=ink, font=font, anchor="lm")
    return tensor(line)
