"""A step of a frame as a template: resolved once, then repeated with other values in the same places.

Most loops do the same in every step. If nothing in a step was decided by something of the step itself — no plan-time
node in the body, no reduction that reads the item or a curve, no frame in the frame — then which calls are live, what
they read and which of them form a batch is the same in the next step; only the carry, the item and the curves differ.
`make_template` says so by returning one, and `repeat` then makes the next step's calls and keys without looking at the
graph. In every other loop the resolver works each step out anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.digest import Key
from engine.graph import Const, Curve, Graph, GraphFrame, GraphNode, Link, Source
from engine.groups import key_unit
from engine.refs import Call, Converted, Known, Output, Ref
from engine.registry import Converter


@dataclass(frozen=True, slots=True)
class _Local:
    """Output `index` of call number `call` of the step."""

    call: int
    index: int


@dataclass(frozen=True, slots=True)
class _Bound:
    """What the frame binds to a name: a carry, the item, the index."""

    name: str


@dataclass(frozen=True, slots=True)
class _Behind:
    """A place behind a declared conversion."""

    inner: Place
    converter: Converter
    code: Key


Place = _Local | _Bound | _Behind | Curve | Known | Output | Converted


@dataclass(slots=True)
class _Shape:
    """A call: what is the same in every step, and where the rest comes from."""

    node: GraphNode
    same: dict[str, Ref]
    places: list[tuple[str, Place]]


@dataclass(slots=True)
class Template:
    """A frame's step. `units`: which calls run together, in order. `results`: where carry and collects come from."""

    shapes: list[_Shape]
    units: list[list[int]]
    carry: dict[str, Place]
    collect: dict[str, Place]

    def repeat(
        self,
        bind: dict[str, Ref],
        curve: Callable[[Curve], Known],
        path: tuple[tuple[str, int], ...],
        keep: bool,
        solo_key: Callable[[Call], Key],
    ) -> tuple[list[Call], dict[str, Ref], dict[str, Ref]]:
        """The calls of another step, with keys; its carry; its collects."""
        calls: list[Call] = []

        def at(place: Place) -> Ref:
            kind = type(place)
            if kind is _Bound:
                return bind[place.name]  # type: ignore[union-attr]
            if kind is _Local:
                return Output(calls[place.call], place.index)  # type: ignore[union-attr, index]
            if isinstance(place, Curve):
                return curve(place)
            if isinstance(place, _Behind):
                return Converted(at(place.inner), place.converter, place.code)
            return place  # type: ignore[return-value]

        for shape in self.shapes:
            args = shape.same.copy()
            for name, place in shape.places:
                args[name] = at(place)
            calls.append(Call(shape.node, args, path, keep))
        for unit in self.units:
            key_unit([calls[i] for i in unit], solo_key)
        carry = {name: at(place) for name, place in self.carry.items()}
        return calls, carry, {name: at(place) for name, place in self.collect.items()}


class _Varies(Exception):
    """The step cannot be repeated as it is."""


def make_template(
    graph: Graph,
    frame: GraphFrame,
    calls: list[Call],
    units: list[list[Call]],
    aliases: dict[str, str],
    code: Callable[[Converter], Key],
) -> Template | None:
    """The template of a step that was just resolved, or None if the next step may be another.

    `calls`: the step's calls in order. `aliases`: nodes that a reduction made one of their inputs, and which.
    """
    body = {name for name, node in graph.nodes.items() if node.frame == frame.id}
    if frame.until is not None or any(other.frame == frame.id for other in graph.frames.values()):
        return None
    number = {call.node.id: i for i, call in enumerate(calls)}
    if len(number) != len(calls):
        return None
    try:
        for name in body:
            node = graph.nodes[name]
            if node.mode != "normal":
                raise _Varies
            for decisive in node.spec.reduce_names:
                if _of_step(graph, frame, node.inputs[decisive]):
                    raise _Varies
        shapes = [_shape(graph, frame, call, number, aliases, code) for call in calls]
        place = {
            kind: {name: _place(graph, frame, source, None, number, aliases, code) for name, source in sources.items()}
            for kind, sources in (("carry", frame.next), ("collect", frame.collect))
        }
    except _Varies:
        return None
    order = [[number[call.node.id] for call in unit] for unit in units]
    return Template(shapes, order, place["carry"], place["collect"])


def _shape(
    graph: Graph,
    frame: GraphFrame,
    call: Call,
    number: dict[str, int],
    aliases: dict[str, str],
    code: Callable[[Converter], Key],
) -> _Shape:
    spec = call.node.spec
    if not spec.node.pure or spec.node.fingerprinter is not None or spec.node.sink:
        raise _Varies
    if any(output.by_value or output.by_content for output in spec.outputs):
        raise _Varies
    shape = _Shape(call.node, {}, [])
    for name, source in call.node.inputs.items():
        place = _place(graph, frame, source, call.args[name], number, aliases, code)
        if isinstance(place, (_Local, _Bound, _Behind, Curve)):
            shape.places.append((name, place))
        else:
            shape.same[name] = call.args[name]
    return shape


def _place(
    graph: Graph,
    frame: GraphFrame,
    source: Source,
    ref: Ref | None,
    number: dict[str, int],
    aliases: dict[str, str],
    code: Callable[[Converter], Key],
) -> Place:
    """Where a source's value comes from in any step; `ref`: what it was in the step that was resolved."""
    if isinstance(source, Curve):
        return source
    if not _of_step(graph, frame, source):
        if ref is None or type(ref) not in (Known, Output, Converted):
            raise _Varies
        return ref  # type: ignore[return-value]
    if not isinstance(source, Link) or source.target is not None:
        raise _Varies  # several links, or a value that has to be validated
    if source.inside:
        assert source.name is not None
        place: Place = _Bound(source.name)
    elif source.node in aliases:
        place = _place(graph, frame, graph.nodes[source.node].inputs[aliases[source.node]], None, number, aliases, code)
    elif source.node in number:
        place = _Local(number[source.node], source.index)
    else:
        raise _Varies
    return place if source.converter is None else _Behind(place, source.converter, code(source.converter))


def _of_step(graph: Graph, frame: GraphFrame, source: Source) -> bool:
    """True if a source's value is the step's own."""
    if isinstance(source, Const):
        return False
    if isinstance(source, Link):
        if source.inside:
            return source.node == frame.id
        return source.node in graph.nodes and graph.nodes[source.node].frame == frame.id
    if isinstance(source, Curve):
        return True
    return any(_of_step(graph, frame, part) for part in source.parts)
