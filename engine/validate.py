"""From a document to a `Graph`, or to every problem that the document has.

All stages run despite earlier errors: what could not be resolved has the type POISON, which fits everything, so that
one mistake is reported once and does not hide the next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, TypeVar

import networkx as nx

from engine.errors import InvalidWorkflow, Problem, nearest
from engine.flatten import FlatNode, flatten
from engine.graph import SINK, Const, Curve, Graph, GraphFrame, GraphNode, Link, Several, Source, Vertex
from engine.registry import Registry
from engine.relation import POISON, fits, is_sequence, item_type, substitute, type_name
from engine.spec import BadLiteral, InputSpec, brief, expectation, is_scalar_type
from engine.workflow import LOOP, RESERVED, LinkText

MAX_FRAMES = 8  # frames within frames
ANYTHING = TypeVar("ANYTHING")


def build(data: Mapping[str, Any], registry: Registry) -> Graph:
    """Validate a document. Raises `InvalidWorkflow` with every problem."""
    builder = _Builder(data, registry)
    graph = builder.build()
    if builder.problems:
        raise InvalidWorkflow(builder.problems)
    return graph


class _Builder:
    """One validation pass."""

    def __init__(self, data: Mapping[str, Any], registry: Registry) -> None:
        self.registry = registry
        self.flat = flatten(data, registry)
        self.problems = self.flat.problems
        self.frames: dict[str, GraphFrame] = {}
        self.nodes: dict[str, GraphNode] = {}
        self.unknown: set[str] = set()
        self.edges: list[tuple[Vertex, Vertex]] = []
        self.chains: dict[str | None, frozenset[str]] = {None: frozenset()}

    def build(self) -> Graph:
        for flat in self.flat.nodes.values():
            self._declare(flat)
        self._check_frames()
        for flat in self.flat.nodes.values():
            if flat.id in self.frames:
                self._wire_frame(flat)
            elif flat.id in self.nodes:
                self._wire_node(flat, self.nodes[flat.id])
            else:
                for value in flat.inputs.values():
                    if isinstance(value, LinkText):
                        self._link(value, flat.frame, flat.id, "inputs")
        self._gather_sinks()
        order = self._order()
        for vertex in order:
            if isinstance(vertex, tuple):
                frame = self.frames[vertex[0]]
                self._type_begin(frame) if vertex[1] == "begin" else self._type_end(frame)
            elif vertex in self.nodes:
                self._type_node(self.nodes[vertex])
        if not self.nodes and not self.frames and not self.problems:
            self.problems.append(Problem("the workflow has no nodes"))
        return Graph(self.nodes, self.frames, order, self.flat.seeds, self.registry, self.flat.outputs)

    # names and frames

    def _declare(self, flat: FlatNode) -> None:
        if flat.type == LOOP:
            self.frames[flat.id] = GraphFrame(flat.id, flat.frame, mode=flat.mode)
        elif flat.type in self.registry.specs:
            self.nodes[flat.id] = GraphNode(flat.id, self.registry.specs[flat.type], flat.frame, {}, flat.mode)
        else:
            self.unknown.add(flat.id)
            like = nearest(flat.type, [*self.registry.specs, LOOP])
            if not any(p.node == flat.id and p.input == "type" for p in self.problems):
                self.problems.append(Problem(f"no such node type: {flat.type[:80]}", flat.id, "type", nearest=like))

    def _check_frames(self) -> None:
        holders: list[GraphNode | GraphFrame] = [*self.nodes.values(), *self.frames.values()]
        for holder in holders:
            if holder.frame is not None and holder.frame not in self.frames:
                like = nearest(holder.frame, self.frames)
                self.problems.append(Problem("no such frame", holder.id, "in", "a loop", brief(holder.frame), like))
                holder.frame = None
        for frame in self.frames.values():
            seen: list[str] = []
            at: str | None = frame.id
            while at is not None and at not in seen:
                seen.append(at)
                at = self.frames[at].frame
            if at is not None or len(seen) > MAX_FRAMES:
                message = "the frame is inside itself" if at is not None else "frames are nested too deeply"
                self.problems.append(Problem(message, frame.id, "in"))
                frame.frame = None
        for frame in self.frames.values():
            chain: list[str] = []
            at = frame.id
            while at is not None and at not in chain:
                chain.append(at)
                at = self.frames[at].frame
            self.chains[frame.id] = frozenset(chain)
            if frame.frame is not None:
                self.edges.append(((frame.frame, "begin"), (frame.id, "begin")))
            self.edges.append(((frame.id, "begin"), (frame.id, "end")))
        for node in self.nodes.values():
            if node.frame is not None and node.spec.node.stack:
                self.frames[node.frame].stacked = True

    # inputs

    def _wire_node(self, flat: FlatNode, node: GraphNode) -> None:
        if node.frame is not None:
            self.edges.append(((node.frame, "begin"), node.id))
        specs = node.spec.inputs
        for name in flat.inputs:
            if name not in specs:
                self.problems.append(Problem("no such input", node.id, name[:80], nearest=nearest(name, specs)))
        for name, spec in specs.items():
            if name in flat.inputs:
                node.inputs[name] = self._source(flat.inputs[name], spec, node.frame, node.id, node.id)
            elif spec.many:
                node.inputs[name] = Several([])
            elif not spec.required:
                node.inputs[name] = Const(spec.default)
            else:
                self.problems.append(
                    Problem("the input is missing", node.id, name, expectation(spec.annotation), "nothing")
                )

    def _source(self, value: Any, spec: InputSpec, scope: str | None, reader: str, vertex: Vertex) -> Source:
        if isinstance(value, LinkText):
            return self._link(value, scope, reader, spec.name, vertex) or Const(POISON)
        if spec.many:
            parts = value if isinstance(value, list) else [value]
            one = InputSpec(spec.name, spec.annotation, spec.annotation, spec.widget)
            return Several([self._source(part, one, scope, reader, vertex) for part in parts])
        if isinstance(value, dict) and "from" in value:
            self.problems.append(Problem("not a link", reader, spec.name, '{"from": "node.output"}', brief(value)))
            return Const(POISON)
        if isinstance(value, dict) and "curve" in value:
            return self._curve(value, spec, scope, reader)
        if isinstance(value, dict) and set(value) == {"value"}:
            value = value["value"]
        return self._literal(value, spec, reader)

    def _literal(self, value: Any, spec: InputSpec, reader: str) -> Const:
        literals = self.registry.literals
        converter = None
        annotation = spec.annotation
        if literals.adapter(annotation) is None:
            converter = self.registry.literal_converter(annotation)
            if converter is None:
                self.problems.append(
                    Problem(
                        "a literal cannot stand here",
                        reader,
                        spec.name,
                        f"a link to {type_name(annotation)}",
                        brief(value),
                    )
                )
                return Const(POISON)
            annotation = converter.source
        try:
            return Const(literals.value(annotation, value), converter)
        except BadLiteral as error:
            self.problems.append(Problem(error.message, reader, spec.name, error.expected, error.got))
            return Const(POISON)

    def _curve(self, value: dict[str, Any], spec: InputSpec, scope: str | None, reader: str) -> Source:
        points, ease = value["curve"], value.get("ease", "linear")
        message = None
        if set(value) - {"curve", "ease"} or ease not in ("linear", "step"):
            message = "not a curve"
        elif scope is None:
            message = "a curve runs over the progress of a frame, and the node is in none"
        elif not isinstance(points, list) or not points or not all(_is_point(p) for p in points):
            message = "not a curve"
        elif any(a[0] >= b[0] for a, b in pairwise(points)):
            message = "the points of a curve go from left to right"
        if message is not None:
            expected = '{"curve": [[0, 7.5], [0.6, 1.0]], "ease": "linear" or "step"}'
            self.problems.append(Problem(message, reader, spec.name, expected, brief(value)))
            return Const(POISON)
        for _, y in points:
            self._literal(y, spec, reader)
        return Curve([(float(x), y) for x, y in points], ease == "step", spec.annotation)

    def _link(
        self, text: LinkText, scope: str | None, reader: str, name: str, vertex: Vertex | None = None
    ) -> Link | None:
        """Resolve a link's node, scope and output; None (and a problem) if it leads nowhere."""
        target: GraphFrame | GraphNode | None = self.frames.get(text.node) or self.nodes.get(text.node)
        if target is None:
            if text.node not in self.unknown:
                like = nearest(text.node, [*self.nodes, *self.frames])
                self.problems.append(Problem(f"there is no node {text.node[:80]!r}", reader, name, nearest=like))
            return None
        inside = isinstance(target, GraphFrame) and target.id in self.chains[scope]
        if not inside and target.frame is not None and target.frame not in self.chains[scope]:
            hint = f"{target.frame}'s collect"
            self.problems.append(
                Problem(f"{text.node!r} can be read only inside its frame {target.frame!r}", reader, name, hint)
            )
            return None
        if isinstance(target, GraphFrame):
            link = self._frame_link(target, text, inside, reader, name)
            source: Vertex = (target.id, "begin" if inside else "end")
        else:
            link = self._node_link(target, text, reader, name)
            source = target.id
        if link is not None and vertex is not None:
            self.edges.append((source, vertex))
        return link

    def _node_link(self, target: GraphNode, text: LinkText, reader: str, name: str) -> Link | None:
        index = 0 if text.output is None else target.spec.output_index(text.output)
        if index is None or not target.spec.outputs:
            names = [o.name for o in target.spec.outputs]
            message = f"{text.node!r} has no output {text.output!r}" if names else f"{text.node!r} has no outputs"
            like = nearest(text.output or "", names)
            self.problems.append(Problem(message, reader, name, " or ".join(names) or None, nearest=like))
            return None
        return Link(target.id, index, None, False)

    def _frame_link(self, frame: GraphFrame, text: LinkText, inside: bool, reader: str, name: str) -> Link | None:
        flat = self.flat.nodes[frame.id]
        names = [*flat.carry, *(RESERVED if inside else flat.collect)]
        output = text.output or (names[0] if names else "")
        if output not in names:
            where = "inside" if inside else "outside"
            like = nearest(output, names)
            message = f"{text.node!r} gives no {output!r} {where} the frame"
            self.problems.append(Problem(message, reader, name, " or ".join(names) or None, nearest=like))
            return None
        return Link(frame.id, 0, output, inside)

    def _wire_frame(self, flat: FlatNode) -> None:
        frame = self.frames[flat.id]
        begin, end = (frame.id, "begin"), (frame.id, "end")
        for name in flat.inputs:
            if name != "over":
                self.problems.append(Problem("no such input", frame.id, name[:80], nearest=nearest(name, ["over"])))
        if "over" not in flat.inputs:
            self.problems.append(Problem("the input is missing", frame.id, "over", "a list or a schedule", "nothing"))
        else:
            over = InputSpec("over", list[Any], list[Any], False)
            frame.over = self._source(flat.inputs["over"], over, frame.frame, frame.id, begin)
        for name, ends in flat.carry.items():
            if name in RESERVED or name in flat.collect or not isinstance(ends, dict) or set(ends) != {"first", "next"}:
                expected = '{"first": …, "next": …} under a name that is not item, index, count or collected'
                self.problems.append(Problem("not a carry", frame.id, f"carry.{name}"[:80], expected, brief(str(ends))))
                continue
            first = InputSpec(f"carry.{name}.first", ANYTHING, None, False)
            after = InputSpec(f"carry.{name}.next", ANYTHING, None, False)
            frame.first[name] = self._source(ends["first"], first, frame.frame, frame.id, begin)
            frame.next[name] = self._source(ends["next"], after, frame.id, frame.id, end)
        for name, value in flat.collect.items():
            if not isinstance(value, LinkText) or name in RESERVED:
                expected = '{"from": "node.output"} under a name that is not item, index or count'
                self.problems.append(
                    Problem("not a collect", frame.id, f"collect.{name}"[:80], expected, brief(str(value)))
                )
                continue
            spec = InputSpec(f"collect.{name}", ANYTHING, None, False)
            frame.collect[name] = self._source(value, spec, frame.id, frame.id, end)
        if flat.until is not None:
            spec = InputSpec("until", bool, bool, False)
            frame.until = self._source(flat.until, spec, frame.id, frame.id, end)

    def _gather_sinks(self) -> None:
        """A node in a frame that makes files is wanted without being collected: its frame collects it by itself."""
        for node in self.nodes.values():
            if node.frame is None or not node.spec.node.sink or node.mode == "mute":
                continue
            link, frame = Link(node.id, 0, None, False), self.frames.get(node.frame)
            vertex: Vertex = node.id
            while frame is not None:
                name = SINK + node.id
                frame.collect[name] = link
                self.edges.append((vertex, (frame.id, "end")))
                link, vertex = Link(frame.id, 0, name, False), (frame.id, "end")
                frame = self.frames[frame.frame] if frame.frame is not None else None

    # order and types

    def _order(self) -> list[Vertex]:
        graph: nx.DiGraph[Vertex] = nx.DiGraph()
        graph.add_nodes_from(self.nodes)
        for frame in self.frames:
            graph.add_nodes_from([(frame, "begin"), (frame, "end")])
        graph.add_edges_from(self.edges)
        try:
            return list(nx.topological_sort(graph))
        except nx.NetworkXUnfeasible:
            cycle = [edge[0] for edge in nx.find_cycle(graph)]
            names = list(dict.fromkeys(v if isinstance(v, str) else v[0] for v in cycle))
            shown = " → ".join([*names[:8], *(["…"] if len(names) > 8 else []), names[0]])
            self.problems.append(Problem(f"the links form a cycle: {shown}", names[0]))
            return [v for v in graph if v not in set(cycle)]

    def _type_of(self, source: Source | None) -> Any:
        if isinstance(source, Link):
            frame = self.frames.get(source.node)
            if frame is not None:
                side = "inside " if source.inside else ""
                return frame.types.get(f"{side}{source.name}", POISON)
            node = self.nodes[source.node]
            return substitute(node.spec.outputs[source.index].annotation, node.bound)
        if isinstance(source, Const):
            return POISON if source.value is POISON else type(source.value)
        return float if isinstance(source, Curve) else POISON

    def _type_node(self, node: GraphNode) -> None:
        for name, spec in node.spec.inputs.items():
            source = node.inputs.get(name)
            for part in source.parts if isinstance(source, Several) else [source]:
                self._check(part, spec.annotation, node.bound, node.id, name)
        if node.mode == "bypass":
            node.passes = [bypass_input(node, i, self._type_of) for i in range(len(node.spec.outputs))]
            if None in node.passes:
                message = "cannot be bypassed: no linked input has the type of its output"
                self.problems.append(Problem(message, node.id, "mode"))

    def _check(self, source: Source | None, target: Any, bound: dict[TypeVar, Any], reader: str, name: str) -> None:
        """Type-check one source; a link gets the conversion that it needs."""
        kind = self._type_of(source)
        if not isinstance(source, Link):
            if isinstance(source, Const) and source.converter is None:
                fits(kind, target, bound)  # binds a TypeVar to the literal's type
            return
        if is_scalar_type(target):
            source.target = target
        if fits(kind, target, bound):
            return
        source.converter = self.registry.converter(kind, target)
        if source.converter is None:
            got = f"{type_name(kind)} from {source.node}"
            self.problems.append(
                Problem("the types do not fit", reader, name, type_name(substitute_name(target, bound)), got)
            )

    def _type_begin(self, frame: GraphFrame) -> None:
        kind = self._type_of(frame.over)
        if isinstance(frame.over, Const) and isinstance(frame.over.value, list):
            kinds = {type(v) for v in frame.over.value}
            kind = list[kinds.pop()] if len(kinds) == 1 else list[object]  # type: ignore[misc]
        if kind is not POISON and not is_sequence(kind):
            frame.iterate = self.registry.converter(kind, list[object])
            if frame.iterate is None:
                expected = "a list or a type that declares an iteration"
                self.problems.append(Problem("cannot loop over this", frame.id, "over", expected, type_name(kind)))
                kind = POISON
            else:
                kind = frame.iterate.target
        item = item_type(kind) if kind is not POISON else POISON
        frame.types.update({"inside item": item, "inside index": int, "inside count": int})
        for name, first in frame.first.items():
            frame.types[f"inside {name}"] = frame.types[name] = self._type_of(first)

    def _type_end(self, frame: GraphFrame) -> None:
        for name, after in frame.next.items():
            self._check(after, frame.types.get(name, POISON), {}, frame.id, f"carry.{name}.next")
        for name, link in frame.collect.items():
            frame.types[name] = list[self._type_of(link)]  # type: ignore[misc]
        if frame.until is not None:
            self._check(frame.until, bool, {}, frame.id, "until")


def bypass_input(node: GraphNode, index: int, type_of: Callable[[Source], Any]) -> str | None:
    """The input that passes through to output `index` when the node is bypassed: the first linked one that fits."""
    target = substitute(node.spec.outputs[index].annotation, node.bound)
    for name, source in node.inputs.items():
        if isinstance(source, Link) and source.converter is None and fits(type_of(source), target, {}):
            return name
    return None


def substitute_name(target: Any, bound: dict[TypeVar, Any]) -> Any:
    """The target type for a message: a bound TypeVar is shown as what it is bound to."""
    filled = substitute(target, bound)
    return target if filled is POISON else filled


def _is_point(point: Any) -> bool:
    if not isinstance(point, list) or len(point) != 2:
        return False
    return all(isinstance(v, (int, float)) and not isinstance(v, bool) and abs(v) < 1e300 for v in point)
