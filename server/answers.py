"""Answers in JSON, and errors as problem details (RFC 9457) with a fitting status.

    {"type": "about:blank", "title": "Conflict", "status": 409, "detail": "one sentence", "problems"?: […], …}

A handler raises: `Refusal` for what it refuses itself, or what the engine raised. One middleware turns that into an
answer, so that no handler has a `try` for it and nothing leaves the server as a traceback.
"""

from __future__ import annotations

import json
import logging
from http.client import responses
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from sqlalchemy.exc import DataError

from engine.errors import InvalidWorkflow, LoomError, NodeFailed, OutsideRoot
from server.faults import problems_in

LOG = logging.getLogger("loom.server")


class Refusal(Exception):
    """A request that is not granted: the status, a sentence, and more headers and fields for the answer."""

    def __init__(self, status: int, error: str, *, headers: dict[str, str] | None = None, **more: Any) -> None:
        self.status, self.error, self.headers, self.more = status, error, headers or {}, more
        super().__init__(error)


def dumps(value: Any) -> str:
    """JSON text; characters outside ASCII are escaped, so that half characters survive too."""
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A JSON answer."""
    return web.Response(text=dumps(value), status=status, headers=headers, content_type="application/json")


def refusal(error: BaseException) -> Refusal | None:
    """What an error of the engine or of aiohttp says to a client; None for one that nobody foresaw."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, InvalidWorkflow):
        return Refusal(400, str(error), problems=problems_in(error))
    if isinstance(error, OutsideRoot):
        return Refusal(400, str(error))
    if isinstance(error, NodeFailed):
        return Refusal(422, str(error), node=error.node)
    if isinstance(error, LoomError):
        return Refusal(500, str(error))
    if isinstance(error, DataError):  # PostgreSQL's texts hold no NUL, its numbers have bounds
        return Refusal(400, "a text or number in this request cannot be kept")
    if isinstance(error, web.HTTPNotFound):
        return Refusal(404, "there is nothing at this address")
    if isinstance(error, web.HTTPException) and error.status >= 400:
        return Refusal(error.status, error.text or error.reason)
    return None


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The outermost middleware: every error becomes a JSON answer."""
    try:
        return await handler(request)
    except Exception as error:
        found = refusal(error)
        if found is None:
            if isinstance(error, web.HTTPException):  # a redirect
                raise
            LOG.exception("%s %s", request.method, request.path)
            found = Refusal(500, "the server made a mistake; its log has the details")
        headers = {**found.headers, **({"WWW-Authenticate": "Bearer"} if found.status == 401 else {})}
        if isinstance(error, web.HTTPMethodNotAllowed):
            headers["Allow"] = error.headers.get("Allow", "")
        return problem(found, headers)


def problem(found: Refusal, headers: dict[str, str]) -> web.Response:
    """A refusal as problem details, `application/problem+json`."""
    title = responses.get(found.status, "Error")
    body = {"type": "about:blank", "title": title, "status": found.status, "detail": found.error, **found.more}
    return web.Response(text=dumps(body), status=found.status, headers=headers, content_type="application/problem+json")
