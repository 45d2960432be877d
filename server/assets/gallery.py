"""The gallery: the pictures that runs made, and what can be asked of them.

Its table is folded from the artifacts of runs, a row per digest and user. What is new is read when somebody looks:
first the new rows, then — outside the database's thread — the records in the files, then all is entered in one
transaction. So nothing has to happen while runs are under way, and a gallery that was lost is made anew by looking.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from server.assets.facts import facts_of
from server.assets.tables import gallery
from server.database import Database
from server.queue.tables import run_artifacts
from server.users.user import User

AT_ONCE = 200  # files that are read between two transactions
PER_PAGE = 60

Row = dict[str, Any]


class Gallery:
    """Reads what is new, and answers."""

    def __init__(self, output: Path) -> None:
        self._output = output
        self._reading = asyncio.Lock()

    async def refresh(self, database: Database) -> None:
        """Take in what runs made since."""
        async with self._reading:
            while new := await database.ask(_unseen):
                rows = await asyncio.to_thread(self._read, new)
                await database.ask(lambda connection, rows=rows: _enter(connection, rows))  # type: ignore[misc]

    def _read(self, new: Sequence[Row]) -> list[Row]:
        rows = []
        for one in new:
            facts = facts_of(self._output, one["path"])
            found = {"workflow": facts.workflow, "text": facts.text, "models": facts.models}
            rows.append({**one, **found, "sought": facts.text.casefold(), "favourite": False, "deleted": None})
        return rows


GALLERY = web.AppKey("gallery", Gallery)


def _unseen(connection: Connection) -> list[Row]:
    """Artifacts without a row, or made again after they were deleted; a digest of a user once."""
    made = run_artifacts.c
    new = or_(gallery.c.digest.is_(None), and_(gallery.c.deleted.is_not(None), made.created > gallery.c.deleted))
    same = (gallery.c.digest == made.digest) & (gallery.c.owner == made.owner)
    joined = run_artifacts.outerjoin(gallery, same)
    columns = (made.digest, made.owner, made.run, made.node, made.name, made.path, made.mime, made.bytes, made.created)
    asked = select(*columns).select_from(joined).where(new).order_by(made.created.desc()).limit(AT_ONCE)
    rows: dict[tuple[str, str], Row] = {}
    for row in connection.execute(asked).mappings():
        rows.setdefault((row["digest"], row["owner"]), dict(row))
    return list(rows.values())


def _enter(connection: Connection, rows: list[Row]) -> None:
    for row in rows:
        same = (gallery.c.digest == row["digest"], gallery.c.owner == row["owner"])
        known = connection.execute(update(gallery).where(*same).values({**row, "favourite": gallery.c.favourite}))
        if known.rowcount == 0:
            connection.execute(insert(gallery).values(row))


def look(
    connection: Connection,
    user: User,
    *,
    workflow: str | None,
    text: str | None,
    model: str | None,
    after: float | None,
    before: float | None,
    favourite: bool | None,
    page: int,
) -> tuple[list[Row], int]:
    """A page of what fits and a user sees, newest first, and how many fit. `text`: all its words are in the prompts."""
    shown = gallery.c
    fits: list[ColumnElement[bool]] = [shown.deleted.is_(None), user.rows(shown.owner)]
    if workflow is not None:
        fits.append(shown.workflow == workflow)
    for word in (text or "").casefold().split():
        fits.append(shown.sought.contains(word, autoescape=True))
    if model is not None:
        fits.append(("\n" + shown.models + "\n").contains(f"\n{model}\n", autoescape=True))
    if after is not None:
        fits.append(shown.created >= after)
    if before is not None:
        fits.append(shown.created < before)
    if favourite is not None:
        fits.append(shown.favourite == favourite)
    newest = select(gallery).where(*fits).order_by(shown.created.desc(), shown.digest)
    rows = connection.execute(newest.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).mappings()
    total = connection.scalar(select(func.count()).select_from(gallery).where(*fits))
    return [dict(row) for row in rows], int(total or 0)
