"""What was learned of large files, in the server's database: the memory that `engine.files` asks for."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, insert, select, update

from server.assets.tables import file_digests
from server.database import Database


class FileMemo:
    """Small records by name. For threads other than the event loop's: it waits for the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get_json(self, table: str, key: bytes) -> Any:
        """The record, or None."""
        asked = select(file_digests.c.value).where(file_digests.c.key == f"{table}:{key.hex()}")
        found = self._database.submit(lambda connection: connection.scalar(asked)).result()
        return json.loads(found) if found is not None else None

    def put_json(self, table: str, key: bytes, value: object) -> None:
        """Keep a record."""
        row = {"key": f"{table}:{key.hex()}", "value": json.dumps(value)}

        def question(connection: Connection) -> None:
            known = update(file_digests).where(file_digests.c.key == row["key"]).values(value=row["value"])
            if connection.execute(known).rowcount == 0:
                connection.execute(insert(file_digests).values(row))

        self._database.submit(question).result()
