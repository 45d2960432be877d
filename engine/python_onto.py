"""What a program does not say of a workflow, from the one that it was written of: places, notes, groups, reroutes.

`ui` goes over by the names of nodes. A node whose variable was renamed is found again: of the nodes that are gone and
those that came, two of one type belong together, the most alike first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.workflow import as_link

Json = dict[str, Any]
MOST_COMPARED = 300  # nodes that came, beyond which nobody has renamed them


def onto(document: Json, old: Mapping[str, Any]) -> tuple[Json, dict[str, str]]:
    """The document with the `ui` of an older one, and the nodes that have another name now: old → new."""
    before, after = _nodes(old), _nodes(document)
    renamed = renames(before, after)
    made = {**document}
    ui = _kept(old.get("ui"), renamed, after)
    if ui is not None:
        made["ui"] = ui
    subgraphs, known = document.get("subgraphs"), old.get("subgraphs")
    if isinstance(subgraphs, dict) and isinstance(known, dict):
        made["subgraphs"] = {
            name: onto(inner, known[name])[0] if isinstance(known.get(name), dict) else inner
            for name, inner in subgraphs.items()
        }
    return made, renamed


def renames(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """The nodes that have another name now."""
    gone = [name for name in before if name not in after]
    came = [name for name in after if name not in before]
    if len(came) > MOST_COMPARED or len(gone) > MOST_COMPARED:
        return {}
    stayed = before.keys() & after.keys()
    old = {name: _facts(before[name], stayed) for name in gone}
    new = {name: _facts(after[name], stayed) for name in came}
    pairs = [
        (-len(old[a] & new[b]), i, j)
        for i, a in enumerate(gone)
        for j, b in enumerate(came)
        if _type(before[a]) == _type(after[b])
    ]
    found: dict[str, str] = {}
    for _, i, j in sorted(pairs):
        if gone[i] not in found and came[j] not in found.values():
            found[gone[i]] = came[j]
    return found


def _nodes(document: Mapping[str, Any]) -> Mapping[str, Any]:
    nodes = document.get("nodes")
    return nodes if isinstance(nodes, dict) else {}


def _type(body: Any) -> str:
    return str(body.get("type")).partition("@")[0] if isinstance(body, dict) else ""


def _facts(body: Any, stayed: set[str]) -> set[str]:
    """What is known of a node, without the names of nodes that may have been renamed."""
    inputs = body.get("inputs") if isinstance(body, dict) else None
    facts = {f"in {body.get('in') in stayed and body.get('in')}"} if isinstance(body, dict) else set()
    for name, value in (inputs if isinstance(inputs, dict) else {}).items():
        link = as_link(value)
        facts.add(f"{name} {value}" if link is None or link.node in stayed else f"{name} from {link.output}")
    return facts


def _kept(ui: Any, renamed: Mapping[str, str], nodes: Mapping[str, Any]) -> Any:
    """The `ui` under the names that nodes have now; of nodes that are gone nothing stays."""
    if not isinstance(ui, dict):
        return None
    made = {**ui}
    for key in ("positions", "nodes"):
        if isinstance(ui.get(key), dict):
            moved = {renamed.get(name, name): value for name, value in ui[key].items()}
            made[key] = {name: value for name, value in moved.items() if name in nodes}
    if isinstance(ui.get("groups"), list):
        made["groups"] = [_group(group, renamed, nodes) for group in ui["groups"]]
    if isinstance(ui.get("reroutes"), list):
        made["reroutes"] = [_point(point, renamed) for point in ui["reroutes"]]
    return made


def _point(point: Any, renamed: Mapping[str, str]) -> Any:
    """A reroute: its `source` and its `links` begin with the names of nodes."""
    if not isinstance(point, dict):
        return point

    def named(text: Any) -> Any:
        node, dot, rest = text.partition(".") if isinstance(text, str) else ("", "", "")
        return f"{renamed[node]}{dot}{rest}" if node in renamed else text

    made = dict(point)
    if "source" in point:
        made["source"] = named(point["source"])
    if isinstance(point.get("links"), list):
        made["links"] = [named(one) for one in point["links"]]
    return made


def _group(group: Any, renamed: Mapping[str, str], nodes: Mapping[str, Any]) -> Any:
    if not isinstance(group, dict) or not isinstance(group.get("nodes"), list):
        return group
    names = [renamed.get(name, name) if isinstance(name, str) else name for name in group["nodes"]]
    return {**group, "nodes": [name for name in names if not isinstance(name, str) or name in nodes]}
