"""One server per state folder and per database: two would both work off one queue. A lock ends with its process."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from engine.errors import LoomError

PATIENCE = 3.0  # seconds: a server that was just told to end still finishes its step
NUMBER = 0x6C6F6F6D  # PostgreSQL's name of our lock in a database


@contextmanager
def only_one(path: Path, engine: Engine) -> Iterator[None]:
    """Hold the lock of a folder and, where the database is not in it, that of the database.

    Raises `LoomError` if another server has one of them.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error:
            raise LoomError(f"another server works in {path.parent}; --home names another folder") from None
        with only_one_at(engine):
            yield


@contextmanager
def only_one_at(engine: Engine) -> Iterator[None]:
    """Hold PostgreSQL's advisory lock in a session of its own; a file is guarded by its folder's lock."""
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as session:
        session.execute(text(f"SET lock_timeout = {PATIENCE * 1000:.0f}"))
        try:
            session.execute(text("SELECT pg_advisory_lock(:number)"), {"number": NUMBER})
        except DBAPIError:
            raise LoomError("another server works with this database; --database names another one") from None
        yield
