"""Events of a server as the engine's own: what a progress bar needs of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.events import Event, NodeStarted, RunStarted, StepDone, Warned


def event_of(body: Mapping[str, Any]) -> Event | None:
    """The event; None for one that is not shown as it happens."""
    match body["event"]:
        case "RunStarted":
            return RunStarted(body["nodes"], body["steps"])
        case "NodeStarted":
            return NodeStarted(body["node"])
        case "Warned":
            return Warned(body["message"])
        case "StepDone":
            names = ("frame", "index", "count", "done", "to_do", "seconds", "eta")
            path = tuple((str(frame), int(index)) for frame, index in body["path"])
            return StepDone(**{name: body[name] for name in names}, path=path)
    return None
