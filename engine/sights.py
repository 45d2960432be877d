"""What there is to see of a loop's steps: where each value is stored, how it is drawn, and the key of its picture.

All of it follows from a resolved graph, as keys do; nothing is loaded here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from engine.digest import Key, digest_of
from engine.refs import Call, Known, Output, tagged
from engine.registry import Converter, Registry
from engine.resolve import Resolver
from engine.scope import Fold
from engine.spec import LookSpec
from engine.values import Ref
from engine.view import view_key


@dataclass(frozen=True)
class Sight:
    """Something that can be seen. `stored`: the key of its value, or of the outputs that it is number `index` of;
    `call`: the key of the call that makes it."""

    label: str
    call: Key
    stored: Key
    index: int
    look: LookSpec
    converter: Converter | None
    handles: tuple[Ref[Any], ...]
    key: Key


@dataclass(frozen=True)
class StepSights:
    """What can be seen of one step, by name; `path`: the steps of the loops around it."""

    index: int
    path: tuple[tuple[str, int], ...]
    sights: dict[str, Sight] = field(default_factory=dict)


def sights_of(resolver: Resolver, frame: str) -> list[list[StepSights]]:
    """The steps of each run of a frame, in order: what it carries and collects, and what its body shows."""
    maker = _Maker(resolver)
    return [maker.steps(frame, fold) for fold in resolver.folds.get(frame, ())]


class _Maker:
    """Makes the sights of one resolution."""

    def __init__(self, resolver: Resolver) -> None:
        self._registry: Registry = resolver.graph.registry
        self._handles = _handles(resolver.calls)
        self._of: dict[type | Any, tuple[Ref[Any], ...]] = {}
        self._shown: dict[Any, list[Call]] = defaultdict(list)  # path → calls that have views
        for call in resolver.calls:
            if call.node.spec.views:
                self._shown[call.path].append(call)

    def steps(self, frame: str, fold: Fold) -> list[StepSights]:
        return [self._step(frame, fold, index) for index in range(len(fold.steps))]

    def _step(self, frame: str, fold: Fold, index: int) -> StepSights:
        made = StepSights(index, fold.path)
        for name, ref in fold.steps[index].items():
            if type(ref) is Output and ref.call.key and not ref.call.waits:
                outputs = ref.call.node.spec.outputs
                number = ref.index if len(outputs) > 1 else -1
                key = ref.call.output_key(ref.index)
                self._add(made, name, "", outputs[ref.index].annotation, ref.call, ref.call.key, number, key)
        for call in self._shown.get((*fold.path, (frame, index)), ()):
            if call.key and not call.waits:
                for view in call.node.spec.views:
                    name = view.name if view.name not in made.sights else f"{call.node.id}.{view.name}"
                    key = view_key(call, view, self._registry.code)
                    self._add(made, name, view.label, view.annotation, call, key, -1, key)
        return made

    def _add(
        self, step: StepSights, name: str, label: str, annotation: Any, call: Call, stored: Key, index: int, value: Key
    ) -> None:
        found = self._registry.look(annotation)
        if found is None:
            return
        look, converter = found
        handles = self._kind(look.handles)
        code = self._registry.code
        parts = [value, code.of(look.look.fn), *(digest_of(one) for one in handles)]
        if converter is not None:
            parts.append(code.of(converter.conversion.fn))
        label = label or look.look.label or name
        if any(other.label == label for other in step.sights.values()):
            label = f"{label} ({name})"
        key = tagged(b"picture", *parts)
        step.sights[name] = Sight(label, call.key, stored, index, look, converter, handles, key)

    def _kind(self, kind: Any) -> tuple[Ref[Any], ...]:
        if kind is None:
            return ()
        if kind not in self._of:
            self._of[kind] = tuple(one for one in self._handles if isinstance(one, kind))
        return self._of[kind]


def _handles(calls: Iterable[Call]) -> list[Ref[Any]]:
    """The handles that calls were given, each once, in the order of the need."""
    found: dict[Key, Ref[Any]] = {}
    for call in calls:
        for ref in call.args.values():
            if type(ref) is Known and isinstance(ref.value, Ref):
                found.setdefault(digest_of(ref.value), ref.value)
    return list(found.values())
