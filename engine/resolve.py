"""Resolve a graph, on demand, into calls with keys.

One demand-driven pass with an explicit stack: a node is looked at only when something live asks for it, so a branch
that a switch does not take is never touched — not run, not even planned. A node becomes

* one of its own inputs, if its `.reduce` (or a bypass) says so — key and all;
* a value, if it is a plan-time node: its function runs here;
* a `Call`, otherwise.

A frame is resolved step by step. The carry of step i is what `carry.next` gave in step i−1, and so is its key: the
frame's list as a whole is in no key, an item is. In a frame with a carry, keys are made at the end of each step, when
its live calls are known, because the batch that a call runs in is part of its key (`engine.groups`).

A value that only a run can give (a score, an image's width) is `Waiting`; the runner does what is waited for and
resolves again.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Protocol

from engine.context import Context
from engine.digest import Key, encode
from engine.errors import Cancelled, InvalidWorkflow, NodeError, NodeFailed, NotYet, Problem, Unencodable
from engine.graph import Const, Curve, Graph, GraphFrame, GraphNode, Link, Several, Source
from engine.groups import key_calls
from engine.refs import (
    MUTED,
    NO_WAITS,
    Bundle,
    Call,
    Converted,
    Known,
    Output,
    Ref,
    StepMark,
    Waiting,
    calls_in,
    known_value,
    tagged,
)
from engine.spec import BadLiteral
from engine.template import Template, make_template
from engine.values import UNKNOWN, Alias

MAX_ITEMS = 100_000


class Recall(Protocol):
    """What earlier plans and runs left behind, by key."""

    def scalar(self, key: Key) -> Any:
        """The value of a by-value output, or `UNKNOWN`."""

    def content(self, key: Key) -> Key | None:
        """The content digest of a by-content output, if it was computed before. b"" if it is too large for that."""

    def planned(self, key: Key) -> Any:
        """The result of a plan-time node, or `UNKNOWN`."""

    def remember(self, key: Key, value: Any) -> None:
        """Keep the result of a plan-time node."""


class Scope:
    """The nodes of one frame in one step (or the top level) and what they resolved to."""

    __slots__ = ("aliases", "bind", "calls", "deferred", "done", "frame", "keep", "parent", "path", "progress", "waits")

    def __init__(self, frame: GraphFrame | None, parent: Scope | None, path: tuple[tuple[str, int], ...]) -> None:
        self.frame, self.parent, self.path = frame, parent, path
        self.done: dict[str, Any] = {}  # node → tuple of refs; frame → dict of refs
        self.bind: dict[str, Ref] = {}
        self.progress = 0.0
        self.calls: list[Call] = []  # without keys as yet
        self.aliases: dict[str, str] = {}  # nodes that a reduction made one of their inputs
        self.waits = False  # something in it waits, or was muted
        self.deferred = frame is not None and frame.stacked and bool(frame.next)
        self.keep: bool = parent is None or (parent.keep and frame is not None and not frame.next)

    @property
    def id(self) -> str | None:
        """The frame's id, None at the top."""
        return self.frame.id if self.frame is not None else None


class Resolver:
    """One resolution of a graph. `unresolved` and `evaluated` are for the plan's report."""

    def __init__(
        self, graph: Graph, *, recall: Recall, numerics: Key, context: Context, nonce: Key, batching: bool = True
    ) -> None:
        self.graph, self.recall, self.numerics, self.context = graph, recall, numerics, context
        self.nonce, self.batching = nonce, batching
        self.literals = graph.registry.literals
        self.top = Scope(None, None, ())
        self.calls: list[Call] = []
        self.unresolved: dict[str, frozenset[Any]] = {}
        self.evaluated: dict[str, bool] = {}  # plan-time node → its result was remembered
        self.muted: set[str] = set()
        self.steps: dict[str, list[int]] = {}  # frame → counts of its runs
        self._heads: dict[str, Key] = {}
        self._curves: dict[tuple[int, float], Known] = {}

    # demand

    def target(self, target: str) -> list[Ref]:
        """The refs of a top-level node's outputs, or of one output of a frame ("frame.output")."""
        node, _, output = target.partition(".")
        self._demand(self.top, node)
        found = self.top.done[node]
        if isinstance(found, dict):
            return [found[output]] if output else list(found.values())
        return list(found)

    def _demand(self, scope: Scope, node: str) -> None:
        stack = [node]
        done, nodes = scope.done, self.graph.nodes
        while stack:
            top = stack[-1]
            if top in done:
                stack.pop()
                continue
            pending: list[str] = []
            found = nodes.get(top)
            if found is not None:
                self._node(scope, found, pending)
            else:
                self._frame(scope, self.graph.frames[top], pending)
            if pending:
                stack.extend(reversed(pending))
            else:
                stack.pop()

    def _read(self, scope: Scope, source: Source, pending: list[str]) -> Ref | None:
        """The ref of a source as seen from a scope; None (and the node in `pending`) if it is not resolved yet."""
        if type(source) is Link:
            frame = self.graph.frames.get(source.node)
            at = scope
            if source.inside:
                while at.frame is not frame:
                    assert at.parent is not None
                    at = at.parent
                assert source.name is not None
                ref = at.bind[source.name]
            else:
                home = frame.frame if frame is not None else self.graph.nodes[source.node].frame
                while at.id != home:
                    assert at.parent is not None
                    at = at.parent
                found = at.done.get(source.node)
                if found is None:
                    if at is scope:
                        pending.append(source.node)
                        return None
                    self._demand(at, source.node)
                    self._key_step(at)  # what is inside is keyed by it before its own step ends
                    found = at.done[source.node]
                ref = found[source.index if frame is None else source.name]
            return ref if source.converter is None or ref is MUTED else self._convert(ref, source)
        if type(source) is Const:
            return self._const(source)
        if type(source) is Several:
            parts = [self._read(scope, part, pending) for part in source.parts]
            present = [part for part in parts if part is not None and part is not MUTED]
            return Bundle(present, False) if len(pending) == 0 else None
        assert type(source) is Curve
        return self._curve(scope, source)

    def _const(self, source: Const) -> Ref:
        known = Known(source.value, source.key)
        source.key = known.key
        if source.converter is None:
            return known
        return Converted(known, source.converter, self.graph.registry.code.of(source.converter.conversion.fn))

    def _convert(self, ref: Ref, link: Link) -> Ref:
        assert link.converter is not None
        if type(ref) is Waiting:
            return ref
        return Converted(ref, link.converter, self.graph.registry.code.of(link.converter.conversion.fn))

    def _curve(self, scope: Scope, curve: Curve) -> Known:
        at = (id(curve), scope.progress)
        if at not in self._curves:
            y = curve.at(scope.progress)
            self._curves[at] = Known(self.literals.coerce(curve.target, y))
        return self._curves[at]

    # nodes

    def _node(self, scope: Scope, node: GraphNode, pending: list[str]) -> None:
        spec, done = node.spec, scope.done
        if node.mode != "normal" and self._other_mode(scope, node, pending):
            return
        if spec.node.reducer is not None and self._reduced(scope, node, pending):
            return
        args: dict[str, Ref] = {}
        for name, source in node.inputs.items():
            ref = self._read(scope, source, pending)
            if ref is not None:
                args[name] = ref
        if pending:
            return
        waits = self._blocked(node, args)
        if waits is not None:
            scope.waits = True
            done[node.id] = (waits,) * max(1, len(spec.outputs))
        elif spec.node.plan:
            done[node.id] = self._evaluate(node, args)
        else:
            done[node.id] = self._call(scope, node, args)

    def _other_mode(self, scope: Scope, node: GraphNode, pending: list[str]) -> bool:
        """Mute, bypass and frozen: true if that resolved the node or found what is pending."""
        count = max(1, len(node.spec.outputs))
        if node.mode == "mute":
            self.muted.add(node.id)
            scope.done[node.id] = (MUTED,) * count
        elif node.mode == "bypass":
            refs = [self._read(scope, node.inputs[name], pending) for name in node.passes if name is not None]
            if not pending:
                scope.done[node.id] = tuple(refs)
        else:
            call = Call(node, {}, scope.path, True)
            try:
                call.key = bytes.fromhex(str(node.mode["frozen"]))
            except ValueError:
                raise InvalidWorkflow([Problem("not a digest", node.id, "mode", "hexadecimal digits")]) from None
            call.frozen = True
            self.calls.append(call)
            scope.done[node.id] = tuple(Output(call, i) for i in range(count))
        return True

    def _reduced(self, scope: Scope, node: GraphNode, pending: list[str]) -> bool:
        """Try the node's `.reduce`: true if it resolved the node, or if something is pending first."""
        reducer, width = node.spec.node.reducer, max(1, len(node.spec.outputs))
        refs = {name: self._read(scope, node.inputs[name], pending) for name in node.spec.reduce_names}
        if pending or reducer is None:
            return True
        values: dict[str, Any] = {}
        for name, ref in refs.items():
            if type(ref) is Waiting:  # undecided: what lies behind the branches is not touched
                self.unresolved[node.id] = ref.waits
                scope.done[node.id] = (ref,) * width
                scope.waits = True
                return True
            try:
                assert ref is not None
                values[name] = self._value(node, name, ref)
            except LookupError:
                return False
        alias = self._guarded(node, reducer, values)
        if not isinstance(alias, Alias):
            return False
        chosen = self._read(scope, node.inputs[alias.name], pending)
        if chosen is not None:
            scope.done[node.id] = (chosen,)
            scope.aliases[node.id] = alias.name
        return True

    def _blocked(self, node: GraphNode, args: dict[str, Ref]) -> Ref | None:
        """`MUTED` or `Waiting` if an input is so; a node whose reduction waits is waiting too."""
        waits = NO_WAITS
        for ref in args.values():
            kind = type(ref)
            if kind is Known or kind is Output or kind is Converted:
                continue
            if ref is MUTED:
                self.muted.add(node.id)
                return MUTED
            parts = ref.parts if type(ref) is Bundle else (ref,)
            if any(type(part) is Waiting for part in parts):
                waits |= ref.waits
        if not waits:
            return None
        self.unresolved[node.id] = waits
        return Waiting(waits)

    def _value(self, node: GraphNode, name: str, ref: Ref) -> Any:
        """The plan-known value of an input, validated. Raises `LookupError` if the plan does not know it."""
        value = known_value(ref)
        source = node.inputs[name]
        if type(source) is Link and source.target is not None and type(ref) is Known:
            try:
                return self.literals.coerce(source.target, value)
            except BadLiteral as error:
                raise InvalidWorkflow([Problem(error.message, node.id, name, error.expected, error.got)]) from None
        return value

    def _evaluate(self, node: GraphNode, args: dict[str, Ref]) -> tuple[Ref, ...]:
        """Run a plan-time node."""
        spec = node.spec
        values: dict[str, Any] = {}
        for name, ref in args.items():
            try:
                values[name] = self._value(node, name, ref)
            except LookupError:
                cause = "this input is needed while planning, and only a run can give it"
                raise NodeFailed(node.id, spec.name, cause, input=name) from None
        key = tagged(b"plan", self._head(node), *self._argument_keys(node, args))
        remembered = self.recall.planned(key)
        if remembered is not UNKNOWN and spec.context is None:
            result = remembered
        else:
            if spec.context is not None:
                values[spec.context] = self.context
            try:
                result = self._guarded(node, spec.node.fn, values)
            except NotYet as blocked:
                self.unresolved[node.id] = frozenset([blocked.work])
                return (Waiting(frozenset([blocked.work])),) * max(1, len(spec.outputs))
            if remembered is UNKNOWN or encode(remembered) != encode(result):
                self.recall.remember(key, result)
                self.evaluated[node.id] = False
        self.evaluated.setdefault(node.id, True)
        return tuple(Known(v) for v in result) if len(spec.outputs) > 1 else (Known(result),)

    def _guarded(self, node: GraphNode, fn: Any, values: dict[str, Any]) -> Any:
        try:
            return fn(**values)
        except (Cancelled, InvalidWorkflow, NotYet):
            raise
        except NodeError as error:  # what it refuses, the document gave it
            raise InvalidWorkflow([Problem(str(error), node.id, error.input)]) from error
        except Exception as error:
            raise NodeFailed(node.id, node.spec.name, f"{type(error).__name__}: {error}") from error

    def _call(self, scope: Scope, node: GraphNode, args: dict[str, Ref]) -> tuple[Ref, ...]:
        for name, ref in args.items():
            source = node.inputs[name]
            if type(ref) is Known and type(source) is Link and source.target is not None:
                value = self._value(node, name, ref)
                if value is not ref.value:
                    args[name] = Known(value)
        call = Call(node, args, scope.path, scope.keep)
        self.calls.append(call)
        outputs = node.spec.outputs
        if scope.deferred:
            scope.calls.append(call)
            if any(output.by_value for output in outputs):
                self._key_step(scope)
        else:
            call.key = call.solo = self._solo_key(call)
        return tuple([self._output(call, i, scope) for i in range(len(outputs))]) or (Output(call, 0),)

    def _output(self, call: Call, index: int, scope: Scope) -> Ref:
        spec = call.node.spec.outputs[index]
        if spec.by_value:
            value = self.recall.scalar(call.output_key(index))
            if value is UNKNOWN:
                return Waiting(call.waits | {call})
            return Known(value)
        if spec.by_content and not scope.deferred and not call.waits:
            content = self.recall.content(call.output_key(index))
            return Output(call, index, content or None, soft=content is None)
        return Output(call, index)

    # keys

    def _head(self, node: GraphNode) -> Key:
        spec = node.spec
        head = self._heads.get(spec.name)
        if head is None:
            code = self.graph.registry.code.of_node(spec.node)
            numerics = b"" if spec.node.plan else self.numerics
            head = self._heads[spec.name] = tagged(b"node", spec.name.encode(), b"\0", code, numerics)
        return head

    def _argument_keys(self, node: GraphNode, args: dict[str, Ref]) -> list[bytes]:
        parts: list[bytes] = []
        for name in node.spec.sorted_inputs:
            parts.append(name.encode() + b"\0")
            parts.append(args[name].key)
        return parts

    def _solo_key(self, call: Call) -> Key:
        node = call.node
        spec = node.spec
        try:
            parts = self._argument_keys(node, call.args)
            if spec.node.fingerprinter is not None:
                values: dict[str, Any] = {n: self._value(node, n, call.args[n]) for n in spec.fingerprint_names}
                if spec.fingerprint_context is not None:
                    values[spec.fingerprint_context] = self.context
                parts.append(encode(self._guarded(node, spec.node.fingerprinter, values)))
            elif not spec.node.pure:
                parts.append(self.nonce)
        except Unencodable as error:
            raise NodeFailed(node.id, spec.name, str(error)) from error
        except LookupError:
            raise NodeFailed(node.id, spec.name, "its fingerprint needs inputs that only a run can give") from None
        return tagged(b"call", self._head(node), *parts)

    def _key_step(self, scope: Scope) -> list[list[Call]]:
        calls, scope.calls = scope.calls, []
        return key_calls(calls, self._solo_key, self.batching) if calls else []

    def _template(self, frame: GraphFrame, step: Scope, calls: list[Call], units: list[list[Call]]) -> Template | None:
        """The template of the step that was just resolved, if the steps to come are like it."""
        own = [call for call in calls if call.path == step.path]  # invariants outside may have been met on the way
        if not step.deferred:
            units = [[call] for call in own]
        covered = sum(map(len, units)) == len(own) and not step.waits
        code = self.graph.registry.code
        return (
            make_template(self.graph, frame, own, units, step.aliases, lambda c: code.of(c.conversion.fn))
            if covered
            else None
        )

    # frames

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
        known_count = Known(count)
        template: Template | None = None
        for index, item in enumerate(items):
            step = Scope(frame, scope, (*scope.path, (frame.id, index)))
            step.bind = {**carry, "item": item, "index": Known(index), "count": known_count}
            progress = getattr(item.value, "progress", None) if type(item) is Known else None
            step.progress = float(progress) if progress is not None else index / count
            until: Ref | None = None
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
            for name, ref in gathered.items():
                collected[name].append(ref)
            made = [call for ref in carry.values() for call in calls_in(ref)]
            made += [call for ref in gathered.values() for call in calls_in(ref)]
            for call in made:
                call.keep = True
            marks.append((index, made))
            if until is not None and self._stops(frame, until, carry):
                break
        for index, made in marks:
            for call in made:
                call.steps.append(StepMark(frame.id, scope.path, index, len(marks)))
        self.steps.setdefault(frame.id, []).append(len(marks))
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

    def _stops(self, frame: GraphFrame, until: Ref, carry: dict[str, Ref]) -> bool:
        """True if the loop ends after this step. If only a run can say, what follows waits for it."""
        if type(until) is Waiting:
            self.unresolved[frame.id] = until.waits
            for name in carry:
                carry[name] = until
            return True
        return bool(known_value(until))
