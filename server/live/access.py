"""Whose a document is, who else may look at it or edit it, and which one a name in a request means.

Documents have keys: `portrait` is the owner's, `alice/portrait` is another user's. People name them from where they
are: `portrait` is their own, `alice.portrait` that of alice, `owner.portrait` the owner's. A document is its user's
alone until they share it, by name, to be viewed or edited; the owner of the server may do everything. Whoever may not
look at a document is told that it is not there.

Who edits somebody else's document does so as `NAME~client`: nobody can take another one's ids, or undo in their name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from aiohttp import web
from sqlalchemy import Connection, delete, insert, select

from server.answers import Refusal
from server.database import DATABASE
from server.live.author import Author
from server.live.hub import HUB
from server.live.live import Live
from server.live.names import NO_NAME, is_address
from server.live.tables import SHARES
from server.users.user import OWNER_NAME, User, user_of

Shared = Literal["view", "edit"]
VIEW, EDIT, OWN = "view", "edit", "own"
RIGHTS = (VIEW, EDIT, OWN)


def owner_of(key: str) -> str:
    """The user whose document it is."""
    return key.rpartition("/")[0] or OWNER_NAME


def address_for(user: User, key: str) -> str:
    """What a user calls a document."""
    owner, _, name = key.rpartition("/")
    return name if owner_of(key) == user.name else f"{owner or OWNER_NAME}.{name}"


def signed(user: User, key: str, client: str) -> str:
    """A client of a user, as the log of a document has it."""
    return client if owner_of(key) == user.name else f"{user.name}~{client}"


async def reach(app: web.Application, user: User, address: str) -> tuple[str, str]:
    """The key of the document that a user means, and what they may do. Raises `Refusal` 404."""
    if not is_address(address):
        raise Refusal(404, NO_NAME)
    given, _, name = address.rpartition(".")
    owner = given or user.name
    key = name if owner == OWNER_NAME else f"{owner}/{name}"
    if user.is_owner or user.name == owner:
        return key, OWN
    right = await app[DATABASE].ask(lambda connection: shares_of(connection, key).get(user.name))
    if right is None:
        raise Refusal(404, f"there is no workflow {address!r}")
    return key, right


async def opened(request: web.Request, need: str) -> Live:
    """The document that a request names, there or not. Raises `Refusal`: 404 if they may not see it, 403 if not so."""
    return await opened_as(request, request.match_info["name"], need)


async def opened_as(request: web.Request, address: str, need: str) -> Live:
    """The document that a user means by a name, there or not. Raises `Refusal` as `opened`."""
    user = user_of(request)
    key, right = await reach(request.app, user, address)
    if RIGHTS.index(right) < RIGHTS.index(need):
        raise Refusal(403, f"{address!r} is shared with you to {right}; this needs more")
    live = await request.app[HUB].open(key)
    if owner_of(key) != user.name and live.shown.revision == 0:
        raise Refusal(404, f"there is no workflow {address!r}")  # nobody makes one for somebody else
    return live


async def there(request: web.Request, need: str = VIEW) -> Live:
    """The document that a request names, which is there. Raises `Refusal` as `opened`, and 404 if it is not there."""
    live = await opened(request, need)
    if not live.shown.exists:
        raise Refusal(404, f"there is no workflow {request.match_info['name']!r}")
    return live


async def author_of(request: web.Request, live: Live, client: str) -> Author:
    """Who edits, of the document's authors."""
    return await live.author(signed(user_of(request), live.name, client))


def shares_of(connection: Connection, key: str) -> dict[str, str]:
    """Whom a document is shared with, and for what."""
    return {row.user: row.right for row in connection.execute(select(SHARES).where(SHARES.c.name == key))}


def share(connection: Connection, key: str, shares: Mapping[str, str]) -> None:
    """Share a document with these users and no others."""
    connection.execute(delete(SHARES).where(SHARES.c.name == key))
    if shares:
        connection.execute(insert(SHARES), [{"name": key, "user": u, "right": r} for u, r in sorted(shares.items())])
