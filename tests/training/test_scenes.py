"""Scenes are deterministic, and captions say what the scene's description says."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest

from training.captions import NUMBERS, RELATION_WORDS, SETTINGS, caption, plain_caption, plural_of, with_articles
from training.drawing import SHADES, cover, draw, pattern
from training.scenes import (
    COLOURS,
    EVERYTHING,
    KEPT_OUT,
    PATTERNS,
    RELATIONS,
    SHAPES,
    SIZES,
    STYLES,
    TOGETHER,
    Item,
    Mix,
    Scene,
    crowded_scene,
    random_scene,
)


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
        scene = random_scene(rng, Mix(pairs=1.0))
        first, second = scene.items
        assert scene.relation is not None
        text = caption(scene, rng)
        word = next(word for word in RELATION_WORDS[scene.relation] if f"{first.shape} {word} a" in text)
        before, after = text.split(f" {word} ", 1)
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


def test_everything_that_is_chosen_is_said() -> None:
    rng = random.Random(6)
    for _ in range(600):
        scene = random_scene(rng, EVERYTHING)
        text = caption(scene, rng)
        assert (scene.pattern in text) == (scene.pattern != "plain") or "plain" in text
        assert any(style in text for style in STYLES[1:]) == (scene.style != "flat")
        outlined = any(item.fill == "outlined" for item in scene.items)
        assert ("outlined" in text or "empty" in text) == outlined
        counted = [count for count, word in NUMBERS.items() if f"{word} " in text and word in text.split()]
        assert counted == ([len(scene.items)] if scene.counted else [])
        for item in scene.items:
            assert f"{item.colour} {plural_of(item.shape) if scene.counted else item.shape}" in text


def test_object_and_background_never_share_a_colour_and_shapes_stay_inside_and_apart() -> None:
    rng = random.Random(3)
    for _ in range(400):
        scene = random_scene(rng, EVERYTHING)
        scale = TOGETHER if len(scene.items) > 1 else 1.0
        for item in scene.items:
            assert item.colour != scene.background
            assert item.radius <= item.x <= 1 - item.radius
            assert item.radius <= item.y <= 1 - item.radius
            assert SIZES[item.size] * 0.9 < item.radius / scale < SIZES[item.size] * 1.1
        for i, one in enumerate(scene.items):
            for other in scene.items[:i]:
                assert math.hypot(one.x - other.x, one.y - other.y) > one.radius + other.radius + 0.01


def test_kept_out_combinations_are_drawn_only_when_asked_for() -> None:
    rng = random.Random(4)

    def kinds(mix: Mix) -> set[tuple[str, str]]:
        return {(item.shape, item.colour) for _ in range(1500) for item in random_scene(rng, mix).items}

    assert not kinds(EVERYTHING) & KEPT_OUT
    assert kinds(Mix(combinations="kept out")) == KEPT_OUT
    assert kinds(EVERYTHING) | KEPT_OUT == kinds(Mix(pairs=0.5, combinations="all"))
    assert {shape for shape, _ in KEPT_OUT} < set(SHAPES)
    assert len({colour for _, colour in KEPT_OUT}) == len(KEPT_OUT)


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_runs_from_the_colour_towards_its_shade(name: str) -> None:
    share = pattern(name, 64)
    assert share.shape == (64, 64)
    assert 0 <= share.min() <= share.max() <= 1.6
    assert (share.max() > 0.5) == (name != "plain")
    corner = np.asarray(draw(Scene("green", (), None, name), 64))[0, 0]
    between = sorted(zip(COLOURS["green"], SHADES["green"], strict=True))
    assert all(min(pair) - 40 <= value <= max(pair) + 40 for pair, value in zip(between, sorted(corner), strict=True))


@pytest.mark.parametrize("shape", SHAPES)
def test_an_outlined_shape_is_its_rim(shape: str) -> None:
    item = Item(shape, "red", "large", "centre", 0.5, 0.5, 0.32)
    full, line = cover(item, "flat", 128), cover(replace(item, fill="outlined"), "flat", 128)
    assert (line <= full + 1e-6).all()
    if shape != "ring":
        assert 0.15 * full.sum() < line.sum() < 0.85 * full.sum()
        assert line[58:70, 64].max() < full[58:70, 64].max()


@pytest.mark.parametrize("style", STYLES)
def test_a_style_changes_the_picture_and_keeps_the_shape_where_it_is(style: str) -> None:
    item = Item("star", "yellow", "large", "centre", 0.5, 0.5, 0.32)
    flat, styled = draw(Scene("blue", (item,))), draw(Scene("blue", (item,), style=style))
    assert (flat.tobytes() == styled.tobytes()) == (style == "flat")
    one, other = cover(item, "flat", 128), cover(item, style, 128)
    assert np.minimum(one, other).sum() / np.maximum(one, other).sum() > 0.85


def test_drawing_uses_the_named_colours_and_smooth_edges() -> None:
    scene = Scene("blue", (Item("circle", "yellow", "large", "centre", 0.5, 0.5, 0.32),))
    pixels = np.asarray(draw(scene, 64))
    assert tuple(pixels[0, 0]) == COLOURS["blue"]
    assert tuple(pixels[32, 32]) == COLOURS["yellow"]
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 10
