"""What operations do to a document, and that each can be taken back to the last byte."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from server.live.apply import Applied, apply
from server.live.changes import Draft, Json, from_json, replayed, to_json
from server.live.cycles import has_cycle
from server.live.difference import compare, difference
from server.live.follow import followed, renames
from server.live.limits import MOST_TEXT, Refused, check_document, normal, size_of
from server.live.operations import Edit
from server.live.references import dangling
from server.live.revert import revert
from tests.server.live.graphs import operation, raw_operation, start

DEEP = json.loads("[" * 80 + "]" * 80)


def done(document: Json, *operations: Any) -> Applied:
    return apply(document, size_of(document), [operation(one) for one in operations])


def node(document: Json, name: str) -> Any:
    return document["nodes"][name]


def text(document: Json) -> str:
    """With the order of keys."""
    return json.dumps(document)


def random_edit(rng: random.Random, document: Json) -> Applied | None:
    try:
        return done(document, *(raw_operation(rng, document) for _ in range(rng.choice((1, 1, 1, 3)))))
    except Refused:
        return None


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_any_edits_and_then_their_undoing_give_identical_json(seed: int) -> None:
    rng, document = random.Random(seed), start()
    before = text(document)
    trail: list[tuple[str, Applied]] = []
    for _ in range(12):
        made = random_edit(rng, document)
        if made is None:
            continue
        logged = [from_json(json.loads(json.dumps(to_json(change)))) for change in made.changes]
        assert text(replayed(document, logged)) == text(made.document), "the log says what happened"
        told = [from_json(to_json(change, whole=False)) for change in made.changes]
        assert text(replayed(document, told)) == text(made.document), "so do clients see it"
        trail.append((text(document), made))
        document = made.document
        check_document(document)
        assert not dangling(document)
        assert not has_cycle(document)
    redos = []
    for was, made in reversed(trail):
        now = text(document)
        undone = revert(document, 0, made.changes)
        assert (text(undone.document), undone.kept) == (was, ())
        redos.append((now, undone))
        document = undone.document
    assert text(document) == before
    for was, undone in reversed(redos):
        redone = revert(document, 0, undone.changes)
        assert (text(redone.document), redone.kept) == (was, ())
        document = redone.document


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_a_document_becomes_any_other_by_its_difference_and_back(seed: int) -> None:
    rng, one, other = random.Random(seed), start(), start()
    for _ in range(6):
        one = ((made := random_edit(rng, one)) and made.document) or one
        other = ((made := random_edit(rng, other)) and made.document) or other
    if seed % 3 == 0:
        other = dict(reversed(other.items()))
    draft = Draft(one)
    difference(draft, other)
    assert text(draft.document) == text(other)
    assert abs(size_of(one) + draft.grown - size_of(other)) < 40 * (len(draft.changes) + 1)
    assert text(revert(other, 0, draft.changes).document) == text(one)


def test_a_rename_takes_along_all_that_names_the_node() -> None:
    made = done(start(), {"op": "rename_node", "node": "n0", "to": "first"}).document
    assert next(iter(made["nodes"])) == "first"
    assert node(made, "n1")["carry"]["s"]["first"] == {"from": "first"}
    assert node(made, "n4")["inputs"]["many"] == [{"from": "n3"}, {"from": "first"}, 3]
    assert made["interface"]["inputs"]["v"]["to"] == ["first.value", "n2.by"]
    assert made["ui"]["groups"][0]["nodes"] == ["first", "n3"]
    assert "n0" not in text(made)
    assert text(done(made, {"op": "rename_node", "node": "first", "to": "n0"}).document) == text(start())


def test_a_node_that_goes_takes_its_links_along() -> None:
    made = done(start(), {"op": "remove_node", "node": "n0"}).document
    assert '"n0' not in text(made)
    assert node(made, "n4")["inputs"]["many"] == [{"from": "n3"}, 3]
    assert node(made, "n3")["inputs"] == {"a": {"from": "n1.s"}}
    frameless = done(start(), {"op": "remove_node", "node": "n1"}).document
    assert "in" not in node(frameless, "n2")


def test_a_paste_finds_free_names_and_keeps_the_links_among_its_nodes() -> None:
    fragment = {name: node(start(), name) for name in ("n1", "n2")} | {
        "new": {"type": "x.y", "inputs": {"a": {"from": "far"}}}
    }
    operation = {"op": "paste", "nodes": fragment, "positions": {"n2": [1, 2]}, "offset": [10, 10], "frame": "n1"}
    made = done(start(), operation).document
    assert list(made["nodes"])[5:] == ["n1_2", "n2_2", "new"]
    assert node(made, "n2_2") == {"type": "t.inc@1", "inputs": {"a": {"from": "n1_2.s"}}, "in": "n1_2"}
    assert node(made, "n1_2")["carry"]["s"] == {"first": {"from": "n0"}, "next": {"from": "n2_2"}}
    assert (node(made, "n1_2")["in"], node(made, "new")) == ("n1", {"type": "x.y", "inputs": {}, "in": "n1"})
    assert made["ui"]["positions"]["n2_2"] == [11, 12]


def test_links_and_frames_can_be_put_and_taken() -> None:
    made = done(
        start(),
        {"op": "link", "node": "n4", "input": "many", "source": "n2.x", "append": True},
        {"op": "unlink", "node": "n4", "input": "many", "source": "n3"},
        {"op": "unlink", "node": "n3", "input": "b"},
        {"op": "set_frame", "nodes": ["n3"], "frame": "n1"},
        {"op": "set_collect", "node": "n1", "name": "all", "source": "n3"},
        {"op": "set_until", "node": "n1", "source": "n3.done"},
        {"op": "set_carry", "node": "n1", "name": "t", "end": "first", "value": 0},
        {"op": "set_mode", "nodes": ["n0"], "mode": {"frozen": "0" * 64}},
    ).document
    assert node(made, "n4")["inputs"]["many"] == [{"from": "n0"}, 3, {"from": "n2.x"}]
    assert node(made, "n3") == {"type": "t.add@1", "inputs": {"a": {"from": "n1.s"}}, "in": "n1"}
    frame = node(made, "n1")
    assert (frame["collect"], frame["until"], frame["carry"]["t"]) == (
        {"all": {"from": "n3"}},
        {"from": "n3.done"},
        {"first": 0},
    )
    assert node(made, "n0")["mode"] == {"frozen": "0" * 64}


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ({"op": "set_input", "node": "n9", "input": "a", "value": 1}, "there is no node 'n9'"),
        ({"op": "add_node", "node": "n0", "body": {"type": "a.b"}}, "the name 'n0' is taken"),
        ({"op": "add_node", "node": "x", "body": {}}, "a node has a type"),
        ({"op": "rename_node", "node": "n0", "to": "n1"}, "the name 'n1' is taken"),
        ({"op": "link", "node": "n0", "input": "a", "source": "nowhere"}, "there is no node 'nowhere' to link to"),
        ({"op": "link", "node": "n0", "input": "a", "source": "n3"}, "the links would form a cycle"),
        ({"op": "link", "node": "n0", "input": "a", "source": "n0"}, "the links would form a cycle"),
        ({"op": "set_frame", "nodes": ["n1"], "frame": "n1"}, "the links would form a cycle"),
        ({"op": "set_frame", "nodes": ["n3"], "frame": "n0"}, "'n0' is no loop"),
        ({"op": "unlink", "node": "n0", "input": "value"}, "the input is not linked"),
        ({"op": "move", "positions": {"n9": [1, 2]}}, "the nodes are gone"),
        ({"op": "edit_group", "group": "g9", "body": {}}, "'g9' is gone"),
        ({"op": "set_input", "node": "n0", "input": "a", "value": DEEP}, "nested too deeply"),
        ({"op": "set_input", "node": "n0", "input": "a", "value": "x" * (MOST_TEXT + 1)}, "a text is too long"),
        ({"op": "replace", "document": {"nodes": []}}, "not a document that can be edited: nodes"),
        ({"op": "replace", "document": {"nodes": {"A b": {"type": "x"}}}}, "is not a name"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_in_words(operation: Any, said: str) -> None:
    with pytest.raises(Refused, match=said.replace("(", r"\(")):
        done(start(), operation)


def test_of_an_edit_all_operations_are_taken_or_none() -> None:
    document = start()
    with pytest.raises(Refused) as caught:
        done(document, {"op": "remove_node", "node": "n0"}, {"op": "remove_node", "node": "n0"})
    assert caught.value.more["operation"] == 1
    assert text(document) == text(start())


@pytest.mark.parametrize(
    "operation",
    [
        {}, [], None, {"op": "no"}, {"op": "remove_node"}, {"op": "remove_node", "node": "A"},
        {"op": "remove_node", "node": 1},
        {"op": "remove_node", "node": "a\n"}, {"op": "remove_node", "node": "a", "more": 1},
        {"op": "move", "positions": {"a": [1]}}, {"op": "move", "positions": {"a": [1, "2"]}},
        {"op": "move", "positions": {"a": [True, 1]}}, {"op": "move", "positions": {"a": [1e300, 1]}},
        {"op": "move", "positions": {"../a": [1, 2]}}, {"op": "set_mode", "nodes": [], "mode": "mute"},
        {"op": "link", "node": "a", "input": "b", "source": "a/b"},
        {"op": "set_input", "node": "a", "input": "", "value": 1},
        {"op": "add_group", "group": "a b", "body": {}}, {"op": "set_meta", "key": "nodes", "value": "x"},
    ],
)  # fmt: skip
def test_what_is_no_operation_is_no_model(operation: Any) -> None:
    with pytest.raises(ValidationError):
        Edit.model_validate({"id": "x", "operations": [operation]})


# Undo, while others go on.


def test_what_others_changed_since_is_theirs() -> None:
    mine = done(start(), {"op": "move", "positions": {"n0": [5, 5], "n2": [6, 6]}})
    theirs = done(mine.document, {"op": "move", "positions": {"n2": [7, 7]}}).document
    undone = revert(theirs, 0, mine.changes)
    assert undone.document["ui"]["positions"] == {"n0": [0, 0], "n2": [7, 7]}
    assert undone.kept == ("ui.positions.n2",)
    assert revert(undone.document, 0, undone.changes).document["ui"]["positions"] == {"n0": [5, 5], "n2": [7, 7]}


def test_a_node_that_somebody_works_on_is_not_undone_away() -> None:
    mine = done(start(), {"op": "add_node", "node": "x", "body": {"type": "t.make"}, "position": [1, 1]})
    theirs = done(mine.document, {"op": "set_input", "node": "x", "input": "value", "value": 3}).document
    undone = revert(theirs, 0, mine.changes)
    assert (undone.document, undone.kept) == (theirs, ("nodes.x",))


def test_a_node_comes_back_without_links_to_what_is_gone() -> None:
    mine = done(start(), {"op": "remove_node", "node": "n3"})
    theirs = done(mine.document, {"op": "remove_node", "node": "n0"}).document
    back = revert(theirs, 0, mine.changes).document
    assert node(back, "n3")["inputs"] == {"a": {"from": "n1.s"}}
    assert not dangling(back)
    assert back["interface"]["outputs"] == {"o": {"from": "n3"}}


def test_a_name_that_was_taken_meanwhile_keeps_the_old_node_away() -> None:
    mine = done(start(), {"op": "remove_node", "node": "n0"})
    theirs = done(mine.document, {"op": "add_node", "node": "n0", "body": {"type": "t.inc"}}).document
    undone = revert(theirs, 0, mine.changes)
    assert (undone.document, undone.kept) == (theirs, ("nodes.n0",))


def test_a_rename_is_undone_with_the_links_that_others_made() -> None:
    mine = done(start(), {"op": "rename_node", "node": "n0", "to": "x"})
    theirs = done(mine.document, {"op": "link", "node": "n2", "input": "b", "source": "x"}).document
    back = revert(theirs, 0, mine.changes).document
    assert node(back, "n2")["inputs"]["b"] == {"from": "n0"}
    assert '"x"' not in text(back)


def test_an_undo_that_would_close_a_circle_changes_nothing() -> None:
    mine = done(start(), {"op": "unlink", "node": "n3", "input": "b"})
    theirs = done(
        mine.document,
        {"op": "unlink", "node": "n3", "input": "a"},
        {"op": "link", "node": "n0", "input": "a", "source": "n3"},
    ).document
    undone = revert(theirs, 0, mine.changes)
    assert (undone.document, bool(undone.kept)) == (theirs, True)


FOLLOWED = (
    {"op": "set_input", "node": "n0", "input": "value", "value": 9},
    {"op": "move", "positions": {"n0": [50, 50]}},
    {"op": "set_look", "node": "n0", "key": "colour", "value": "red"},
    {"op": "set_mode", "nodes": ["n0"], "mode": "mute"},
    {"op": "unlink", "node": "n3", "input": "b"},
    {"op": "remove_node", "node": "n3"},
    {"op": "add_group", "group": "g", "body": {"nodes": ["n0", "n1"]}},
    {"op": "set_interface", "side": "outputs", "name": "more", "value": {"from": "n0"}},
)


@pytest.mark.parametrize("mine", FOLLOWED, ids=lambda one: one["op"])
def test_an_undo_finds_a_node_that_was_renamed_since(mine: Any) -> None:
    rename = {"op": "rename_node", "node": "n0", "to": "x"}
    edit = done(start(), mine)
    theirs = done(edit.document, rename)
    changes = followed(edit.changes, renames([theirs.changes]))
    undone = revert(theirs.document, 0, changes)
    assert undone.kept == ()
    assert undone.document == done(start(), rename).document
    redone = revert(undone.document, 0, undone.changes)
    assert redone.document == theirs.document


def test_an_undo_goes_to_the_node_that_was_meant_not_to_a_new_one_of_its_name() -> None:
    mine = done(start(), {"op": "set_input", "node": "n0", "input": "value", "value": 9})
    theirs = done(mine.document, {"op": "rename_node", "node": "n0", "to": "x"})
    later = done(theirs.document, {"op": "add_node", "node": "n0", "body": node(mine.document, "n0")})
    changes = followed(mine.changes, renames([theirs.changes, later.changes]))
    undone = revert(later.document, 0, changes).document
    assert node(undone, "n0") == node(mine.document, "n0")
    assert node(undone, "x") == node(start(), "n0")


# Differences, for people.


def test_a_difference_speaks_of_nodes_and_inputs() -> None:
    new = done(
        start(),
        {"op": "rename_node", "node": "n0", "to": "x"},
        {"op": "set_input", "node": "x", "input": "value", "value": 3},
        {"op": "remove_node", "node": "n4"},
        {"op": "add_node", "node": "n0", "body": {"type": "t.make"}},
        {"op": "link", "node": "n3", "input": "b", "source": "n0"},
        {"op": "move", "positions": {"n2": [1, 1]}},
        {"op": "set_mode", "nodes": ["n2"], "mode": "mute"},
        {"op": "set_meta", "key": "name", "value": "mine"},
    ).document
    found = compare(start(), new, {"n0": "x"})
    assert (found["added"], found["removed"], found["renamed"]) == (["n0"], ["n4"], [{"node": "n0", "to": "x"}])
    assert found["inputs"] == [{"node": "x", "input": "value", "before": 2, "after": 3}]
    assert found["links"] == [{"node": "n3", "input": "b", "before": {"from": "x"}, "after": {"from": "n0"}}]
    assert (found["moved"], found["changed"]) == (["n2"], [{"node": "n2", "key": "mode", "after": "mute"}])
    assert found["other"] == ["ui.reroutes", "name"], "a link that reads something else has lost its reroutes"
    swapped = done(
        start(), *({"op": "rename_node", "node": a, "to": b} for a, b in (("n0", "t"), ("n3", "n0"), ("t", "n3")))
    )
    nothing = compare(start(), swapped.document, {"n0": "n3", "n3": "n0"})
    assert not any(nothing[key] for key in ("added", "removed", "inputs", "links", "changed", "moved"))


def test_groups_and_notes_get_ids_that_stay() -> None:
    raw = {"nodes": {}, "ui": {"notes": [{"text": "a"}, {"id": "n1"}, {"id": "n1"}, 7], "groups": []}}
    made = normal(raw)
    assert [one if one == 7 else one["id"] for one in made["ui"]["notes"]] == ["n2", "n1", "n3", 7]
    assert normal(made) == made
