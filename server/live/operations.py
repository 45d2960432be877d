"""The operations: what a client can do to a document, as models. `op` says which one it is.

Several of them in one edit are taken together or not at all, and are one step of undo. What cannot be said with them —
a new format, say — is a `replace`, which the server takes apart into the changes that it is.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter

from server.endpoint import Body
from server.live.kinds.document import Replace, SetInterface, SetMeta, SetSubgraph
from server.live.kinds.fields import Id
from server.live.kinds.frames import RemoveCarry, SetCarry, SetCollect, SetFrame, SetUntil
from server.live.kinds.inputs import ClearInput, Link, SetInput, Unlink
from server.live.kinds.looks import AddGroup, AddNote, EditGroup, EditNote, Move, RemoveGroup, RemoveNote, SetLook
from server.live.kinds.nodes import AddNode, RemoveNode, RenameNode, SetMode
from server.live.kinds.paste import Paste
from server.live.kinds.reroutes import AddReroute, EditReroute, RemoveReroute

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
    | AddReroute
    | EditReroute
    | RemoveReroute
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
OPERATION: TypeAdapter[Operation] = TypeAdapter(Operation, config=ConfigDict(defer_build=True))

Operations = Annotated[list[Operation], Field(min_length=1, max_length=1000)]


class Edit(Body):
    """Operations that are taken together or not at all. `id`: chosen by the client; sent again, it is done once."""

    id: Id
    operations: Operations
