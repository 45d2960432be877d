"""The worker's side: read what is asked, answer it.

The main thread only reads, so that a cancellation is heard whatever else goes on. Runs are worked off by one thread,
questions (plan, why, steps) by another, and by a third pictures of steps, which wait for the device. The engine —
device, cache, torch — is made for the first of them. When the pipe ends, the HTTP process is gone: the run is stopped,
what is stored is flushed, and the process ends; a node that does not stop is not waited for.
"""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any, BinaryIO

from engine.api import Engine
from engine.errors import InvalidWorkflow, LoomError, NodeFailed, OutsideRoot
from engine.workflow import Workflow
from server.faults import FAULTS, problems_in
from server.worker.frames import MESSAGES, read
from server.worker.job import Job, confined
from server.worker.outbox import Outbox
from server.worker.previews import Previews

PATIENCE = 5.0  # seconds for the end, when nobody asked for it
WAIT = 1.0  # seconds from the first look at previews to imports ahead: the page's first plan comes before them


class Child:
    """A worker process."""

    def __init__(self, stream: BinaryIO, outbox: Outbox) -> None:
        self._stream, self._outbox = stream, outbox
        self._previews = Previews(outbox.show)
        self._options: dict[str, Any] = {}
        self._engine: Engine | None = None
        self._making = threading.Lock()
        self._watched = False
        self._warm: threading.Timer | None = None
        self._job: Job | None = None
        self._runs = ThreadPoolExecutor(1, thread_name_prefix="loom-runs")
        self._asks = ThreadPoolExecutor(1, thread_name_prefix="loom-asks")
        self._looks = ThreadPoolExecutor(1, thread_name_prefix="loom-looks")

    def serve(self) -> None:
        """Read to the end, or until told to end."""
        ops: dict[str, Callable[[dict[str, Any]], bool | None]] = {
            "open": self._open,
            "run": self._run,
            "cancel": self._cancel,
            "deliver": self._deliver,
            "plan": lambda asked: self._ask(asked, self._plan),
            "why": lambda asked: self._ask(asked, self._why),
            "steps": lambda asked: self._ask(asked, self._steps),
            "picture": lambda asked: self._ask(asked, self._picture, self._looks),
            "previews": self._watch,
            "shutdown": lambda asked: True,
        }
        while (frame := read(self._stream)) is not None:
            kind, body = frame
            for asked in json.loads(body) if kind == MESSAGES else []:
                if ops[asked["op"]](asked):
                    self._close()
                    return
        timer = threading.Timer(PATIENCE, os._exit, (1,))
        timer.daemon = True
        timer.start()
        self._close()

    def _close(self) -> None:
        if self._warm is not None:
            self._warm.cancel()
        if self._job is not None:
            self._job.stop()
        self._runs.shutdown(wait=True)
        self._asks.shutdown(wait=True)
        self._looks.shutdown(wait=True, cancel_futures=True)
        if self._engine is not None:
            self._engine.close()
        self._outbox.close()

    def _open(self, asked: dict[str, Any]) -> None:
        self._options = asked["options"]
        self._outbox.post({"say": "ready", "pid": os.getpid()})

    def _made(self) -> Engine:
        with self._making:
            if self._engine is None:
                self._engine = Engine(**self._options)
            return self._engine

    # runs

    def _run(self, asked: dict[str, Any]) -> None:
        job = self._job = Job(self._made, asked, self._outbox.post, self._previews.offer)
        job.watch(self._watched)
        self._runs.submit(job.work)

    def _cancel(self, asked: dict[str, Any]) -> None:
        job = self._job
        if job is not None and job.id == asked["run"]:
            job.stop()

    def _deliver(self, asked: dict[str, Any]) -> None:
        job = self._job
        if job is not None and job.id == asked["run"]:
            job.grant()

    def _watch(self, asked: dict[str, Any]) -> None:
        self._watched = bool(asked["on"])
        if self._watched and self._warm is None:
            self._warm = threading.Timer(WAIT, self._warm_up)
            self._warm.daemon = True
            self._warm.start()
        job = self._job
        if job is not None:
            job.watch(self._watched)

    def _warm_up(self) -> None:
        """Import what the nodes will need: somebody looks at a page, and will press Run."""
        self._made().warm_up()

    # questions

    def _ask(
        self,
        asked: dict[str, Any],
        question: Callable[[Engine, dict[str, Any]], Any],
        thread: ThreadPoolExecutor | None = None,
    ) -> None:
        (thread or self._asks).submit(self._answer, asked, question)

    def _answer(self, asked: dict[str, Any], question: Callable[[Engine, dict[str, Any]], Any]) -> None:
        try:
            said: dict[str, Any] = {"value": question(self._made(), asked)}
        except InvalidWorkflow as error:
            said = {"status": 400, "error": str(error), "more": {"problems": problems_in(error)}}
        except OutsideRoot as error:
            said = {"status": 400, "error": str(error), "more": {}}
        except NodeFailed as error:
            said = {"status": 422, "error": str(error), "more": {"node": error.node}}
        except LoomError as error:
            said = {"status": 500, "error": str(error), "more": {}}
        except Exception as error:
            said = {"status": 500, "error": f"{type(error).__name__}: {error}", "more": {}}
        self._outbox.post({"say": "answer", "ask": asked["ask"], **said})

    @staticmethod
    def _plan(engine: Engine, asked: dict[str, Any]) -> Any:
        try:
            reports = engine.plan(_edited(asked), asked["targets"])
        except FAULTS as error:
            return {"nodes": {}, "problems": problems_in(error)}
        return {"nodes": {name: asdict(report) for name, report in reports.items()}, "problems": []}

    @staticmethod
    def _why(engine: Engine, asked: dict[str, Any]) -> Any:
        try:
            return {"reasons": engine.why(_edited(asked), asked["node"]), "problems": []}
        except FAULTS as error:
            return {"reasons": {}, "problems": problems_in(error)}

    @staticmethod
    def _steps(engine: Engine, asked: dict[str, Any]) -> Any:
        path = None if asked["path"] is None else [(node, index) for node, index in asked["path"]]
        more: dict[str, Any] = {"run": asked["turn"], "path": path, "coming": asked["coming"]}
        try:
            return engine.steps(_edited(asked), asked["loop"], asked["targets"], **more)
        except FAULTS:  # of a run whose model is gone, say, there is nothing to see
            return {"runs": 0, "labels": {}, "steps": []}

    @staticmethod
    def _picture(engine: Engine, asked: dict[str, Any]) -> Any:
        try:
            found = engine.picture(_edited(asked), asked["loop"], asked["key"], asked["targets"])
        except FAULTS:
            return None
        return None if found is None else base64.b64encode(found).decode()


def _edited(asked: dict[str, Any]) -> Workflow:
    workflow = confined(Workflow(asked["document"]), asked["inputs"])
    for path, value in asked["set"].items():
        workflow = workflow.set(path, value)
    return workflow
