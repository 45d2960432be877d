"""What live documents add to the application."""

from __future__ import annotations

from functools import partial
from typing import Any

from aiohttp import web

from server.answers import Refusal
from server.live.access import reach
from server.live.hub import HUB, Hub, close_live_sockets, hub_lifetime
from server.live.routes import ROUTES
from server.places import PLACES
from server.queue.find import FIND_WORKFLOW, FindWorkflow
from server.users.user import User

ENDPOINTS = ROUTES


def add_live(app: web.Application) -> None:
    """The documents, and what lives as long as they do; after the database and the node types."""
    find: FindWorkflow = partial(find_workflow, app)
    app[FIND_WORKFLOW] = find
    app[HUB] = Hub(app[PLACES].home / "workflows")
    app.on_shutdown.append(close_live_sockets)
    app.cleanup_ctx.append(hub_lifetime)


async def find_workflow(app: web.Application, user: User, name: str) -> dict[str, Any] | None:
    """The document that a user means by a name, as it is now; None if there is none that they see."""
    try:
        key, _ = await reach(app, user, name)
    except Refusal:
        return None
    live = await app[HUB].open(key)
    return live.shown.document if live.shown.exists else None
