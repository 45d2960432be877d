"""Nodes become refs, on demand.

One demand-driven pass with an explicit stack: a node is looked at only when something live asks for it, so a branch
that a switch does not take is never touched — not run, not even planned. A node becomes

* one of its own inputs, if its `.reduce` (or a bypass) says so — key and all;
* a value, if it is a plan-time node: its function runs here;
* a `Call`, otherwise.

A value that only a run can give (a score, an image's width) is `Waiting`; the runner does what is waited for and
resolves again. Frames are `engine.resolve`'s business.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

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
    Waiting,
    known_value,
    tagged,
)
from engine.relation import fits
from engine.scope import Fold, Recall, Scope
from engine.spec import BadLiteral
from engine.template import Template, make_template
from engine.values import UNKNOWN, Alias


class NodeResolver(ABC):
    """The part of a resolution that knows nodes; `engine.resolve.Resolver` adds the frames."""

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
        self.folds: dict[str, list[Fold]] = {}  # frame → what each step of each of its runs gave
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
            whole = isinstance(y, float) and not fits(float, curve.target, {})
            self._curves[at] = Known(self.literals.coerce(curve.target, round(y) if whole else y))
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

    def _fingerprint(self, node: GraphNode, fn: Any, values: dict[str, Any]) -> Any:
        """What a node says of the outside world; work that it would put off is done at once."""
        while True:
            try:
                return self._guarded(node, fn, values)
            except NotYet as blocked:
                blocked.work.run()

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
            self._key_around(scope)
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
                parts.append(encode(self._fingerprint(node, spec.node.fingerprinter, values)))
            elif not spec.node.pure:
                parts.append(self.nonce)
        except Unencodable as error:
            raise NodeFailed(node.id, spec.name, str(error)) from error
        except LookupError:
            raise NodeFailed(node.id, spec.name, "its fingerprint needs inputs that only a run can give") from None
        return tagged(b"call", self._head(node), *parts)

    def _key_step(self, scope: Scope) -> list[list[Call]]:
        self._key_around(scope)
        calls, scope.calls = scope.calls, []
        return key_calls(calls, self._solo_key, self.batching) if calls else []

    def _key_around(self, scope: Scope) -> None:
        """Give the calls of the steps around a scope their keys: those inside may read them."""
        around = []
        at = scope.parent
        while at is not None:
            if at.calls:
                around.append(at)
            at = at.parent
        for outer in reversed(around):
            calls, outer.calls = outer.calls, []
            key_calls(calls, self._solo_key, self.batching)

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

    @abstractmethod
    def _frame(self, scope: Scope, frame: GraphFrame, pending: list[str]) -> None:
        """Resolve a frame, or say what is pending first."""
