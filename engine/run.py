"""Execute a workflow: plan, run, and — if values turned up that the plan had to wait for — plan again.

One thread owns the device and works through the program in order. Operations of nodes declared `thread="pool"` (files,
CPU work) start in a pool as soon as what they need is there. Cancellation is looked at between two operations and
wherever a node asks. Nothing that failed or was cancelled is ever stored; steps that were completed stay.

A stored result that turns out to be gone or damaged is a miss: it is dropped and the run is planned again.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Set
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from engine.cache import MISSING, Cache, Persist
from engine.context import Context
from engine.digest import Key
from engine.errors import Cancelled, LoomError, NodeError, NodeFailed
from engine.events import EventLog, NodeCached, RunStarted, Warned
from engine.graph import Graph
from engine.meter import Meter
from engine.pack import content_digest
from engine.plan import NodeReport, Plan, make_plan, report
from engine.pools import Pools
from engine.program import Op, Program, getter
from engine.recall import Recollection
from engine.refs import MUTED, Call
from engine.resolve import Resolver
from engine.sizes import blocks, size_of
from engine.summary import summaries
from engine.values import Content
from engine.view import views_of

MAX_ROUNDS = 10_000


class _Lost(Exception):
    """A stored result was not there after all."""


class _SplitGroups(Exception):
    """A batch did not fit into memory; its members may, one by one."""


@dataclass
class Outcome:
    """What a run gave: the targets' values by node (all outputs), the report per node, and the last plan."""

    values: dict[str, tuple[Any, ...]]
    reports: dict[str, NodeReport]
    plan: Plan


@dataclass
class Settings:
    """What the runner needs from the engine that owns it.

    reuse False: no stored result is read. check: an error if a node writes into its inputs (a debugging aid).
    between: called by the device thread between two operations.
    """

    cache: Cache
    recall: Recollection
    context: Context
    numerics: Key
    nonce: Key
    pool: Executor
    threads: int
    reuse: bool = True
    check: bool = False
    between: Callable[[], object] = lambda: None


@contextmanager
def no_collection() -> Iterator[None]:
    """Without the cycle collector: on large graphs it costs four times the work itself, and finds nothing."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class Runner:
    """One run of a graph, by one thread; `cancelled` may be set from any."""

    def __init__(self, graph: Graph, settings: Settings, log: EventLog, cancelled: threading.Event) -> None:
        self.graph, self.settings, self.log, self.cancelled = graph, settings, log, cancelled
        self._ran: set[Key] = set()
        self._carried: dict[Key, Any] = {}  # results of earlier rounds of this run
        self._evaluated: dict[str, bool] = {}  # plan-time node → it was evaluated anew in this run
        self._batching = True
        self._said: set[str] = set()  # nodes whose views failed
        self._recall = settings.recall if settings.reuse else settings.recall.afresh()

    def plan(self, targets: list[str]) -> Plan:
        """Resolve and plan, with what is known now."""
        s = self.settings
        with no_collection():
            resolver = Resolver(
                self.graph,
                recall=self._recall,
                numerics=s.numerics,
                context=s.context,
                nonce=s.nonce,
                batching=self._batching,
            )
            plan = make_plan(resolver, targets, self._stored)
        frozen = [call.key for call in resolver.calls if call.frozen and call.key in plan.there]
        s.cache.keep(frozen, s.context.device)
        for node, kept in resolver.evaluated.items():
            self._evaluated.setdefault(node, not kept)
        return plan

    def run(self, targets: list[str]) -> Outcome:
        """Run to the end. Raises `NodeFailed`, `Cancelled` or `InvalidWorkflow`."""
        for number in range(MAX_ROUNDS):
            self._check()
            plan = self.plan(targets)
            if number == 0:
                reports = self.reports(plan, plan.running())
                steps = sum(reports[frame].steps_run for frame in self.graph.frames)
                self.log.emit(RunStarted({node: r.status for node, r in reports.items()}, steps))
            for work in plan.works:
                work.run()
            try:
                values = self._execute(plan)
            except _Lost:
                continue
            except _SplitGroups:
                self._batching = False
                continue
            if not plan.waiting:
                return Outcome(values, self.reports(plan, self._ran), plan)
            self._recall.flush()  # what is keyed by content is to be found even if this run is killed
        raise LoomError("the run was planned again too often: an `until` or a score never settles")

    def reports(self, plan: Plan, ran: set[Key]) -> dict[str, NodeReport]:
        """What a plan says of each node, if the calls in `ran` run."""
        reports = report(plan, ran)
        for node, anew in self._evaluated.items():
            if node in plan.resolver.evaluated:
                reports[node] = NodeReport("run" if anew else "cached", int(anew), int(not anew))
        return reports

    def _stored(self, keys: Iterable[Key]) -> Set[Key]:
        """Which results are there: of earlier rounds, and in the cache."""
        wanted = keys if self.settings.reuse else self._ran.intersection(keys)
        found = self.settings.cache.has_many(wanted)
        return found | self._carried.keys()

    def _check(self) -> None:
        if self.cancelled.is_set():
            raise Cancelled("the run was cancelled")

    # one program

    def _execute(self, plan: Plan) -> dict[str, tuple[Any, ...]]:
        with self.settings.cache.pin(plan.loads), no_collection():
            program = Program(plan, self.settings.context)
            if any(_uses_torch(call) for unit in plan.order for call in unit):
                prepare_torch(self.settings.threads)
            values: list[Any] = [None] * len(program.slot)
            self._load(program, values)
            self._work(program, values)
        if plan.waiting:
            for call in plan.wanted:
                self._carried[call.key] = values[program.slot[call.key]]
            return {}
        return {
            name: tuple(None if ref is MUTED else getter(ref, program.slot)(values) for ref in refs)
            for name, refs in plan.targets.items()
        }

    def _load(self, program: Program, values: list[Any]) -> None:
        told: set[str] = set()
        for call, slot in program.loads:
            value = self._carried.get(call.key, MISSING)
            if value is MISSING:
                value = self.settings.cache.get(call.key, self.settings.context.device)
            if value is MISSING:
                self.settings.cache.drop(call.key)
                raise _Lost
            values[slot] = value
            self._remember(call, value)
            if call.node.id not in told:
                told.add(call.node.id)
                outputs = () if call.path else summaries(call.node.spec, value)
                self.log.emit(NodeCached(call.node.id, outputs))

    def _work(self, program: Program, values: list[Any]) -> None:
        """Work through the operations in order; pool operations start as early as they can."""
        meter = Meter(program, self.log)
        pools = Pools(program, self.settings.pool, lambda position: self._beside(program, values, meter, position))
        try:
            pools.start()
            self._on_device(program, values, meter, pools)
            pools.join()
        except BaseException:
            pools.abandon()  # nothing of this run goes on after its end
            raise

    def _on_device(self, program: Program, values: list[Any], meter: Meter, pools: Pools) -> None:
        unsaved = 0.0  # seconds since the last result that went to the cache: what storing the next one saves
        for position, op in enumerate(program.ops):
            if op.pool:
                continue
            self._check()
            if pools.error is not None:
                raise pools.error
            self.settings.between()
            pools.wait_before(position)
            meter.starts(op)
            begin = time.perf_counter()
            results = self._invoke(op, values)
            seconds = time.perf_counter() - begin
            unsaved += seconds
            for call, slot, result in zip(op.calls, op.out, results, strict=True):
                values[slot] = result
                self._ran.add(call.key)
                if call.keep:
                    self._store(call, result, unsaved)
                meter.counts(call, result, seconds / len(op.calls))
            if op.views:
                self._keep_views(op, values, unsaved)
            if op.keep:
                unsaved = 0.0
            if op.steps:
                meter.steps(op, results[0])
            for slot in op.frees:
                values[slot] = None
            pools.finished(position)

    def _beside(self, program: Program, values: list[Any], meter: Meter, position: int) -> None:
        """Run one pool operation, in a thread of the pool."""
        op = program.ops[position]
        call = op.calls[0]
        self._check()
        meter.starts(op)
        begin = time.perf_counter()
        if _uses_torch(call):
            prepare_torch(self.settings.threads)
        (result,) = self._invoke(op, values)
        seconds = time.perf_counter() - begin
        values[op.out[0]] = result
        self._ran.add(call.key)
        self._store(call, result, seconds)
        meter.counts(call, result, seconds)

    def _store(self, call: Call, result: Any, seconds: float) -> None:
        content = self._remember(call, result)
        lasting = bool(call.steps) or call.node.spec.node.sink
        persist: Persist = "always" if lasting else "auto"
        self.settings.cache.put(call.key, result, seconds=seconds, content=content, persist=persist)

    def _keep_views(self, op: Op, values: list[Any], seconds: float) -> None:
        """Keep what the calls of an operation show; `seconds` as for the results, which they are kept beside."""
        code, cache = self.graph.registry.code, self.settings.cache
        for call, arguments in zip(op.calls, op.arguments(values), strict=True):
            try:
                for key, value in views_of(call, arguments, code):
                    cache.put(key, value, seconds=seconds, persist="always")
            except Exception as error:  # a run does not end for want of something to see
                self._blind(call.node.id, error)

    def _blind(self, node: str, error: Exception) -> None:
        if node not in self._said:
            self._said.add(node)
            self.log.emit(Warned(f"{node}: its steps cannot be shown: {type(error).__name__}: {error}"))

    def _remember(self, call: Call, result: Any) -> Key | None:
        """Note the outputs that are keyed by what they are."""
        outputs = call.node.spec.outputs
        whole: Key | None = None
        for i, output in enumerate(outputs):
            if not (output.by_value or output.by_content):
                continue
            value = result[i] if len(outputs) > 1 else result
            if output.by_value:
                self._recall.note_scalar(call.output_key(i), value)
                continue
            content = content_digest(value) if size_of(value) <= Content.LIMIT else b""
            self._recall.note_content(call.output_key(i), content)
            whole = content or None
        return whole if len(outputs) == 1 else None

    def _checked(self, op: Op, arguments: list[dict[str, Any]]) -> list[Any]:
        """Call the function, and look whether it wrote into its inputs: they are others' too, and stored."""
        spec = op.calls[0].node.spec
        before = [{n: blocks(v) for n, v in one.items() if n != spec.context} for one in arguments]
        if len(op.calls) == 1:
            results = [spec.node.fn(**arguments[0])]
        else:
            assert spec.node.batch_fn is not None
            results = list(spec.node.batch_fn(arguments))
        if (name := _written_into(before, arguments)) is not None:
            raise NodeError("it writes into its input; a node returns new values", input=name)
        return results

    def _invoke(self, op: Op, values: list[Any], again: bool = True) -> list[Any]:
        """Call the function. Out of memory: make room and try again; then split the batch; then give up."""
        call = op.calls[0]
        spec = call.node.spec
        try:
            if spec.context is not None:
                self.settings.context.enter(call.node.id)
            arguments = op.arguments(values)
            if self.settings.check:
                return self._checked(op, arguments)
            if len(op.calls) == 1:
                return [spec.node.fn(**arguments[0])]
            assert spec.node.batch_fn is not None
            results = list(spec.node.batch_fn(arguments))
            if len(results) != len(arguments):
                raise ValueError(f"its batch gave {len(results)} results for {len(arguments)} calls")
            return results
        except Cancelled:
            raise
        except NodeError as error:
            detail = traceback.format_exc()
            raise NodeFailed(call.node.id, spec.name, str(error), input=error.input, detail=detail) from error
        except Exception as error:
            if not _out_of_memory(error):
                cause = str(error) if isinstance(error, LoomError) else f"{type(error).__name__}: {error}"
                raise NodeFailed(call.node.id, spec.name, cause, detail=traceback.format_exc()) from error
            failure, detail = f"{type(error).__name__}: {error}", traceback.format_exc()
        arguments = []  # the error, its frames and these held what is to be let go
        if again:
            self.settings.context.make_room()
            self.settings.cache.make_room()
            return self._invoke(op, values, again=False)
        if len(op.calls) > 1:
            raise _SplitGroups
        cause = f"out of memory, also after everything else was moved out: {failure}"
        raise NodeFailed(call.node.id, spec.name, cause, detail=detail)


def _written_into(before: list[dict[str, Any]], arguments: list[dict[str, Any]]) -> str | None:
    """The name of an argument whose tensors were written to in place."""
    for was, now in zip(before, arguments, strict=True):
        for name, value in now.items():
            if name in was and was[name] != blocks(value):
                return name
    return None


def _uses_torch(call: Call) -> bool:
    """True if the module of a node's function imports torch (at first use)."""
    return needs_torch(call.node.spec.node.__module__)


def needs_torch(module: str) -> bool:
    """True if a module imports torch (at first use)."""
    return "torch" in vars(sys.modules[module])


def prepare_torch(threads: int) -> None:
    """Set this thread's part of torch's state: the number of threads (it is in the keys), and no gradients."""
    import torch

    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
    torch.set_grad_enabled(False)


def _out_of_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
