"""Who asks: runs are shared out between clients.

A client names itself by the header `X-Client`; without one, whoever the guard recognised by its token counts as one.
The name gives a share of the queue and nothing else.
"""

from __future__ import annotations

import re

from aiohttp import web

from server.answers import Refusal

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
TOKEN_NAME = "client"  # where the guard puts the name of a token, on the request
ANYBODY = "local"


def client_of(request: web.Request) -> str:
    """The client's name. Raises `Refusal` for a header that is none."""
    given = request.headers.get("X-Client")
    if given is None:
        return str(request.get(TOKEN_NAME, ANYBODY))
    if NAME.match(given) is None:
        raise Refusal(400, "X-Client: expected 1 to 64 letters, digits and . _ -, the first a letter or digit")
    return given
