"""Reroutes: points that belong to links, follow them, go and come back with them, and change no graph."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from server.live.apply import Applied, apply
from server.live.changes import Json
from server.live.follow import followed, renames
from server.live.limits import Refused, size_of
from server.live.reroutes import points, reads
from server.live.revert import revert
from tests.server.live.graphs import link_ends, operation


def document() -> Json:
    """One output that three links read, one of them in a list, and a loop."""
    return {
        "format": 1,
        "nodes": {
            "a": {"type": "t.make@1"},
            "b": {"type": "t.inc@1", "inputs": {"a": {"from": "a"}}},
            "c": {"type": "t.total@1", "inputs": {"many": [{"from": "b"}, {"from": "a"}]}},
            "way": {"type": "flow.loop@1", "inputs": {"over": [1, 2]},
                    "carry": {"at": {"first": {"from": "a"}, "next": {"from": "d"}}},
                    "collect": {"all": {"from": "d"}}, "until": {"from": "d.done"}},
            "d": {"type": "t.inc@1", "in": "way", "inputs": {"a": {"from": "way.at"}, "b": {"from": "a.x.y"}}},
        },
    }  # fmt: skip


def done(was: Json, *operations: Any) -> Applied:
    return apply(was, size_of(was), [operation(one) for one in operations])


def add(name: str, *links: str, source: str = "a", **more: Any) -> Any:
    return {"op": "add_reroute", "reroute": name, "source": source, "links": links, "position": [1, 2], **more}


def led(was: Json) -> dict[str, list[str]]:
    """Which points each link passes, in their order."""
    found: dict[str, list[str]] = {}
    for point in points(was):
        for end in point["links"]:
            found.setdefault(f"{point['source']} → {end}", []).append(point["id"])
    return found


def test_a_link_of_every_kind_can_be_led_through_a_point() -> None:
    was = document()
    for end, source in link_ends(was):
        assert reads(was, end, source)
        made = done(was, add("r", end, source=source)).document
        assert led(made) == {f"{source} → {end}": ["r"]}
        assert {key: made[key] for key in was} == was, "the graph is what it was"


def test_a_link_branches_at_a_point_and_passes_points_in_the_order_of_the_list() -> None:
    made = done(
        document(),
        add("first", "b.inputs.a", "c.inputs.many"),
        add("last", "b.inputs.a"),
        add("middle", "b.inputs.a", before="last"),
        {"op": "edit_reroute", "reroute": "middle", "links": ["b.inputs.a", "c.inputs.many", "b.inputs.a"]},
        {"op": "edit_reroute", "reroute": "middle", "position": [3, 4.5]},
    ).document
    assert led(made) == {
        "a → b.inputs.a": ["first", "middle", "last"],
        "a → c.inputs.many": ["first", "middle"],
    }
    assert made["ui"]["reroutes"][1]["position"] == [3, 4.5]
    less = done(made, {"op": "remove_reroute", "reroute": "middle"}).document
    assert led(less) == {"a → b.inputs.a": ["first", "last"], "a → c.inputs.many": ["first"]}


@pytest.mark.parametrize(
    ("operations", "said"),
    [
        ([add("r", "b.inputs.b")], "there is no link from a to b.inputs.b"),
        ([add("r", "b.inputs.a", "d.inputs.a")], "there is no link from a to d.inputs.a"),
        ([add("r", "gone.until")], "there is no link from a to gone.until"),
        ([add("r", "b.inputs.a"), add("r", "c.inputs.many")], "'r' is there already"),
        ([add("r", "b.inputs.a"), {"op": "edit_reroute", "reroute": "r", "links": ["d.inputs.a"]}], "there is no link"),
        ([{"op": "edit_reroute", "reroute": "r", "position": [1, 2]}], "'r' is gone"),
        ([{"op": "remove_reroute", "reroute": "r"}], "'r' is gone"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(operations: Any, said: str) -> None:
    with pytest.raises(Refused) as refused:
        done(document(), *operations)
    assert said in refused.value.message


@pytest.mark.parametrize(
    "end", ["b", "b.", "b.inputs", "b.inputs.", "b.carry.at", "b.carry.at.last", "way.until.x", "B.inputs.a", "b.in.a"]
)
def test_what_is_no_end_of_a_link_is_no_operation(end: str) -> None:
    with pytest.raises(ValidationError):
        operation(add("r", end))


@pytest.mark.parametrize(
    "edit",
    [
        {"op": "unlink", "node": "b", "input": "a"},
        {"op": "clear_input", "node": "b", "input": "a"},
        {"op": "set_input", "node": "b", "input": "a", "value": 3},
        {"op": "link", "node": "b", "input": "a", "source": "a.other"},
        {"op": "remove_node", "node": "b"},
        {"op": "remove_node", "node": "a"},
    ],
)
def test_points_go_with_their_links_and_come_back_with_them(edit: Any) -> None:
    was = done(document(), add("both", "b.inputs.a", "c.inputs.many"), add("one", "b.inputs.a")).document
    made = done(was, edit)
    left = {} if edit["node"] == "a" else {"a → c.inputs.many": ["both"]}
    assert led(made.document) == left
    back = revert(made.document, made.size, made.changes)
    assert back.document == was
    assert not back.kept


def test_a_link_that_is_moved_within_one_edit_keeps_its_points() -> None:
    was = done(document(), add("r", "b.inputs.a")).document
    again = [{"op": "unlink", "node": "b", "input": "a"}, {"op": "link", "node": "b", "input": "a", "source": "a"}]
    assert led(done(was, *again).document) == led(was)


def test_points_follow_nodes_that_are_renamed_also_when_something_is_undone() -> None:
    added = done(document(), add("r", "b.inputs.a", "c.inputs.many"), add("s", "d.inputs.b", source="a.x.y"))
    moved = done(added.document, {"op": "edit_reroute", "reroute": "r", "links": ["b.inputs.a"]})
    swap = [{"op": "rename_node", "node": old, "to": new} for old, new in (("a", "tmp"), ("b", "a"), ("tmp", "b"))]
    renamed = done(moved.document, *swap)
    assert led(renamed.document) == {"b → a.inputs.a": ["r"], "b.x.y → d.inputs.b": ["s"]}
    assert all(reads(renamed.document, end, one["source"]) for one in points(renamed.document) for end in one["links"])
    back = revert(renamed.document, renamed.size, followed(moved.changes, renames([renamed.changes])))
    assert led(back.document) == {
        "b → a.inputs.a": ["r"], "b → c.inputs.many": ["r"], "b.x.y → d.inputs.b": ["s"],
    }  # fmt: skip


def test_an_undone_link_takes_a_point_along_that_somebody_else_put_on_it() -> None:
    linked = done(document(), {"op": "link", "node": "b", "input": "b", "source": "a"})
    theirs = done(linked.document, add("r", "b.inputs.b"))
    back = revert(theirs.document, theirs.size, linked.changes)
    assert led(back.document) == {}
    assert back.document["nodes"] == document()["nodes"]
