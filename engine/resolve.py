"""Resolve a graph, on demand, into calls with keys: frames step by step, over `engine.resolve_nodes`.

The carry of step i is what `carry.next` gave in step i−1, and so is its key: the frame's list as a whole is in no key,
an item is. In a frame with a carry, keys are made at the end of each step, when its live calls are known, because the
batch that a call runs in is part of its key (`engine.groups`). Where every step is alike, the first is resolved and the
others repeat it (`engine.template`).
"""

from __future__ import annotations

from functools import partial

from engine.errors import InvalidWorkflow, NodeFailed, Problem
from engine.graph import GraphFrame, Source
from engine.refs import (
    MUTED,
    NO_WAITS,
    Bundle,
    Call,
    Known,
    Ref,
    StepMark,
    Waiting,
    calls_in,
    known_value,
)
from engine.resolve_nodes import NodeResolver
from engine.scope import Fold, Scope
from engine.template import Template

MAX_ITEMS = 100_000


class Resolver(NodeResolver):
    """One resolution of a graph. `unresolved`, `evaluated` and `steps` are for the plan's report."""

    def _frame(self, scope: Scope, frame: GraphFrame, pending: list[str]) -> None:
        over = self._read(scope, frame.over, pending) if frame.over is not None else None
        carry = {name: self._read(scope, first, pending) for name, first in frame.first.items()}
        if pending or over is None:
            return
        names = frame.outputs
        blocked = MUTED if frame.mode == "mute" or over is MUTED or MUTED in carry.values() else None
        if blocked is not None:
            self.muted.add(frame.id)
            scope.done[frame.id] = dict.fromkeys(names, blocked)
            return
        if type(over) is Waiting:
            self.unresolved[frame.id] = over.waits
            scope.done[frame.id] = dict.fromkeys(names, over)
            return
        refs = {name: ref for name, ref in carry.items() if ref is not None}
        self._key_step(scope)  # the steps inside are keyed by what they read of this one
        scope.done[frame.id] = self._fold(scope, frame, self._items(frame, over), refs)

    def _items(self, frame: GraphFrame, over: Ref) -> list[Ref]:
        if type(over) is Bundle:
            return over.parts
        try:
            value = known_value(over)
        except LookupError:
            cause = "the list must be known in the plan; a list of run-time values comes from a collect"
            raise NodeFailed(frame.id, "flow.loop@1", cause, input="over") from None
        items = frame.iterate.conversion.fn(value) if frame.iterate is not None else value
        if len(items) > MAX_ITEMS:
            problem = Problem("too many items", frame.id, "over", f"at most {MAX_ITEMS}", str(len(items)))
            raise InvalidWorkflow([problem])
        return [Known(item) for item in items]

    def _fold(self, scope: Scope, frame: GraphFrame, items: list[Ref], carry: dict[str, Ref]) -> dict[str, Ref]:
        """Resolve the steps of a frame one after the other."""
        count = len(items)
        collected: dict[str, list[Ref]] = {name: [] for name in frame.collect}
        marks: list[tuple[int, list[Call]]] = []
        fold = Fold(scope.path, [])
        self.folds.setdefault(frame.id, []).append(fold)
        known_count = Known(count)
        template: Template | None = None
        until: Ref | None = None
        for index, item in enumerate(items):
            step = Scope(frame, scope, (*scope.path, (frame.id, index)))
            step.bind = {**carry, "item": item, "index": Known(index), "count": known_count}
            progress = getattr(item.value, "progress", None) if type(item) is Known else None
            step.progress = float(progress) if progress is not None else index / count
            if template is not None:
                calls, carry, gathered = template.repeat(
                    step.bind, partial(self._curve, step), step.path, step.keep, self._solo_key
                )
                self.calls += calls
            else:
                first = len(self.calls)
                carry = {name: self._inside(step, after) for name, after in frame.next.items()}
                gathered = {name: self._inside(step, source) for name, source in frame.collect.items()}
                until = self._inside(step, frame.until) if frame.until is not None else None
                units = self._key_step(step)
                if index == 0 and count > 2:
                    template = self._template(frame, step, self.calls[first:], units)
            fold.steps.append({**carry, **gathered})
            for name, ref in gathered.items():
                collected[name].append(ref)
            made = [call for ref in carry.values() for call in calls_in(ref)]
            made += [call for ref in gathered.values() for call in calls_in(ref)]
            for call in made:
                call.keep = True
            marks.append((index, made))
            if until is MUTED:
                self.muted.add(frame.id)
                return dict.fromkeys(frame.outputs, MUTED)
            if type(until) is Waiting:
                self.unresolved[frame.id] = until.waits
                break
            if until is not None and self._stops(frame, until):
                break
        for index, made in marks:
            for call in made:
                call.steps.append(StepMark(frame.id, scope.path, index, len(marks)))
        self.steps.setdefault(frame.id, []).append(len(marks))
        if type(until) is Waiting:  # whether there are more steps is known once it is
            return dict.fromkeys(frame.outputs, until)
        outputs: dict[str, Ref] = dict(carry)
        for name, refs in collected.items():
            outputs[name] = MUTED if MUTED in refs else Bundle(refs, True)
            blocked = [ref.waits for ref in refs if type(ref) is Waiting]
            if blocked:
                outputs[name] = Waiting(NO_WAITS.union(*blocked))
        return outputs

    def _inside(self, step: Scope, source: Source) -> Ref:
        while True:
            pending: list[str] = []
            ref = self._read(step, source, pending)
            if ref is not None and not pending:
                return ref
            for node in pending:
                self._demand(step, node)

    def _stops(self, frame: GraphFrame, until: Ref) -> bool:
        """True if the loop ends after this step."""
        try:
            return bool(known_value(until))
        except LookupError:
            cause = "the end of a loop must be a truth value, and only a run can give this"
            raise NodeFailed(frame.id, "flow.loop@1", cause, input="until") from None
