"""Which document a name in a request means. Whoever keeps documents says so, by `app[FIND_WORKFLOW]`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

FindWorkflow = Callable[[str], Awaitable[dict[str, Any] | None]]
"""The document of a name as it is now, or None."""

FIND_WORKFLOW: web.AppKey[FindWorkflow] = web.AppKey("find_workflow", Callable)  # type: ignore[arg-type]
