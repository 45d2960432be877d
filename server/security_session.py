"""The session of a browser: a cookie that scripts cannot read, and a key that other pages cannot know.

An `<img>` and an `EventSource` send no headers of a script's choice, so the editor trades the token for a cookie. A
cookie goes along with requests that other pages cause, and to other ports of the same host. So the cookie alone is good
for nothing but looking at what those two look at; everything else also needs the session's key, which the answer to
`POST /session` carries, which the page keeps in its origin's own storage, and which it sends as `X-Loom-Session`, or on
a WebSocket as the subprotocol `session.<key>`.

Both follow from the token that stays (HMAC-SHA-256), so nothing is kept here and a session outlives the server. It ends
after `LIFETIME`, with the cookie, or with that token. The session of another user names the id of their token, and ends
with that one too.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass

LIFETIME = 30 * 24 * 3600  # seconds
HEADER = "X-Loom-Session"
SUBPROTOCOL = "session."
COOKIE = re.compile(r"([0-9a-f]{32})\.([0-9]{1,12})\.([0-9a-f]{64})(?:\.([0-9a-f]{8}))?\Z")


@dataclass(frozen=True)
class Session:
    """A session: what the browser keeps, what the page keeps, and until when (seconds since 1970)."""

    cookie: str
    key: str
    until: int


@dataclass(frozen=True)
class Sessions:
    """Makes and knows the sessions of a secret."""

    secret: str

    def begin(self, token: str = "") -> Session:
        """A new session; `token`: the id of the token that it is for, empty for the owner's."""
        name, until = secrets.token_hex(16), int(time.time()) + LIFETIME
        cookie = f"{name}.{until}.{self._sum('cookie', name, until, token)}" + (f".{token}" if token else "")
        return Session(cookie, self._sum("key", name, until, token), until)

    def key(self, cookie: str) -> str | None:
        """The key that belongs to a cookie; None if the cookie is none of ours, or too old."""
        found = COOKIE.match(cookie)
        if found is None:
            return None
        name, until, token = found[1], int(found[2]), found[4] or ""
        if not hmac.compare_digest(found[3], self._sum("cookie", name, until, token)) or until < time.time():
            return None
        return self._sum("key", name, until, token)

    def _sum(self, use: str, name: str, until: int, token: str) -> str:
        text = f"loom {use} {name} {until} {token}".rstrip()
        return hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def token_of(cookie: str) -> str:
    """The id of the token that a cookie which was found good is for; empty for the owner's."""
    found = COOKIE.match(cookie)
    return (found[4] or "") if found is not None else ""


def cookie_name(host: str) -> str:
    """The name of the cookie for a server reached as `host`: servers at several ports of a host share its cookies."""
    _, _, port = host.rpartition(":")
    return f"loom_{port}" if port.isdigit() else "loom"
