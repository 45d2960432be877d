"""Apply operations to a document: a pure function to another document and the changes that lead there.

    after, changes, grown = apply(document, size, operations)

An operation that makes no sense in the document as it is — the node is gone, the name is taken, the link would close a
circle — raises `Refused` with a sentence, and nothing of its edit is taken. What is merely wrong so far (a literal that
does not fit, an input that is missing) is taken: a graph that is being built is wrong most of the time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from engine.errors import nearest
from engine.workflow import as_link
from server.live import operations as ops
from server.live.changes import ABSENT, Change, Draft, Json
from server.live.cycles import has_cycle
from server.live.difference import difference
from server.live.limits import Refused, check_document, check_size, check_value, with_ids
from server.live.paste import paste
from server.live.references import is_frame, named_in, nodes_of, remove_from, rename_in, slots_of_node

LINKING = (ops.AddNode, ops.Link, ops.SetFrame, ops.SetCollect, ops.SetUntil, ops.Paste)


@dataclass(frozen=True)
class Applied:
    """The document after an edit, its size, and the changes."""

    document: Json
    size: int
    changes: tuple[Change, ...]


def apply(document: Json, size: int, operations: Iterable[ops.Operation]) -> Applied:
    """All operations or none. Raises `Refused`; its `operation` says which one it was."""
    draft, linking = Draft(document), False
    for number, operation in enumerate(operations):
        linking = linking or _can_link(operation)
        try:
            _apply(operation, draft)
            check_size(draft.document, size + draft.grown)
        except Refused as refused:
            refused.more.setdefault("operation", number)
            raise
    if linking and has_cycle(draft.document) and not has_cycle(document):
        raise Refused("the links would form a cycle")
    return Applied(draft.document, size + draft.grown, tuple(draft.changes))


def _can_link(operation: ops.Operation) -> bool:
    """Whether an operation can make a link."""
    if isinstance(operation, (ops.SetInput, ops.SetCarry)):
        parts = operation.value if isinstance(operation.value, list) else [operation.value]
        return any(as_link(one) is not None for one in parts)
    return isinstance(operation, LINKING)


@singledispatch
def _apply(operation: Any, draft: Draft) -> None:
    raise TypeError(f"no such operation: {operation!r}")


# nodes


@_apply.register
def _(op: ops.AddNode, draft: Draft) -> None:
    body = check_body(op.body, op.node)
    _free(draft, op.node)
    draft.put(("nodes", op.node), body)
    for path, value in slots_of_node(op.node, body):
        _check_links(draft, value, op.node, ".".join(path[3:] if path[2] == "inputs" else path[2:]))
    if isinstance(body.get("in"), str):
        _frame(draft, body["in"], op.node)
    if op.position is not None:
        _put_ui(draft, "positions", op.node, list(op.position))


@_apply.register
def _(op: ops.RemoveNode, draft: Draft) -> None:
    _node(draft, op.node)
    remove_from(draft, op.node)


@_apply.register
def _(op: ops.RenameNode, draft: Draft) -> None:
    _node(draft, op.node)
    if op.to != op.node:
        _free(draft, op.to)
        rename_in(draft, op.node, op.to)


@_apply.register
def _(op: ops.SetMode, draft: Draft) -> None:
    for node in op.nodes:
        _node(draft, node)
        if op.mode == "normal":
            draft.drop(("nodes", node, "mode"))
        else:
            draft.put(("nodes", node, "mode"), op.mode)


@_apply.register
def _(op: ops.Paste, draft: Draft) -> None:
    for name, body in op.nodes.items():
        check_body(body, name)
    if op.frame is not None:
        _frame(draft, op.frame, op.frame)
    paste(op, draft)


# inputs


@_apply.register
def _(op: ops.SetInput, draft: Draft) -> None:
    _node(draft, op.node)
    check_value(op.value)
    _check_links(draft, op.value, op.node, op.input)
    draft.put(("nodes", op.node, "inputs", op.input), op.value)


@_apply.register
def _(op: ops.ClearInput, draft: Draft) -> None:
    _node(draft, op.node)
    draft.drop(("nodes", op.node, "inputs", op.input))


@_apply.register
def _(op: ops.Link, draft: Draft) -> None:
    _node(draft, op.node)
    link: Any = {"from": op.source}
    _check_links(draft, link, op.node, op.input)
    path = ("nodes", op.node, "inputs", op.input)
    if op.append:
        there = draft.get(*path)
        link = [*(there if isinstance(there, list) else [] if there is ABSENT else [there]), link]
    draft.put(path, link)


@_apply.register
def _(op: ops.Unlink, draft: Draft) -> None:
    _node(draft, op.node)
    path = ("nodes", op.node, "inputs", op.input)
    there = draft.get(*path)
    parts = there if isinstance(there, list) else [there]
    gone = [one for one in parts if as_link(one) and (op.source is None or one["from"] == op.source)]
    if not gone:
        to = f" to {op.source}" if op.source else ""
        raise Refused(f"the input is not linked{to}", node=op.node, input=op.input)
    if isinstance(there, list):
        first = parts.index(gone[0])
        kept = [one for at, one in enumerate(parts) if (one not in gone if op.source is None else at != first)]
        draft.put(path, kept)
    else:
        draft.drop(path)


# frames


@_apply.register
def _(op: ops.SetFrame, draft: Draft) -> None:
    for node in op.nodes:
        _node(draft, node)
        if op.frame is None:
            draft.drop(("nodes", node, "in"))
        else:
            _frame(draft, op.frame, node)
            draft.put(("nodes", node, "in"), op.frame)


@_apply.register
def _(op: ops.SetCarry, draft: Draft) -> None:
    _frame(draft, op.node, op.node)
    check_value(op.value)
    _check_links(draft, op.value, op.node, f"carry.{op.name}.{op.end}")
    if not isinstance(draft.get("nodes", op.node, "carry", op.name), dict):
        draft.drop(("nodes", op.node, "carry", op.name))
    draft.put(("nodes", op.node, "carry", op.name, op.end), op.value)


@_apply.register
def _(op: ops.RemoveCarry, draft: Draft) -> None:
    _frame(draft, op.node, op.node)
    draft.drop(("nodes", op.node, "carry", op.name))


@_apply.register
def _(op: ops.SetCollect, draft: Draft) -> None:
    _frame(draft, op.node, op.node)
    _put_link(draft, ("nodes", op.node, "collect", op.name), op.source, op.node)


@_apply.register
def _(op: ops.SetUntil, draft: Draft) -> None:
    _frame(draft, op.node, op.node)
    _put_link(draft, ("nodes", op.node, "until"), op.source, op.node)


# what is shown


@_apply.register
def _(op: ops.Move, draft: Draft) -> None:
    there = nodes_of(draft.document)
    found = {node: position for node, position in op.positions.items() if node in there}
    if not found:
        raise Refused("the nodes are gone", node=next(iter(op.positions)))
    for node, position in found.items():
        _put_ui(draft, "positions", node, list(position))


@_apply.register
def _(op: ops.SetLook, draft: Draft) -> None:
    _node(draft, op.node)
    check_value(op.value)
    if op.value is None:
        draft.drop(("ui", "nodes", op.node, op.key))
    else:
        if not isinstance(draft.get("ui", "nodes", op.node), dict):
            draft.drop(("ui", "nodes", op.node))
        draft.put(("ui", "nodes", op.node, op.key), op.value)


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


@_apply.register
def _(op: ops.AddGroup, draft: Draft) -> None:
    _add_item(draft, "groups", op.group, op.body)


@_apply.register
def _(op: ops.EditGroup, draft: Draft) -> None:
    _edit_item(draft, "groups", op.group, op.body)


@_apply.register
def _(op: ops.RemoveGroup, draft: Draft) -> None:
    _edit_item(draft, "groups", op.group, None)


@_apply.register
def _(op: ops.AddNote, draft: Draft) -> None:
    _add_item(draft, "notes", op.note, op.body)


@_apply.register
def _(op: ops.EditNote, draft: Draft) -> None:
    _edit_item(draft, "notes", op.note, op.body)


@_apply.register
def _(op: ops.RemoveNote, draft: Draft) -> None:
    _edit_item(draft, "notes", op.note, None)


# the document


@_apply.register
def _(op: ops.SetMeta, draft: Draft) -> None:
    _put_or_drop(draft, (op.key,), op.value)


@_apply.register
def _(op: ops.SetInterface, draft: Draft) -> None:
    check_value(op.value)
    value = op.value or {}
    for node in (*named_in(("interface", "to"), value.get("to")), *named_in(("interface",), value)):
        _node(draft, node)
    _put_or_drop(draft, ("interface", op.side, op.name), op.value)


@_apply.register
def _(op: ops.SetSubgraph, draft: Draft) -> None:
    if op.document is not None:
        check_document(op.document)
    _put_or_drop(draft, ("subgraphs", op.name), op.document)


@_apply.register
def _(op: ops.Replace, draft: Draft) -> None:
    difference(draft, with_ids(check_document(op.document)))


# what they share


def check_body(body: Json, node: str) -> Json:
    """The object of a node. Raises `Refused` for what is none."""
    check_value(body)
    if not isinstance(body.get("type"), str):
        raise Refused("a node has a type", node=node, status=400)
    for key in ("inputs", "carry", "collect"):
        if not isinstance(body.get(key, {}), dict):
            raise Refused(f"{key}: expected an object", node=node, status=400)
    if not isinstance(body.get("in", ""), str):
        raise Refused("in: expected the name of a frame", node=node, status=400)
    return body


def _near(name: str, among: Iterable[str]) -> dict[str, Any]:
    found = nearest(name, among)
    return {"nearest": found} if found else {}


def _node(draft: Draft, node: str) -> None:
    if draft.get("nodes", node) is ABSENT:
        raise Refused(f"there is no node {node!r}", node=node, **_near(node, list(nodes_of(draft.document))[:500]))


def _free(draft: Draft, node: str) -> None:
    if draft.get("nodes", node) is not ABSENT:
        raise Refused(f"the name {node!r} is taken", node=node)


def _frame(draft: Draft, frame: str, node: str) -> None:
    _node(draft, frame)
    if not is_frame(draft.get("nodes", frame)):
        raise Refused(f"{frame!r} is no loop", node=node)


def _check_links(draft: Draft, value: Any, node: str, input: str | None = None) -> None:
    for one in value if isinstance(value, list) else [value]:
        link = as_link(one)
        if link is not None and draft.get("nodes", link.node) is ABSENT:
            like = _near(link.node, list(nodes_of(draft.document))[:500])
            raise Refused(f"there is no node {link.node[:80]!r} to link to", node=node, input=input, **like)


def _put_link(draft: Draft, path: tuple[str, ...], source: str | None, node: str) -> None:
    link = None if source is None else {"from": source}
    _check_links(draft, link, node, ".".join(path[2:]))
    _put_or_drop(draft, path, link)


def _put_or_drop(draft: Draft, path: tuple[str, ...], value: Any) -> None:
    if value is None:
        draft.drop(path)
    else:
        draft.put(path, value)


def _put_ui(draft: Draft, part: str, node: str, value: Any) -> None:
    draft.put(("ui", part, node), value)
