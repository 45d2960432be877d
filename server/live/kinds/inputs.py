"""Operations on the inputs of nodes: literals and links."""

from __future__ import annotations

from typing import Any, Literal

from engine.workflow import as_link
from server.endpoint import Body
from server.live.changes import ABSENT, Draft
from server.live.kinds.checks import check_links, node_there
from server.live.kinds.fields import Key, Name, Source
from server.live.limits import Refused, check_value


class SetInput(Body):
    """A literal, a curve, a quoted value, a link or a list of them."""

    op: Literal["set_input"]
    node: Name
    input: Key
    value: Any


def set_input(op: SetInput, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    node_there(draft, op.node)
    check_value(op.value)
    check_links(draft, op.value, op.node, op.input)
    draft.put(("nodes", op.node, "inputs", op.input), op.value)


class ClearInput(Body):
    """Back to the default."""

    op: Literal["clear_input"]
    node: Name
    input: Key


def clear_input(op: ClearInput, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    node_there(draft, op.node)
    draft.drop(("nodes", op.node, "inputs", op.input))


class Link(Body):
    """An input reads an output, `node` or `node.output`; with `append`, as one more of a list."""

    op: Literal["link"]
    node: Name
    input: Key
    source: Source
    append: bool = False


def link(op: Link, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    node_there(draft, op.node)
    link: Any = {"from": op.source}
    check_links(draft, link, op.node, op.input)
    path = ("nodes", op.node, "inputs", op.input)
    if op.append:
        there = draft.get(*path)
        link = [*(there if isinstance(there, list) else [] if there is ABSENT else [there]), link]
    draft.put(path, link)


class Unlink(Body):
    """An input reads nothing more; of a list, not the one `source`."""

    op: Literal["unlink"]
    node: Name
    input: Key
    source: Source | None = None


def unlink(op: Unlink, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    node_there(draft, op.node)
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
