"""Where a resolution looks and what it may remember: scopes, and what earlier plans and runs left behind."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from engine.digest import Key
from engine.graph import GraphFrame
from engine.refs import Call, Ref


class Recall(Protocol):
    """What earlier plans and runs left behind, by key."""

    def scalar(self, key: Key) -> Any:
        """The value of a by-value output, or `UNKNOWN`."""

    def content(self, key: Key) -> Key | None:
        """The content digest of a by-content output, if it was computed before. b"" if it is too large for that."""

    def planned(self, key: Key) -> Any:
        """The result of a plan-time node, or `UNKNOWN`."""

    def remember(self, key: Key, value: Any) -> None:
        """Keep the result of a plan-time node."""


class Fold(NamedTuple):
    """One run of a frame: the steps around it, and what each of its own steps gave, carries and collects by name."""

    path: tuple[tuple[str, int], ...]
    steps: list[dict[str, Ref]]


class Scope:
    """The nodes of one frame in one step (or the top level) and what they resolved to."""

    __slots__ = ("aliases", "bind", "calls", "deferred", "done", "frame", "keep", "parent", "path", "progress", "waits")

    def __init__(self, frame: GraphFrame | None, parent: Scope | None, path: tuple[tuple[str, int], ...]) -> None:
        self.frame, self.parent, self.path = frame, parent, path
        self.done: dict[str, Any] = {}  # node → tuple of refs; frame → dict of refs
        self.bind: dict[str, Ref] = {}
        self.progress = 0.0
        self.calls: list[Call] = []  # without keys as yet
        self.aliases: dict[str, str] = {}  # nodes that a reduction made one of their inputs
        self.waits = False  # something in it waits, or was muted
        self.deferred = frame is not None and frame.stacked and bool(frame.next)
        self.keep: bool = parent is None or (parent.keep and frame is not None and not frame.next)

    @property
    def id(self) -> str | None:
        """The frame's id, None at the top."""
        return self.frame.id if self.frame is not None else None
