"""Documents in the database: what the log says, and how it grows.

All functions take a connection and run in the thread of the database.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, true, update

from server.answers import dumps
from server.live.changes import Change, Json, from_json, replayed, to_json
from server.live.fold import fold
from server.live.limits import size_of
from server.live.references import nodes_of
from server.live.tables import COPIES, DOCUMENTS, FILES, LOG, SHARES
from server.users.user import User

EVERY = 200  # revisions from one whole copy to the next
GONE = "delete"


@dataclass(frozen=True)
class State:
    """A document at a revision. Revision 0 was never there."""

    document: Json
    revision: int
    size: int
    deleted: bool

    @property
    def exists(self) -> bool:
        """Whether there is a document to show."""
        return not self.deleted


@dataclass(frozen=True)
class Entry:
    """One revision: who asked for what, and what it did. `after`: the state that it led to."""

    client: str
    edit: str
    kind: str
    at: float
    operations: Sequence[Json]
    changes: tuple[Change, ...]
    after: State

    @property
    def revision(self) -> int:
        """Its number."""
        return self.after.revision


NOTHING = State({}, 0, 2, True)


def load(connection: Connection, name: str) -> State:
    """The newest state of a document; `NOTHING` of a name that was never used."""
    row = connection.execute(select(DOCUMENTS).where(DOCUMENTS.c.name == name)).one_or_none()
    if row is None:
        return NOTHING
    document = at_revision(connection, name, row.revision)
    return State(document, row.revision, size_of(document), row.deleted)


def at_revision(connection: Connection, name: str, revision: int) -> Json:
    """The document as it was at a revision."""
    newest = select(COPIES).where(COPIES.c.name == name, COPIES.c.revision <= revision)
    copy = connection.execute(newest.order_by(COPIES.c.revision.desc()).limit(1)).one_or_none()
    document: Json = json.loads(copy.document) if copy is not None else {}
    since = copy.revision if copy is not None else 0
    for changes in changes_between(connection, name, since, revision):
        document = replayed(document, changes)
    return document


def changes_between(connection: Connection, name: str, after: int, last: int) -> list[tuple[Change, ...]]:
    """What each revision after one, up to another, did."""
    rows = select(LOG.c.changes).where(LOG.c.name == name, LOG.c.revision > after, LOG.c.revision <= last)
    return [_changes(text) for text in connection.scalars(rows.order_by(LOG.c.revision))]


def entries_after(connection: Connection, name: str, after: int, limit: int | None = None) -> list[Any]:
    """The rows of the log after a revision, in order; the first ones of many."""
    rows = select(LOG).where(LOG.c.name == name, LOG.c.revision > after).order_by(LOG.c.revision)
    return list(connection.execute(rows.limit(limit)))


def history(connection: Connection, name: str, before: int | None, limit: int) -> list[Any]:
    """Rows of the log, newest first."""
    rows = select(LOG).where(LOG.c.name == name).order_by(LOG.c.revision.desc()).limit(limit)
    return list(connection.execute(rows if before is None else rows.where(LOG.c.revision < before)))


def of_client(connection: Connection, name: str, client: str) -> list[tuple[int, str, str]]:
    """Revision, id and kind of all that a client did, in order."""
    rows = select(LOG.c.revision, LOG.c.edit, LOG.c.kind).where(LOG.c.name == name, LOG.c.client == client)
    return [(row.revision, row.edit, row.kind) for row in connection.execute(rows.order_by(LOG.c.revision))]


def _changes(text: str) -> tuple[Change, ...]:
    return tuple(from_json(made) for made in json.loads(text))


def append(connection: Connection, name: str, entries: Sequence[Entry]) -> None:
    """New revisions, in one transaction. Raises what SQLAlchemy raises if somebody else has written them."""
    connection.execute(
        insert(LOG),
        [
            {
                "name": name,
                "revision": entry.revision,
                "client": entry.client,
                "edit": entry.edit,
                "kind": entry.kind,
                "at": entry.at,
                "operations": dumps(entry.operations),
                "changes": dumps([to_json(change) for change in entry.changes]),
            }
            for entry in entries
        ],
    )
    first, last = entries[0], entries[-1]
    if last.revision // EVERY != (first.revision - 1) // EVERY:
        row = {"name": name, "revision": last.revision, "document": dumps(last.after.document)}
        connection.execute(insert(COPIES), [row])
        fold(connection, name, last.revision)
    title = last.after.document.get("name")
    row = {
        "revision": last.revision,
        "deleted": last.after.deleted,
        "bytes": last.after.size,
        "nodes": len(nodes_of(last.after.document)),
        "title": title if isinstance(title, str) else "",
        "changed": last.at,
    }
    if not connection.execute(update(DOCUMENTS).where(DOCUMENTS.c.name == name).values(**row)).rowcount:
        connection.execute(insert(DOCUMENTS).values(name=name, created=first.at, **row))


def listed(connection: Connection, user: User, deleted: bool = False) -> list[Any]:
    """The rows of the documents that a user sees and that are there (or that were deleted), with their `right`."""
    own = DOCUMENTS.c.name.startswith(f"{user.name}/", autoescape=True)
    mine = (SHARES.c.name == DOCUMENTS.c.name) & (SHARES.c.user == user.name)
    seen = true() if user.is_owner else own | SHARES.c.right.is_not(None)
    rows = select(DOCUMENTS, SHARES.c.right).select_from(DOCUMENTS.outerjoin(SHARES, mine))
    return list(connection.execute(rows.where(DOCUMENTS.c.deleted == deleted, seen).order_by(DOCUMENTS.c.name)))


def file_of(connection: Connection, name: str) -> Any:
    """What is known of a document's file; None if it never had one."""
    return connection.execute(select(FILES).where(FILES.c.name == name)).one_or_none()


def set_file(connection: Connection, name: str, revision: int, digest: str, before: str) -> None:
    """Note what the file is about to show, before it does."""
    row = {"revision": revision, "digest": digest, "digest_before": before}
    if not connection.execute(update(FILES).where(FILES.c.name == name).values(**row)).rowcount:
        connection.execute(insert(FILES).values(name=name, **row))
