"""One run in a worker: from the request to its last message.

The engine's events are passed on as they happen, but for its `RunDone`: a run has ended when its files are delivered,
so the job says that itself, together with the files and the report, in one message. The HTTP process commits that
message as one transaction. Before the files are delivered the job asks: a worker whose HTTP process is gone delivers
nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.api import Engine, Run
from engine.errors import Cancelled, InvalidWorkflow, NodeFailed
from engine.events import Numbered, Preview, RunDone
from engine.result import Result
from engine.workflow import Workflow
from server.worker.delivery import Before, deliver_all

Post = Callable[..., None]
MOST_DETAIL = 20_000  # characters of a traceback


def confined(workflow: Workflow, inputs: str | None) -> Workflow:
    """The workflow of another user: its nodes find input files in the user's folder alone."""
    workflow.only = Path(inputs) if inputs is not None else None
    return workflow


class Job:
    """A run under way."""

    def __init__(
        self, engine: Callable[[], Engine], asked: dict[str, Any], post: Post, preview: Callable[..., None]
    ) -> None:
        self.engine, self.asked, self.post, self.preview = engine, asked, post, preview
        self.id: str = asked["run"]
        self._stopped = threading.Event()
        self._granted = threading.Event()
        self.previews = False
        self._run: Run | None = None
        self._step: dict[str, Any] = {}

    def stop(self) -> None:
        """End within a step."""
        self._stopped.set()
        self._granted.set()
        if self._run is not None:
            self._run.cancel()

    def grant(self) -> None:
        """Its files may be delivered: that it began is kept, so whoever resumes it will look for them."""
        self._granted.set()

    def watch(self, on: bool) -> None:
        """Whether somebody looks at previews."""
        self.previews = on
        if self._run is not None:
            self._run.log.previews = on

    def work(self) -> None:
        """Run to the end, and say how it ended."""
        begin = time.monotonic()
        said: dict[str, Any] = {"status": "done", "error": "", "report": {}, "artifacts": []}
        try:
            said |= self._done(self._result())
        except Cancelled as error:
            said |= {"status": "cancelled", "error": str(error)}
        except NodeFailed as error:
            said |= {"status": "failed", "error": str(error), "report": {"node": error.node}}
        except InvalidWorkflow as error:
            problems = [asdict(problem) for problem in error.problems]
            said |= {"status": "failed", "error": str(error), "report": {"problems": problems}}
        except Exception as error:  # whatever a node or a disk does: this run failed, the worker goes on
            said |= {"status": "failed", "error": str(error) or type(error).__name__}
        self._run = None  # and with it the values
        self.post({"say": "ended", "run": self.id, "seconds": round(time.monotonic() - begin, 4), **said})

    def _result(self) -> Result:
        self._check()
        run = self.engine().submit(
            confined(Workflow(self.asked["document"]), self.asked["inputs"]),
            set=self.asked["set"],
            targets=self.asked["targets"],
            on_event=self._tell,
        )
        self._run = run
        run.log.previews = self.previews
        if self._stopped.is_set():
            run.cancel()
        return run.result()

    def _done(self, result: Result) -> dict[str, Any]:
        if result.artifacts:
            self.post({"say": "deliver", "run": self.id})
            self._granted.wait()
        self._check()
        earlier = self.asked.get("before")
        before = Before(earlier["since"], frozenset(earlier["claimed"])) if earlier else None
        name = Workflow(self.asked["document"]).name
        root = Path(self.asked["output"])
        files = list(deliver_all(result, name, root, root / self.asked["folder"], before))
        frames = [result.nodes[frame] for frame in result.graph.frames]
        steps = sum(frame.steps_run + frame.steps_cached for frame in frames)
        return {"report": {"nodes": result.json()["nodes"]}, "steps": steps, "artifacts": files}

    def _check(self) -> None:
        if self._stopped.is_set():
            raise Cancelled("the run was cancelled")

    def _tell(self, numbered: Numbered) -> None:
        """Pass an event on; in the thread that caused it."""
        event = numbered.event
        if isinstance(event, Preview):
            self.preview({"run": self.id, "node": event.node, **self._step}, event.value)
        elif not isinstance(event, RunDone):
            body = {"time": round(time.time(), 4), **numbered.json()}
            del body["number"], body["run"]
            if body["event"] == "StepDone":
                self._step = {"step": body["index"], "count": body["count"]}
            elif body["event"] == "NodeFailedEvent":
                body["detail"] = body["detail"][-MOST_DETAIL:]
            self.post({"say": "event", "run": self.id, "body": body})
