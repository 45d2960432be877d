"""The newest entries of a document, as they were sent: a client that comes back is caught up at once."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from server.answers import dumps
from server.live.changes import Json, from_json, to_json
from server.live.store import Entry

MOST = 1000  # entries
MOST_BYTES = 8 << 20


class Recent:
    """A bounded row of messages, by revision."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._row: deque[tuple[int, str]] = deque()
        self._bytes = 0
        for row in rows:
            self.remember(row.revision, of_row(row))

    def remember(self, revision: int, text: str) -> None:
        """The next entry; the oldest ones go."""
        self._row.append((revision, text))
        self._bytes += len(text)
        while len(self._row) > MOST or self._bytes > MOST_BYTES:
            self._bytes -= len(self._row.popleft()[1])

    def since(self, after: int | None, shown: int) -> str | None:
        """The entries after a revision, up to the one that is `shown`, as a JSON list; None if they are not at hand."""
        oldest = self._row[0][0] if self._row else shown + 1
        if after is None or after > shown or after < oldest - 1:
            return None
        return "[" + ",".join(text for revision, text in self._row if revision > after) + "]"


def of_row(row: Any) -> str:
    """The message about a row of the log."""
    changes = [to_json(from_json(one), False) for one in json.loads(row.changes)]
    return _told(row.revision, row.client, row.edit, row.kind, row.operations, changes)


def of_entry(entry: Entry) -> str:
    """The message about a new entry."""
    changes = [to_json(change, False) for change in entry.changes]
    return _told(entry.revision, entry.client, entry.edit, entry.kind, dumps(entry.operations), changes)


def _told(revision: int, client: str, edit: str, kind: str, operations: str, changes: Sequence[Json]) -> str:
    head = dumps({"type": "ops", "revision": revision, "client": client, "id": edit, "kind": kind})
    return f'{head[:-1]},"operations":{operations},"changes":{dumps(changes)}}}'
