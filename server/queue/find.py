"""Which document a name in a request means. Whoever keeps documents says so, by `app[FIND_WORKFLOW]`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from engine.context import resolve_within
from engine.workflow import Workflow

FindWorkflow = Callable[[str], Awaitable[dict[str, Any] | None]]
"""The document of a name as it is now, or None."""

FIND_WORKFLOW: web.AppKey[FindWorkflow] = web.AppKey("find_workflow", Callable)  # type: ignore[arg-type]

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")


def in_folder(folder: Path) -> FindWorkflow:
    """Documents that are files in a folder."""

    def read(name: str) -> dict[str, Any] | None:
        path = resolve_within(folder, f"{name}.json")
        return Workflow.load(path).data if path.is_file() else None

    async def find(name: str) -> dict[str, Any] | None:
        return await asyncio.to_thread(read, name) if NAME.match(name) else None

    return find
