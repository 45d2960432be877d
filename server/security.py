"""Who may ask for what. Everything is refused unless a rule allows it.

* **Host**: a request names this server as it is really reached. A page whose name was rebound to 127.0.0.1 sends its
  own name, and is refused. (An address written as numbers cannot be rebound; it is allowed where the server listens on
  more than loopback.)
* **Origin**: a browser names the page that asks. It must be a page of this server; `null` (a sandboxed frame, a file)
  is not. Programs send no Origin, and get no credit for that.
* **Token**: every route but the `public` ones needs `Authorization: Bearer <token>`. It is never in a cookie or a URL,
  so that no other page can make a browser send it. A browser cannot set headers on a WebSocket; it offers the
  subprotocols `loom` and `bearer.<token>`.
* **Session**: in place of the token, the cookie of a session and its key (see `security_session`). What changes
  something, and a WebSocket, must also name its origin. The cookie alone, without the key, is enough for what is
  `shown`: pictures and events, which a page cannot ask for with a header.
* **Users**: others than the owner have tokens of their own (`server.users`). They reach the routes that say so
  (`users`), whose handlers show them what is theirs; all other routes are the owner's.
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
from server.security_session import HEADER, Sessions, cookie_name, token_of
from server.security_session import SUBPROTOCOL as SESSION
from server.users.tokens import Tokens
from server.users.under_way import UNDER_WAY
from server.users.user import KEY, NOBODY, OWNER, User

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
    shown: frozenset[Handler] = frozenset()
    users: frozenset[Handler] = frozenset()
    takes: Mapping[Handler, str] = field(default_factory=dict)
    kept: str = ""  # the token that stays from one start to the next
    open: bool = False  # `--auth none`: whoever reaches the server has it all
    others: Tokens | None = None  # the tokens of other users

    def check(self, request: web.Request) -> User | None:
        """Who asks; None where nobody needs to say so. Raises `Refusal` if the request is not allowed."""
        host = self._host(request)
        self._origin(request, host)
        handler, user = request.match_info.handler, None
        if handler not in self.public:
            user = self.who(request)
            if user is None:
                raise Refusal(401, "this needs the token of the server: Authorization: Bearer …")
            if not user.is_owner and handler not in self.users and request.match_info.http_exception is None:
                raise Refusal(403, "this is for the owner of the server alone")
        takes = self.takes.get(request.match_info.handler, "application/json")
        if request.method not in SAFE and request.content_type != takes:
            raise Refusal(415, f"what changes something needs Content-Type: {takes}")
        return user

    def who(self, request: web.Request) -> User | None:
        """Whose token or session the request carries; the owner's if this server asks for neither. None: nobody's."""
        if self.open:
            return OWNER
        return self._by_token(request) or self._by_session(request)

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

    def _by_token(self, request: web.Request) -> User | None:
        headers = request.headers.getall("Authorization", [])
        if len(headers) == 1:
            scheme, _, token = headers[0].partition(" ")
            return self._of_token(token.strip()) if scheme.lower() == "bearer" else None
        if not headers and request.method == "GET":
            offers = (part[len(BEARER) :] for part in _offers(request) if part.startswith(BEARER))
            return next((user for offer in offers if (user := self._of_token(offer)) is not None), None)
        return None

    def _by_session(self, request: web.Request) -> User | None:
        cookie = request.cookies.get(cookie_name(request.host))
        key = self.sessions.key(cookie) if cookie is not None else None
        if cookie is None or key is None or not self._is_shown_by(request, key):
            return None
        token = token_of(cookie)
        if not token:
            return OWNER
        return self.others.of(token) if self.others is not None else None

    def _is_shown_by(self, request: web.Request, key: str) -> bool:
        """Whether a request with the cookie of a session may be what it is: by its key, or because it only looks."""
        if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
            return False
        named = "Origin" in request.headers  # which has been checked
        given = request.headers.getall(HEADER, [])
        upgrades = "Upgrade" in request.headers
        if given:
            looks = request.method in SAFE and not upgrades
            return len(given) == 1 and _equal(given[0], key) and (named or looks)
        if upgrades:
            return named and any(_equal(offer, SESSION + key) for offer in _offers(request))
        return request.method in SAFE and request.match_info.handler in self.shown

    def _of_token(self, given: str) -> User | None:
        known = [_equal(given, token) for token in self.tokens]
        if any(known):
            return OWNER
        return self.others.user(given) if self.others is not None else None

    @property
    def sessions(self) -> Sessions:
        """The sessions of browsers: those of the token that stays."""
        return Sessions(self.kept or self.token)

    @property
    def tokens(self) -> list[str]:
        """The tokens that are good."""
        return [token for token in (self.token, self.kept) if token]


GUARD = web.AppKey("guard", Guard)


def _equal(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), known.encode())


def _offers(request: web.Request) -> list[str]:
    """The subprotocols that a WebSocket offers."""
    return [part.strip() for part in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]


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
    """Check the request before anything else looks at it, and say who asks."""
    user = request.app[GUARD].check(request)
    if user is None or not user.token:
        request[KEY] = user or NOBODY
        return await handler(request)
    request[KEY] = user
    with request.app[UNDER_WAY].noted(user.token):
        return await handler(request)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """The headers that every answer carries; one that a handler set itself stays."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "loom"
