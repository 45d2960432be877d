"""What the events of a run told so far, for who looks at a run instead of listening to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.events import (
    ArtifactMade,
    Event,
    NodeCached,
    NodeDone,
    NodeFailedEvent,
    NodeStarted,
    RunDone,
    RunStarted,
    StepDone,
    Warned,
)


@dataclass
class Seen:
    """What the events told so far."""

    status: str = "queued"
    number: int = 0
    seconds: float | None = None
    error: str = ""
    steps: int = 0
    steps_done: int = 0
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    files: list[ArtifactMade] = field(default_factory=list)

    def see(self, number: int, event: Event) -> None:
        """Take in the next event."""
        self.number = number
        if self.status == "queued":
            self.status = "running"
        match event:
            case RunStarted(nodes=nodes, steps=steps):
                self.nodes, self.steps = {name: {"status": status} for name, status in nodes.items()}, steps
            case NodeStarted(node=node):
                self.nodes[node] = {"status": "running"}
            case NodeDone(node=node):
                self.nodes[node] = {"status": "ran"}
            case NodeCached(node=node):
                self.nodes[node] = {"status": "cached"}
            case NodeFailedEvent(node=node, message=message):
                self.nodes[node] = {"status": "failed", "error": message}
            case StepDone():
                self.steps_done += 1
            case Warned(message=message):
                self.warnings.append(message)
            case ArtifactMade():
                self.files.append(event)
            case RunDone(status=status, seconds=seconds, message=message):
                self.status, self.seconds, self.error = status, seconds, message
            case _:
                pass
