"""What operations share: that what they name is there, or free."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.errors import nearest
from engine.workflow import as_link
from server.live.changes import ABSENT, Draft, Json
from server.live.limits import Refused, check_value
from server.live.references import is_frame, nodes_of


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


def near(name: str, among: Iterable[str]) -> dict[str, Any]:
    """The name that is meant, perhaps, for a refusal."""
    found = nearest(name, among)
    return {"nearest": found} if found else {}


def node_there(draft: Draft, node: str) -> None:
    """Raises `Refused` if there is no such node."""
    if draft.get("nodes", node) is ABSENT:
        raise Refused(f"there is no node {node!r}", node=node, **near(node, list(nodes_of(draft.document))[:500]))


def name_free(draft: Draft, node: str) -> None:
    """Raises `Refused` if there is such a node."""
    if draft.get("nodes", node) is not ABSENT:
        raise Refused(f"the name {node!r} is taken", node=node)


def frame_there(draft: Draft, frame: str, node: str) -> None:
    """Raises `Refused` if there is no such loop."""
    node_there(draft, frame)
    if not is_frame(draft.get("nodes", frame)):
        raise Refused(f"{frame!r} is no loop", node=node)


def check_links(draft: Draft, value: Any, node: str, input: str | None = None) -> None:
    """Raises `Refused` if a value links to what is not there."""
    for one in value if isinstance(value, list) else [value]:
        link = as_link(one)
        if link is not None and draft.get("nodes", link.node) is ABSENT:
            like = near(link.node, list(nodes_of(draft.document))[:500])
            raise Refused(f"there is no node {link.node[:80]!r} to link to", node=node, input=input, **like)


def put_link(draft: Draft, path: tuple[str, ...], source: str | None, node: str) -> None:
    """Put a link, or take it away."""
    link = None if source is None else {"from": source}
    check_links(draft, link, node, ".".join(path[2:]))
    put_or_drop(draft, path, link)


def put_or_drop(draft: Draft, path: tuple[str, ...], value: Any) -> None:
    """Put a value; None takes it away."""
    if value is None:
        draft.drop(path)
    else:
        draft.put(path, value)


def put_position(draft: Draft, node: str, value: list[float]) -> None:
    """Where a node is shown."""
    draft.put(("ui", "positions", node), value)
