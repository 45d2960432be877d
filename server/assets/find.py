"""From a digest to a file: an upload, or what a run made."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy import Connection, select

from engine.context import resolve_within
from engine.errors import OutsideRoot
from server.answers import Refusal
from server.artifacts import digest_in
from server.assets.serving import Stored
from server.assets.tables import assets
from server.database import DATABASE
from server.places import PLACES, Places
from server.queue.tables import run_artifacts
from server.users.user import User, user_of


async def find(request: web.Request) -> Stored:
    """The file that a URL names. Raises `Refusal` 404 if there never was one, 410 if it is gone."""
    digest, user = digest_in(request.match_info["digest"]), user_of(request)
    places = request.app[PLACES]
    found = await request.app[DATABASE].ask(lambda connection: candidates(connection, digest, places, user))
    if not found:
        raise Refusal(404, "there is no such file")
    return next((one for one in found if is_there(one)), found[0])


def candidates(connection: Connection, digest: str, places: Places, user: User) -> list[Stored]:
    """The places where the bytes of a digest were put, that a user sees. Who knows a digest has no right by that."""
    uploads = select(assets).where(assets.c.digest == digest, user.rows(assets.c.owner)).order_by(assets.c.created)
    made = connection.execute(
        select(run_artifacts.c.path, run_artifacts.c.name)
        .where(run_artifacts.c.digest == digest, user.rows(run_artifacts.c.owner))
        .order_by(run_artifacts.c.created)
    )
    found = [Stored(places.of(one.owner).inputs, one.input, digest, one.name) for one in connection.execute(uploads)]
    return found + [Stored(places.output, row.path, digest, row.name) for row in made]


def meant(connection: Connection, digest: str, user: User) -> User | None:
    """Whose file is meant where one is to be changed: the user's own; if there is none, one that the owner sees."""
    for table in (assets, run_artifacts):
        mine = select(table.c.owner).where(table.c.digest == digest)
        if connection.scalar(mine.where(table.c.owner == user.name).limit(1)) is not None:
            return User(user.name)
    for table in (assets, run_artifacts):
        theirs = select(table.c.owner).where(table.c.digest == digest, user.rows(table.c.owner))
        if (found := connection.scalar(theirs.limit(1))) is not None:
            return User(found)
    return None


def is_there(stored: Stored) -> bool:
    """True if there is a file at its place."""
    try:
        return resolve_within(stored.root, stored.name).is_file()
    except (OSError, OutsideRoot):
        return False
