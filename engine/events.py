"""What happens in a run, as typed and numbered events from one source.

CLI, server and notebook see the same stream. A client that lost its connection asks from the last number it saw:
`log.since(n)`. Subscribers are called in the thread that caused the event and must return quickly.
"""

from __future__ import annotations

import contextlib
import threading
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class OutputSummary:
    """What an output holds, for people: type name, shape and dtype of its first tensor, bytes of all of them."""

    name: str
    type: str
    shape: tuple[int, ...] | None = None
    dtype: str | None = None
    bytes: int = 0
    text: str | None = None


@dataclass(frozen=True)
class RunStarted:
    """The run was planned for the first time: per node run, cached, skipped or unknown."""

    nodes: dict[str, str]
    steps: int


@dataclass(frozen=True)
class NodeStarted:
    """The first call of a node begins."""

    node: str


@dataclass(frozen=True)
class NodeDone:
    """The last call of a node is done; seconds are those of all its calls."""

    node: str
    seconds: float
    outputs: tuple[OutputSummary, ...] = ()
    calls: int = 1


@dataclass(frozen=True)
class NodeCached:
    """A stored result was loaded; `outputs` as in `NodeDone`."""

    node: str
    outputs: tuple[OutputSummary, ...] = ()


@dataclass(frozen=True)
class NodeFailedEvent:
    """A node raised."""

    node: str
    message: str
    detail: str = field(default="", repr=False)


@dataclass(frozen=True)
class StepDone:
    """Step `index` of `count` of a frame is done.

    `seconds` are those of the step's calls, also in loops within it; `eta` those that the other steps will need.
    """

    frame: str
    index: int
    count: int
    done: int
    to_do: int
    seconds: float
    eta: float
    path: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Progress:
    """How far a long node is."""

    node: str
    done: int
    total: int


@dataclass(frozen=True)
class Preview:
    """Something to look at: `value` is the node's value (a latent, an image); rendering it is the client's business."""

    node: str
    value: Any = field(repr=False)


@dataclass(frozen=True)
class ArtifactMade:
    """A file was delivered."""

    node: str
    path: str
    digest: str


@dataclass(frozen=True)
class Warned:
    """The run goes on, but the person should know (a full disk)."""

    message: str


@dataclass(frozen=True)
class RunDone:
    """The end: done, failed or cancelled."""

    status: Literal["done", "failed", "cancelled"]
    seconds: float
    message: str = ""


Event = (
    RunStarted
    | NodeStarted
    | NodeDone
    | NodeCached
    | NodeFailedEvent
    | StepDone
    | Progress
    | Preview
    | ArtifactMade
    | Warned
    | RunDone
)


@dataclass(frozen=True)
class Numbered:
    """An event with its place in its run."""

    number: int
    run: str
    event: Event

    def json(self) -> dict[str, Any]:
        """The event as a JSON object; a preview's value is left out."""
        body = asdict(self.event) if not isinstance(self.event, Preview) else {"node": self.event.node}
        return {"number": self.number, "run": self.run, "event": type(self.event).__name__, **body}


Subscriber = Callable[[Numbered], None]


class EventLog:
    """The events of one run, in order. Previews are passed on but not kept."""

    def __init__(self, run: str, subscriber: Subscriber | None = None) -> None:
        self.run = run
        self._events: list[Numbered] = []
        self._subscribers: list[Subscriber] = [subscriber] if subscriber is not None else []
        self._number = 0
        self.previews = False  # set by a subscriber that wants `Preview` events
        self._lock = threading.Lock()

    def emit(self, event: Event) -> None:
        """Number an event, keep it, tell the subscribers. One that raises is told nothing more: a run outlives it."""
        with self._lock:
            self._number += 1
            numbered = Numbered(self._number, self.run, event)
            if not isinstance(event, Preview):
                self._events.append(numbered)
            subscribers = tuple(self._subscribers)
        for subscriber in subscribers:
            try:
                subscriber(numbered)
            except Exception as error:  # whatever a client does wrong
                self._drop(subscriber)
                self.emit(Warned(f"a listener to events raised and hears no more: {type(error).__name__}: {error}"))

    def _drop(self, subscriber: Subscriber) -> None:
        with self._lock, contextlib.suppress(ValueError):
            self._subscribers.remove(subscriber)

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` for every event from now on; returns what ends that."""
        with self._lock:
            self._subscribers.append(subscriber)

        return lambda: self._drop(subscriber)

    def since(self, number: int) -> list[Numbered]:
        """The events after `number`."""
        with self._lock:
            return self._events[bisect_right(self._events, number, key=lambda event: event.number) :]
