"""What a run will do, known before it starts.

From the resolved targets backward: a call whose result is stored is loaded, any other runs and asks for what it needs.
Two calls with one key are one. A group runs whole. The order is that of the need, so step 0 comes before step 1, and a
frame may have gaps where a stored step makes the earlier ones superfluous.

If the targets wait for values that only a run can give, the plan covers those first (`waiting` is then not empty), and
the runner plans again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.digest import Key
from engine.errors import InvalidWorkflow, Problem
from engine.refs import MUTED, Call, Ref, Waiting, calls_in
from engine.resolve import Resolver

Status = Literal["run", "cached", "skipped", "unknown"]


@dataclass(frozen=True)
class NodeReport:
    """What a plan says of a node: steps are those of its frame; outside a frame a node has one.

    `key`: of its result in the store, hexadecimal, where it has one and no more: what the mode `frozen` takes.
    """

    status: Status
    steps_run: int = 0
    steps_cached: int = 0
    reason: str = ""
    key: str | None = None


@dataclass
class Plan:
    """Units (a call, or the calls of a group) in the order to run them; calls to load; and what is waited for.

    `ahead`: the keys, not final yet, of calls that will run once what they wait for is there. `there`: the keys of the
    results that are stored.
    """

    resolver: Resolver
    targets: dict[str, list[Ref]]
    order: list[list[Call]] = field(default_factory=list)
    loads: dict[Key, Call] = field(default_factory=dict)
    works: list[Any] = field(default_factory=list)
    wanted: list[Call] = field(default_factory=list)
    waiting: bool = False
    ahead: set[Key] = field(default_factory=set)
    there: Set[Key] = frozenset()

    def running(self) -> set[Key]:
        """The keys of the calls that will run, as far as can be said now."""
        return {call.key for unit in self.order for call in unit} | self.ahead


def make_plan(resolver: Resolver, targets: Iterable[str], stored: Callable[[Iterable[Key]], Set[Key]]) -> Plan:
    """Resolve the targets and decide what runs. `stored(keys)` says which results are there."""
    plan = Plan(resolver, {name: resolver.target(name) for name in targets})
    wanted = plan.wanted
    later: list[Call] = []
    for refs in plan.targets.values():
        for ref in refs:
            if ref is MUTED:
                continue
            if type(ref) is Waiting or ref.waits:
                plan.waiting = True
                _first_waits(ref.waits, wanted, plan.works)
                later += calls_in(ref)
            else:
                wanted += calls_in(ref)
    there = stored([call.key for call in resolver.calls if call.keep or call.frozen])
    plan.there = there
    _need(plan, wanted, there)
    if later:
        expected = Plan(resolver, {})
        _need(expected, wanted + later, there)
        plan.ahead = expected.running()
    return plan


def _first_waits(waits: Iterable[Any], wanted: list[Call], works: list[Any]) -> None:
    """Of what is waited for, that which can be done now: calls that wait for nothing themselves, and work."""
    stack, seen = list(waits), set()
    while stack:
        top = stack.pop()
        if id(top) in seen:
            continue
        seen.add(id(top))
        if not isinstance(top, Call):
            works.append(top)
        elif top.waits:
            stack += top.waits
        else:
            wanted.append(top)


def _need(plan: Plan, wanted: list[Call], stored: Set[Key]) -> None:
    """Depth-first from what is wanted, with an explicit stack; units are appended once all they need is there."""
    settled: set[Key] = set()
    opened: set[Key] = set()
    stack = list(reversed(wanted))
    while stack:
        call = stack[-1]
        if call.key in settled:
            stack.pop()
            continue
        unit = call.group.members if call.group is not None else [call]
        if call.key not in opened:
            if call.key in stored:
                plan.loads[call.key] = call
                settled.add(call.key)
                stack.pop()
                continue
            if call.frozen:
                message = "the frozen result is no longer in the cache; unfreeze the node to compute it again"
                raise InvalidWorkflow([Problem(message, call.node.id, "mode")])
            opened.update(member.key for member in unit)
            needed = [n for m in unit for n in m.needs if n.key not in settled]
            if needed:
                stack.extend(reversed(needed))
                continue
        plan.order.append(unit)
        settled.update(member.key for member in unit)
        stack.pop()


def report(plan: Plan, ran: set[Key]) -> dict[str, NodeReport]:
    """Per node: what runs (`ran`: keys that run or ran), what is stored or covered, what is not live."""
    resolver = plan.resolver
    live: Counter[str] = Counter()
    run: Counter[str] = Counter()
    keys: dict[str, set[Key]] = defaultdict(set)
    seen: set[tuple[str, Key]] = set()
    for call in resolver.calls:
        node = call.node.id
        live[node] += 1
        keys[node].add(call.key)
        if call.key in ran and not call.frozen and (node, call.key) not in seen:
            seen.add((node, call.key))
            run[node] += 1
    idle = _idle(plan) if plan.waiting or resolver.muted else {}
    reports: dict[str, NodeReport] = {}
    for node in resolver.graph.nodes:
        if node in idle and not run[node]:
            reports[node] = idle[node]
        elif node in resolver.unresolved:
            reports[node] = NodeReport(
                "unknown", run[node], live[node] - run[node], waits_text(resolver.unresolved[node])
            )
        elif node in resolver.evaluated:
            kept = resolver.evaluated[node]
            reports[node] = NodeReport("cached" if kept else "run", int(not kept), int(kept))
        elif not live[node]:
            reports[node] = NodeReport("skipped", reason="muted" if node in resolver.muted else "not needed")
        else:
            only = next(iter(keys[node])) if len(keys[node]) == 1 and keys[node] <= plan.there else None
            key = None if only is None else only.hex()
            reports[node] = NodeReport("run" if run[node] else "cached", run[node], live[node] - run[node], key=key)
    _report_frames(resolver, ran, reports)
    return reports


def _idle(plan: Plan) -> dict[str, NodeReport]:
    """The nodes whose calls no target leads to: what reads them is muted, or waits."""
    resolver = plan.resolver
    stack = [*plan.wanted, *(call for refs in plan.targets.values() for ref in refs for call in calls_in(ref))]
    reached: set[int] = set()
    while stack:
        call = stack.pop()
        if id(call) not in reached:
            reached.add(id(call))
            stack += call.needs
    nodes = {call.node.id for call in resolver.calls} - {c.node.id for c in resolver.calls if id(c) in reached}
    if plan.waiting:
        return dict.fromkeys(nodes - resolver.unresolved.keys(), NodeReport("unknown", reason="what reads it waits"))
    return dict.fromkeys(nodes, NodeReport("skipped", reason="what reads it is muted"))


def _report_frames(resolver: Resolver, ran: set[Key], reports: dict[str, NodeReport]) -> None:
    done: dict[str, set[tuple[Any, int]]] = {frame: set() for frame in resolver.graph.frames}
    for call in resolver.calls:
        if call.steps and call.key in ran:
            for mark in call.steps:
                done[mark.frame].add((mark.path, mark.index))
    for frame in resolver.graph.frames:
        total, run = sum(resolver.steps.get(frame, ())), len(done[frame])
        if frame in resolver.unresolved:
            reason = waits_text(resolver.unresolved[frame])
            reports[frame] = NodeReport("unknown", run, max(0, total - run), reason)
        elif frame not in resolver.steps:
            reports[frame] = NodeReport("skipped", reason="muted" if frame in resolver.muted else "not needed")
        else:
            reports[frame] = NodeReport("run" if run else "cached", run, total - run)


def waits_text(waits: Iterable[Any]) -> str:
    """`waits for positive` — what a plan cannot know yet, in words."""
    names = {w.node.id if isinstance(w, Call) else w.reason for w in waits}
    return "waits for " + ", ".join(sorted(names))
