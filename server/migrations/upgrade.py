"""Bring a database to the newest version of its tables. Alembic is loaded only when there is something to change.

An empty database gets all tables at once, from their definitions, and is stamped as the newest: that is what the steps
lead to (a test compares), and a first start need not wait for them.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, insert, inspect, select

from server.migrations.metadata import METADATA

HEAD = "0004"
"""The last step in `versions/`; a test compares."""

FOLDER = Path(__file__).parent
VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
"""Alembic's own table, as it makes it."""


def upgrade(engine: Engine) -> None:
    """Run the steps that this database has not seen, in one transaction where the database can."""
    with engine.begin() as connection:
        tables = inspect(connection).get_table_names()
        if not tables:
            begin(connection)
            return
        if VERSION.name in tables and connection.scalar(select(VERSION.c.version_num)) == HEAD:
            return
    step_by_step(engine)


def begin(connection: Connection) -> None:
    """All tables of a database that has none."""
    METADATA.create_all(connection, checkfirst=False)
    VERSION.create(connection)
    connection.execute(insert(VERSION).values(version_num=HEAD))


def step_by_step(engine: Engine, to: str = "head") -> None:
    """The steps up to one of them, by Alembic."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, to)
