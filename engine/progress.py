"""The progress bar of a terminal: steps of the loops, with the time that remains, and what is running now."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from engine.events import Event, NodeStarted, RunStarted, StepDone, Warned

if TYPE_CHECKING:
    from rich.progress import Progress


class Bar:
    """Shows a run's events, if `enabled`; passes warnings to `warn` in any case."""

    def __init__(self, enabled: bool, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._progress: Progress | None = None
        self._tasks: dict[Any, Any] = {}
        if enabled:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            from engine.remaining import RemainingColumn

            self._progress = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                RemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )

    def __enter__(self) -> Bar:
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._progress is not None:
            self._progress.stop()

    def wait(self, text: str) -> None:
        """Say what is waited for, until the run starts."""
        if self._progress is not None:
            self._begin(text, None)

    def expect(self, seconds: float | None) -> None:
        """How long the whole run will still take, if that is known."""
        if self._progress is not None and "run" in self._tasks and seconds is not None:
            self._progress.update(self._tasks["run"], ends=time.monotonic() + seconds)

    def _begin(self, text: str, total: int | None) -> None:
        """The line of the whole run, anew: a run that was interrupted starts again."""
        assert self._progress is not None
        for task in self._tasks.values():
            self._progress.remove_task(task)
        self._tasks = {"run": self._progress.add_task(text, total=total)}

    def event(self, event: Event) -> None:
        """Show one event; a warning also where there is no terminal."""
        progress = self._progress
        if isinstance(event, Warned):
            self._warn(event.message)
        if progress is None:
            return
        if isinstance(event, RunStarted):
            self._begin("nodes", sum(s != "skipped" for s in event.nodes.values()))
        elif isinstance(event, NodeStarted):
            progress.update(self._tasks["run"], advance=1, description=event.node)
        elif isinstance(event, StepDone):
            which = (event.frame, event.path)
            if which not in self._tasks:
                label = event.frame + "".join(f" {frame} {index}" for frame, index in event.path)
                self._tasks[which] = progress.add_task(label, total=event.to_do)
            under_way = event.done < event.to_do
            progress.update(self._tasks[which], completed=event.done, visible=under_way or not event.path)
