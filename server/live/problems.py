"""What is wrong with a document now, told to its clients a moment after each edit.

The engine's validation runs in the thread of the node types, never in the event loop, and once for all edits that came
in while it ran. Documents that nobody looks at are not checked.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidWorkflow
from server.answers import LOG, dumps
from server.faults import problems_in
from server.live.changes import Json
from server.live.live import Live
from server.workbench import Workbench

if TYPE_CHECKING:
    from engine.registry import Registry

PAUSE = 0.1  # seconds at least from one check of a document to the next
MOST = 200  # problems in one message


class Watch:
    """Checks documents that have changed."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._tasks: dict[Live, asyncio.Task[None]] = {}

    def changed(self, live: Live) -> None:
        """Check a document soon, if somebody looks at it."""
        if live.connections and live not in self._tasks:
            self._tasks[live] = asyncio.create_task(self._check(live))

    async def close(self) -> None:
        """Stop."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _check(self, live: Live) -> None:
        try:
            checked = -1
            while live.connections and checked != live.shown.revision:
                state = live.shown
                checked = state.revision
                found = await self._workbench.ask_types(partial(problems_of, state.document))
                text = dumps({"type": "problems", "revision": checked, "problems": found[:MOST], "count": len(found)})
                live.problems = (checked, text)
                for connection in list(live.connections):
                    connection.problems(text)
                await asyncio.sleep(PAUSE)
        except Exception as error:
            LOG.warning("document %s could not be checked: %s", live.name, error)
        finally:
            del self._tasks[live]


def problems_of(document: Json, registry: Registry) -> list[dict[str, Any]]:
    """Every problem of a document; none of a valid one."""
    from engine.validate import build

    try:
        build(document, registry)
    except InvalidWorkflow as error:
        return problems_in(error)
    return []
