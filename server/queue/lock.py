"""One server per database: two would both work off its queue. The lock ends with its process, however that ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from engine.errors import LoomError

PATIENCE = 3.0  # seconds: a server that was just told to end still finishes its step


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock. Raises `LoomError` if another server has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error:
            raise LoomError(f"another server works in {path.parent}; --home names another folder") from None
        yield
