"""From a document to a `Graph`, or to every problem that the document has.

Names, frames, links and literals are resolved here; `engine.typecheck` then asks whether the types fit. All stages run
despite earlier errors: what could not be resolved has the type POISON, which fits everything, so that one mistake is
reported once and does not hide the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, TypeVar

import networkx as nx

from engine.errors import InvalidWorkflow, Problem, nearest
from engine.flatten import FlatNode, flatten
from engine.graph import SINK, Const, Curve, Graph, GraphFrame, GraphNode, Link, Several, Source, Vertex
from engine.registry import Converter, Registry
from engine.relation import POISON, type_name
from engine.spec import BadLiteral, InputSpec, brief, expectation
from engine.typecheck import TypeChecker
from engine.workflow import LOOP, NAME, RESERVED, LinkText, as_link, interface_inputs, interface_targets

MAX_FRAMES = 8  # frames within frames
MAX_HINTS = 100  # problems up to which the nearest match is looked for
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
        self.data = data
        self.flat = flatten(data, registry)
        self.problems = self.flat.problems
        self.frames: dict[str, GraphFrame] = {}
        self.nodes: dict[str, GraphNode] = {}
        self.unknown = set(self.flat.broken)
        self.adrift: set[str] = set()  # in a frame that is not there: what they may read is not known
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
                scope = flat.frame if flat.frame in self.frames else None
                for name, value in flat.inputs.items():
                    if isinstance(value, LinkText):
                        self._link(value, scope, flat.id, name[:80])
        self._gather_sinks()
        self._check_interface()
        order = self._order()
        TypeChecker(self.nodes, self.frames, self.registry, self.problems).check(order)
        if not self.nodes and not self.frames and not self.problems:
            self.problems.append(Problem("the workflow has no nodes"))
        return Graph(self.nodes, self.frames, order, self.flat.seeds, self.registry, self.flat.outputs)

    def _nearest(self, name: str, among: Iterable[str]) -> str | None:
        """The nearest match, as long as somebody may read it."""
        return nearest(name, among) if len(self.problems) < MAX_HINTS else None

    # names and frames

    def _declare(self, flat: FlatNode) -> None:
        if flat.type == LOOP:
            self.frames[flat.id] = GraphFrame(flat.id, flat.frame, mode=flat.mode)
        elif flat.type in self.registry.specs:
            self.nodes[flat.id] = GraphNode(flat.id, self.registry.specs[flat.type], flat.frame, {}, flat.mode)
        else:
            self.unknown.add(flat.id)
            like = self._nearest(flat.type, [*self.registry.specs, LOOP])
            if not any(p.node == flat.id and p.input == "type" for p in self.problems):
                self.problems.append(Problem(f"no such node type: {flat.type[:80]}", flat.id, "type", nearest=like))

    def _check_frames(self) -> None:
        holders: list[GraphNode | GraphFrame] = [*self.nodes.values(), *self.frames.values()]
        for holder in holders:
            if holder.frame is not None and holder.frame not in self.frames:
                if holder.frame not in self.unknown:
                    like = self._nearest(holder.frame, self.frames)
                    self.problems.append(Problem("no such frame", holder.id, "in", "a loop", brief(holder.frame), like))
                holder.frame = None
                self.adrift.add(holder.id)
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
                self.problems.append(Problem("no such input", node.id, name[:80], nearest=self._nearest(name, specs)))
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
        literals, annotation = self.registry.literals, spec.annotation
        ways: list[Converter | None] = [None]
        if literals.adapter(annotation) is None:
            ways = [*self.registry.literal_converters(annotation)]
        problem = Problem(
            "a literal cannot stand here", reader, spec.name, f"a link to {type_name(annotation)}", brief(value)
        )
        for way in ways:
            try:
                return Const(literals.value(annotation if way is None else way.source, value), way)
            except BadLiteral as error:
                problem = Problem(error.message, reader, spec.name, error.expected, error.got)
        self.problems.append(problem)
        return Const(POISON)

    def _curve(self, value: dict[str, Any], spec: InputSpec, scope: str | None, reader: str) -> Source:
        points, ease = value["curve"], value.get("ease", "linear")
        message = None
        if set(value) - {"curve", "ease"} or ease not in ("linear", "step"):
            message = "not a curve"
        elif self.registry.literals.adapter(spec.annotation) is None:
            message = "a curve gives numbers"
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
        before = len(self.problems)
        for _, y in points:
            if len(self.problems) == before:
                self._literal(y, spec, reader)
        return Curve([(float(x), y) for x, y in points], ease == "step", spec.annotation)

    def _link(
        self, text: LinkText, scope: str | None, reader: str, name: str, vertex: Vertex | None = None
    ) -> Link | None:
        """Resolve a link's node, scope and output; None (and a problem) if it leads nowhere."""
        target: GraphFrame | GraphNode | None = self.frames.get(text.node) or self.nodes.get(text.node)
        if target is None or text.foreign:
            if text.node not in self.unknown:
                like = self._nearest(text.node, (name for name in (*self.nodes, *self.frames) if "/" not in name))
                self.problems.append(Problem(f"there is no node {text.node[:80]!r}", reader, name, nearest=like))
            return None
        if reader in self.adrift:
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
            output = text.output or ""
            message = f"{text.node!r} has no output {output[:80]!r}" if names else f"{text.node!r} has no outputs"
            like = self._nearest(output, names)
            self.problems.append(Problem(message, reader, name, " or ".join(names) or None, nearest=like))
            return None
        return Link(target.id, index, None, False)

    def _frame_link(self, frame: GraphFrame, text: LinkText, inside: bool, reader: str, name: str) -> Link | None:
        flat = self.flat.nodes[frame.id]
        names = list(dict.fromkeys([*flat.carry, *(RESERVED if inside else flat.collect)]))
        output = text.output if text.output is not None else names[0] if names else ""
        if output not in names:
            where = "inside" if inside else "outside"
            like = self._nearest(output, names)
            message = f"{text.node!r} gives no {output[:80]!r} {where} the frame"
            self.problems.append(Problem(message, reader, name, " or ".join(names) or None, nearest=like))
            return None
        return Link(frame.id, 0, output, inside)

    def _wire_frame(self, flat: FlatNode) -> None:
        frame = self.frames[flat.id]
        begin, end = (frame.id, "begin"), (frame.id, "end")
        for name in flat.inputs:
            if name != "over":
                like = self._nearest(name, ["over"])
                self.problems.append(Problem("no such input", frame.id, name[:80], nearest=like))
        if "over" not in flat.inputs:
            self.problems.append(Problem("the input is missing", frame.id, "over", "a list or a schedule", "nothing"))
        else:
            over = InputSpec("over", list[Any], list[Any], False)
            frame.over = self._source(flat.inputs["over"], over, frame.frame, frame.id, begin)
        for name, ends in flat.carry.items():
            shaped = isinstance(ends, dict) and set(ends) == {"first", "next"}
            if not shaped or not NAME.match(name) or name in RESERVED or name in flat.collect:
                expected = '{"first": …, "next": …} under a name that is not item, index, count or collected'
                self.problems.append(Problem("not a carry", frame.id, f"carry.{name}"[:80], expected, brief(ends)))
                continue
            first = InputSpec(f"carry.{name}.first", ANYTHING, None, False)
            after = InputSpec(f"carry.{name}.next", ANYTHING, None, False)
            frame.first[name] = self._source(ends["first"], first, frame.frame, frame.id, begin)
            frame.next[name] = self._source(ends["next"], after, frame.id, frame.id, end)
        for name, value in flat.collect.items():
            if not isinstance(value, LinkText) or not NAME.match(name) or name in RESERVED:
                expected = '{"from": "node.output"} under a name that is not item, index or count'
                self.problems.append(Problem("not a collect", frame.id, f"collect.{name}"[:80], expected, brief(value)))
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
            return self._cycles(graph)

    def _cycles(self, graph: nx.DiGraph[Vertex]) -> list[Vertex]:
        """Report one cycle of every part of the graph that has some; the order of the rest."""
        inside: set[Vertex] = set()
        for part in nx.strongly_connected_components(graph):
            some = next(iter(part))
            if len(part) == 1 and not graph.has_edge(some, some):
                continue
            inside |= part
            cycle = [edge[0] for edge in nx.find_cycle(graph.subgraph(part), min(part, key=str))]
            names = list(dict.fromkeys(v if isinstance(v, str) else v[0] for v in cycle))
            shown = " → ".join([*names[:8], *(["…"] if len(names) > 8 else []), names[0]])
            self.problems.append(Problem(f"the links form a cycle: {shown}", names[0]))
        graph.remove_nodes_from(inside)
        return list(nx.topological_sort(graph))

    # the interface

    def _check_interface(self) -> None:
        """What the document's own interface names must be there."""
        for name, entry in interface_inputs(self.data).items():
            targets = interface_targets(entry)
            if not targets:
                message = f"the input {name[:80]!r} feeds nothing"
                self.problems.append(Problem(message, None, "interface", '{"to": "node.input"}', brief(entry)))
            for target in targets:
                node, _, socket = target.rpartition(".")
                known = self._sockets(node)
                if known is not None and socket not in known:
                    paths = [f"{n}.{s}" for n in ([node] if known else self.nodes) for s in self._sockets(n) or ()]
                    message = f"the input {name[:80]!r} feeds {target[:80]!r}, which is not there"
                    like = self._nearest(target, paths)
                    self.problems.append(Problem(message, None, "interface", nearest=like))
        interface = self.data.get("interface")
        outputs = interface.get("outputs") if isinstance(interface, dict) else None
        for name, value in outputs.items() if isinstance(outputs, dict) else ():
            link = as_link(value)
            if link is None:
                expected = '{"from": "node.output"}'
                message = f"the output {name[:80]!r} is no link"
                self.problems.append(Problem(message, None, "interface", expected, brief(value)))
            elif link.node not in self.flat.outputs:
                self._link(link, None, "interface", name[:80])

    def _sockets(self, node: str) -> Iterable[str] | None:
        """The names of a node's inputs; none of a node that is not there, None if they cannot be known."""
        if node in self.nodes:
            return self.nodes[node].spec.inputs
        if node in self.frames:
            return ("over",)
        return None if node in self.unknown else ()


def _is_point(point: Any) -> bool:
    if not isinstance(point, list) or len(point) != 2:
        return False
    return all(isinstance(v, (int, float)) and not isinstance(v, bool) and abs(v) < 1e300 for v in point)
