"""Apply operations to a document: a pure function to another document and the changes that lead there.

    after, changes, grown = apply(document, size, operations)

An operation that makes no sense in the document as it is — the node is gone, the name is taken, the link would close a
circle — raises `Refused` with a sentence, and nothing of its edit is taken. What is merely wrong so far (a literal that
does not fit, an input that is missing) is taken: a graph that is being built is wrong most of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.workflow import as_link
from server.live.changes import Change, Draft, Json
from server.live.cycles import has_cycle
from server.live.kinds import document, frames, inputs, looks, nodes, paste, reroutes
from server.live.limits import Refused, check_size
from server.live.operations import Operation
from server.live.reroutes import settle

LINKING = (nodes.AddNode, inputs.Link, frames.SetFrame, frames.SetCollect, frames.SetUntil, paste.Paste)

HOW: Mapping[type, Callable[[Any, Draft], None]] = {
    nodes.AddNode: nodes.add_node,
    nodes.RemoveNode: nodes.remove_node,
    nodes.RenameNode: nodes.rename_node,
    inputs.SetInput: inputs.set_input,
    inputs.ClearInput: inputs.clear_input,
    inputs.Link: inputs.link,
    inputs.Unlink: inputs.unlink,
    nodes.SetMode: nodes.set_mode,
    looks.Move: looks.move,
    looks.SetLook: looks.set_look,
    looks.AddGroup: looks.add_group,
    looks.EditGroup: looks.edit_group,
    looks.RemoveGroup: looks.remove_group,
    looks.AddNote: looks.add_note,
    looks.EditNote: looks.edit_note,
    looks.RemoveNote: looks.remove_note,
    reroutes.AddReroute: reroutes.add_reroute,
    reroutes.EditReroute: reroutes.edit_reroute,
    reroutes.RemoveReroute: reroutes.remove_reroute,
    frames.SetFrame: frames.set_frame,
    frames.SetCarry: frames.set_carry,
    frames.RemoveCarry: frames.remove_carry,
    frames.SetCollect: frames.set_collect,
    frames.SetUntil: frames.set_until,
    paste.Paste: paste.paste,
    document.SetMeta: document.set_meta,
    document.SetInterface: document.set_interface,
    document.SetSubgraph: document.set_subgraph,
    document.Replace: document.replace,
}
"""What does each operation."""


@dataclass(frozen=True)
class Applied:
    """The document after an edit, its size, and the changes."""

    document: Json
    size: int
    changes: tuple[Change, ...]


def apply(document: Json, size: int, operations: Iterable[Operation]) -> Applied:
    """All operations or none. Raises `Refused`; its `operation` says which one it was."""
    draft, linking = Draft(document), False
    for number, operation in enumerate(operations):
        linking = linking or _can_link(operation)
        try:
            HOW[type(operation)](operation, draft)
            check_size(draft.document, size + draft.grown)
        except Refused as refused:
            refused.more.setdefault("operation", number)
            raise
    if linking and has_cycle(draft.document) and not has_cycle(document):
        raise Refused("the links would form a cycle")
    settle(draft)
    return Applied(draft.document, size + draft.grown, tuple(draft.changes))


def _can_link(operation: Operation) -> bool:
    """Whether an operation can make a link."""
    if isinstance(operation, (inputs.SetInput, frames.SetCarry)):
        parts = operation.value if isinstance(operation.value, list) else [operation.value]
        return any(as_link(one) is not None for one in parts)
    return isinstance(operation, LINKING)
