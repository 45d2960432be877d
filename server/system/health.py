"""The sign of life. It needs no token and tells nothing that is private; the public rest is the page at `/`."""

from __future__ import annotations

from aiohttp import web

from server.answers import answer
from server.endpoint import Answer, endpoint
from server.page import installed_version


class Health(Answer):
    """That the server answers, and what it is."""

    status: str
    version: str


@endpoint("GET", "/health", answer=Health, public=True)
async def health(request: web.Request) -> web.Response:
    """Whether the server answers; also at /health."""
    return answer(Health(status="ok", version=installed_version()).model_dump())
