"""An edit changes what its instruction says and nothing else."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from training.drawing import draw
from training.edits import KINDS, Edit, random_edit
from training.scenes import KEPT_OUT, SIZES, Item
from training.tokenizer import words


@pytest.fixture(scope="module")
def edits() -> list[Edit]:
    rng = random.Random(3)
    return [random_edit(rng) for _ in range(1500)]


def of_kind(edits: list[Edit], kind: str) -> list[Edit]:
    return [edit for edit in edits if edit.kind == kind]


def only_in(one: tuple[Item, ...], other: tuple[Item, ...]) -> list[Item]:
    """The items of one scene that are not in the other to the last digit."""
    return [item for item in one if item not in other]


def test_every_word_of_every_phrasing_is_one_token(edits: list[Edit]) -> None:
    known = set(words())
    assert {edit.kind for edit in edits} == set(KINDS)
    for edit in edits:
        assert len(edit.phrasings) == len(set(edit.phrasings)) >= 2
        assert not {word for text in edit.phrasings for word in text.split()} - known


def test_the_same_seed_gives_the_same_edit() -> None:
    assert [random_edit(random.Random(n)) for n in range(50)] == [random_edit(random.Random(n)) for n in range(50)]


def test_the_pictures_differ_and_the_scene_after_keeps_the_rules(edits: list[Edit]) -> None:
    for edit in edits[:80]:
        assert np.abs(np.asarray(draw(edit.before, 64), int) - np.asarray(draw(edit.after, 64), int)).max() > 8
    for edit in edits:
        assert not {(item.shape, item.colour) for item in edit.after.items} & KEPT_OUT
        assert edit.after.background not in {item.colour for item in edit.after.items}


@pytest.mark.parametrize("kind", ["recolour", "reshape", "resize", "refill"])
def test_a_changed_shape_leaves_the_others_and_the_ground_alone(edits: list[Edit], kind: str) -> None:
    for edit in of_kind(edits, kind):
        before, after = edit.before, edit.after
        assert replace(after, items=before.items) == before
        changed = only_in(before.items, after.items)
        assert len(changed) == (len(before.items) if before.counted else 1)
        if kind != "resize":
            for one, other in zip(before.items, after.items, strict=True):
                assert (one.x, one.y, one.radius, one.size) == (other.x, other.y, other.radius, other.size)


@pytest.mark.parametrize(("kind", "field"), [("background", "background"), ("pattern", "pattern"), ("style", "style")])
def test_a_changed_ground_or_style_leaves_everything_else_alone(edits: list[Edit], kind: str, field: str) -> None:
    for edit in of_kind(edits, kind):
        assert replace(edit.before, **{field: getattr(edit.after, field)}) == edit.after


def test_an_added_shape_is_named_with_its_place_and_the_rest_stays(edits: list[Edit]) -> None:
    for edit in of_kind(edits, "add"):
        (new,) = only_in(edit.after.items, edit.before.items)
        assert edit.after.items == (*edit.before.items, new)
        assert all(new.colour in text and new.shape in text for text in edit.phrasings)
        assert new.place == "centre" or all(text.endswith(new.place) for text in edit.phrasings)


def test_a_removed_shape_is_gone_and_the_rest_stays_where_it_was(edits: list[Edit]) -> None:
    for edit in of_kind(edits, "remove"):
        left = {(item.x, item.y, item.radius, item.colour) for item in edit.after.items}
        assert left < {(item.x, item.y, item.radius, item.colour) for item in edit.before.items}
        if len(edit.after.items) == 1:
            assert edit.after.items[0].place


def test_a_resized_shape_keeps_its_jitter(edits: list[Edit]) -> None:
    for edit in of_kind(edits, "resize"):
        for one, other in zip(edit.before.items, edit.after.items, strict=True):
            assert other.radius / SIZES[other.size] == pytest.approx(one.radius / SIZES[one.size])


def test_an_instruction_says_which_of_several_shapes_it_means(edits: list[Edit]) -> None:
    for edit in of_kind(edits, "recolour"):
        if len(edit.before.items) > 1 and not edit.before.counted:
            (old,) = only_in(edit.before.items, edit.after.items)
            alike = [item for item in edit.before.items if item.shape == old.shape]
            for text in edit.phrasings:
                assert len(alike) == 1 or f"the {old.colour} " in text
