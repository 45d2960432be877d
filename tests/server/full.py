"""A table that takes no more rows, as a disk that is full would have it."""

from __future__ import annotations

from sqlalchemy import Connection, text


def refuse(connection: Connection, table: str) -> None:
    """From now on every insert fails, with "no more room"."""
    if connection.dialect.name == "sqlite":
        body = "BEGIN SELECT RAISE(ABORT, 'no more room'); END"
        connection.execute(text(f"CREATE TRIGGER no_more BEFORE INSERT ON {table} {body}"))
    else:
        connection.execute(text(f'ALTER TABLE {table} ADD CONSTRAINT "no more room" CHECK (false) NOT VALID'))


def allow(connection: Connection, table: str) -> None:
    """As before."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("DROP TRIGGER no_more"))
    else:
        connection.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "no more room"'))
