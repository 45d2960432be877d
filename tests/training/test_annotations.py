"""Masks, boxes, segmentation and edges fit the pictures that they belong to."""

from __future__ import annotations

import random

import numpy as np
import pytest

from training.annotations import SEGMENT_COLOURS, boxes, edges, masks, segmentation, segmentation_picture
from training.drawing import background, draw
from training.scenes import COLOURS, EVERYTHING, SHAPES, STYLES, Item, Scene, random_scene


@pytest.mark.parametrize("style", STYLES)
def test_masks_are_where_the_picture_is_not_background(style: str) -> None:
    rng = random.Random(style)
    for _ in range(5):
        drawn = random_scene(rng, EVERYTHING)
        scene = Scene(drawn.background, drawn.items, drawn.relation, drawn.pattern, style)
        differs = np.abs(np.asarray(draw(scene), float) - background(scene, 128)).max(axis=-1)
        every = np.any(masks(scene), axis=0)
        assert (differs[every] > 10).mean() > 0.97
        if style != "neon":  # its glow reaches beyond the shape
            assert (differs[~every] > 128).mean() < 0.01


def test_a_later_shape_hides_an_earlier_one() -> None:
    below, above = Item("square", "red", "", "", 0.4, 0.5, 0.3), Item("circle", "blue", "", "", 0.6, 0.5, 0.2)
    scene = Scene("white", (below, above))
    first, second = masks(scene)
    assert not (first & second).any()
    assert np.asarray(draw(scene))[second].mean(axis=0) == pytest.approx(COLOURS["blue"], abs=12)
    small, large = (Item("circle", "red", "", "", 0.5, 0.5, radius) for radius in (0.1, 0.3))
    hidden = Scene("white", (small, large))
    assert boxes(hidden)[0] is None


def test_boxes_hug_the_masks() -> None:
    rng = random.Random(8)
    for _ in range(20):
        scene = random_scene(rng, EVERYTHING)
        for item, mask, box in zip(scene.items, masks(scene), boxes(scene), strict=True):
            assert box is not None
            left, top, right, bottom = box
            assert mask[top:bottom, left:right].sum() == mask.sum() > 0
            assert abs((left + right) / 256 - item.x) < 0.06


def test_segmentation_names_the_shapes_and_its_picture_has_their_colours() -> None:
    scene = Scene("white", (Item("star", "red", "", "", 0.3, 0.3, 0.2), Item("ring", "red", "", "", 0.7, 0.7, 0.2)))
    classes = segmentation(scene)
    assert set(np.unique(classes)) == {0, 1 + SHAPES.index("star"), 1 + SHAPES.index("ring")}
    picture = np.asarray(segmentation_picture(scene))
    assert {tuple(int(v) for v in colour) for colour in np.unique(picture.reshape(-1, 3), axis=0)} == {
        (0, 0, 0),
        SEGMENT_COLOURS["star"],
        SEGMENT_COLOURS["ring"],
    }


def test_edges_run_along_the_border_of_a_mask() -> None:
    scene = Scene("white", (Item("square", "red", "", "", 0.5, 0.5, 0.3),))
    line = np.asarray(edges(scene))[..., 0] > 0
    (mask,) = masks(scene)
    assert line.any()
    assert (line & mask).any()
    assert (line & ~mask).any()
    assert not line[mask.nonzero()[0].mean().astype(int), mask.nonzero()[1].mean().astype(int)]
