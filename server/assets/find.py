"""From a digest to a file: an upload, or what a run made."""

from __future__ import annotations

from typing import Any

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


async def find(request: web.Request) -> Stored:
    """The file that a URL names. Raises `Refusal` 404 if there never was one, 410 if it is gone."""
    digest = digest_in(request.match_info["digest"])
    places = request.app[PLACES]
    found = await request.app[DATABASE].ask(lambda connection: candidates(connection, digest, places))
    if not found:
        raise Refusal(404, "there is no such file")
    return next((one for one in found if is_there(one)), found[0])


def candidates(connection: Connection, digest: str, places: Places) -> list[Stored]:
    """The places where the bytes of a digest were put."""
    upload: Any = connection.execute(select(assets).where(assets.c.digest == digest)).mappings().first()
    made = connection.execute(
        select(run_artifacts.c.path, run_artifacts.c.name)
        .where(run_artifacts.c.digest == digest)
        .order_by(run_artifacts.c.created)
    )
    found = [Stored(places.inputs, upload["input"], digest, upload["name"])] if upload is not None else []
    return found + [Stored(places.output, row.path, digest, row.name) for row in made]


def is_there(stored: Stored) -> bool:
    """True if there is a file at its place."""
    try:
        return resolve_within(stored.root, stored.name).is_file()
    except (OSError, OutsideRoot):
        return False
