"""Who asks: runs are shared out between clients.

A client names itself by the header `X-Client`; without one, all programs of a user count as one. The name gives a share
of what is the user's share of the queue, and nothing else.
"""

from __future__ import annotations

import re

from aiohttp import web

from server.answers import Refusal
from server.users.user import user_of

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
ANYBODY = "local"


def client_of(request: web.Request) -> str:
    """The client's name. Raises `Refusal` for a header that is none."""
    given = request.headers.get("X-Client")
    if given is None:
        user = user_of(request)
        return ANYBODY if user.is_owner else user.name
    if NAME.match(given) is None:
        raise Refusal(400, "X-Client: expected 1 to 64 letters, digits and . _ -, the first a letter or digit")
    return given
