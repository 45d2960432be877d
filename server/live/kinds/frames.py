"""Operations on loop frames: which nodes are in one, what it carries, gathers and ends by."""

from __future__ import annotations

from typing import Any, Literal

from server.endpoint import Body
from server.live.changes import Draft
from server.live.kinds.checks import check_links, frame_there, node_there, put_link
from server.live.kinds.fields import Name, Names, Source
from server.live.limits import check_value


class SetFrame(Body):
    """Put nodes into a loop frame, or (None) out of all."""

    op: Literal["set_frame"]
    nodes: Names
    frame: Name | None


def set_frame(op: SetFrame, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    for node in op.nodes:
        node_there(draft, node)
        if op.frame is None:
            draft.drop(("nodes", node, "in"))
        else:
            frame_there(draft, op.frame, node)
            draft.put(("nodes", node, "in"), op.frame)


class SetCarry(Body):
    """What a frame carries from step to step under a name: its `first` or its `next` value."""

    op: Literal["set_carry"]
    node: Name
    name: Name
    end: Literal["first", "next"]
    value: Any


def set_carry(op: SetCarry, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    frame_there(draft, op.node, op.node)
    check_value(op.value)
    check_links(draft, op.value, op.node, f"carry.{op.name}.{op.end}")
    if not isinstance(draft.get("nodes", op.node, "carry", op.name), dict):
        draft.drop(("nodes", op.node, "carry", op.name))
    draft.put(("nodes", op.node, "carry", op.name, op.end), op.value)


class RemoveCarry(Body):
    """A frame carries a name no more."""

    op: Literal["remove_carry"]
    node: Name
    name: Name


def remove_carry(op: RemoveCarry, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    frame_there(draft, op.node, op.node)
    draft.drop(("nodes", op.node, "carry", op.name))


class SetCollect(Body):
    """What a frame gathers of each step; None gathers it no more."""

    op: Literal["set_collect"]
    node: Name
    name: Name
    source: Source | None


def set_collect(op: SetCollect, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    frame_there(draft, op.node, op.node)
    put_link(draft, ("nodes", op.node, "collect", op.name), op.source, op.node)


class SetUntil(Body):
    """What ends a frame early; None lets it go to the end."""

    op: Literal["set_until"]
    node: Name
    source: Source | None


def set_until(op: SetUntil, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    frame_there(draft, op.node, op.node)
    put_link(draft, ("nodes", op.node, "until"), op.source, op.node)
