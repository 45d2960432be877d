"""The time that a task will still take: as somebody who knows said, else as its own pace says."""

from __future__ import annotations

import time

from rich.progress import Task, TimeRemainingColumn
from rich.text import Text


class RemainingColumn(TimeRemainingColumn):
    """Counts down to the field `ends` of a task (seconds of the monotonic clock), where it has one."""

    def render(self, task: Task) -> Text:
        """The time as h:mm:ss."""
        ends = task.fields.get("ends")
        if ends is None or task.finished:
            return super().render(task)
        left = max(0, int(ends - time.monotonic()))
        return Text(f"{left // 3600}:{left // 60 % 60:02}:{left % 60:02}", style="progress.remaining")
