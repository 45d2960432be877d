"""Operations on nodes: add, remove, rename, their mode."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from server.endpoint import Body
from server.live.changes import Draft
from server.live.kinds.checks import check_body, check_links, frame_there, name_free, node_there, put_position
from server.live.kinds.fields import Name, Names, Position
from server.live.references import remove_from, rename_in, slots_of_node


class AddNode(Body):
    """A new node; `body` is what stands in the document: type, inputs, in, mode, …"""

    op: Literal["add_node"]
    node: Name
    body: dict[str, Any]
    position: Position | None = None


def add_node(op: AddNode, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    body = check_body(op.body, op.node)
    name_free(draft, op.node)
    draft.put(("nodes", op.node), body)
    for path, value in slots_of_node(op.node, body):
        check_links(draft, value, op.node, ".".join(path[3:] if path[2] == "inputs" else path[2:]))
    if isinstance(body.get("in"), str):
        frame_there(draft, body["in"], op.node)
    if op.position is not None:
        put_position(draft, op.node, list(op.position))


class RemoveNode(Body):
    """Remove a node, and the links that read it."""

    op: Literal["remove_node"]
    node: Name


def remove_node(op: RemoveNode, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    node_there(draft, op.node)
    remove_from(draft, op.node)


class RenameNode(Body):
    """Another name; all links follow."""

    op: Literal["rename_node"]
    node: Name
    to: Name


def rename_node(op: RenameNode, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    node_there(draft, op.node)
    if op.to != op.node:
        name_free(draft, op.to)
        rename_in(draft, op.node, op.to)


class SetMode(Body):
    """Bypass, mute, freeze ({"frozen": digest}) or normal."""

    op: Literal["set_mode"]
    nodes: Names
    mode: Literal["normal", "bypass", "mute"] | dict[Literal["frozen"], Annotated[str, Field(max_length=64)]]


def set_mode(op: SetMode, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    for node in op.nodes:
        node_there(draft, node)
        if op.mode == "normal":
            draft.drop(("nodes", node, "mode"))
        else:
            draft.put(("nodes", node, "mode"), op.mode)
