"""Operations on the document: its name, its interface, its subgraphs, all of it."""

from __future__ import annotations

from typing import Any, Literal

from server.endpoint import Body
from server.live.changes import Draft
from server.live.difference import difference
from server.live.kinds.checks import node_there, put_or_drop
from server.live.kinds.fields import Key, Name, Title
from server.live.limits import check_document, check_value, normal
from server.live.references import named_in


class SetMeta(Body):
    """The name or the description of the workflow; None takes it away."""

    op: Literal["set_meta"]
    key: Literal["name", "description"]
    value: Title | None


def set_meta(op: SetMeta, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    put_or_drop(draft, (op.key,), op.value)


class SetInterface(Body):
    """An input ({"to": "node.input"}) or output ({"from": "node.output"}) that a caller sees; None takes it away."""

    op: Literal["set_interface"]
    side: Literal["inputs", "outputs"]
    name: Name
    value: dict[str, Any] | None


def set_interface(op: SetInterface, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    check_value(op.value)
    value = op.value or {}
    for node in (*named_in(("interface", "to"), value.get("to")), *named_in(("interface",), value)):
        node_there(draft, node)
    put_or_drop(draft, ("interface", op.side, op.name), op.value)


class SetSubgraph(Body):
    """An embedded workflow; None takes it away."""

    op: Literal["set_subgraph"]
    name: Key
    document: dict[str, Any] | None


def set_subgraph(op: SetSubgraph, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    if op.document is not None:
        check_document(op.document)
    put_or_drop(draft, ("subgraphs", op.name), op.document)
    if draft.get("subgraphs") == {}:
        draft.drop(("subgraphs",))


class Replace(Body):
    """The whole document becomes another one."""

    op: Literal["replace"]
    document: dict[str, Any]


def replace(op: Replace, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    difference(draft, normal(check_document(op.document)))
