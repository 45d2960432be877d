"""What a transaction of the queue writes, kind by kind: few statements, each for many rows.

A statement is made once and executed with lists of rows, so that SQLAlchemy compiles nothing while runs go by.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Update, bindparam, delete, insert, select, update

from server.queue.tables import run_artifacts, run_events, run_timings, run_workflows, runs
from server.stream import Published

RUN = "changed_run"  # parameters of an update may not be called as the columns that it sets
KNOWN = select(run_workflows.c.digest).where(run_workflows.c.digest.in_(bindparam("digests", expanding=True)))
NEW_DOCUMENT, NEW_RUN = insert(run_workflows), insert(runs)
NEW_EVENT, NEW_FILE, NEW_TIMING = insert(run_events), insert(run_artifacts), insert(run_timings)
OLD_TIMING = delete(run_timings).where(
    run_timings.c.workflow == bindparam("workflow"), run_timings.c.part == bindparam("part")
)


def documents(connection: Connection, texts: Mapping[str, str]) -> None:
    """Keep documents by their digests, those that are not there yet."""
    if not texts:
        return
    known = set(connection.scalars(KNOWN, {"digests": list(texts)}))
    new = [{"digest": digest, "document": text} for digest, text in texts.items() if digest not in known]
    if new:
        connection.execute(NEW_DOCUMENT, new)


def new_runs(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep runs; every row has the same columns."""
    if rows:
        connection.execute(NEW_RUN, [_storable(row) for row in rows])


def events(connection: Connection, told: Sequence[Published]) -> None:
    """Keep events."""
    if told:
        rows = [{"id": e.id, "run": e.run, "number": e.number, "body": e.text} for e in told]
        connection.execute(NEW_EVENT, rows)


def changes(connection: Connection, columns: Mapping[str, Mapping[str, Any]]) -> None:
    """Set columns of runs."""
    alike: defaultdict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for run, values in columns.items():
        alike[tuple(sorted(values))].append({RUN: run, **_storable(values)})
    for names, rows in alike.items():
        connection.execute(_change(names), rows)


def files(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep what is known of files."""
    if rows:
        connection.execute(NEW_FILE, [_storable(row) for row in rows])


def timings(connection: Connection, seconds: Mapping[tuple[str, str], float]) -> None:
    """Set how long parts of workflows take."""
    if seconds:
        rows = [
            _storable({"workflow": workflow, "part": part, "seconds": took})
            for (workflow, part), took in seconds.items()
        ]
        connection.execute(OLD_TIMING, [{"workflow": row["workflow"], "part": row["part"]} for row in rows])
        connection.execute(NEW_TIMING, rows)


def _storable(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without half characters, which no database takes: one in a node's message may not stop the queue."""
    return {
        name: value.encode("utf-8", "replace").decode() if isinstance(value, str) and not value.isascii() else value
        for name, value in row.items()
    }


@lru_cache(256)
def _change(names: tuple[str, ...]) -> Update:
    return update(runs).where(runs.c.id == bindparam(RUN)).values({name: bindparam(name) for name in names})
