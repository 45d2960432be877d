"""Where a document speaks of its nodes, so that links follow a rename and go with a node that is removed.

A slot is a place whose value can hold links: inputs of nodes, carry, collect and until of frames, the interface. Beside
those, nodes are named by `in` (the frame that a node is in), by groups and reroutes, and as keys of `ui.positions` and
`ui.nodes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.workflow import LOOP, as_link
from server.live import reroutes
from server.live.changes import ABSENT, Draft, Json, Path

LOOKS = ("positions", "nodes")  # parts of `ui` whose keys are nodes


def nodes_of(document: Json) -> Json:
    """The nodes by name."""
    nodes = document.get("nodes")
    return nodes if isinstance(nodes, dict) else {}


def is_frame(body: Any) -> bool:
    """Whether a node is a loop frame."""
    kind = body.get("type") if isinstance(body, dict) else None
    return isinstance(kind, str) and kind.partition("@")[0] == LOOP


def part(holder: Any, key: str) -> Json:
    """An object in an object; empty if there is none."""
    found = holder.get(key) if isinstance(holder, dict) else None
    return found if isinstance(found, dict) else {}


def slots_of_node(name: str, body: Any) -> Iterator[tuple[Path, Any]]:
    """The slots of one node."""
    at = ("nodes", name)
    for key, value in part(body, "inputs").items():
        yield (*at, "inputs", key), value
    for key, ends in part(body, "carry").items():
        for end, value in ends.items() if isinstance(ends, dict) else ():
            yield (*at, "carry", key, end), value
    for key, value in part(body, "collect").items():
        yield (*at, "collect", key), value
    if isinstance(body, dict) and "until" in body:
        yield (*at, "until"), body["until"]


def slots(document: Json) -> Iterator[tuple[Path, Any]]:
    """Every slot of the document."""
    for name, body in nodes_of(document).items():
        yield from slots_of_node(name, body)
    interface = part(document, "interface")
    for key, entry in part(interface, "inputs").items():
        if isinstance(entry, dict) and "to" in entry:
            yield ("interface", "inputs", key, "to"), entry["to"]
    for key, value in part(interface, "outputs").items():
        yield ("interface", "outputs", key), value


def named_in(path: Path, value: Any) -> Iterator[str]:
    """The nodes that a slot's value names."""
    parts = value if isinstance(value, list) else [value]
    for one in parts:
        link = as_link(one)
        if link is not None:
            yield link.node
        elif path[-1] == "to" and path[0] == "interface" and isinstance(one, str):
            yield one.rpartition(".")[0]


def with_names(path: Path, value: Any, name: Callable[[str], str | None]) -> Any:
    """A slot's value with every node's name mapped; what maps to None goes (ABSENT if nothing is left)."""
    if isinstance(value, list):
        kept = [made for one in value if (made := with_names(path, one, name)) is not ABSENT]
        return ABSENT if not kept and value and path[0] == "interface" else kept
    link = as_link(value)
    if link is not None:
        to = name(link.node)
        if to is None:
            return ABSENT
        return {"from": to if link.output is None else f"{to}.{link.output}"}
    if path[-1] == "to" and path[0] == "interface" and isinstance(value, str):
        node, dot, socket = value.rpartition(".")
        to = name(node)
        return ABSENT if to is None else f"{to}{dot}{socket}"
    return value


def rename_in(draft: Draft, node: str, to: str) -> None:
    """Rename a node and all that names it."""
    draft.rename(("nodes", node), to)
    _remap(draft, {node}, lambda name: to if name == node else name)
    for look in LOOKS:
        if draft.get("ui", look, node) is not ABSENT and draft.get("ui", look, to) is ABSENT:
            draft.rename(("ui", look, node), to)


def renamed_in(draft: Draft, names: Mapping[str, str]) -> None:
    """Let all that names nodes speak of them by other names; the nodes themselves stay as they are."""
    _remap(draft, set(names), lambda name: names.get(name, name))


def remove_from(draft: Draft, node: str) -> None:
    """Remove a node and all that names it; what a frame holds moves to the frame around it."""
    body = draft.get("nodes", node)
    around = body.get("in") if is_frame(body) else None
    for name, other in nodes_of(draft.document).items():
        if isinstance(other, dict) and other.get("in") == node and name != node and isinstance(around, str):
            draft.put(("nodes", name, "in"), around)
    _remap(draft, {node}, lambda name: None if name == node else name, but=node)
    for look in LOOKS:
        if isinstance(draft.get("ui", look), dict):
            draft.drop(("ui", look, node))
    draft.drop(("nodes", node))


def dangling(document: Json) -> set[str]:
    """Names that links, frames' members, groups or the interface speak of, and no node has."""
    known = nodes_of(document)
    found = {name for path, value in slots(document) for name in named_in(path, value)}
    found |= {body["in"] for body in known.values() if isinstance(body, dict) and isinstance(body.get("in"), str)}
    return found - set(known)


def sweep(draft: Draft, gone: set[str]) -> None:
    """Remove all that names nodes which are gone."""
    if gone:
        _remap(draft, gone, lambda name: None if name in gone else name)


def _remap(draft: Draft, names: set[str], name: Callable[[str], str | None], but: str | None = None) -> None:
    for path, value in list(slots(draft.document)):
        if path[:2] == ("nodes", but) or not names.intersection(named_in(path, value)):
            continue
        made = with_names(path, value, name)
        if made is not ABSENT:
            draft.put(path, made)
        else:
            draft.drop(path[:-1] if path[0] == "interface" and path[-1] == "to" else path)
    for other, body in list(nodes_of(draft.document).items()):
        inside = body.get("in") if isinstance(body, dict) else None
        if inside in names and other != but and isinstance(inside, str):
            to = name(inside)
            if to is None:
                draft.drop(("nodes", other, "in"))
            else:
                draft.put(("nodes", other, "in"), to)
    groups = draft.get("ui", "groups")
    for group in groups if isinstance(groups, list) else ():
        members = group.get("nodes") if isinstance(group, dict) else None
        if isinstance(group.get("id") if isinstance(group, dict) else None, str) and isinstance(members, list):
            kept = [name(one) if isinstance(one, str) and one in names else one for one in members]
            if kept != members:
                draft.put(("ui", "groups", group["id"], "nodes"), [one for one in kept if one is not None])
    reroutes.remap(draft, lambda one: name(one) if one in names else one)
