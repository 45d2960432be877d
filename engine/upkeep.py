"""Looking after the disk tier: what it holds, emptying it, and collecting what nothing refers to.

`collect` drops the rows whose files are gone, counts references and bytes anew, and then removes the files that no row
knows: a process was killed between writing a file and its row. A young one stays, for another process may be about to
write that row.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial

from engine import actions
from engine.blobs import Found
from engine.database import FAILURES
from engine.digest import Key
from engine.leaves import Undecodable
from engine.store import Store

GRACE = 900.0  # seconds that a file without a row is left alone
EVERY = 86400.0  # seconds between two collections that nobody asked for
NOTES = 100_000  # small records kept per space
SLACK = 16 << 20  # unused bytes in the database that are worth giving back


@dataclass(frozen=True)
class DiskInfo:
    """What lies on the disk."""

    folder: str
    values: int
    bytes: int
    budget: int
    notes: int
    writable: bool


@dataclass(frozen=True)
class GcReport:
    """What `collect` removed: files that no row knew, their bytes, and rows whose files were gone."""

    files: int
    bytes: int
    rows: int


def disk_info(store: Store) -> DiskInfo:
    """What lies on the disk now."""

    def count(db: sqlite3.Connection) -> tuple[int, int, int]:
        values, notes = (db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in ("action", "note"))
        return values, int(actions.meta(db, "bytes")), notes

    values, used, notes = store.read(count, (0, 0, 0))
    return DiskInfo(str(store.folder), values, used, store.budget, notes, store.writable)


def clear(store: Store) -> None:
    """Forget every value and every small record, whoever uses them."""

    def empty(db: sqlite3.Connection) -> None:
        for table in ("action", "blob", "note", "meta"):
            db.execute(f"DELETE FROM {table}")

    store.write(empty, None)
    collect(store, grace=0.0)


def collect(store: Store, grace: float = GRACE) -> GcReport:
    """Remove what nothing refers to. Other processes may go on meanwhile."""
    now = time.time()
    rows = store.write(partial(_recount, store=store, now=now), 0)
    files = freed = 0
    for found in store.blobs.scan():
        old = [file for file in found if now - file.modified > grace]
        nothing: list[Found] = []
        removed = store.write(partial(_sweep, files=old), nothing)
        files += len(removed)
        freed += sum(file.size for file in removed)
    store.database.forget_broken()
    _shrink(store)
    return GcReport(files, freed, rows)


def routine(store: Store) -> None:
    """Collect, if that was not done (by any process) for a day."""
    now = time.time()
    last = store.read(lambda db: actions.meta(db, "collected"), now)
    if last == 0.0:  # a new database
        store.write(lambda db: actions.set_meta(db, "collected", now), None)
    elif now - last > EVERY:
        collect(store)


def _sweep(db: sqlite3.Connection, files: list[Found]) -> list[Found]:
    """Delete those of the files that no row knows. In a transaction: nobody is adding a row meanwhile."""
    removed = []
    for file in files:
        if file.digest is None or actions.unused(db, [file.digest]):
            with contextlib.suppress(OSError):
                file.path.unlink()
                removed.append(file)
    return removed


def _recount(db: sqlite3.Connection, store: Store, now: float) -> int:
    """Drop damaged rows and rows without their files; count references and bytes anew. Returns the rows dropped."""
    refs: Counter[tuple[Key, int]] = Counter()
    own = dropped = 0
    for (key,) in db.execute("SELECT key FROM action").fetchall():
        try:
            action = actions.find(db, key)
        except Undecodable:
            action = None
        if action is None or not all(store.blobs.present(name, size) for name, size in action.files):
            db.execute("DELETE FROM action WHERE key = ?", (key,))
            dropped += 1
            continue
        refs.update(action.files)
        own += action.own
    db.execute("DELETE FROM blob")
    db.executemany("INSERT OR REPLACE INTO blob VALUES (?, ?, ?)", ((*file, n) for file, n in refs.items()))
    actions.set_meta(db, "bytes", own + sum(size for _, size in refs))
    actions.set_meta(db, "collected", now)
    actions.expire(db, now)
    for (space,) in db.execute("SELECT DISTINCT space FROM note").fetchall():
        newest = "SELECT rowid FROM note WHERE space = ? ORDER BY used DESC LIMIT ?"
        db.execute(f"DELETE FROM note WHERE space = ? AND rowid NOT IN ({newest})", (space, space, NOTES))
    return dropped


def _shrink(store: Store) -> None:
    """Give unused pages of the database back, if they are many."""

    def unused(db: sqlite3.Connection) -> int:
        pages, size = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_size"))
        return int(pages * size)

    if store.writable and store.read(unused, 0) > SLACK:
        with contextlib.suppress(*FAILURES):
            store.database.vacuum()
