"""Do the types fit? — asked of every input of a workflow, in the order of the links.

A `TypeVar` of a node is bound by the first link that meets it; a link whose types differ gets the declared conversion
that leads from one to the other; a bypass finds the input that passes through. What could not be resolved has the type
POISON and fits everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, Union

from engine.errors import Problem
from engine.graph import Const, Curve, GraphFrame, GraphNode, Link, Several, Source, Vertex
from engine.registry import Registry
from engine.relation import POISON, fits, is_sequence, item_type, substitute, type_name
from engine.spec import brief, is_scalar_type


class TypeChecker:
    """Checks nodes and frames; problems are added to the list it is given."""

    def __init__(
        self,
        nodes: dict[str, GraphNode],
        frames: dict[str, GraphFrame],
        registry: Registry,
        problems: list[Problem],
    ) -> None:
        self.nodes, self.frames, self.registry, self.problems = nodes, frames, registry, problems

    def check(self, order: Iterable[Vertex]) -> None:
        """Check everything, each after what it reads."""
        for vertex in order:
            if isinstance(vertex, tuple):
                frame = self.frames[vertex[0]]
                self._begin(frame) if vertex[1] == "begin" else self._end(frame)
            elif vertex in self.nodes:
                self._node(self.nodes[vertex])

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

    def _node(self, node: GraphNode) -> None:
        for name, spec in node.spec.inputs.items():
            source = node.inputs.get(name)
            for part in source.parts if isinstance(source, Several) else [source]:
                self._input(part, spec.annotation, node.bound, node.id, name)
        if node.mode == "bypass":
            node.passes = [bypass_input(node, i, self._type_of) for i in range(len(node.spec.outputs))]
            if None in node.passes:
                message = "cannot be bypassed: no linked input has the type of its output"
                self.problems.append(Problem(message, node.id, "mode"))

    def _input(self, source: Source | None, target: Any, bound: dict[TypeVar, Any], reader: str, name: str) -> None:
        """Check one source; a link gets the conversion that it needs."""
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

    def _begin(self, frame: GraphFrame) -> None:
        kind = self._type_of(frame.over)
        if isinstance(frame.over, Const) and isinstance(frame.over.value, list):
            kind = list[_literal_item(frame.over.value)]  # type: ignore[misc]
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

    def _end(self, frame: GraphFrame) -> None:
        for name, after in frame.next.items():
            self._next(frame, name, after)
        for name, link in frame.collect.items():
            frame.types[name] = list[self._type_of(link)]  # type: ignore[misc]
        if frame.until is not None:
            self._input(frame.until, bool, {}, frame.id, "until")

    def _next(self, frame: GraphFrame, name: str, after: Source) -> None:
        """What a step hands on must be what the next one takes. A first 0 may become a float: JSON has one number."""
        first, kind = frame.first[name], self._type_of(after)
        if isinstance(first, Const) and type(first.value) is int and kind is float:
            frame.types[name] = float
            return
        target = frame.types.get(name, POISON)
        if isinstance(after, Link):
            self._input(after, target, {}, frame.id, f"carry.{name}.next")
        elif not fits(kind, target, {}):
            got = brief(after.value) if isinstance(after, Const) else "a curve"
            where = f"carry.{name}.next"
            self.problems.append(Problem("the types do not fit", frame.id, where, type_name(target), got))


def _literal_item(values: list[Any]) -> Any:
    """The type of the items of a literal list. JSON has one kind of number: [1, 2.5] is a list of floats."""
    kinds = {type(value) for value in values}
    if kinds == {int, float}:
        return float
    return Union[tuple(kinds)] if kinds else POISON  # noqa: UP007


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
