"""Whether the links of a document form a cycle: such a link is refused, because no later edit could make sense of it.

A frame has a beginning (what its body reads of it) and an end (what is read outside); `carry.next` leads to the end, so
a loop is none here. Instances of subgraphs are left out: what goes in at one input need not come out at every output.
The validation of the engine says the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.workflow import as_link
from server.live.changes import Json, Path
from server.live.references import is_frame, nodes_of, part, slots_of_node

Vertex = tuple[str, str]
BEGIN, END = "begin", "end"


def has_cycle(document: Json) -> bool:
    """Whether links, or frames within frames, go in a circle."""
    nodes = nodes_of(document)
    around = {name: frames for name in nodes if (frames := _around(nodes, name)) is not None}
    if len(around) < len(nodes):
        return True
    instances = part(document, "subgraphs")
    reads: dict[Vertex, list[Vertex]] = {}
    for name, body in nodes.items():
        if isinstance(body, dict) and body.get("type") in instances:
            continue
        frame = is_frame(body)
        if frame:
            reads.setdefault((name, END), []).append((name, BEGIN))
        for holder in around[name][:1]:
            reads.setdefault((name, BEGIN), []).append((holder, BEGIN))
        for path, value in slots_of_node(name, body):
            scope, vertex = _reader(name, path, frame, around[name])
            for source in _sources(value):
                if source in nodes:
                    end = END if is_frame(nodes[source]) and source not in scope else BEGIN
                    reads.setdefault(vertex, []).append((source, end))
    return _circular(reads)


def _around(nodes: Json, name: str) -> tuple[str, ...] | None:
    """The frames around a node, inner first; None if they are inside each other."""
    found: list[str] = []
    at: Any = name
    while True:
        body = nodes.get(at)
        at = body.get("in") if isinstance(body, dict) else None
        if not isinstance(at, str) or at not in nodes:
            return tuple(found)
        if at in found or at == name:
            return None
        found.append(at)


def _reader(name: str, path: Path, frame: bool, around: tuple[str, ...]) -> tuple[tuple[str, ...], Vertex]:
    """What frames a slot is in, and the vertex that reads it."""
    inner = frame and path[2] != "inputs" and not (path[2] == "carry" and path[-1] == "first")
    return ((name, *around), (name, END)) if inner else (around, (name, BEGIN))


def _sources(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        link = as_link(one)
        if link is not None:
            yield link.node


def _circular(reads: dict[Vertex, list[Vertex]]) -> bool:
    done: set[Vertex] = set()
    for start in reads:
        if start in done:
            continue
        trail: list[tuple[Vertex, Iterator[Vertex]]] = [(start, iter(reads[start]))]
        under_way = {start}
        while trail:
            at, rest = trail[-1]
            for following in rest:
                if following in under_way:
                    return True
                if following not in done and following in reads:
                    under_way.add(following)
                    trail.append((following, iter(reads[following])))
                    break
            else:
                trail.pop()
                under_way.discard(at)
                done.add(at)
    return False
