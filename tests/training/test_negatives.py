"""Hard negatives differ in one attribute, and no caption is called wrong of a picture that shows what it says."""

from __future__ import annotations

import random

import pytest

from training.captions import NUMBERS, caption
from training.claims import Claim, facts, meaning, short, true_of, whole
from training.negatives import CHANGES, group
from training.scenes import EVERYTHING, Item, Mix, Scene, random_scene

SCENES = [random_scene(random.Random(seed), EVERYTHING) for seed in range(400)]


def parts(scene: Scene) -> dict[str, object]:
    """The attributes of a scene, as a caption tells them apart."""
    return {
        "background": scene.background,
        "pattern": scene.pattern,
        "style": scene.style,
        "relation": scene.relation,
        "number": len(scene.items),
        "place": [item.place for item in scene.items],
        "colour": [item.colour for item in scene.items],
        "shape": [item.shape for item in scene.items],
        "size": [item.size for item in scene.items],
        "fill": [item.fill for item in scene.items if item.shape != "ring"],
    }


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_alters_its_own_attribute_alone(name: str) -> None:
    changed = 0
    for number, scene in enumerate(SCENES):
        other = CHANGES[name](scene, random.Random(number))
        if other is None:
            continue
        changed += 1
        before, after = parts(scene), parts(other)
        lists = {"place", "colour", "shape", "size", "fill"} if name == "number" else set()  # as long as the number
        follows = {"fill"} if name == "shape" else lists  # a ring has no fill of its own
        differing = {key for key in before if before[key] != after[key]} - follows
        assert differing == {"colour" if name == "swapped colours" else name}
        assert meaning(other) != meaning(scene)
        for item in other.items:
            assert item.colour != other.background
            assert item.radius <= item.x <= 1 - item.radius
            assert item.radius <= item.y <= 1 - item.radius
        if name == "swapped colours":
            assert sorted(i.colour for i in scene.items) == sorted(i.colour for i in other.items)
        assert caption(other, random.Random(0)) != caption(scene, random.Random(0))
    assert changed > 10


def test_a_group_is_seeded_and_no_two_of_it_mean_the_same() -> None:
    assert group(random.Random(3), 4) == group(random.Random(3), 4) != group(random.Random(4), 4)
    for seed in range(150):
        scenes = group(random.Random(seed), 6)
        assert len({meaning(scene) for scene in scenes}) == len(scenes) == 6


def test_a_group_about_a_pair_holds_the_other_relation_and_the_swapped_colours() -> None:
    for seed in range(60):
        first, *others = group(random.Random(seed), 4, Mix(pairs=1.0))
        assert any(other.relation != first.relation for other in others)
        one, two = first.items
        swapped = (two.colour, one.colour)
        kinds = {(one.shape, two.colour), (two.shape, one.colour)}
        if one.colour != two.colour and len(kinds) == 2:
            assert any(tuple(item.colour for item in other.items) == swapped for other in others)


def pair(relation: str, *kinds: tuple[str, str]) -> Scene:
    """Two shapes of the kinds (colour, shape)."""
    return Scene("gray", tuple(Item(s, c, "small", "", 0.5, 0.5, 0.1) for c, s in kinds), relation)


def test_the_same_picture_said_from_the_other_side_means_the_same() -> None:
    red, blue = ("red", "circle"), ("blue", "square")
    assert meaning(pair("above", red, blue)) == meaning(pair("below", blue, red))
    assert meaning(pair("above", red, blue)) != meaning(pair("above", blue, red))
    assert meaning(pair("above", red, blue)) != meaning(pair("above", ("blue", "circle"), ("red", "square")))
    assert ("relation", "square", "below", "circle") in facts(pair("above", red, blue))


def test_every_claim_is_true_of_its_own_scene_and_short_ones_of_others_too() -> None:
    rng = random.Random(1)
    for say in (whole, short):
        claims = [say(scene, rng) for scene in SCENES]
        assert true_of(claims, SCENES).diagonal().all()
    scenes = [Scene(ground, (Item("star", "red", "large", "centre", 0.5, 0.5, 0.3),)) for ground in ("blue", "white")]
    said = [Claim("a red star", ("kind", "red", "star")), whole(scenes[0], rng)]
    assert true_of(said, scenes).tolist() == [[True, True], [True, False]]


def test_short_claims_count_and_relate() -> None:
    rng = random.Random(2)
    texts = {short(scene, rng).text for scene in SCENES for _ in range(4)}
    assert any(text.split()[0] in NUMBERS.values() for text in texts)
    assert any("to the left of a" in text for text in texts)
    assert "an orange background" in texts
    assert "crayon style" in texts
