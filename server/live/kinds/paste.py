"""Paste: a fragment of another graph, or of this one, under names that are free.

Links among the pasted nodes follow their new names. A link to a node outside the fragment stays if there is such a node
here, and goes if there is not. A node whose frame came along is in that frame; any other is in the frame that the paste
is aimed at.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Annotated, Any, Literal

from pydantic import Field

from server.endpoint import Body
from server.live.changes import ABSENT, Draft, Json
from server.live.kinds.checks import check_body, frame_there
from server.live.kinds.fields import Name, Position
from server.live.references import nodes_of, slots_of_node, with_names

LONGEST = 64
NUMBER = re.compile(r"_[0-9]{1,6}\Z")


def free_name(name: str, taken: Container[str]) -> str:
    """The name, or the first of name_2, name_3, … that is free."""
    if name not in taken:
        return name
    base = NUMBER.sub("", name) or name
    number = 2
    while (made := f"{base[: LONGEST - 1 - len(str(number))]}_{number}") in taken:
        number += 1
    return made


class Paste(Body):
    """A fragment: nodes with the links among them, under names that are free. Links out of it stay where they fit."""

    op: Literal["paste"]
    nodes: Annotated[dict[Name, dict[str, Any]], Field(min_length=1, max_length=10_000)]
    positions: dict[Name, Position] = Field(default_factory=dict)
    offset: Position | None = None
    frame: Name | None = None


def paste(op: Paste, draft: Draft) -> None:
    """Put the nodes of a fragment into a document. Raises `Refused`."""
    for name, body in op.nodes.items():
        check_body(body, name)
    if op.frame is not None:
        frame_there(draft, op.frame, op.frame)
    there = nodes_of(draft.document)
    taken = set(there)
    names: dict[str, str] = {}
    for name in op.nodes:
        names[name] = free_name(name, taken)
        taken.add(names[name])

    def named(name: str) -> str | None:
        return names.get(name) or (name if name in there else None)

    x, y = op.offset or (0, 0)
    for name, body in op.nodes.items():
        made = Draft({"nodes": {name: body}})
        for path, value in list(slots_of_node(name, body)):
            mapped = with_names(path, value, named)
            if mapped is ABSENT:
                made.drop(path)
            else:
                made.put(path, mapped)
        inside: Json = dict(made.document["nodes"][name])
        frame = names.get(inside.get("in", ""), op.frame)
        inside = {key: value for key, value in inside.items() if key != "in"}
        draft.put(("nodes", names[name]), inside | ({"in": frame} if frame is not None else {}))
        if name in op.positions:
            left, top = op.positions[name]
            draft.put(("ui", "positions", names[name]), [left + x, top + y])
