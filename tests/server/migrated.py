"""Whether migrations lead to the tables that the definitions say."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Engine, String, text

from server.database_url import connect
from server.migrations.metadata import METADATA
from server.migrations.upgrade import HEAD, begin, step_by_step


def differences(stepped: URL, fresh: URL, lengths: bool = True) -> tuple[list[Any], list[Any]]:
    """What Alembic would change in an empty database after all steps, and in one that began with the newest tables."""
    one, other = connect(stepped), connect(fresh)
    step_by_step(one)
    with other.begin() as connection:
        begin(connection)
    return _changes(one, lengths), _changes(other, lengths)


def _changes(engine: Engine, lengths: bool) -> list[Any]:
    def differs(context: Any, inspected: Any, defined: Any, found: Any, wanted: Any) -> bool | None:
        return False if not lengths and isinstance(found, String) and isinstance(wanted, String) else None

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": differs, "compare_server_default": True})
        changes = compare_metadata(context, METADATA)
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD
    engine.dispose()
    return changes
