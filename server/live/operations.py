"""The operations: what a client can do to a document, as models. `op` says which one it is.

Several of them in one edit are taken together or not at all, and are one step of undo. What cannot be said with them —
a new format, say — is a `replace`, which the server takes apart into the changes that it is.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StrictFloat, StrictInt, StringConstraints, TypeAdapter

from server.endpoint import Body

Name = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_-]{0,63}$")]
Key = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Title = Annotated[str, StringConstraints(max_length=10_000)]
Coordinate = Annotated[StrictInt, Field(ge=-(10**9), le=10**9)] | Annotated[StrictFloat, Field(ge=-1e9, le=1e9)]
Position = Annotated[list[Coordinate], Field(min_length=2, max_length=2)]
Names = Annotated[list[Name], Field(min_length=1, max_length=10_000)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
Source = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_-]{0,63}(\.[^\x00-\x1f]{1,128})?$")]


class AddNode(Body):
    """A new node; `body` is what stands in the document: type, inputs, in, mode, …"""

    op: Literal["add_node"]
    node: Name
    body: dict[str, Any]
    position: Position | None = None


class RemoveNode(Body):
    """Remove a node, and the links that read it."""

    op: Literal["remove_node"]
    node: Name


class RenameNode(Body):
    """Another name; all links follow."""

    op: Literal["rename_node"]
    node: Name
    to: Name


class SetInput(Body):
    """A literal, a curve, a quoted value, a link or a list of them."""

    op: Literal["set_input"]
    node: Name
    input: Key
    value: Any


class ClearInput(Body):
    """Back to the default."""

    op: Literal["clear_input"]
    node: Name
    input: Key


class Link(Body):
    """An input reads an output, `node` or `node.output`; with `append`, as one more of a list."""

    op: Literal["link"]
    node: Name
    input: Key
    source: Source
    append: bool = False


class Unlink(Body):
    """An input reads nothing more; of a list, not the one `source`."""

    op: Literal["unlink"]
    node: Name
    input: Key
    source: Source | None = None


class SetMode(Body):
    """Bypass, mute, freeze ({"frozen": digest}) or normal."""

    op: Literal["set_mode"]
    nodes: Names
    mode: Literal["normal", "bypass", "mute"] | dict[Literal["frozen"], Annotated[str, Field(max_length=64)]]


class Move(Body):
    """Where nodes are shown. Nodes that are gone are left out."""

    op: Literal["move"]
    positions: Annotated[dict[Name, Position], Field(min_length=1, max_length=10_000)]


class SetLook(Body):
    """How a node is shown: collapsed, its colour, which widgets are sockets. None takes the key away."""

    op: Literal["set_look"]
    node: Name
    key: Key
    value: Any


class AddGroup(Body):
    """A group around nodes. `body`: nodes, title, colour, … as the editor likes."""

    op: Literal["add_group"]
    group: Id
    body: dict[str, Any]


class EditGroup(Body):
    """Set keys of a group (its title, its nodes, …); None takes a key away."""

    op: Literal["edit_group"]
    group: Id
    body: dict[str, Any]


class RemoveGroup(Body):
    """Take a group away; its nodes stay."""

    op: Literal["remove_group"]
    group: Id


class AddNote(Body):
    """A comment on the canvas: text, position, size, …"""

    op: Literal["add_note"]
    note: Id
    body: dict[str, Any]


class EditNote(Body):
    """Set keys of a comment; None takes a key away."""

    op: Literal["edit_note"]
    note: Id
    body: dict[str, Any]


class RemoveNote(Body):
    """Take a comment away."""

    op: Literal["remove_note"]
    note: Id


class SetFrame(Body):
    """Put nodes into a loop frame, or (None) out of all."""

    op: Literal["set_frame"]
    nodes: Names
    frame: Name | None


class SetCarry(Body):
    """What a frame carries from step to step under a name: its `first` or its `next` value."""

    op: Literal["set_carry"]
    node: Name
    name: Name
    end: Literal["first", "next"]
    value: Any


class RemoveCarry(Body):
    """A frame carries a name no more."""

    op: Literal["remove_carry"]
    node: Name
    name: Name


class SetCollect(Body):
    """What a frame gathers of each step; None gathers it no more."""

    op: Literal["set_collect"]
    node: Name
    name: Name
    source: Source | None


class SetUntil(Body):
    """What ends a frame early; None lets it go to the end."""

    op: Literal["set_until"]
    node: Name
    source: Source | None


class Paste(Body):
    """A fragment: nodes with the links among them, under names that are free. Links out of it stay where they fit."""

    op: Literal["paste"]
    nodes: Annotated[dict[Name, dict[str, Any]], Field(min_length=1, max_length=10_000)]
    positions: dict[Name, Position] = Field(default_factory=dict)
    offset: Position | None = None
    frame: Name | None = None


class SetMeta(Body):
    """The name or the description of the workflow; None takes it away."""

    op: Literal["set_meta"]
    key: Literal["name", "description"]
    value: Title | None


class SetInterface(Body):
    """An input ({"to": "node.input"}) or output ({"from": "node.output"}) that a caller sees; None takes it away."""

    op: Literal["set_interface"]
    side: Literal["inputs", "outputs"]
    name: Name
    value: dict[str, Any] | None


class SetSubgraph(Body):
    """An embedded workflow; None takes it away."""

    op: Literal["set_subgraph"]
    name: Key
    document: dict[str, Any] | None


class Replace(Body):
    """The whole document becomes another one."""

    op: Literal["replace"]
    document: dict[str, Any]


Operation = Annotated[
    AddNode
    | RemoveNode
    | RenameNode
    | SetInput
    | ClearInput
    | Link
    | Unlink
    | SetMode
    | Move
    | SetLook
    | AddGroup
    | EditGroup
    | RemoveGroup
    | AddNote
    | EditNote
    | RemoveNote
    | SetFrame
    | SetCarry
    | RemoveCarry
    | SetCollect
    | SetUntil
    | Paste
    | SetMeta
    | SetInterface
    | SetSubgraph
    | Replace,
    Field(discriminator="op"),
]
OPERATION: TypeAdapter[Operation] = TypeAdapter(Operation)

Operations = Annotated[list[Operation], Field(min_length=1, max_length=1000)]


class Edit(Body):
    """Operations that are taken together or not at all. `id`: chosen by the client; sent again, it is done once."""

    id: Id
    operations: Operations
