"""Which document a name in a request means. Whoever keeps documents says so, by `app[FIND_WORKFLOW]`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from server.users.user import User

FindWorkflow = Callable[[User, str], Awaitable[dict[str, Any] | None]]
"""The document that a user means by a name, as it is now; None if there is none that they see."""

FIND_WORKFLOW: web.AppKey[FindWorkflow] = web.AppKey("find_workflow", Callable)  # type: ignore[arg-type]
