"""What a picture goes through before the image tower: resize, crop of the centre, normalisation.

As CLIP's image processor of transformers does it, by the same file and at every size: a picture is seen as it would be
saved, in 8 bits, and resampled by Pillow. So a picture and its PNG have the same features.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import NodeError
from engine.lazy import lazy
from nodes.pixels import Filter, check_size, picture, tensor

if TYPE_CHECKING:
    import torch
    from PIL import Image as PilImage
else:
    torch, PilImage = lazy("torch"), lazy("PIL.Image")

FILTERS: dict[int, Filter] = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box"}  # Pillow's numbers
MEAN = (0.48145466, 0.4578275, 0.40821073)  # of OpenAI's pairs, and the default of transformers
STD = (0.26862954, 0.26130258, 0.27577711)

HeightWidth = tuple[int, int]


@dataclass(frozen=True)
class Preparation:
    """shortest: the edge that is resized to this many pixels; exact: or the whole size. Neither: no resize.

    crop: height and width of the centre that is kept (black is added where a picture is smaller). scale: factor before
    the normalisation (x − mean) / std.
    """

    shortest: int | None = 224
    exact: HeightWidth | None = None
    crop: HeightWidth | None = (224, 224)
    filter: Filter = "bicubic"
    scale: float = 1.0
    mean: tuple[float, ...] = MEAN
    std: tuple[float, ...] = STD

    def size(self) -> HeightWidth | None:
        """The size of what comes out, or None if it depends on the picture."""
        return self.crop or self.exact

    def __call__(self, data: torch.Tensor) -> torch.Tensor:
        """Pictures [B, 3, H, W], 0 … 1, as the image tower takes them."""
        height, width = self._resized(*data.shape[-2:])
        kind = getattr(PilImage.Resampling, self.filter.upper())
        seen = torch.stack([tensor(picture(one).resize((width, height), kind)) for one in data])
        if self.crop is not None:
            seen = centre(seen, *self.crop)
        mean, std = (torch.tensor(v).view(1, -1, 1, 1) for v in (self.mean, self.std))
        return (seen * self.scale - mean) / std

    def _resized(self, height: int, width: int) -> HeightWidth:
        """The size before the crop. Raises NodeError for a strip that would become too long."""
        if self.exact is not None:
            return self.exact
        if self.shortest is None:
            return height, width
        short = min(height, width)
        height, width = int(self.shortest * height / short), int(self.shortest * width / short)
        check_size(width, height, input="image")
        return height, width


def centre(data: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """The centre of pictures; black is added where they are smaller, the odd row above and the odd column left."""
    margins: list[int] = []
    for has, wanted in ((data.shape[-1], width), (data.shape[-2], height)):
        before = math.ceil((wanted - has) / 2)  # negative: this much is cut
        margins += [before, wanted - has - before]
    return torch.nn.functional.pad(data, margins)


def preparation(config: Mapping[str, Any], side: int) -> Preparation:
    """What a `preprocessor_config.json` asks for. side: of the tower's pictures. Raises NodeError for other kinds.

    What the file does not say is as in OpenAI's pairs.
    """
    made = Preparation(
        *_size(config, side),
        crop=_height_width(config, "crop_size", side) if config.get("do_center_crop", True) else None,
        filter=_filter(config.get("resample", 3)),
        scale=_scale(config),
        mean=_colours(config, "image_mean", MEAN) if config.get("do_normalize", True) else (0.0,) * 3,
        std=_colours(config, "image_std", STD) if config.get("do_normalize", True) else (1.0,) * 3,
    )
    if made.size() not in (None, (side, side)):
        raise NodeError(f"the pictures are prepared as {made.size()}, the tower takes {side} × {side}", input="clip")
    return made


def _size(config: Mapping[str, Any], side: int) -> tuple[int | None, HeightWidth | None]:
    """The shortest edge and the whole size: one of the two, or neither if nothing is resized."""
    if not config.get("do_resize", True):
        return None, None
    size = config.get("size", {"shortest_edge": side})
    shortest = size.get("shortest_edge") if isinstance(size, dict) else size
    if type(shortest) is int and shortest > 0:
        return shortest, None
    return None, _height_width(config, "size", side)


def _height_width(config: Mapping[str, Any], name: str, side: int) -> HeightWidth:
    size = config.get(name, side)
    height, width = (size.get("height"), size.get("width")) if isinstance(size, dict) else (size, size)
    if type(height) is not int or type(width) is not int or min(height, width) < 1:
        raise _unfit(name, "a number of pixels, or height and width", size)
    return height, width


def _filter(number: Any) -> Filter:
    if type(number) is not int or number not in FILTERS:
        raise _unfit("resample", "the number of one of Pillow's filters", number)
    return FILTERS[number]


def _scale(config: Mapping[str, Any]) -> float:
    """The factor for pictures of 0 … 1 in place of the one for bytes."""
    factor = config.get("rescale_factor", 1 / 255) if config.get("do_rescale", True) else 1.0
    if type(factor) not in (int, float) or not factor > 0:
        raise _unfit("rescale_factor", "a positive number", factor)
    return 1.0 if math.isclose(255 * factor, 1.0, rel_tol=1e-9) else 255.0 * factor


def _colours(config: Mapping[str, Any], name: str, default: tuple[float, ...]) -> tuple[float, ...]:
    values = config.get(name, default)
    if not isinstance(values, list | tuple) or len(values) != 3 or not all(type(v) in (int, float) for v in values):
        raise _unfit(name, "three numbers", values)
    if name == "image_std" and not all(values):
        raise _unfit(name, "numbers other than 0", values)
    return tuple(float(v) for v in values)


def _unfit(name: str, expected: str, got: object) -> NodeError:
    return NodeError(f"preprocessor_config.json: expected {expected} as {name}, got {got!r}", input="clip")
