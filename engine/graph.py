"""A valid workflow in memory: nodes with resolved, typed inputs, and frames.

`engine.validate` makes it from a document; the plan works on it. It is immutable.

* An input is a `Const` (a literal or default, already a value of the declared type), a `Link`, a `Curve` or `Several`.
* A link knows the output's position and the declared conversion that it needs.
* Frames (`flow.loop`) have `over`, `carry`, `collect` and `until`; a body node names its frame. The only back edge is
  `carry.next`, so the graph of links, with a begin and an end vertex per frame, is acyclic.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from engine.errors import InvalidWorkflow, Problem, nearest
from engine.registry import Converter, Registry
from engine.spec import NodeSpec

Vertex = str | tuple[str, str]
SINK = "sink:"  # the collect by which a frame hands out the files of a node in it


class Const:
    """A value known from the document. `raw` is what a conversion starts from, if there is one."""

    __slots__ = ("converter", "key", "value")

    def __init__(self, value: Any, converter: Converter | None = None) -> None:
        self.value, self.converter = value, converter
        self.key: bytes | None = None


class Link:
    """A link to output `index` of a node, or to `name` of a frame (`inside` it or of its end)."""

    __slots__ = ("converter", "index", "inside", "name", "node", "target")

    def __init__(self, node: str, index: int, name: str | None, inside: bool) -> None:
        self.node, self.index, self.name, self.inside = node, index, name, inside
        self.converter: Converter | None = None
        self.target: Any = None  # the declared type, to coerce a plan-known value to


class Curve:
    """A number over the progress of the innermost frame: points (x, y), x ascending; linear or step between them."""

    __slots__ = ("points", "step", "target")

    def __init__(self, points: list[tuple[float, float]], step: bool, target: Any) -> None:
        self.points, self.step, self.target = points, step, target

    def at(self, x: float) -> float:
        """The value at progress `x`; constant outside the points."""
        xs = [p[0] for p in self.points]
        i = bisect.bisect_right(xs, x) - 1
        if i < 0:
            return self.points[0][1]
        if self.step or i + 1 == len(self.points):
            return self.points[i][1]
        (x0, y0), (x1, y1) = self.points[i], self.points[i + 1]
        return y0 + (y1 - y0) * (x - x0) / (x1 - x0)


class Several:
    """The links and literals of a `Many` input."""

    __slots__ = ("parts",)

    def __init__(self, parts: list[Source]) -> None:
        self.parts = parts


Source = Const | Link | Curve | Several


@dataclass(eq=False, slots=True)
class GraphNode:
    """A node: its spec, the frame it is in, its inputs by name."""

    id: str
    spec: NodeSpec
    frame: str | None
    inputs: dict[str, Source]
    mode: Any
    bound: dict[TypeVar, Any] = field(default_factory=dict)
    passes: list[str | None] = field(default_factory=list)  # per output, the input that a bypass lets through


@dataclass(eq=False, slots=True)
class GraphFrame:
    """A loop frame. `ends` holds the types: `item` and carries inside; carries and collects outside."""

    id: str
    frame: str | None
    over: Source | None = None
    iterate: Converter | None = None
    first: dict[str, Source] = field(default_factory=dict)
    next: dict[str, Source] = field(default_factory=dict)
    collect: dict[str, Source] = field(default_factory=dict)
    until: Source | None = None
    mode: Any = "normal"
    types: dict[str, Any] = field(default_factory=dict)
    stacked: bool = False

    @property
    def outputs(self) -> tuple[str, ...]:
        """What can be read outside: carries, then collects."""
        return (*self.next, *self.collect)


@dataclass(eq=False)
class Graph:
    """A valid workflow, flat."""

    nodes: dict[str, GraphNode]
    frames: dict[str, GraphFrame]
    order: list[Vertex]
    seeds: dict[str, int]
    registry: Registry
    outputs: dict[str, Any] = field(default_factory=dict)

    def chain(self, frame: str | None) -> Iterator[str]:
        """The frame and the frames around it, inner first."""
        while frame is not None:
            yield frame
            frame = self.frames[frame].frame

    def targets(self) -> list[str]:
        """What runs when nothing is asked for: the nodes that make files; else those that nothing reads."""
        sinks = [self.target_of(n.id) for n in self.nodes.values() if n.spec.node.sink and n.mode != "mute"]
        if sinks:
            return sinks
        sources = [source for node in self.nodes.values() for source in node.inputs.values()]
        for frame in self.frames.values():
            parts = [frame.over, frame.until, *frame.first.values(), *frame.next.values(), *frame.collect.values()]
            sources += [part for part in parts if part is not None]
        read = {link.node for link in links_of(sources) if not link.inside}  # a frame's own body does not count
        holders: list[GraphNode | GraphFrame] = [*self.nodes.values(), *self.frames.values()]
        return [h.id for h in holders if h.id not in read and h.frame is None]

    def chosen(self, names: Sequence[str] | None) -> list[str]:
        """The targets for the nodes and frames that somebody asks for. Raises `InvalidWorkflow` if one cannot be."""
        if names is None:
            return self.targets()
        known = [*self.nodes, *self.frames]
        problems = [Problem(f"there is no node {n!r}", nearest=nearest(n, known)) for n in names if n not in known]
        inside = [name for name in names if name in known and self._is_inside(name)]
        problems += [Problem("is inside a frame; ask for the frame", name) for name in inside]
        if problems:
            raise InvalidWorkflow(problems)
        return [self.target_of(name) for name in names]

    def _is_inside(self, name: str) -> bool:
        holder = self.nodes.get(name) or self.frames[name]
        return holder.frame is not None and not (name in self.nodes and self.nodes[name].spec.node.sink)

    def target_of(self, node: str) -> str:
        """The target that runs a node: itself, or what the outermost frame around it collects of it."""
        chain = list(self.chain(self.nodes[node].frame)) if node in self.nodes else []
        return f"{chain[-1]}.{SINK}{node}" if chain else node


def links_of(sources: Iterable[Source]) -> Iterator[Link]:
    """The links among sources, those of `Several` included."""
    for source in sources:
        if isinstance(source, Link):
            yield source
        elif isinstance(source, Several):
            yield from links_of(source.parts)
