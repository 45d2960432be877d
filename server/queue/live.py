"""A run that waits or is under way, in memory: what its row says, and what its events told so far."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from server.users.user import OWNER_NAME

Json = dict[str, Any]


@dataclass(slots=True)
class Live:
    """A run until its end."""

    id: str
    owner: str
    client: str
    name: str
    priority: int
    place: float
    workflow: str
    changes: Json
    targets: list[str] | None
    batch: str | None
    created: float
    started: float | None = None
    status: str = "queued"
    cancelling: bool = False
    deaths: int = 0
    last: int = 0
    view: View | None = None

    @classmethod
    def of(cls, row: Json) -> Live:
        """From its row."""
        same = (
            "id",
            "owner",
            "client",
            "name",
            "priority",
            "place",
            "workflow",
            "batch",
            "created",
            "started",
            "status",
        )
        return cls(
            **{name: row[name] for name in same},
            changes=json.loads(row["changes"]),
            targets=json.loads(row["targets"]) if row["targets"] else None,
            cancelling=bool(row["cancelling"]),
            deaths=row["deaths"],
            last=row["last"],
        )

    @property
    def timed(self) -> str:
        """The name that its times are kept under: two users' workflows may be called the same."""
        return self.name if self.owner == OWNER_NAME else f"{self.owner}/{self.name}"[:200]

    @property
    def seen(self) -> View:
        """What its events told; made when there are some."""
        if self.view is None:
            self.view = View()
        return self.view


@dataclass(slots=True)
class Took:
    """How long a node took, over all attempts, and in how many calls; a loop, over its steps."""

    seconds: float = 0.0
    calls: int = 0

    def add(self, seconds: float, calls: int) -> None:
        """So much more."""
        self.seconds += seconds
        self.calls += calls


@dataclass
class View:
    """What the events of a run told, attempt after attempt.

    An attempt that goes on after a worker died begins with a new plan: what is stored is `cached` then. A step that was
    told before and had to be done again (it was not stored yet) counts once.
    """

    nodes: dict[str, Json] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    steps: int = 0
    steps_done: int = 0
    progress: int = 0  # nodes and steps that this run got done, over all attempts
    estimate: float | None = None  # seconds for the whole attempt
    begun: float = 0.0
    seconds: dict[str, float] = field(default_factory=dict)
    took: dict[str, Took] = field(default_factory=dict)
    step_seconds: list[float] = field(default_factory=list)
    _told: set[str] = field(default_factory=set)

    def see(self, body: Json) -> None:
        """Take in an event; it is marked if it repeats a step."""
        match body["event"]:
            case "RunStarted":
                self.nodes = {name: {"status": status} for name, status in body["nodes"].items()}
                self.steps = max(self.steps, body["steps"])
                self.begun = time.time()
            case "NodeStarted":
                self.nodes[body["node"]] = {"status": "running"}
            case "NodeDone":
                self.nodes[body["node"]] = {"status": "ran"}
                self.progress += self._is_new(f"node {body['node']}")
                self._took(body["node"]).add(body["seconds"], body.get("calls", 1))
                if body["outputs"]:  # a node in a loop has none here
                    self.seconds[body["node"]] = body["seconds"]
            case "NodeCached":
                self.nodes[body["node"]] = {"status": "cached"}
            case "NodeFailedEvent":
                self.nodes[body["node"]] = {"status": "failed", "error": body["message"]}
            case "StepDone":
                self._took(body["frame"]).add(body["seconds"], 1)
                self.step_seconds.append(body["seconds"])
                if self._is_new(json.dumps([body["frame"], body["path"], body["index"]])):
                    self.steps_done += 1
                    self.progress += 1
                else:
                    body["repeated"] = True
            case "WorkerRestarted" | "RunSuspended" | "RunResumed":
                self.nodes |= {name: {"status": "run"} for name in self.running()}
            case "Warned":
                self.warnings.append(body["message"])

    def told(self, nodes: dict[str, Json]) -> dict[str, Json]:
        """What is said of nodes, and how long they took."""
        times = {name: {"seconds": round(took.seconds, 6), "calls": took.calls} for name, took in self.took.items()}
        return {name: node | times.get(name, {}) for name, node in nodes.items()}

    def running(self) -> list[str]:
        """The nodes that are being worked on."""
        return [name for name, node in self.nodes.items() if node["status"] == "running"]

    def left(self) -> float | None:
        """Seconds that the run will take from now on, if past ones tell."""
        return None if self.estimate is None else max(0.0, self.estimate - (time.time() - self.begun))

    def _took(self, node: str) -> Took:
        return self.took.setdefault(node, Took())

    def _is_new(self, what: str) -> bool:
        new = what not in self._told
        self._told.add(what)
        return new
