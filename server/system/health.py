"""The sign of life. It needs no token and tells nothing that is private; the public rest is the page at `/`.

`degraded` is answered with 200: the server answers, and to start it anew would mend nothing.
"""

from __future__ import annotations

from typing import Literal

from aiohttp import web
from pydantic import Field

from server.answers import answer
from server.endpoint import Answer, endpoint
from server.page import installed_version
from server.queue.queue import QUEUE


class Failing(Answer):
    """What does not work: since when (seconds since 1970), how often it was tried, why the last attempt failed."""

    what: str
    reason: str
    attempts: int
    since: float


class Health(Answer):
    """That the server answers, and what it is; `problems`: what is wrong while it is `degraded`."""

    status: Literal["ok", "degraded"]
    version: str
    problems: list[Failing] = Field(default_factory=list)


@endpoint("GET", "/health", answer=Health, public=True)
async def health(request: web.Request) -> web.Response:
    """Whether the server answers, and whether it can keep what happens; also at /health."""
    trouble = request.app[QUEUE].book.journal.trouble
    problems = []
    if trouble is not None:
        problems = [Failing(what="the queue cannot be written to the database", **vars(trouble))]
    status: Literal["ok", "degraded"] = "degraded" if problems else "ok"
    return answer(Health(status=status, version=installed_version(), problems=problems).model_dump())
