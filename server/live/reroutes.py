"""Reroutes: points that links are led through. They are looks alone: no link, key or plan knows of them.

    {"id": "r1", "source": "model.unet", "links": ["cond.inputs.unet", "uncond.inputs.unet"], "position": [480, 120]}

A point stands in `ui.reroutes`. It says what the links that pass it read, and of each where it ends:
`NODE.inputs.NAME`, `NODE.carry.NAME.first`, `….next`, `NODE.collect.NAME` or `NODE.until`. A link passes its points in
the order of the list. Where links have points in common they run together, and after the last of those they branch.

A link that is gone, or reads something else, passes no point any more; a point that no link passes goes. `settle` sees
to that after every edit, in the same edit, so that undo brings the point back together with the link.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from engine.workflow import as_link
from server.live.changes import ABSENT, Draft, Json, Path, value_at

AT: Path = ("ui", "reroutes")


def points(document: Json) -> Iterator[Json]:
    """The points that are well formed; what else stands there is left alone."""
    items = value_at(document, AT)
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and isinstance(item.get("id"), str) and isinstance(item.get("source"), str):
            links = item.get("links")
            if isinstance(links, list) and all(isinstance(one, str) for one in links):
                yield item


def reads(document: Json, end: str, source: str) -> bool:
    """Whether the link that ends there is there, and reads that."""
    path = path_of(end)
    value = value_at(document, path) if path is not None else ABSENT
    parts: list[Any] = value if isinstance(value, list) else [value]
    return any(as_link(one) is not None and one["from"] == source for one in parts)


def path_of(end: str) -> Path | None:
    """Where in the document a link ends; None if that is no end of a link."""
    node, _, slot = end.partition(".")
    kind, _, name = slot.partition(".")
    if kind == "until" and not name:
        return ("nodes", node, kind)
    if kind in ("inputs", "collect") and name:
        return ("nodes", node, kind, name)
    name, _, side = name.rpartition(".")
    return ("nodes", node, kind, name, side) if kind == "carry" and side in ("first", "next") and name else None


def settle(draft: Draft) -> None:
    """Take links that are gone off their points, and points away that no link passes."""
    for point in list(points(draft.document)):
        kept = [end for end in point["links"] if reads(draft.document, end, point["source"])]
        if not kept:
            draft.drop((*AT, point["id"]))
        elif kept != point["links"]:
            draft.put((*AT, point["id"], "links"), kept)


def remap(draft: Draft, name: Callable[[str], str | None]) -> None:
    """Let points speak of nodes by other names; what has none any more is left to `settle`."""

    def named(text: str) -> str:
        node, dot, rest = text.partition(".")
        return f"{name(node) or node}{dot}{rest}"

    items = value_at(draft.document, AT)
    for item in list(items) if isinstance(items, list) else ():
        if not isinstance(item, dict) or not isinstance(item.get("id"), str):
            continue
        source, links = item.get("source"), item.get("links")
        if isinstance(source, str):
            draft.put((*AT, item["id"], "source"), named(source))
        if isinstance(links, list):
            made: list[Any] = [named(one) if isinstance(one, str) else one for one in links]
            draft.put((*AT, item["id"], "links"), made)
