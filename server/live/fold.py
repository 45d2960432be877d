"""Fold the oldest part of a document's log into whole copies, so that a log does not grow for ever.

The newest `KEPT` revisions stay as they are: each can be looked at, restored, compared, undone by who made it, and its
id is known. Of what is older a copy stays for every `SPARSE` revisions, with the one that the log now begins after.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select

from server.live.tables import COPIES, FILES, LOG

KEPT = 10_000
SPARSE = 2_000
AT_ONCE = 5_000  # revisions that one fold takes at most: an edit waits for it


def fold(connection: Connection, name: str, newest: int) -> None:
    """Fold what is older than the newest revisions, up to a copy. The revision that the file shows stays whole."""
    first = connection.scalar(select(func.min(LOG.c.revision)).where(LOG.c.name == name)) or newest
    shown = connection.scalar(select(FILES.c.revision).where(FILES.c.name == name))
    last = min(newest - KEPT, first + AT_ONCE, shown if shown is not None else newest)
    copies = select(COPIES.c.revision).where(COPIES.c.name == name, COPIES.c.revision <= last)
    found = sorted(connection.scalars(copies))
    if not found or found[-1] < first:
        return
    connection.execute(delete(LOG).where(LOG.c.name == name, LOG.c.revision <= found[-1]))
    stay = {revision // SPARSE: revision for revision in found}
    gone = [revision for revision in found[:-1] if stay[revision // SPARSE] != revision]
    connection.execute(delete(COPIES).where(COPIES.c.name == name, COPIES.c.revision.in_(gone)))


def folded(connection: Connection, name: str) -> tuple[int, list[int]]:
    """The last revision that was folded (0: none was), and those up to it that a copy is left of."""
    first = connection.scalar(select(func.min(LOG.c.revision)).where(LOG.c.name == name))
    last = first - 1 if first is not None else 0
    copies = select(COPIES.c.revision).where(COPIES.c.name == name, COPIES.c.revision <= last)
    return last, sorted(connection.scalars(copies)) if last else []
