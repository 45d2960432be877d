"""The pictures of the editor with 256 colours each: they look the same and take half of the space.

Surfaces, lines and links keep their very colours: what a link's colour says is a few pixels wide, and a palette made by
the number of pixels alone gives all places to the greys. The rest shares what is left of the palette.

python web/scripts/quantize.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[Any]

PICTURES = Path(__file__).resolve().parents[2] / "docs/pictures/editor"
COLOURS = 256
KEPT = 128  # of them at most
FREQUENT = 60  # pixels: a colour that is meant, not the rim of a letter
LARGEST = 3_500_000  # bytes, all together


def palette(colours: Array, counts: Array) -> Array:
    """Of the colours [N, 3] of a picture, each with its number of pixels [N], those to draw it with: [256, 3] or fewer."""
    order = np.argsort(-counts)
    kept = order[:KEPT][counts[order[:KEPT]] >= FREQUENT]
    others = np.delete(colours, kept, axis=0)
    if len(others) <= COLOURS - len(kept):
        return colours
    sample = Image.fromarray(others[None]).quantize(COLOURS - len(kept), method=Image.Quantize.MEDIANCUT, kmeans=2)
    shared = np.array(sample.getpalette(), np.uint8).reshape(-1, 3)
    return np.concatenate([colours[kept], shared])[:COLOURS]


def nearest(colours: Array, among: Array) -> Array:
    """For each of the colours [N, 3] the place of the one that is most like it: [N]."""
    far = np.square(colours[:, None].astype(np.int32) - among[None].astype(np.int32)).sum(-1)
    return far.argmin(-1).astype(np.uint8)


def quantize(file: Path) -> int:
    """Write a picture with few colours in place of itself; its size in bytes."""
    with Image.open(file) as shown:
        pixels = np.asarray(shown.convert("RGB"))
    packed = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    each, place, counts = np.unique(packed, return_inverse=True, return_counts=True)
    colours = (each[:, None] >> np.array([16, 8, 0], np.uint32)).astype(np.uint8)
    few = palette(colours, counts)
    made = Image.fromarray(nearest(colours, few)[place].reshape(packed.shape), "P")
    made.putpalette(few.tobytes())
    made.save(file, optimize=True)
    return file.stat().st_size


def main(folder: Path) -> int:
    """All pictures of a folder; 1 if they are too large together."""
    total = sum(quantize(file) for file in sorted(folder.glob("*.png")))
    print(f"{folder}: {total / 1e6:.1f} MB")
    return int(total > LARGEST)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES))
