"""What a scene's picture shows and where: masks, boxes, segmentation and edges, exact because they are drawn.

All sizes are in pixels of a picture of side x side; a shape that lies over another hides what is under it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.drawing import cover
from training.scenes import SHAPES, Scene

SEGMENT_COLOURS: dict[str, tuple[int, int, int]] = {
    "circle": (230, 25, 75),
    "square": (60, 180, 75),
    "triangle": (255, 225, 25),
    "star": (0, 130, 200),
    "heart": (245, 130, 48),
    "ring": (145, 30, 180),
    "cross": (70, 240, 240),
    "hexagon": (240, 50, 230),
}
"""What each shape is painted in a segmentation picture; the background is black."""

Bools = NDArray[np.bool_]


def masks(scene: Scene, side: int = 128) -> list[Bools]:
    """One mask per shape, side x side: the pixels of which it covers at least half and that no later shape hides."""
    seen: list[Bools] = []
    for item in reversed(scene.items):
        mask = cover(item, scene.style, side) >= 0.5
        for above in seen:
            mask &= ~above
        seen.append(mask)
    return seen[::-1]


def boxes(scene: Scene, side: int = 128) -> list[tuple[int, int, int, int] | None]:
    """Per shape (left, top, right, bottom), right and bottom exclusive; None for one that is hidden."""
    found: list[tuple[int, int, int, int] | None] = []
    for mask in masks(scene, side):
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        whole = len(rows) > 0
        found.append((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1) if whole else None)
    return found


def segmentation(scene: Scene, side: int = 128) -> NDArray[np.uint8]:
    """Class of every pixel, side x side: 0 background, 1.. the shapes in the order of `SHAPES`."""
    classes = np.zeros((side, side), np.uint8)
    for item, mask in zip(scene.items, masks(scene, side), strict=True):
        classes[mask] = 1 + SHAPES.index(item.shape)
    return classes


def segmentation_picture(scene: Scene, side: int = 128) -> Image.Image:
    """The segmentation as an RGB picture in `SEGMENT_COLOURS`: the hint of a segmentation ControlNet."""
    palette = np.array([(0, 0, 0), *(SEGMENT_COLOURS[shape] for shape in SHAPES)], np.uint8)
    return Image.fromarray(palette[segmentation(scene, side)], "RGB")


def edges(scene: Scene, side: int = 128) -> Image.Image:
    """White lines on black (RGB), two pixels wide where two things meet: the hint of an edge ControlNet."""
    numbers = np.zeros((side, side), np.int32)
    for number, mask in enumerate(masks(scene, side), start=1):
        numbers[mask] = number
    line = np.zeros((side, side), bool)
    across, down = numbers[:, 1:] != numbers[:, :-1], numbers[1:] != numbers[:-1]
    line[:, 1:] |= across
    line[:, :-1] |= across
    line[1:] |= down
    line[:-1] |= down
    return Image.fromarray(np.repeat(line[..., None], 3, axis=2).astype(np.uint8) * 255, "RGB")
