"""One SQLite file that several processes open and any of them may find broken.

The file is in WAL mode without fsync on each commit: a killed process loses at most its last transaction. A file
whose schema is not ours, or in which SQLite finds damage, is left aside and another one is started. It is not renamed
or deleted, since another process may have it open, and SQLite removes the log of a file by name when the last one
closes it. Instead the files are numbered, `index-0.sqlite`, `index-1.sqlite`, …, and an empty `index-0.broken` says
that number 0 is given up.

Reading has a connection of its own, so that a look-up never waits for the writer.
"""

from __future__ import annotations

import contextlib
import enum
import itertools
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 5.0  # seconds that a transaction waits for another process's
KEEP_BROKEN = 86400.0


# What a call may raise. (The message of an error is decoded strictly, and may quote what is damaged.)
FAILURES = (sqlite3.Error, OSError, UnicodeDecodeError)


class Trouble(enum.Enum):
    """What an error of the database or of a file means for the store."""

    BUSY = "busy"  # another process was in the way for too long: this one time, go on without
    REFUSED = "refused"  # full, read-only, no permission: stop writing
    BROKEN = "broken"  # the file is damaged or not ours: start another


_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_INTERRUPT}
_REFUSED = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_NOLFS,
    sqlite3.SQLITE_IOERR,
}
_DAMAGE = {sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS}


def trouble(error: Exception) -> Trouble:
    """What an error means."""
    if isinstance(error, OSError):
        return Trouble.REFUSED
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # the module's own: a connection that was closed meanwhile
        return Trouble.BUSY if isinstance(error, (sqlite3.ProgrammingError, sqlite3.InterfaceError)) else Trouble.BROKEN
    if code in _DAMAGE:
        return Trouble.BROKEN
    if code & 0xFF in _BUSY:
        return Trouble.BUSY
    return Trouble.REFUSED if code & 0xFF in _REFUSED else Trouble.BROKEN


class Database:
    """A database in `folder` with the tables of `schema` (one statement each, numbered by `version`)."""

    def __init__(self, folder: Path, schema: Sequence[str], version: int) -> None:
        self.folder, self._schema, self._version = folder, tuple(schema), version
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self._reading, self._writing = threading.RLock(), threading.RLock()
        self._closed = False
        self.path = folder / "index-0.sqlite"  # the file in use

    def read(self, do: Callable[[sqlite3.Connection], T]) -> T:
        """What `do` SELECTs; each statement sees the last committed state. Raises `FAILURES`."""
        with self._reading:
            if self._reader is None:
                with self._writing:
                    self._ready()
                self._reader = _connect(self.path)
                self._reader.execute("PRAGMA query_only = 1")
            return do(self._reader)

    def write(self, do: Callable[[sqlite3.Connection], T]) -> T:
        """What `do` returns after a transaction that had the write lock from its start: no other process writes
        meanwhile. Raises `FAILURES`, and what `do` raises; then nothing was changed."""
        with self._writing:
            connection = self._ready()
            connection.execute("BEGIN IMMEDIATE")
            try:
                done = do(connection)
                connection.execute("COMMIT")
                return done
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    def vacuum(self) -> None:
        """Give unused pages back to the file system."""
        with self._writing:
            self._ready().execute("VACUUM")

    def give_up(self, path: Path) -> bool:
        """Leave the database at `path` aside as broken. False if that was done already."""
        with self._reading, self._writing:
            if path != self.path or self._closed:
                return False
            path.with_suffix(".broken").touch()
            self._disconnect()
            return True

    def forget_broken(self) -> None:
        """Delete databases that were left aside a day ago."""
        for mark in self.folder.glob("index-*.broken"):
            with contextlib.suppress(OSError):
                if time.time() - mark.stat().st_mtime > KEEP_BROKEN:
                    for suffix in (".sqlite-wal", ".sqlite-shm", ".sqlite"):
                        mark.with_suffix(suffix).unlink(missing_ok=True)

    def close(self) -> None:
        """Close for good."""
        with self._reading, self._writing:
            self._closed = True
            self._disconnect()

    def _disconnect(self) -> None:
        for connection in (self._reader, self._writer):
            if connection is not None:
                with contextlib.suppress(sqlite3.Error):
                    connection.close()
        self._reader = self._writer = None

    def _ready(self) -> sqlite3.Connection:
        """The writing connection to a database with our schema."""
        if self._closed:
            raise sqlite3.ProgrammingError("the cache is closed")
        if self._writer is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._writer = self._open()
        return self._writer

    def _open(self) -> sqlite3.Connection:
        tries = 3
        for number in itertools.count():
            self.path = self.folder / f"index-{number}.sqlite"
            if self.path.with_suffix(".broken").exists():
                continue
            connection = _connect(self.path)
            if self._prepare(connection):
                return connection
            connection.close()
            self.path.with_suffix(".broken").touch()
            tries -= 1
            if not tries:
                break
        raise OSError(f"no database can be made in {self.folder}")

    def _prepare(self, connection: sqlite3.Connection) -> bool:
        """Create the tables in an empty file. False if the file is damaged or has another schema."""
        try:
            _patiently(connection, "PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            if self._matches(connection):
                return True
            connection.execute("BEGIN IMMEDIATE")
            if not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
                for statement in self._schema:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {self._version:d}")
            connection.execute("COMMIT")
            return self._matches(connection)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if trouble(error) is Trouble.BROKEN:
                return False
            connection.close()
            raise

    def _matches(self, connection: sqlite3.Connection) -> bool:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        found = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        return version == self._version and sorted(sql for (sql,) in found) == sorted(self._schema)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA trusted_schema = 0")
    connection.execute("PRAGMA cell_size_check = 1")
    return connection


def _patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Run a statement for which SQLite's own patience does not hold: switching a new file to WAL."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute(statement).fetchone()
            return
        except sqlite3.OperationalError as error:
            if trouble(error) is not Trouble.BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.005)
