"""The application: its routes, and what lives as long as it does.

    app = make_app(home=Home.find(), guard=Guard(token, frozenset({"127.0.0.1"})), workbench=…, output=…)

State is in typed keys of the app, each owned by the module that defines it; lifetimes are contexts, ended in reverse
order: sockets are told, runs are stopped, then the engine is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiohttp import web

from engine.home import Home
from server import page
from server.answers import errors_as_json
from server.assets.setup import ENDPOINTS as FILES
from server.assets.setup import add_files
from server.database import DATABASE, Database
from server.endpoint import ENDPOINTS, Endpoint
from server.events import EVENT_ENDPOINTS, close_streams
from server.live.setup import ENDPOINTS as WORKFLOWS
from server.live.setup import add_live
from server.openapi.served import openapi
from server.places import PLACES, Places
from server.questions import QUESTION_ENDPOINTS
from server.queue.routes import OUTPUT, QUEUE_ENDPOINTS, queue_lifetime
from server.security import GUARD, Guard, add_headers, guarded
from server.security_limits import LIMITS, Limits
from server.system.health import health
from server.system.machine import system
from server.system.metrics import FIGURES, Figures, counted, metrics
from server.system.models import models, scan, scanner_lifetime
from server.system.nodes import DESCRIBED, Described, nodes
from server.system.validate import validate
from server.workbench import WORKBENCH, Workbench, workbench_lifetime

DECLARED: tuple[Endpoint, ...] = (
    openapi,
    health,
    nodes,
    models,
    scan,
    system,
    metrics,
    validate,
    *QUESTION_ENDPOINTS,
    *QUEUE_ENDPOINTS,
    *EVENT_ENDPOINTS,
    *FILES,
    *WORKFLOWS,
)
"""Every endpoint under `/api/v1`: the routes and the OpenAPI document are made of these."""

PUBLIC = frozenset({page.home, *(one.handler for one in DECLARED if one.public)})  # need no token; all others do

ROUTES = (
    web.get("/", page.home),
    web.get("/health", health.handler),
)


def make_app(
    *,
    home: Home,
    guard: Guard,
    workbench: Workbench,
    output: Path,
    engines: Sequence[dict[str, Any]] = (),
    limits: Limits | None = None,
) -> web.Application:
    """The application. `output` is the folder for the files of runs, `engines` the options of each worker's engine."""
    limits = limits or Limits()
    app = web.Application(middlewares=[counted, errors_as_json, guarded], client_max_size=limits.body)
    app[GUARD] = replace(guard, public=PUBLIC, takes={one.handler: one.takes for one in DECLARED})
    app[PLACES] = Places(home.path, output)
    app[LIMITS] = limits
    app[WORKBENCH] = workbench
    app[OUTPUT] = output
    app[ENDPOINTS] = DECLARED
    app[DESCRIBED] = Described()
    app[FIGURES] = Figures()
    app.add_routes((*ROUTES, *(one.route() for one in DECLARED)))
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(close_streams)
    app.cleanup_ctx.append(database_lifetime)
    app.cleanup_ctx.append(scanner_lifetime)
    add_files(app)
    app.cleanup_ctx.append(workbench_lifetime)
    add_live(app)
    app.cleanup_ctx.append(queue_lifetime(home.path, engines or [{"home": str(home.path)}]))
    return app


async def database_lifetime(app: web.Application) -> AsyncIterator[None]:
    """Opened before anything asks it, closed after everything that writes to it."""
    app[DATABASE] = await asyncio.to_thread(Database.at, app[PLACES].database)
    yield
    await app[DATABASE].close()
