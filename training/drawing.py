"""Drawing: a scene as pixels, anti-aliased, and the exact cover of each of its shapes.

A picture is a background (a colour and a near shade of it, mixed by a pattern that is the same in every picture) on
which each shape's colour is laid through its cover, the share of each pixel that belongs to the shape. Styles:

* crayon: the outline wobbles and strokes of a near shade run through the fill;
* pixel: the cover is drawn 32 x 32 and every pixel becomes a block;
* neon: a glow about the shape, and a bright rim within it.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from training.outlines import shape_mask
from training.scenes import COLOURS, Item, Scene

Floats = NDArray[np.float32]

SHADES: dict[str, tuple[int, int, int]] = {
    "red": (225, 61, 65),
    "orange": (216, 119, 0),
    "yellow": (221, 195, 35),
    "green": (25, 131, 49),
    "blue": (61, 101, 224),
    "purple": (159, 79, 188),
    "black": (47, 47, 47),
    "white": (205, 205, 205),
    "gray": (165, 165, 165),
}
"""A shade of each colour 14 units of CIELAB away from it: visible, and nearer to it than to any other colour."""

OVERSAMPLE = 4
BLOCKS = 32
"""Blocks along the side of a picture in pixel style."""
WOBBLE = 0.012
"""How far a crayon strays, as a fraction of the side."""
GLOW, GLOW_WIDTH = 0.55, 0.035
"""Strength of neon's glow (0..1) and the standard deviation of its blur, as a fraction of the side."""


def draw(scene: Scene, side: int = 128) -> Image.Image:
    """The scene as an RGB picture of side x side pixels."""
    canvas = background(scene, side)
    for item in scene.items:
        part = cover(item, scene.style, side)
        colour, shade = (np.array(table[item.colour], np.float32) for table in (COLOURS, SHADES))
        fill: Floats = np.broadcast_to(colour, canvas.shape)
        if scene.style == "crayon":
            fill = colour + (shade - colour) * _strokes(side)[..., None]
        if scene.style == "neon":
            canvas = _mixed(canvas, colour, GLOW * _blurred(part, GLOW_WIDTH * side))
            fill = _mixed(fill, np.float32(255.0), 0.6 * (part - _inner(part, side)))
        canvas = _mixed(canvas, fill, part)
    return Image.fromarray(np.clip(canvas + 0.5, 0, 255).astype(np.uint8), "RGB")


def background(scene: Scene, side: int) -> Floats:
    """The scene without its shapes, side x side x 3 in 0..255."""
    colour, shade = (np.array(table[scene.background], np.float32) for table in (COLOURS, SHADES))
    return colour + (shade - colour) * pattern(scene.pattern, side)[..., None]


def cover(item: Item, style: str, side: int) -> Floats:
    """The share (0..1) of every pixel that belongs to the shape, side x side, as it is drawn in this style."""
    if style == "pixel":
        blocks = min(BLOCKS, side)
        coarse = (_cover(item, blocks) >= 0.5).astype(np.float32)
        return np.kron(coarse, np.ones((side // blocks, side // blocks), np.float32))
    if style == "crayon":
        return _reduced(_wobbled(_mask(item, side * OVERSAMPLE)))
    return _cover(item, side)


def _cover(item: Item, side: int) -> Floats:
    """The cover without a style."""
    return _reduced(_mask(item, side * OVERSAMPLE))


def _mask(item: Item, big: int) -> Floats:
    """The shape at `big` x `big` pixels, 0 or 1, filled or as a line along the inside of its outline."""
    x, y, radius = item.x * big, item.y * big, item.radius * big
    mask = shape_mask(item.shape, (big, big), x, y, radius, item.fill == "outlined", big)
    return np.asarray(mask, np.float32) / 255


def _reduced(mask: Floats) -> Floats:
    """Means of OVERSAMPLE x OVERSAMPLE pixels."""
    side = mask.shape[0] // OVERSAMPLE
    means: Floats = mask.reshape(side, OVERSAMPLE, side, OVERSAMPLE).mean(axis=(1, 3), dtype=np.float32)
    return means


def _wobbled(mask: Floats) -> Floats:
    """The mask with every pixel taken from a little beside it, by two slow waves."""
    big = mask.shape[0]
    rows, columns = np.indices(mask.shape)
    turn = 2 * np.pi / big
    down = WOBBLE * big * np.sin(5 * turn * columns + 0.7) * np.cos(3 * turn * rows)
    right = WOBBLE * big * np.sin(4 * turn * rows + 2.1) * np.cos(2 * turn * columns)
    moved: Floats = mask[(rows + down).astype(int).clip(0, big - 1), (columns + right).astype(int).clip(0, big - 1)]
    return moved


def _mixed(below: Floats, above: Floats | np.float32, share: Floats) -> Floats:
    """`above` over `below` by its share (0..1) of each pixel."""
    mixed: Floats = below + (above - below) * share[..., None]
    return mixed


def _blurred(part: Floats, width: float) -> Floats:
    """A cover blurred by a Gaussian of this standard deviation in pixels."""
    blurred = Image.fromarray((255 * part).astype(np.uint8), "L").filter(ImageFilter.GaussianBlur(width))
    return np.asarray(blurred, np.float32) / 255


def _inner(part: Floats, side: int) -> Floats:
    """The cover without a rim of 1/64 of the side."""
    reach = 2 * max(1, side // 64) + 1
    shrunk = Image.fromarray((255 * part).astype(np.uint8), "L").filter(ImageFilter.MinFilter(reach))
    return np.asarray(shrunk, np.float32) / 255


@cache
def pattern(name: str, side: int) -> Floats:
    """How much of the shade each pixel of a background takes; 0 is the pure colour, 1 the shade, and up to 1.6.

    Stripes, squares and dots repeat every eighth of the side, so that the autoencoder's cells all see the same.
    """
    fine = (np.arange(side * OVERSAMPLE, dtype=np.float32) + 0.5) / (side * OVERSAMPLE)
    x, y = np.meshgrid(fine, fine)
    values: Floats
    match name:
        case "plain":
            values = np.zeros_like(x)
        case "gradient":
            values = 1.6 * y
        case "spotlight":
            values = np.minimum(1.6, 1.6 * 2 * ((x - 0.5) ** 2 + (y - 0.5) ** 2))
        case "striped":
            values = (y * 8 % 1 >= 0.5).astype(np.float32)
        case "diagonal":
            values = ((x + y) * 4 % 1 >= 0.5).astype(np.float32)
        case "checkered":
            values = ((x * 8 % 1 >= 0.5) ^ (y * 8 % 1 >= 0.5)).astype(np.float32)
        case "dotted":
            values = ((x * 8 % 1 - 0.5) ** 2 + (y * 8 % 1 - 0.5) ** 2 <= 0.26**2).astype(np.float32)
        case "noisy":
            values = _noise(side * OVERSAMPLE)
        case _:
            raise ValueError(f"no background pattern {name!r}")
    return _reduced(values)


def _noise(big: int) -> Floats:
    """Smooth grain from a fixed seed, 32 grains along the side."""
    grains = np.random.default_rng(7).random((32, 32), np.float32)
    picture = Image.fromarray((255 * grains).astype(np.uint8), "L").resize((big, big), Image.Resampling.BILINEAR)
    return np.asarray(picture, np.float32) / 255


@cache
def _strokes(side: int) -> Floats:
    """The crayon's strokes (0..1): slanted lines of uneven width, the same in every picture."""
    x, y = np.meshgrid(*[(np.arange(side, dtype=np.float32) + 0.5) / side] * 2)
    wave = np.sin(2 * np.pi * (9 * (x + 0.6 * y) + 0.15 * np.sin(2 * np.pi * 3 * (y - 0.4 * x))))
    strokes: Floats = (0.5 + 0.5 * wave).astype(np.float32)
    return strokes
