"""Delete a file when nothing refers to it.

An upload is referred to by the workflows that name it as an input: those of runs, which could be repeated, and
documents. A picture that a run made is referred to in the same way alone — the run that made it is not held back by it,
it would make the same bytes again. What is referred to stays, and the answer says what holds it.

The file goes first and the row after it: a crash between the two leaves a row whose file is gone (410), and asking
again for the deletion finishes it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

from aiohttp import web
from sqlalchemy import Connection, delete, select, update

from engine.context import resolve_within
from engine.errors import OutsideRoot
from server.assets.find import candidates, meant
from server.assets.serving import Stored
from server.assets.tables import assets, gallery
from server.database import DATABASE
from server.places import PLACES
from server.queue.tables import run_workflows, runs
from server.users.user import Exactly, User

NAMED = 5  # how many that hold a file are named


async def remove(app: web.Application, digest: str, user: User) -> list[str] | None:
    """Delete a user's file of a digest. Returns what holds it (empty: it is gone), or None if there is no such file."""
    places = app[PLACES]

    def question(connection: Connection) -> tuple[str, list[Stored], list[str]]:
        whose = meant(connection, digest, user)
        if whose is None:
            return "", [], []
        own = Exactly(whose.name)
        found = candidates(connection, digest, places, own)
        return whose.name, found, list(dict.fromkeys(_runs(connection, found, whose.name)))

    def enter(connection: Connection) -> None:
        connection.execute(delete(assets).where(assets.c.digest == digest, assets.c.owner == owner))
        mine = (gallery.c.digest == digest, gallery.c.owner == owner)
        connection.execute(update(gallery).where(*mine).values(deleted=time.time()))

    owner, found, held = await app[DATABASE].ask(question)
    if not found:
        return None
    held = [*held, *await asyncio.to_thread(_documents, places.of(owner).documents, found)][:NAMED]
    if not held:
        await asyncio.to_thread(_unlink, found)
        await asyncio.to_thread(_forget_thumbnails, app, digest)
        await app[DATABASE].ask(enter)
    return held


def _runs(connection: Connection, found: list[Stored], owner: str) -> Iterator[str]:
    """The runs of a user that name one of these files as an input."""
    for mark in {_mark(one) for one in found}:
        by_document = select(runs.c.id).join(run_workflows, run_workflows.c.digest == runs.c.workflow)
        for asked in (
            by_document.where(run_workflows.c.document.contains(mark, autoescape=True)),
            select(runs.c.id).where(runs.c.changes.contains(mark, autoescape=True)),
        ):
            yield from (f"run {run}" for run in connection.scalars(asked.where(runs.c.owner == owner).limit(NAMED)))


def _documents(folder: Path, found: list[Stored]) -> list[str]:
    """The documents that name one of these files."""
    marks = [_mark(one).encode() for one in found]
    held = []
    for file in sorted(folder.glob("*.json")):
        try:
            data = file.read_bytes()
        except OSError:
            continue
        if any(mark in data for mark in marks):
            held.append(f"document {file.stem}")
    return held


def _mark(stored: Stored) -> str:
    """What stands in the JSON of a workflow that names a file."""
    return json.dumps(stored.name)


def _unlink(found: list[Stored]) -> None:
    for one in found:
        try:
            resolve_within(one.root, one.name).unlink(missing_ok=True)
        except (OSError, OutsideRoot):
            continue


def _forget_thumbnails(app: web.Application, digest: str) -> None:
    for file in app[PLACES].thumbnails.glob(f"{digest.removeprefix('sha256:')}-*.webp"):
        file.unlink(missing_ok=True)
