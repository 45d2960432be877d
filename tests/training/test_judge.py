"""The judge is right on clean drawings, and says so when a picture is wrong."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PIL import Image, ImageFilter

from training.drawing import draw
from training.judge import compare, components, look
from training.scenes import COLOURS, SHAPES, Item, Scene, random_scene

NAMES = list(COLOURS)


def one(shape: str, colour: str, ground: str, radius: float = 0.22) -> Scene:
    return Scene(ground, (Item(shape, colour, "medium", "centre", 0.5, 0.5, radius),))


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_in_changing_colours(shape: str) -> None:
    for i, colour in enumerate(NAMES[::3]):
        ground = NAMES[(3 * i + SHAPES.index(shape) + 1) % 9]
        ground = ground if ground != colour else NAMES[NAMES.index(ground) - 1]
        found = look(draw(one(shape, colour, ground)))
        assert (found.background, [(p.shape, p.colour) for p in found.patches]) == (ground, [(shape, colour)])
        assert found.patches[0].x == pytest.approx(0.5, abs=0.02)


def test_every_colour_on_every_background() -> None:
    for ground in NAMES:
        for colour in NAMES:
            if colour != ground:
                found = look(draw(one("square", colour, ground), 32))
                assert (found.background, found.patches[0].colour) == (ground, colour)


@pytest.mark.parametrize("blur", [0.0, 1.2])
def test_random_scenes_sharp_and_blurred(blur: float) -> None:
    rng = random.Random(9)
    for _ in range(8):
        scene = random_scene(rng)
        assert compare(draw(scene).filter(ImageFilter.GaussianBlur(blur)), scene).whole


def test_wrong_pictures_are_called_wrong() -> None:
    asked = one("circle", "red", "blue")
    assert not compare(draw(one("hexagon", "red", "blue")), asked).shape
    assert not compare(draw(one("circle", "orange", "blue")), asked).colour
    assert not compare(draw(one("circle", "red", "purple")), asked).background
    away = Scene("blue", (Item("circle", "red", "medium", "left", 0.27, 0.5, 0.22),))
    assert not compare(draw(away), asked).place
    two = Scene("blue", (*asked.items, Item("circle", "red", "", "", 0.15, 0.15, 0.1)))
    assert not compare(draw(two), asked).shape
    empty = compare(Image.new("RGB", (64, 64), COLOURS["blue"]), asked)
    assert empty.background
    assert not any((empty.colour, empty.shape, empty.place))


def test_a_blot_has_no_clear_shape() -> None:
    blot = np.zeros((64, 64, 3), dtype=np.uint8)
    blot[10:14, 10:50] = 255
    blot[14:50, 10:14] = 255
    assert look(Image.fromarray(blot)).patches[0].shape == "unclear"


def test_components_are_separate_and_whole() -> None:
    mask = np.array([[1, 1, 0, 1], [0, 1, 0, 1], [1, 0, 0, 1]], dtype=bool)
    parts = components(mask)
    assert sorted(int(part.sum()) for part in parts) == [1, 3, 3]
    assert np.array_equal(np.logical_or.reduce(parts), mask)
