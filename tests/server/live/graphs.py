"""Documents and random operations for tests: most make sense, some do not, as from clients that know only half."""

from __future__ import annotations

import random
from typing import Any

from engine.workflow import as_link
from server.live.changes import Json
from server.live.operations import OPERATION, Operation
from server.live.references import nodes_of, slots

NAMES = [f"n{i}" for i in range(12)]
TYPES = ("t.make@1", "t.add@1", "t.inc@1", "flow.loop@1", "not.there@3")
VALUES: list[Any] = [
    1,
    1.0,
    True,
    None,
    "text",
    "ünï\ud800",
    {"value": [1]},
    {"curve": [[0, 1], [1, 2.5]]},
    [],
    {"x": 1},
]


def start() -> Json:
    """A document with a frame, links, a group, a note, and things that nobody knows."""
    return {
        "format": 1,
        "x-mine": {"kept": [1, 2.0, None]},
        "nodes": {
            "n0": {"type": "t.make@1", "inputs": {"value": 2}, "colour": "red"},
            "n1": {"type": "flow.loop@1", "inputs": {"over": [1, 2]},
                   "carry": {"s": {"first": {"from": "n0"}, "next": {"from": "n2"}}}},
            "n2": {"type": "t.inc@1", "in": "n1", "inputs": {"a": {"from": "n1.s"}}},
            "n3": {"type": "t.add@1", "inputs": {"a": {"from": "n1.s"}, "b": {"from": "n0"}}},
            "n4": {"type": "gone.pack@9", "inputs": {"many": [{"from": "n3"}, {"from": "n0"}, 3]}},
        },
        "interface": {"inputs": {"v": {"to": ["n0.value", "n2.by"]}}, "outputs": {"o": {"from": "n3"}}},
        "ui": {
            "positions": {"n0": [0, 0], "n2": [10.5, 4]},
            "groups": [{"id": "g1", "title": "all", "nodes": ["n0", "n3"]}],
            "notes": [{"id": "c1", "text": "a note"}],
            "reroutes": [
                {"id": "r1", "source": "n0", "links": ["n3.inputs.b", "n1.carry.s.first"], "position": [5, 6]},
                {"id": "r2", "source": "n0", "links": ["n3.inputs.b"], "position": [7, 6], "mine": 1},
                {"id": "odd", "what": "is this"},
            ],
        },
    }  # fmt: skip


def link_ends(document: Json) -> list[tuple[str, str]]:
    """Where the links of a document end, and what they read."""
    found = []
    for path, value in slots(document):
        if path[0] == "nodes":
            links = [one for one in (value if isinstance(value, list) else [value]) if as_link(one)]
            found += [(".".join(path[1:]), one["from"]) for one in links]
    return found


def raw_operation(rng: random.Random, document: Json) -> Json:
    """An operation as a client would send it."""
    there = list(nodes_of(document)) or ["n0"]
    node = rng.choice(there if rng.random() < 0.9 else NAMES)
    other = rng.choice(there if rng.random() < 0.9 else NAMES)
    free, source = rng.choice(NAMES), rng.choice([other, f"{other}.s"])
    key = rng.choice(("a", "b", "value", "many"))
    value = rng.choice([*VALUES, {"from": source}, [{"from": source}, 1]])
    ends = [end for end, read in link_ends(document) if read == source] or ["n3.inputs.b"]
    point = rng.choice(("r1", "r2", "r3"))
    item, body = rng.choice(("g1", "g2", "c1")), {"title": rng.choice(("x", "y", None)), "nodes": [node]}
    return rng.choice(
        [
            {"op": "add_node", "node": free, "body": {"type": rng.choice(TYPES), "inputs": {"a": {"from": source}}},
             "position": [rng.randint(0, 9), 2.5]},
            {"op": "remove_node", "node": node},
            {"op": "rename_node", "node": node, "to": free},
            *2 * [{"op": "set_input", "node": node, "input": key, "value": value}],
            {"op": "clear_input", "node": node, "input": key},
            *2 * [{"op": "link", "node": node, "input": key, "source": source, "append": rng.random() < 0.4}],
            {"op": "unlink", "node": node, "input": key},
            {"op": "set_mode", "nodes": [node, other], "mode": rng.choice(("mute", "bypass", "normal"))},
            {"op": "move", "positions": {node: [rng.randint(0, 500), 1], other: [1.5, 2]}},
            {"op": "set_look", "node": node, "key": "collapsed", "value": rng.choice((True, None, ["a"]))},
            {"op": "add_group", "group": item, "body": body},
            {"op": "edit_group", "group": item, "body": body},
            {"op": "remove_group", "group": item},
            {"op": "add_note", "note": item, "body": {"text": "t"}},
            {"op": "edit_note", "note": item, "body": {"text": rng.choice(("u", None)), "size": [1, 2]}},
            {"op": "remove_note", "note": item},
            *2 * [{"op": "add_reroute", "reroute": point, "source": source, "links": ends, "position": [1, 2.5],
                   "before": rng.choice((None, "r1"))}],
            {"op": "edit_reroute", "reroute": point, "position": [rng.randint(0, 9), 2]},
            {"op": "edit_reroute", "reroute": point, "links": rng.sample(ends, 1)},
            {"op": "remove_reroute", "reroute": point},
            {"op": "set_frame", "nodes": [node, other], "frame": rng.choice((None, other, "n1"))},
            {"op": "set_carry", "node": node, "name": "s", "end": rng.choice(("first", "next")), "value": value},
            {"op": "remove_carry", "node": node, "name": "s"},
            {"op": "set_collect", "node": node, "name": "c", "source": rng.choice((None, source))},
            {"op": "set_until", "node": node, "source": rng.choice((None, source))},
            {"op": "paste", "nodes": {n: nodes_of(document).get(n, {"type": "t.make@1"}) for n in (node, other)},
             "positions": {node: [1, 2]}, "offset": [3, 4.5], "frame": None},
            {"op": "set_meta", "key": "name", "value": rng.choice(("mine", None))},
            {"op": "set_interface", "side": "inputs", "name": "v", "value": rng.choice((None, {"to": f"{node}.a"}))},
            {"op": "set_subgraph", "name": "sub", "document": rng.choice((None, {"nodes": {"i": {"type": "t.make"}}}))},
        ]
    )  # fmt: skip


def operation(made: Any) -> Operation:
    """The model of an operation."""
    return OPERATION.validate_python(made)
