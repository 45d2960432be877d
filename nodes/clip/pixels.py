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
    exact, shortest = None, None
    if config.get("do_resize", True):
        size = config.get("size", {"shortest_edge": side})
        shortest = size if isinstance(size, int) else size.get("shortest_edge")
        exact = None if shortest else _height_width(size, "size")
    crop = config.get("crop_size", side) if config.get("do_center_crop", True) else None
    resample = config.get("resample", 3)
    if resample not in FILTERS:
        raise NodeError(f"preprocessor_config.json asks for an unknown resampling filter {resample!r}", input="clip")
    scale = 255 * (float(config.get("rescale_factor", 1 / 255)) if config.get("do_rescale", True) else 1.0)
    made = Preparation(
        shortest=shortest,
        exact=exact,
        crop=None if crop is None else _height_width(crop, "crop_size"),
        filter=FILTERS[resample],
        scale=1.0 if math.isclose(scale, 1.0, rel_tol=1e-9) else scale,
        mean=tuple(config.get("image_mean", MEAN)) if config.get("do_normalize", True) else (0.0,) * 3,
        std=tuple(config.get("image_std", STD)) if config.get("do_normalize", True) else (1.0,) * 3,
    )
    if made.size() not in (None, (side, side)):
        raise NodeError(f"the pictures are prepared as {made.size()}, the tower takes {side} × {side}", input="clip")
    return made


def _height_width(size: Any, name: str) -> HeightWidth:
    if isinstance(size, int):
        return size, size
    try:
        return int(size["height"]), int(size["width"])
    except (KeyError, TypeError, ValueError):
        wanted = "a number, shortest_edge, or height and width"
        raise NodeError(f"preprocessor_config.json: expected {wanted} as {name}, got {size!r}", input="clip") from None
