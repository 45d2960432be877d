"""The database keeps what was acknowledged, one transaction a question, and older ones are brought up to date."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, text

from server.database import Database
from server.migrations.upgrade import FOLDER, HEAD
from tests.server.kit import in_loop


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Database]:
    database = Database.at(path)
    try:
        yield database
    finally:
        await database.close()


def add(value: int, then_fail: bool = False):  # type: ignore[no-untyped-def]
    def question(connection: Connection) -> int:
        connection.execute(text("INSERT INTO thing VALUES (:value)"), {"value": value})
        if then_fail:
            raise ValueError(f"{value} is refused")
        return value

    return question


@in_loop
async def test_what_was_answered_is_committed_and_one_failure_does_not_take_others_along(tmp_path: Path) -> None:
    async with opened(tmp_path / "a" / "server.db") as database:
        await database.ask(lambda c: c.execute(text("CREATE TABLE thing (value INTEGER)")) and None)
        found = await asyncio.gather(
            *(database.ask(add(i, then_fail=i % 10 == 3)) for i in range(500)), return_exceptions=True
        )
        assert [i for i, one in enumerate(found) if isinstance(one, ValueError)] == list(range(3, 500, 10))
        other = sqlite3.connect(tmp_path / "a" / "server.db")  # another process sees it: it is committed
        assert other.execute("SELECT count(*), min(value), max(value) FROM thing").fetchone() == (450, 0, 499)
        other.close()


@in_loop
async def test_a_new_database_has_every_migration_and_opening_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "server.db"
    async with opened(path) as database:
        assert await database.ask(lambda c: c.scalar(text("SELECT version_num FROM alembic_version"))) == HEAD
        tables = await database.ask(lambda c: inspect(c).get_table_names())
    async with opened(path) as database:
        assert await database.ask(lambda c: inspect(c).get_table_names()) == tables
    assert max(file.name[:4] for file in (FOLDER / "versions").glob("[0-9]*.py")) == HEAD


@in_loop
async def test_a_commit_that_fails_fails_all_that_shared_it(tmp_path: Path) -> None:
    async with opened(tmp_path / "server.db") as database:
        reference = "INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED"
        for table in ("parent (id INTEGER PRIMARY KEY)", f"child (parent {reference})"):
            await database.ask(lambda c, table=table: c.execute(text(f"CREATE TABLE {table}")) and None)
        with pytest.raises(Exception, match="FOREIGN KEY"):
            await database.ask(lambda c: c.execute(text("INSERT INTO child VALUES (7)")) and None)
        assert await database.ask(lambda c: c.scalar(text("SELECT count(*) FROM child"))) == 0
