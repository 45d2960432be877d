"""`GET /api/v1/openapi.json`: how this server is spoken to, for programs that make clients and for tests."""

from __future__ import annotations

from aiohttp import web

from server.answers import answer
from server.endpoint import ENDPOINTS, endpoint
from server.openapi.document import document
from server.page import installed_version


@endpoint("GET", "/openapi.json", users=True)
async def openapi(request: web.Request) -> web.Response:
    """The OpenAPI 3.1 document of this server."""
    declared = request.app[ENDPOINTS]
    return answer(document(declared, installed_version()))
