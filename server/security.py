"""Who may ask for what. Everything is refused unless a rule allows it.

* **Host**: a request names this server as it is really reached. A page whose name was rebound to 127.0.0.1 sends its
  own name, and is refused. (An address written as numbers cannot be rebound; it is allowed where the server listens on
  more than loopback.)
* **Origin**: a browser names the page that asks. It must be a page of this server; `null` (a sandboxed frame, a file)
  is not. Programs send no Origin, and get no credit for that.
* **Token**: every route but the `public` ones needs `Authorization: Bearer <token>`. It is never in a cookie or a URL,
  so that no other page can make a browser send it. A browser cannot set headers on a WebSocket; it offers the
  subprotocols `loom` and `bearer.<token>`.
* **Content type**: what changes something is `application/json` — for an upload `application/octet-stream` — which no
  plain form can send.

All of it is checked for every request, whether its route exists or not.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from server.answers import Refusal

SAFE = ("GET", "HEAD")
HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::[0-9]{1,5})?\Z")
TOKEN = re.compile(r"[A-Za-z0-9._~+-]{16,256}\Z")
SUBPROTOCOL = "loom"
BEARER = "bearer."

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Guard:
    """What is allowed: the token, the names of this server, the handlers that need no token."""

    token: str
    hosts: frozenset[str]
    any_address: bool = False
    public: frozenset[Handler] = frozenset()
    takes: Mapping[Handler, str] = field(default_factory=dict)
    kept: str = ""  # the token that stays from one start to the next
    open: bool = False  # `--auth none`: whoever reaches the server has it all

    def check(self, request: web.Request) -> None:
        """Raise `Refusal` if the request is not allowed."""
        host = self._host(request)
        self._origin(request, host)
        free = self.open or request.match_info.handler in self.public
        if not free and not self._knows_token(request):
            raise Refusal(401, "this needs the token of the server: Authorization: Bearer …")
        takes = self.takes.get(request.match_info.handler, "application/json")
        if request.method not in SAFE and request.content_type != takes:
            raise Refusal(415, f"what changes something needs Content-Type: {takes}")

    def _host(self, request: web.Request) -> str:
        given = request.headers.getall("Host", [])
        found = HOST.match(given[0].lower()) if len(given) == 1 else None
        if found is None:
            raise Refusal(403, "a request needs one Host header with the name of this server")
        name = found.group(1)
        if name not in self.hosts and not (self.any_address and is_address(name)):
            raise Refusal(403, f"this server is not {name} (loom serve --allow-host NAME allows a name)")
        return found.group()

    def _origin(self, request: web.Request, host: str) -> None:
        given = request.headers.getall("Origin", [])
        if not given:
            return  # no browser page, or none that says so: the token decides
        try:
            origin = urlsplit(given[0].lower())
        except ValueError:
            origin = urlsplit("")
        # behind a proxy that speaks TLS the page is https, and Host the same
        if len(given) != 1 or origin.scheme not in ("http", "https") or origin.netloc != host:
            raise Refusal(403, "a page of another origin cannot use this server")

    def _knows_token(self, request: web.Request) -> bool:
        headers = request.headers.getall("Authorization", [])
        if len(headers) == 1:
            scheme, _, token = headers[0].partition(" ")
            return scheme.lower() == "bearer" and self._is_token(token.strip())
        if not headers and request.method == "GET":
            offers = [part.strip() for part in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
            return any(self._is_token(part[len(BEARER) :]) for part in offers if part.startswith(BEARER))
        return False

    def _is_token(self, given: str) -> bool:
        known = [hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode()) for token in self.tokens]
        return any(known)

    @property
    def tokens(self) -> list[str]:
        """The tokens that are good."""
        return [token for token in (self.token, self.kept) if token]


GUARD = web.AppKey("guard", Guard)


def is_address(host: str) -> bool:
    """True for an IP address, in brackets or not."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """True for what only this machine can reach. Any other name counts as reachable from outside."""
    return host == "localhost" or (is_address(host) and ipaddress.ip_address(host.strip("[]")).is_loopback)


@web.middleware
async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check the request before anything else looks at it."""
    request.app[GUARD].check(request)
    return await handler(request)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """The headers that every answer carries; one that a handler set itself stays."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "loom"
