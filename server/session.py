"""`/session`: a browser trades the token for a session, asks whether it has one, and ends it."""

from __future__ import annotations

from aiohttp import web

from server.answers import answer
from server.endpoint import Answer, endpoint
from server.security import GUARD
from server.security_session import LIFETIME, cookie_name
from server.users.user import user_of

PATH = "/api/"


class Begun(Answer):
    """A session. `key`: goes into the header `X-Loom-Session` of each request; `until`: seconds since 1970."""

    key: str
    until: int


class Known(Answer):
    """Whether what this request carries would be enough for any other."""

    signed_in: bool
    user: str | None


@endpoint("POST", "/session", answer=Begun, status=201, users=True)
async def begin(request: web.Request) -> web.Response:
    """Begin a session, with the token or with a session that there is: a cookie, and the key that goes with it."""
    session = request.app[GUARD].sessions.begin(user_of(request).token)
    said = answer({"key": session.key, "until": session.until}, 201)
    secure = request.secure or request.headers.get("Origin", "").lower().startswith("https:")
    said.set_cookie(
        cookie_name(request.host), session.cookie,
        max_age=LIFETIME, path=PATH, httponly=True, samesite="Strict", secure=secure,
    )  # fmt: skip
    return said


@endpoint("GET", "/session", answer=Known, public=True)
async def known(request: web.Request) -> web.Response:
    """Whether this browser is signed in; an answer to all, so that a page can say where the token is."""
    user = request.app[GUARD].who(request)
    return answer({"signed_in": user is not None, "user": user.name if user is not None else None})


@endpoint("DELETE", "/session", answer=Known, users=True)
async def end(request: web.Request) -> web.Response:
    """Sign this browser out."""
    said = answer({"signed_in": False, "user": None})
    said.del_cookie(cookie_name(request.host), path=PATH, httponly=True, samesite="Strict")
    return said


SESSION_ENDPOINTS = (begin, known, end)
