"""The pictures that the example workflows start from, drawn: a scene, its segmentation, another scene, and a mask.

Run: python -m training.example_inputs workflows/inputs
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image

from training.annotations import segmentation_picture
from training.drawing import draw
from training.outlines import shape_mask
from training.scenes import Item, Scene

SCENE = Scene("blue", (Item("circle", "red", "medium", "centre", 0.5, 0.5, 0.26),))
PAIR = Scene(
    "white",
    (Item("square", "green", "small", "", 0.3, 0.5, 0.18), Item("triangle", "purple", "small", "", 0.7, 0.5, 0.2)),
)
SIDE = 128
MASKED = 0.36
"""Radius of the round part of the scene that is painted anew, as a fraction of the side."""


def pictures() -> dict[str, Image.Image]:
    """The pictures by file name."""
    mask = shape_mask("circle", (SIDE, SIDE), SIDE / 2, SIDE / 2, MASKED * SIDE)
    return {
        "scene.png": draw(SCENE, SIDE),
        "segmentation.png": segmentation_picture(SCENE, SIDE),
        "pair.png": draw(PAIR, SIDE),
        "mask.png": mask,
    }


def main(arguments: list[str] | None = None) -> None:
    """Draw from the command line."""
    parser = argparse.ArgumentParser(description="Draw the inputs of the example workflows.")
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures().items():
        picture.save(folder / name, optimize=True)


if __name__ == "__main__":
    main()
