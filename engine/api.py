"""The engine as a Python library.

    from engine import Engine, load_workflow

    with Engine() as engine:
        result = engine.run(load_workflow("workflows/text_to_image.json"), set={"positive.text": "a red star"})
        result.pictures[0].show()

`run` waits, `submit` returns a handle with events and `cancel`, `run_async` is for `asyncio`. One `Engine` owns one
device, its weights and a cache on disk; runs are worked off in order by one thread.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from engine.between import Between
from engine.builtin import builtin
from engine.cache import Cache
from engine.context import Context
from engine.deliver import Delivered, artifacts_in, deliver
from engine.digest import digest
from engine.errors import Cancelled, InvalidWorkflow, LoomError, NodeFailed, Problem, nearest
from engine.events import ArtifactMade, EventLog, NodeFailedEvent, Numbered, Progress, RunDone, Subscriber, Warned
from engine.files import UserFiles
from engine.graph import SINK, Graph
from engine.history import History, explain
from engine.home import Home
from engine.looking import Looking
from engine.memory import ResidentWeights
from engine.numerics import find_numerics
from engine.plan import NodeReport, Plan
from engine.recall import Recollection
from engine.record import SIGNATURE, read_record
from engine.refs import Known
from engine.registry import Registry
from engine.result import Result
from engine.run import Outcome, Runner, Settings, needs_torch, prepare_torch
from engine.sights import sights_of
from engine.validate import build
from engine.values import Ref
from engine.workflow import Workflow, read_bytes

AnyWorkflow = Workflow | Mapping[str, Any] | str | os.PathLike[str]


def load_workflow(source: AnyWorkflow) -> Workflow:
    """A workflow from a JSON file, from a picture that this product saved, or from a document as a dict."""
    if isinstance(source, Workflow):
        return source
    if isinstance(source, Mapping):
        return Workflow(source)
    raw = read_bytes(source)
    if raw.startswith(SIGNATURE):
        workflow = Workflow(read_record(raw)["workflow"])
        workflow.folder = Path(source).absolute().parent
        return workflow
    return Workflow.load(source)


class Run:
    """One run under way: its events, its end, and a way to stop it."""

    def __init__(self, on_event: Subscriber | None) -> None:
        self.id = secrets.token_hex(8)
        self.log = EventLog(self.id, on_event)
        self._cancelled = threading.Event()
        self._future: Future[Result] = Future()

    def cancel(self) -> None:
        """Stop within one step. What was completed stays in the cache."""
        self._cancelled.set()

    def result(self, timeout: float | None = None) -> Result:
        """Wait for the end. Raises what the run raised: `NodeFailed`, `Cancelled`, `InvalidWorkflow`."""
        return self._future.result(timeout)

    async def wait(self) -> Result:
        """Wait for the end, for asyncio; as `result`. Who stops waiting does not stop the run."""
        return await asyncio.shield(asyncio.wrap_future(self._future))

    @property
    def done(self) -> bool:
        """True after the end."""
        return self._future.done()


class Engine:
    """A device, its weights, a cache and the node types: everything that a run needs. Close it, or use `with`."""

    def __init__(
        self,
        *,
        home: str | os.PathLike[str] | None = None,
        device: str = "auto",
        dtype: str = "auto",
        threads: int | None = None,
        registry: Registry | None = None,
        disk: bool = True,
        salt: str = "",
        inputs: Sequence[str | os.PathLike[str]] = (),
        models: Sequence[str | os.PathLike[str]] = (),
        on_warning: Callable[[str], None] | None = None,
    ) -> None:
        self.home = Home.find(home)
        self.settings = self.home.settings()
        self.numerics = find_numerics(device, dtype, threads)
        self.registry = registry if registry is not None else Registry.installed(self.home.nodes)
        self._warned: list[str] = []
        self._on_warning = on_warning
        self._log: EventLog | None = None
        self._key = digest(self.numerics.digest, salt.encode())
        self.cache = Cache(
            home=self.home.path if disk else None,
            classes=self.registry.classes,
            ram_bytes=self.settings.ram_bytes,
            disk_bytes=self.settings.disk_bytes,
            on_warning=self._warn,
        )
        self.weights = ResidentWeights(self.settings.model_bytes)
        self.files = UserFiles(
            home=self.home,
            cache=self.cache,
            models=[*map(Path, models), *self.settings.models],
            inputs=[*map(Path, inputs), *self.settings.inputs],
            built_in=builtin("models"),
            defer=True,
        )
        self._recall = Recollection(self.cache, self.registry.classes)
        self._history = History(self.cache)
        self._graphs: dict[bytes, Graph] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="loom-device")
        self._between = Between(self._thread)
        self._looking = Looking(self.cache, self._between, self._bare_context(), self._prepare)
        self._pool = ThreadPoolExecutor(max(2, self.numerics.threads), thread_name_prefix="loom-pool")
        self._closed = False

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Wait for the runs under way, write what is queued, let go of everything."""
        if not self._closed:
            self._closed = True
            self._thread.shutdown(wait=True)
            self._pool.shutdown(wait=True)
            self._history.flush()
            self._recall.flush()
            self.cache.close()

    def warm_up(self) -> None:
        """Begin to import what the nodes will need. In the device thread: libraries that import their parts when they
        are first used fail where a run does that at the same time."""
        for name in self.registry.warm:
            self._between.ask(partial(import_module, name))

    # before a run

    def validate(self, workflow: AnyWorkflow) -> Graph:
        """The workflow as a graph. Raises `InvalidWorkflow` with every problem that it has."""
        data = load_workflow(workflow).data
        try:
            body = json.dumps({k: v for k, v in data.items() if k != "ui"}, allow_nan=False).encode()
        except (ValueError, TypeError, RecursionError) as error:
            raise InvalidWorkflow([Problem(f"not a JSON document: {error}")]) from None
        name = digest(body)
        graph = self._graphs.get(name)
        if graph is None:
            graph = build(data, self.registry)
            if not graph.seeds:  # a random seed is drawn anew each time
                if len(self._graphs) >= 16:
                    self._graphs.pop(next(iter(self._graphs)))
                self._graphs[name] = graph
        return graph

    def plan(self, workflow: AnyWorkflow, targets: Sequence[str] | None = None) -> dict[str, NodeReport]:
        """What a run would do: per node run, cached, skipped or unknown, and how many steps."""
        plan, runner = self._plan(workflow, targets)
        self._recall.flush()
        for work in plan.works:  # what the plan does not know yet, the next one will
            self._pool.submit(work.run)
        return runner.reports(plan, plan.running())

    def why(self, workflow: AnyWorkflow, node: str | None = None) -> dict[str, str]:
        """Why each node (or one) will run or will not, in words."""
        loaded = load_workflow(workflow)
        plan, runner = self._plan(loaded, None)
        self._recall.flush()
        graph = plan.resolver.graph
        known = [*graph.nodes, *graph.frames]
        if node is not None and node not in known:
            raise InvalidWorkflow([Problem(f"there is no node {node!r}", nearest=nearest(node, known))])
        reports = runner.reports(plan, plan.running())
        reasons = explain(plan, reports, self._history.last(_remembered(loaded)), self.numerics)
        return {name: text for name, text in reasons.items() if node is None or name == node}

    def steps(
        self,
        workflow: AnyWorkflow,
        loop: str,
        targets: Sequence[str] | None = None,
        *,
        run: int = -1,
        path: Sequence[tuple[str, int]] | None = None,
        coming: bool = False,
    ) -> dict[str, Any] | None:
        """What can be seen of a loop's steps: {"runs", "labels", "steps": [{"index", "path", "pictures"}]}.

        run: which one, of a loop in a loop; or path: the one at these steps of the loops around it. coming: a run is
        under way, and what it is still to make has its place too. A picture's key is for `picture`; None: it is not
        kept. None for no loop.
        """
        loaded = load_workflow(workflow)
        plan, _ = self._plan(loaded, targets)
        self._recall.flush()
        if loop not in plan.resolver.graph.frames:
            return None
        of = _looked_at(loaded, loop, targets)
        runs = sights_of(plan.resolver, loop)
        if path is not None:
            around = tuple(path)
            run = next((at for at, steps in enumerate(runs) if steps and steps[0].path == around), run)
        return self._looking.list(of, runs, run, plan.running() if coming else frozenset()).json()

    def picture(self, workflow: AnyWorkflow, loop: str, key: str, targets: Sequence[str] | None = None) -> bytes | None:
        """A picture that `steps` lists, as a file's bytes: kept, or drawn now. None if there is none (any more)."""
        try:
            name = bytes.fromhex(key)
        except ValueError:
            return None
        loaded = load_workflow(workflow)
        of = _looked_at(loaded, loop, targets)
        if not self._looking.knows(of, name):
            self.steps(loaded, loop, targets)
        return self._looking.picture(of, name)

    def _plan(self, workflow: AnyWorkflow, targets: Sequence[str] | None) -> tuple[Plan, Runner]:
        loaded = load_workflow(workflow)
        graph = self.validate(loaded)
        runner = self._runner(loaded, graph, EventLog("plan"), threading.Event(), True)
        return runner.plan(graph.chosen(targets)), runner

    # runs

    def run(
        self,
        workflow: AnyWorkflow,
        *,
        set: Mapping[str, Any] | None = None,
        targets: Sequence[str] | None = None,
        output: str | os.PathLike[str] | None = None,
        on_event: Callable[[Numbered], None] | None = None,
        reuse: bool = True,
    ) -> Result:
        """Run and wait. See `submit`; Ctrl-C cancels the run within a step."""
        handle = self.submit(workflow, set=set, targets=targets, output=output, on_event=on_event, reuse=reuse)
        try:
            return handle.result()
        except KeyboardInterrupt:
            handle.cancel()
            return handle.result()

    async def run_async(self, workflow: AnyWorkflow, **options: Any) -> Result:
        """Run, for asyncio; cancelling the task cancels the run."""
        handle = self.submit(workflow, **options)
        try:
            return await handle.wait()
        except asyncio.CancelledError:
            handle.cancel()
            raise

    def submit(
        self,
        workflow: AnyWorkflow,
        *,
        set: Mapping[str, Any] | None = None,
        targets: Sequence[str] | None = None,
        output: str | os.PathLike[str] | None = None,
        on_event: Callable[[Numbered], None] | None = None,
        reuse: bool = True,
    ) -> Run:
        """Validate now, run in the background.

        set: inputs to change, {"node.input": value}. targets: the nodes to run, by default those that make files.
        output: the folder for files; None leaves them in the result. reuse False reads no stored result.
        """
        loaded = load_workflow(workflow)
        for path, value in (set or {}).items():
            loaded = loaded.set(path, value)
        graph = self.validate(loaded)
        names = graph.chosen(targets)
        run = Run(on_event)
        folder = Path(output) if output is not None else None
        self._thread.submit(self._work, run, loaded, graph, names, folder, reuse)
        return run

    def _work(
        self, run: Run, workflow: Workflow, graph: Graph, targets: list[str], folder: Path | None, reuse: bool
    ) -> None:
        """One run, in the device thread. Ends the run's future in every case."""
        begin = time.perf_counter()
        self._log = run.log
        untold, self._warned = self._warned, []
        for message in untold:
            run.log.emit(Warned(message))
        try:
            runner = self._runner(workflow, graph, run.log, run._cancelled, reuse)
            outcome = runner.run(targets)
            record = self._record(workflow, graph, outcome)
            files, artifacts = self._deliver(run, workflow, outcome, record, folder)
            if outcome.plan.order:
                self._history.keep(_remembered(workflow), outcome.plan, self.numerics)
            self._recall.flush()
            seconds = time.perf_counter() - begin
            result = Result(run.id, seconds, outcome.reports, files, outcome.values, graph, record, artifacts)
            run.log.emit(RunDone("done", seconds))
            run._future.set_result(result)
        except BaseException as error:
            self._recall.flush()
            seconds = time.perf_counter() - begin
            if isinstance(error, NodeFailed):
                run.log.emit(NodeFailedEvent(error.node, str(error), error.detail))
            run.log.emit(RunDone("cancelled" if isinstance(error, Cancelled) else "failed", seconds, str(error)))
            run._future.set_exception(error)
        finally:
            self._log = None

    def _runner(
        self, workflow: Workflow, graph: Graph, log: EventLog, cancelled: threading.Event, reuse: bool
    ) -> Runner:
        context = Context(
            device=self.numerics.device,
            dtype=self.numerics.dtype,
            weights=self.weights,
            files=self._files(workflow),
            on_warning=lambda node, message: log.emit(Warned(f"{node}: {message}")),
            on_progress=lambda node, done, total: log.emit(Progress(node, done, total)),
            cancelled=cancelled.is_set,
        )
        settings = Settings(
            cache=self.cache,
            recall=self._recall,
            context=context,
            numerics=self._key,
            nonce=secrets.token_bytes(32),
            pool=self._pool,
            threads=self.numerics.threads,
            reuse=reuse,
            check=bool(os.environ.get("LOOM_CHECK")),  # a node that writes into its inputs is an error
            between=self._between.do,
        )
        return Runner(graph, settings, log, cancelled)

    def _bare_context(self) -> Context:
        """The device and its weights, without a run."""
        return Context(device=self.numerics.device, dtype=self.numerics.dtype, weights=self.weights)

    def _prepare(self, module: str) -> None:
        """Prepare the device thread for code of a module."""
        if needs_torch(module):
            prepare_torch(self.numerics.threads)

    def _files(self, workflow: Workflow) -> UserFiles:
        """The files that its nodes may name."""
        if workflow.only is not None:
            return self.files.confined(workflow.only)
        return self.files if workflow.folder is None else self.files.beside(workflow.folder)

    # after a run

    def _record(self, workflow: Workflow, graph: Graph, outcome: Outcome) -> dict[str, Any]:
        """What decided the bits of a run: the document with its seeds, versions, model digests, numerics.

        It reads the same whether a seed was random or given, so that a repeated run gives an equal record.
        """
        document = workflow
        inner = {path: seed for path, seed in graph.seeds.items() if "/" in path}  # of subgraphs, per use of them
        for path in graph.seeds.keys() - inner.keys():
            document = document.set(path, graph.seeds[path])
        models: dict[str, str] = {}
        for node, refs in outcome.plan.resolver.top.done.items():
            for i, ref in enumerate(refs if isinstance(refs, tuple) else ()):
                if type(ref) is Known and isinstance(ref.value, Ref):
                    models[f"{node}.{graph.nodes[node].spec.outputs[i].name}"] = ref.value.digest
        return {
            "format": 1,
            "workflow": {**document.data, **({"seeds": inner} if inner else {})},
            "models": models,
            "numerics": self.numerics.as_json(),
        }

    def _deliver(
        self, run: Run, workflow: Workflow, outcome: Outcome, record: dict[str, Any], folder: Path | None
    ) -> tuple[list[Delivered], list[bytes]]:
        files: list[Delivered] = []
        pictures: list[bytes] = []
        for target, values in outcome.values.items():
            node = target.partition("." + SINK)[2] or target
            for artifact in artifacts_in(values):
                pictures.append(artifact.data)
                if folder is not None:
                    made = deliver(artifact, node, folder, {"name": workflow.name}, record)
                    files.append(made)
                    run.log.emit(ArtifactMade(node, str(made.path), made.digest))
        return files, pictures

    def _warn(self, message: str) -> None:
        """A warning of the cache: an event of the run under way; else for `on_warning`, or for the next run."""
        if self._log is not None:
            self._log.emit(Warned(message))
        elif self._on_warning is not None:
            self._on_warning(message)
        else:
            self._warned.append(message)


def _remembered(workflow: Workflow) -> str:
    """The name that its last run is kept under: who is confined to a folder learns nothing of others' runs."""
    return workflow.name if workflow.only is None else f"{workflow.only}\0{workflow.name}"


def _looked_at(workflow: Workflow, loop: str, targets: Sequence[str] | None) -> bytes:
    """The name of a loop of a workflow, as far as it decides what can be seen of it."""
    data = {name: value for name, value in workflow.data.items() if name != "ui"}
    asked = [data, loop, None if targets is None else list(targets), str(workflow.only)]
    return digest(json.dumps(asked, sort_keys=True).encode())


__all__ = ["AnyWorkflow", "Engine", "LoomError", "Result", "Run", "Workflow", "load_workflow"]
