"""Operations on what is only shown: places and looks of nodes, groups, notes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from server.endpoint import Body
from server.live.changes import ABSENT, Draft, Json
from server.live.kinds.checks import node_there, put_position
from server.live.kinds.fields import Id, Key, Name, Position
from server.live.limits import Refused, check_value
from server.live.references import nodes_of


class Move(Body):
    """Where nodes are shown. Nodes that are gone are left out."""

    op: Literal["move"]
    positions: Annotated[dict[Name, Position], Field(min_length=1, max_length=10_000)]


def move(op: Move, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    there = nodes_of(draft.document)
    found = {node: position for node, position in op.positions.items() if node in there}
    if not found:
        raise Refused("the nodes are gone", node=next(iter(op.positions)))
    for node, position in found.items():
        put_position(draft, node, list(position))


class SetLook(Body):
    """How a node is shown: collapsed, its colour, which widgets are sockets. None takes the key away."""

    op: Literal["set_look"]
    node: Name
    key: Key
    value: Any


def set_look(op: SetLook, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    node_there(draft, op.node)
    check_value(op.value)
    if op.value is None:
        draft.drop(("ui", "nodes", op.node, op.key))
    else:
        if not isinstance(draft.get("ui", "nodes", op.node), dict):
            draft.drop(("ui", "nodes", op.node))
        draft.put(("ui", "nodes", op.node, op.key), op.value)


class AddGroup(Body):
    """A group around nodes. `body`: nodes, title, colour, … as the editor likes."""

    op: Literal["add_group"]
    group: Id
    body: dict[str, Any]


def add_group(op: AddGroup, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    _add_item(draft, "groups", op.group, op.body)


class EditGroup(Body):
    """Set keys of a group (its title, its nodes, …); None takes a key away."""

    op: Literal["edit_group"]
    group: Id
    body: dict[str, Any]


def edit_group(op: EditGroup, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    _edit_item(draft, "groups", op.group, op.body)


class RemoveGroup(Body):
    """Take a group away; its nodes stay."""

    op: Literal["remove_group"]
    group: Id


def remove_group(op: RemoveGroup, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    _edit_item(draft, "groups", op.group, None)


class AddNote(Body):
    """A comment on the canvas: text, position, size, …"""

    op: Literal["add_note"]
    note: Id
    body: dict[str, Any]


def add_note(op: AddNote, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    _add_item(draft, "notes", op.note, op.body)


class EditNote(Body):
    """Set keys of a comment; None takes a key away."""

    op: Literal["edit_note"]
    note: Id
    body: dict[str, Any]


def edit_note(op: EditNote, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    _edit_item(draft, "notes", op.note, op.body)


class RemoveNote(Body):
    """Take a comment away."""

    op: Literal["remove_note"]
    note: Id


def remove_note(op: RemoveNote, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    _edit_item(draft, "notes", op.note, None)


def _add_item(draft: Draft, shelf: str, key: str, body: Json) -> None:
    check_value(body)
    if draft.get("ui", shelf) is ABSENT:
        draft.put(("ui", shelf), [])
    if draft.get("ui", shelf, key) is not ABSENT:
        raise Refused(f"{key!r} is there already")
    draft.put(("ui", shelf, key), {**body, "id": key})


def _edit_item(draft: Draft, shelf: str, key: str, body: Json | None) -> None:
    if draft.get("ui", shelf, key) is ABSENT:
        raise Refused(f"{key!r} is gone")
    if body is None:
        draft.drop(("ui", shelf, key))
        return
    check_value(body)
    for name, value in body.items():
        if name != "id" and value is None:
            draft.drop(("ui", shelf, key, name))
        elif name != "id":
            draft.put(("ui", shelf, key, name), value)
