"""Scenes are deterministic, and captions say what the scene's description says."""

from __future__ import annotations

import random

import numpy as np
import pytest

from training.captions import SETTINGS, caption, plain_caption, with_articles
from training.scenes import COLOURS, RELATIONS, SHAPES, SIZES, Item, Scene, crowded_scene, draw, random_scene


@pytest.mark.parametrize("make", [random_scene, crowded_scene])
def test_the_same_seed_gives_the_same_scene_and_pixels(make) -> None:
    first, second, other = make(random.Random(4)), make(random.Random(4)), make(random.Random(5))
    assert first == second != other
    assert draw(first).tobytes() == draw(second).tobytes() != draw(other).tobytes()


def test_captions_name_everything_that_was_chosen_and_nothing_else() -> None:
    rng = random.Random(1)
    for _ in range(400):
        scene = random_scene(rng)
        (item,) = scene.items
        text = caption(scene, rng).replace(",", "")
        words = text.split()
        assert [w for w in words if w in SHAPES] == [item.shape]
        assert sorted(w for w in words if w in COLOURS) == sorted([item.colour, scene.background])
        assert words.index(item.colour) + 1 == words.index(item.shape)
        assert ("small" in words or "little" in words or "tiny" in words) == (item.size == "small")
        assert ("large" in words or "big" in words) == (item.size == "large")
        assert any(f"the {place}" in text for place in ("top", "bottom", "left", "right")) == (item.place != "centre")
        assert item.place == "centre" or f"the {item.place}" in text


def test_captions_of_pairs_name_both_shapes_in_the_order_of_the_relation() -> None:
    rng = random.Random(2)
    seen = set()
    for _ in range(100):
        scene = random_scene(rng, pairs=1.0)
        first, second = scene.items
        assert scene.relation is not None
        before, after = caption(scene, rng).split(f" {scene.relation} ")
        assert f"{first.colour} {first.shape}" in before
        assert f"{second.colour} {second.shape}" in after
        assert (first.y < second.y) == (scene.relation == "above") or scene.relation != "above"
        assert (first.x < second.x) == (scene.relation == "to the left of") or "left" not in scene.relation
        seen.add(scene.relation)
    assert seen == set(RELATIONS)


def test_a_scene_has_many_phrasings_and_one_plain_one() -> None:
    scene = Scene("orange", (Item("circle", "red", "medium", "centre", 0.5, 0.5, 0.22),))
    assert plain_caption(scene) == "a red circle on an orange background"
    assert len({caption(scene, random.Random(seed)) for seed in range(200)}) > 2 * len(set(SETTINGS))
    assert with_articles("a orange ring on a gray background") == "an orange ring on a gray background"


def test_object_and_background_never_share_a_colour_and_stay_inside() -> None:
    rng = random.Random(3)
    for _ in range(300):
        scene = random_scene(rng, pairs=0.3)
        for item in scene.items:
            assert item.colour != scene.background
            assert item.radius <= item.x <= 1 - item.radius
            assert item.radius <= item.y <= 1 - item.radius
            assert SIZES[item.size] * 0.9 < item.radius < SIZES[item.size] * 1.1


def test_drawing_uses_the_named_colours_and_smooth_edges() -> None:
    scene = Scene("blue", (Item("circle", "yellow", "large", "centre", 0.5, 0.5, 0.32),))
    pixels = np.asarray(draw(scene, 64))
    assert tuple(pixels[0, 0]) == COLOURS["blue"]
    assert tuple(pixels[32, 32]) == COLOURS["yellow"]
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 10
