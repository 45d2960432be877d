"""A plan as one flat program: bound operations over numbered slots.

The plan is walked once; what remains for the run is a list of `Op`s, each with its constant arguments ready and its
other arguments as positions in a list of values. No graph is walked and nothing is validated between two steps, so a
sampling loop costs a few microseconds per node over the same loop written by hand. A slot is emptied after its last
use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from engine.context import Context
from engine.digest import Key
from engine.errors import NodeFailed
from engine.plan import Plan
from engine.refs import Bundle, Call, Converted, Known, Output, Ref, StepMark

Getter = Callable[[list[Any]], Any]


class Op:
    """One operation: a call, or the calls of a group. `out` are the slots of its results, in the order of `calls`."""

    __slots__ = ("calls", "constant", "dynamic", "frees", "keep", "out", "pool", "seconds", "slots", "steps", "views")

    def __init__(self, calls: list[Call], out: list[int]) -> None:
        self.calls, self.out = calls, out
        self.constant: list[dict[str, Any]] = []
        self.slots: list[list[tuple[str, int, int]]] = []  # per call: (parameter, slot, output index or −1)
        self.dynamic: list[list[tuple[str, Getter]]] = []  # per call: what needs more than picking a slot
        self.frees: list[int] = []
        self.keep = any(call.keep for call in calls)
        self.pool = len(calls) == 1 and calls[0].node.spec.node.thread == "pool" and not calls[0].path
        self.steps: list[StepMark] = []
        self.views = any(call.path and call.node.spec.views for call in calls)
        self.seconds = 0.0

    def arguments(self, values: list[Any]) -> list[dict[str, Any]]:
        """The arguments of each call."""
        made = []
        for constant, slots, dynamic in zip(self.constant, self.slots, self.dynamic, strict=True):
            arguments = constant.copy()
            for name, slot, index in slots:
                arguments[name] = values[slot] if index < 0 else values[slot][index]
            for name, getter in dynamic:
                arguments[name] = getter(values)
            made.append(arguments)
        return made


class Program:
    """The operations of a plan, and where the targets' values will be."""

    def __init__(self, plan: Plan, context: Context) -> None:
        self.plan = plan
        self.slot: dict[Key, int] = {}
        self.loads: list[tuple[Call, int]] = []
        self.ops: list[Op] = []
        self.calls_of: Counter[str] = Counter()
        self.context = context
        for key, call in plan.loads.items():
            self.slot[key] = len(self.slot)
            self.loads.append((call, self.slot[key]))
        for unit in plan.order:
            for call in unit:
                if call.key not in self.slot:
                    self.slot[call.key] = len(self.slot)
        for unit in plan.order:
            self.ops.append(self._bind(unit))
        self._mark_steps()
        self._free()

    def _bind(self, unit: list[Call]) -> Op:
        op = Op(unit, [self.slot[call.key] for call in unit])
        for call in unit:
            constant: dict[str, Any] = {}
            slots: list[tuple[str, int, int]] = []
            dynamic: list[tuple[str, Getter]] = []
            for name, ref in call.args.items():
                kind = type(ref)
                if kind is Known:
                    constant[name] = ref.value  # type: ignore[union-attr]
                elif type(ref) is Output:
                    slots.append((name, self.slot[ref.call.key], _pick(ref)))
                else:
                    self._bind_complex(call, name, ref, constant, dynamic)
            spec = call.node.spec
            if spec.context is not None:
                constant[spec.context] = self.context
            op.constant.append(constant)
            op.slots.append(slots)
            op.dynamic.append(dynamic)
            self.calls_of[call.node.id] += 1
        return op

    def _bind_complex(
        self, call: Call, name: str, ref: Ref, constant: dict[str, Any], dynamic: list[tuple[str, Getter]]
    ) -> None:
        if next(iter(_slots_of(ref, self.slot)), None) is not None:
            dynamic.append((name, getter(ref, self.slot)))
            return
        try:
            constant[name] = getter(ref, self.slot)([])
        except Exception as error:
            spec = call.node.spec
            raise NodeFailed(call.node.id, spec.name, f"{type(error).__name__}: {error}", input=name) from error

    def _mark_steps(self) -> None:
        """Put each step's mark on the last operation that completes it."""
        last: dict[tuple[str, Any, int], tuple[int, StepMark]] = {}
        for position, op in enumerate(self.ops):
            for call in op.calls:
                for mark in call.steps:
                    last[mark.frame, mark.path, mark.index] = (position, mark)
        for position, mark in last.values():
            self.ops[position].steps.append(mark)
        self.steps: Counter[tuple[str, Any]] = Counter((mark.frame, mark.path) for _, mark in last.values())

    def _free(self) -> None:
        held = {slot for refs in self.plan.targets.values() for ref in refs for slot in _slots_of(ref, self.slot)}
        if self.plan.waiting:
            held |= {self.slot[call.key] for call in self.plan.wanted}
        seen: set[int] = set()
        for op in self.ops:
            if op.pool:
                held |= self.reads(op) | set(op.out)
        for op in reversed(self.ops):
            used = self.reads(op) | set(op.out)
            op.frees = [slot for slot in used if slot not in seen and slot not in held]
            seen |= used

    def reads(self, op: Op) -> set[int]:
        """The slots that an operation reads."""
        found = {slot for slots in op.slots for _, slot, _ in slots}
        for call, dynamic in zip(op.calls, op.dynamic, strict=True):
            for name, _ in dynamic:
                found.update(_slots_of(call.args[name], self.slot))
        return found


def _pick(ref: Output) -> int:
    return ref.index if len(ref.call.node.spec.outputs) > 1 else -1


def _slots_of(ref: Ref, slots: dict[Key, int]) -> list[int]:
    """The slots that a ref reads."""
    if type(ref) is Output:
        return [slots[ref.call.key]] if ref.call.key in slots else []
    if type(ref) is Converted:
        return _slots_of(ref.inner, slots)
    if type(ref) is Bundle:
        return [slot for part in ref.parts for slot in _slots_of(part, slots)]
    return []


def getter(ref: Ref, slots: dict[Key, int]) -> Getter:
    """A function from the list of values to the value of a ref."""
    if type(ref) is Known:
        value = ref.value
        return lambda values: value
    if type(ref) is Output:
        slot, index = slots[ref.call.key], _pick(ref)
        if index < 0:
            return lambda values: values[slot]
        return lambda values: values[slot][index]
    if type(ref) is Converted:
        inner, convert = getter(ref.inner, slots), ref.converter.conversion.fn
        return lambda values: convert(inner(values))
    assert type(ref) is Bundle
    parts = [getter(part, slots) for part in ref.parts]
    if ref.is_list:
        return lambda values: [part(values) for part in parts]
    return lambda values: tuple(part(values) for part in parts)
