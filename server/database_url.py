"""Where the database is: a URL that `--database`, `LOOM_DATABASE` or `[server] database` in a loom.toml gives.

    postgresql+psycopg://loom:secret@db.example/loom

Without one it is the file `server.db` in the state folder. The environment is the place for a URL with a password:
command lines are seen by other users of the machine.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from engine.errors import InvalidInput, LoomError

DRIVERS = {"postgresql": "postgresql+psycopg"}
"""What a URL without a driver means."""

KINDS = ("sqlite", "postgresql")


def find_url(given: str | None, settings: Mapping[str, Any]) -> URL | None:
    """The database that is asked for, if one is. Raises `InvalidInput` for what is no URL of one that can be used."""
    asked = given or os.environ.get("LOOM_DATABASE") or settings.get("database")
    return read_url(asked) if asked else None


def in_file(path: Path) -> URL:
    """The SQLite database in a file."""
    return URL.create("sqlite", database=str(path))


def read_url(asked: Any) -> URL:
    """A URL from its text. Raises `InvalidInput`, which never shows a password."""
    expected = "expected a URL such as postgresql+psycopg://user@host/name or sqlite:////folder/server.db"
    try:
        url = make_url(str(asked))
    except (ArgumentError, ValueError):
        raise InvalidInput(f"database: {expected}") from None
    url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
    if url.get_backend_name() not in KINDS or not url.database:
        raise InvalidInput(f"database: {expected}, got {shown(url)}")
    return url


def shown(url: URL) -> str:
    """A URL for people, its password hidden."""
    return url.render_as_string(hide_password=True)


def connect(url: URL) -> Engine:
    """SQLAlchemy's engine for it. Raises `LoomError` if the driver is missing or the database does not answer."""
    lite = url.get_backend_name() == "sqlite"
    if lite:
        Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    try:
        engine = create_engine(url, pool_pre_ping=not lite, connect_args={"check_same_thread": False} if lite else {})
    except NoSuchModuleError:
        raise LoomError(f"database: no driver for {url.drivername}; use postgresql+psycopg://") from None
    except ModuleNotFoundError as error:
        raise LoomError(f"database: {error.name} is not installed: pip install 'latent-loom[postgresql]'") from None
    if lite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.connect():
            return engine
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0][:300]
        raise LoomError(f"database {shown(url)}: {reason}") from None


def _prepare_sqlite(connection: Any, _: Any) -> None:
    """Readers beside a writer, every commit on the disk, foreign keys checked; transactions are ours to begin."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")
