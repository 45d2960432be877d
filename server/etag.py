"""Answers that a client may have already: `ETag` and `If-None-Match` (RFC 9110, weak comparison)."""

from __future__ import annotations

from aiohttp import web


def has_already(request: web.Request, tag: str) -> bool:
    """True if the client says that it has what `tag` (without quotes) names."""
    given = ",".join(request.headers.getall("If-None-Match", []))
    offers = (offer.strip().removeprefix("W/") for offer in given.split(","))
    return any(offer in ("*", f'"{tag}"') for offer in offers)


def cached(request: web.Request, body: bytes, tag: str, media: str) -> web.Response:
    """The body with its tag, or 304. The client asks again each time: it is private, and may change."""
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
    if has_already(request, tag):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type=media, headers=headers)
