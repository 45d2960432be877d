"""The database keeps what was acknowledged, one transaction a question, and older ones are brought up to date."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, inspect, text

from server.database import Database
from server.database_url import in_file
from server.migrations.upgrade import FOLDER, HEAD, step_by_step
from server.queue import store
from server.users.user import OWNER, User
from tests.server.kit import in_loop
from tests.server.migrated import differences


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


def test_the_steps_lead_to_the_tables_that_a_new_database_gets(tmp_path: Path) -> None:
    urls = [in_file(tmp_path / name) for name in ("stepped.db", "fresh.db")]
    assert differences(*urls, lengths=False) == ([], [])  # SQLite heeds no lengths; tests of PostgreSQL do


@in_loop
async def test_a_commit_that_fails_fails_all_that_shared_it(tmp_path: Path) -> None:
    async with opened(tmp_path / "server.db") as database:
        reference = "INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED"
        for table in ("parent (id INTEGER PRIMARY KEY)", f"child (parent {reference})"):
            await database.ask(lambda c, table=table: c.execute(text(f"CREATE TABLE {table}")) and None)
        with pytest.raises(Exception, match="FOREIGN KEY"):
            await database.ask(lambda c: c.execute(text("INSERT INTO child VALUES (7)")) and None)
        assert await database.ask(lambda c: c.scalar(text("SELECT count(*) FROM child"))) == 0


@in_loop
async def test_what_a_database_without_users_holds_is_the_owners(tmp_path: Path) -> None:
    path = tmp_path / "server.db"
    engine = create_engine(f"sqlite:///{path}")
    step_by_step(engine, "0003")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO runs (id, client, name, status, priority, place, workflow, changes, key, request, "
                "cancelling, deaths, created, steps, steps_done, steps_cached, last) VALUES "
                "('r', 'local', 'w', 'done', 0, 1, 'd', '{}', 'k', 'x', 0, 0, 1, 0, 0, 0, 0)"
            )
        )
        connection.execute(text("INSERT INTO run_artifacts VALUES ('r', 0, 'n', 'f', 'f', 'sha256:1', 'm', 1, 1)"))
        connection.execute(text("INSERT INTO assets VALUES ('sha256:2', 'n', 'i', 'm', 1, 2, 3, 4)"))
        picture = "('sha256:1', 'r', 'n', 'f', 'f', 'm', 1, 1, 'w', 't', 't', 'm', 1, NULL)"
        connection.execute(text(f"INSERT INTO gallery VALUES {picture}"))
    engine.dispose()
    async with opened(path) as database:

        def owners(connection: Connection) -> list[str]:
            tables = ("runs", "run_artifacts", "assets", "gallery")
            return [str(connection.scalar(text(f"SELECT owner FROM {table}"))) for table in tables]

        assert await database.ask(owners) == ["owner"] * 4
        assert await database.ask(lambda c: c.scalar(text("SELECT favourite FROM gallery"))) == 1
        found, files = await database.ask(lambda c: store.one(c, "r", OWNER))
        assert (found["key"], files[0]["digest"]) == ("k", "sha256:1")
        assert await database.ask(lambda c: store.some(c, User("alice"), 10, None)) == []
        keys = await database.ask(lambda c: inspect(c).get_unique_constraints("runs"))
        assert [one["column_names"] for one in keys] == [["owner", "client", "key"]]
        assert await database.ask(lambda c: inspect(c).get_pk_constraint("assets")["constrained_columns"]) == [
            "digest", "owner",
        ]  # fmt: skip
        indexes = {one["name"] for one in await database.ask(lambda c: inspect(c).get_indexes("gallery"))}
        assert indexes == {"gallery_created"}
        indexes = {one["name"] for one in await database.ask(lambda c: inspect(c).get_indexes("runs"))}
        assert indexes == {"runs_status", "runs_batch", "runs_created", "runs_owner"}
