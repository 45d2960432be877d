"""What live documents add to the application."""

from __future__ import annotations

from functools import partial
from typing import Any

from aiohttp import web

from server.live.hub import HUB, Hub, close_live_sockets, hub_lifetime
from server.live.names import is_name
from server.live.routes import ROUTES
from server.places import PLACES
from server.queue.find import FIND_WORKFLOW, FindWorkflow

ENDPOINTS = ROUTES


def add_live(app: web.Application) -> None:
    """The documents, and what lives as long as they do; after the database and the node types."""
    find: FindWorkflow = partial(find_workflow, app)
    app[FIND_WORKFLOW] = find
    app[HUB] = Hub(app[PLACES].home / "workflows")
    app.on_shutdown.append(close_live_sockets)
    app.cleanup_ctx.append(hub_lifetime)


async def find_workflow(app: web.Application, name: str) -> dict[str, Any] | None:
    """The document of a name as it is now; None if there is none."""
    if not is_name(name):
        return None
    live = await app[HUB].open(name)
    return live.shown.document if live.shown.exists else None
