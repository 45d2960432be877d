"""The judge is right on clean drawings of everything, bears small flaws, and says so when a picture is wrong."""

from __future__ import annotations

import os
import random
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageFilter

from training.drawing import SHADES, draw
from training.judge import compare, cover_of, iou, look, patches_within, shows, unchanged
from training.judge.colour import SHADE_RGB
from training.judge.regions import components, enclosed, labels
from training.scenes import COLOURS, EVERYTHING, PATTERNS, RELATIONS, SHAPES, STYLES, Item, Mix, Scene, random_scene

SOAK = os.environ.get("LOOM_SOAK") == "1"
NAMES = list(COLOURS)


def one(shape: str, colour: str, ground: str, radius: float = 0.22, fill: str = "filled") -> Scene:
    return Scene(ground, (Item(shape, colour, "medium", "centre", 0.5, 0.5, radius, fill),))


def scenes(count: int, mix: Mix = EVERYTHING) -> list[Scene]:
    return [random_scene(random.Random(f"judge:{number}"), mix) for number in range(count)]


@pytest.mark.parametrize("fill", ["filled", "outlined"])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_in_changing_colours_is_seen_for_what_it_is(shape: str, fill: str) -> None:
    fill = "filled" if shape == "ring" else fill
    for i, colour in enumerate(NAMES[::3]):
        ground = NAMES[(3 * i + SHAPES.index(shape) + 1) % 9]
        ground = ground if ground != colour else NAMES[NAMES.index(ground) - 1]
        found = look(draw(one(shape, colour, ground, fill=fill)))
        assert found.background == ground
        assert [(p.shape, p.colour, p.fill) for p in found.patches] == [(shape, colour, fill)]
        (patch,) = found.patches
        assert (patch.x, patch.y, patch.radius) == pytest.approx((0.5, 0.5, 0.22), abs=0.01)
        assert patch.overlap > 0.9


def test_every_colour_is_told_on_every_background() -> None:
    for ground in NAMES:
        for colour in NAMES:
            if colour != ground:
                found = look(draw(one("square", colour, ground), 32))
                assert (found.background, found.patches[0].colour) == (ground, colour)


def test_every_pattern_is_told_on_every_background() -> None:
    for number, ground in enumerate(NAMES):
        for pattern in PATTERNS:
            found = look(draw(replace(one("star", NAMES[number - 1], ground), pattern=pattern)))
            assert (found.background, found.pattern, len(found.patches)) == (ground, pattern, 1)


@pytest.mark.parametrize("radius", [0.105, 0.14, 0.22, 0.32])
def test_an_outlined_circle_is_no_ring(radius: float) -> None:
    found = [look(draw(scene)).patches[0] for scene in (one("ring", "red", "blue", radius),)]
    found.append(look(draw(one("circle", "red", "blue", radius, "outlined"))).patches[0])
    assert [(p.shape, p.fill) for p in found] == [("ring", "filled"), ("circle", "outlined")]


def test_clean_drawings_of_everything_are_right() -> None:
    some = scenes(2000 if SOAK else 100)
    wrong = [scene for scene in some if not compare(draw(scene), scene).whole]
    assert len(wrong) <= 0.01 * len(some)


def test_blurred_spotted_and_compressed_pictures_are_right() -> None:
    some = scenes(500 if SOAK else 40, replace(EVERYTHING, flat=1.0))
    grain = np.random.default_rng(3)
    wrong = 0
    for scene in some:
        soft = draw(scene).filter(ImageFilter.GaussianBlur(1.2))
        noisy = np.asarray(soft) + grain.normal(0, 2, (128, 128, 3))
        wrong += not compare(Image.fromarray(noisy.clip(0, 255).astype(np.uint8)), scene).whole
    assert wrong <= 0.04 * len(some)


def test_the_picture_of_another_scene_is_never_right() -> None:
    some = scenes(400 if SOAK else 60)
    for scene, other in zip(some, [*some[1:], some[0]], strict=True):
        assert not compare(draw(other), scene).whole


def test_each_thing_that_is_wrong_is_named() -> None:
    asked = one("circle", "red", "blue")
    (item,) = asked.items

    def wrong(**changes: object) -> set[str]:
        picture = draw(replace(asked, items=(replace(item, **changes),)))  # type: ignore[arg-type]
        return {name for name, right in vars(compare(picture, asked)).items() if not right}

    assert wrong() == set()
    assert wrong(shape="hexagon") == {"shape"}
    assert wrong(colour="orange") == {"colour"}
    assert wrong(fill="outlined") == {"fill"}
    assert wrong(radius=0.32) == {"size"}
    assert wrong(x=0.27) == {"place"}
    for changed, name in (
        (replace(asked, background="purple"), "background"),
        (replace(asked, pattern="dotted"), "pattern"),
        (replace(asked, style="crayon"), "style"),
        (replace(asked, items=(item, Item("circle", "red", "", "", 0.12, 0.12, 0.08))), "count"),
    ):
        assert not vars(compare(draw(changed), asked))[name]
    empty = compare(Image.new("RGB", (64, 64), COLOURS["blue"]), asked)
    assert empty.background
    assert not any((empty.colour, empty.shape, empty.place, empty.count))


def test_styles_are_told_apart() -> None:
    for style in STYLES:
        for shape, colour in (("heart", "blue"), ("hexagon", "white"), ("star", "black")):
            assert look(draw(replace(one(shape, colour, "red", 0.26), style=style))).style == style


def test_a_relation_is_wrong_when_the_two_have_changed_places() -> None:
    for relation, opposite in zip(RELATIONS, ("below", "above", "to the right of", "to the left of"), strict=True):
        scene = next(s for s in scenes(99, Mix(pairs=1.0)) if s.relation == relation)
        assert compare(draw(scene), scene).whole
        verdict = compare(draw(scene), replace(scene, relation=opposite))
        assert not verdict.relation
        assert verdict.shape
        assert verdict.colour


def test_a_count_is_wrong_by_one_too_few_or_too_many() -> None:
    scene = next(s for s in scenes(99, Mix(counts=1.0)) if len(s.items) == 3)
    fewer = replace(scene, items=scene.items[:2])
    assert compare(draw(scene), scene).whole
    assert not compare(draw(fewer), scene).count
    assert not compare(draw(scene), fewer).count


def test_a_blot_has_no_clear_shape() -> None:
    blot = np.zeros((64, 64, 3), dtype=np.uint8)
    blot[10:14, 10:50] = 255
    blot[14:50, 10:14] = 255
    assert look(Image.fromarray(blot)).patches[0].shape == "unclear"


def test_a_cover_is_what_is_not_background_even_on_a_pattern() -> None:
    scene = replace(one("heart", "green", "white"), pattern="checkered")
    rows, columns = np.indices((128, 128)) / 128
    cover = cover_of(draw(scene))
    assert 0.5 < iou(cover, np.hypot(rows - 0.5, columns - 0.5) < 0.22) < 0.95
    assert iou(cover, cover_of(draw(replace(scene, pattern="plain")))) > 0.95
    assert not cover_of(draw(replace(scene, items=()))).any()
    assert iou(np.zeros((2, 2), bool), np.zeros((2, 2), bool)) == 1.0


def test_a_region_shows_the_shape_that_lies_in_it_and_the_rest_is_unchanged() -> None:
    left = Item("star", "red", "small", "left", 0.27, 0.5, 0.15)
    right = Item("ring", "blue", "small", "right", 0.73, 0.5, 0.15)
    before = draw(Scene("white", (left, right)))
    after = draw(Scene("white", (left, replace(right, shape="cross"))))
    region = np.zeros((128, 128), bool)
    region[:, 64:] = True
    assert [patch.shape for patch in patches_within(after, region)] == ["cross"]
    assert shows(after, region, "cross", "blue")
    assert not shows(before, region, "cross", "blue")
    assert unchanged(before, after, region) == 1.0
    assert unchanged(before, after, ~region) == 0.0


def test_components_are_separate_and_whole() -> None:
    mask = np.array([[1, 1, 0, 1], [0, 1, 0, 1], [1, 0, 0, 1]], dtype=bool)
    parts = components(mask)
    assert sorted(int(part.sum()) for part in parts) == [1, 3, 3]
    assert np.array_equal(np.logical_or.reduce(parts), mask)


def test_labels_agree_with_a_flood_fill_on_random_masks() -> None:
    grain = np.random.default_rng(5)
    for _ in range(20):
        mask = grain.random((17, 23)) < 0.55
        numbers, count = labels(mask)
        assert set(np.unique(numbers)) == set(range(count + 1)) - (set() if (~mask).any() else {0})
        for number in range(1, count + 1):
            seen = np.zeros_like(mask)
            seen[tuple(np.argwhere(numbers == number)[0])] = True
            while True:
                wide = np.pad(seen, 1)
                more = mask & (wide[1:-1, 1:-1] | wide[2:, 1:-1] | wide[:-2, 1:-1] | wide[1:-1, 2:] | wide[1:-1, :-2])
                if (more == seen).all():
                    break
                seen = more
            assert np.array_equal(seen, numbers == number)


def test_a_hole_is_what_the_frame_does_not_reach() -> None:
    mask = np.array([[1, 1, 1, 0], [1, 0, 1, 0], [1, 1, 1, 1]], dtype=bool)
    assert np.argwhere(enclosed(mask)).tolist() == [[1, 1]]


def test_the_judge_and_the_drawing_mean_the_same_shades() -> None:
    assert SHADE_RGB == SHADES
