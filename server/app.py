"""The application: its routes, and what lives as long as it does.

    app = make_app(home=Home.find(), guard=Guard(token, frozenset({"127.0.0.1"})), workbench=…, output=…)

State is in typed keys of the app, each owned by the module that defines it; lifetimes are contexts, ended in reverse
order: sockets are told, runs are stopped, then the engine is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import URL

from engine.home import Home
from server.answers import errors_as_json
from server.assets.setup import ENDPOINTS as FILES
from server.assets.setup import add_files
from server.bundle import BUNDLE, STATIC, Bundle
from server.bundle import ROUTES as EDITOR
from server.database import DATABASE, Database
from server.database_url import in_file
from server.endpoint import ENDPOINTS, Endpoint
from server.events import EVENT_ENDPOINTS, close_streams
from server.live.setup import ENDPOINTS as WORKFLOWS
from server.live.setup import add_live
from server.openapi.served import openapi
from server.places import PLACES, Places
from server.questions import QUESTION_ENDPOINTS
from server.queue.revoked import revoked_lifetime
from server.queue.routes import OUTPUT, QUEUE_ENDPOINTS, queue_lifetime
from server.queue.steps import STEP_ENDPOINTS
from server.queue.times import TIME_ENDPOINTS
from server.security import GUARD, Guard, add_headers, guarded
from server.security_limits import LIMITS, Limits
from server.session import SESSION_ENDPOINTS
from server.states.routes import MEMORY, STATE_ENDPOINTS, Memory
from server.system.health import health
from server.system.machine import system
from server.system.metrics import FIGURES, Figures, counted, metrics
from server.system.models import models, scan, scanner_lifetime
from server.system.nodes import DESCRIBED, Described, nodes
from server.system.python import read_python, write_python
from server.system.tokens import token_counters_lifetime, tokens
from server.system.validate import validate
from server.users.tokens import Tokens
from server.users.under_way import UNDER_WAY, UnderWay, under_way_lifetime
from server.workbench import WORKBENCH, Workbench, workbench_lifetime

DECLARED: tuple[Endpoint, ...] = (
    openapi,
    health,
    nodes,
    models,
    scan,
    tokens,
    system,
    metrics,
    validate,
    write_python,
    read_python,
    *SESSION_ENDPOINTS,
    *QUESTION_ENDPOINTS,
    *QUEUE_ENDPOINTS,
    *STEP_ENDPOINTS,
    *TIME_ENDPOINTS,
    *EVENT_ENDPOINTS,
    *FILES,
    *WORKFLOWS,
    *STATE_ENDPOINTS,
)
"""Every endpoint under `/api/v1`: the routes and the OpenAPI document are made of these."""

PUBLIC = frozenset({*(one.handler for one in EDITOR), *(one.handler for one in DECLARED if one.public)})
"""What needs no token; all others do."""

FOR_USERS = frozenset(one.handler for one in DECLARED if one.users)
"""What others than the owner may ask for."""

SHOWN = frozenset(one.handler for one in DECLARED if one.shown)
"""What the cookie of a session alone is enough for."""

ROUTES = (
    *EDITOR,
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
    static: Path = STATIC,
    database: URL | None = None,
) -> web.Application:
    """The application. `output` is the folder for the files of runs, `engines` the options of each worker's engine,
    `static` the folder of the built editor, `database` where its tables are if not in a file in the state folder."""
    limits = limits or Limits()
    app = web.Application(middlewares=[counted, errors_as_json, guarded], client_max_size=limits.body)
    takes = {one.handler: one.takes for one in DECLARED}
    others = Tokens(home.path / "tokens.json")
    app[GUARD] = replace(guard, public=PUBLIC, shown=SHOWN, users=FOR_USERS, takes=takes, others=others)
    app[UNDER_WAY] = UnderWay(others)
    app[PLACES] = Places(home.path, output)
    app[LIMITS] = limits
    app[WORKBENCH] = workbench
    app[OUTPUT] = output
    app[ENDPOINTS] = DECLARED
    app[BUNDLE] = Bundle(static)
    app[DESCRIBED] = Described()
    app[FIGURES] = Figures()
    app.add_routes((*ROUTES, *(one.route() for one in DECLARED)))
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(close_streams)
    app.cleanup_ctx.append(partial(database_lifetime, database or in_file(app[PLACES].database)))
    app.cleanup_ctx.append(under_way_lifetime)
    app.cleanup_ctx.append(scanner_lifetime)
    app.cleanup_ctx.append(token_counters_lifetime)
    add_files(app)
    app.cleanup_ctx.append(workbench_lifetime)
    add_live(app)
    app[MEMORY] = Memory()
    app.cleanup_ctx.append(queue_lifetime(home.path, engines or [{"home": str(home.path)}]))
    app.cleanup_ctx.append(revoked_lifetime(others))
    return app


async def database_lifetime(url: URL, app: web.Application) -> AsyncIterator[None]:
    """Opened before anything asks it, closed after everything that writes to it."""
    app[DATABASE] = await asyncio.to_thread(Database.open, url)
    yield
    await app[DATABASE].close()
