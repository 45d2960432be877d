"""What the queue asks of the database. Every function runs in the database's thread, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Executable, delete, func, insert, select, tuple_

from server.answers import Refusal
from server.queue.tables import queue_settings, run_artifacts, run_events, run_timings, run_workflows, runs
from server.users.user import User

KEPT_RUNS = 10_000  # that ended
KEPT_EVENTS = 1_000  # runs that ended whose events are kept
ENDED = ("done", "failed", "cancelled")
Row = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """What was there when the server started."""

    last: int
    place: float
    waiting: list[Row]
    under_way: list[tuple[Row, list[dict[str, Any]]]]
    served: list[tuple[str, str]]  # users and clients, the last one served last
    paused: bool


def load(connection: Connection) -> Found:
    """The queue as it was left."""
    rows = _rows(connection, select(runs).where(runs.c.status.in_(("queued", "running"))))
    begun = sorted((row for row in rows if row["started"] is not None), key=lambda row: (row["started"], row["id"]))
    who = (runs.c.owner, runs.c.client)
    turns = select(*who, func.max(runs.c.started).label("at")).group_by(*who)
    served = [r for r in connection.execute(turns).all() if r.at is not None]
    served.sort(key=lambda r: (r.at, r.owner, r.client))
    return Found(
        last=connection.scalar(select(func.max(run_events.c.id))) or 0,
        place=connection.scalar(select(func.max(runs.c.place))) or 0.0,
        waiting=[row for row in rows if row["started"] is None],
        under_way=[(row, [json.loads(text) for text in bodies(connection, row["id"], 0)]) for row in begun],
        served=[(row.owner, row.client) for row in served],
        paused=setting(connection, "paused") == "true",
    )


def asked_before(connection: Connection, first: Row) -> list[Row] | None:
    """The runs of a request that was made before with the key of this first row; None if it is new.

    Raises `Refusal` if another request was made with this key.
    """
    if first["key"] is not None:
        mine = (runs.c.owner == first["owner"], runs.c.client == first["client"], runs.c.key == first["key"])
        known = next(iter(_rows(connection, select(runs).where(*mine))), None)
        if known is not None:
            if known["request"] != first["request"]:
                raise Refusal(409, "this idempotency key was used for another request", run=known["id"])
            if known["batch"] is None:
                return [known]
            batch = (runs.c.batch == known["batch"], runs.c.owner == first["owner"])
            return _rows(connection, select(runs).where(*batch).order_by(runs.c.created))
    return None


def document(connection: Connection, digest: str) -> str:
    """A document that runs use."""
    query = select(run_workflows.c.document).where(run_workflows.c.digest == digest)
    return str(connection.execute(query).scalar_one())


def one(connection: Connection, run: str, user: User) -> tuple[Row, list[Row]]:
    """A run and its files. Raises `Refusal`, also for one that the user does not see: they learn nothing of it."""
    found = _rows(connection, select(runs).where(runs.c.id == run, user.rows(runs.c.owner)))
    if not found:
        raise Refusal(404, "there is no such run")
    return found[0], artifacts(connection, [run])


def some(connection: Connection, user: User, limit: int, before: str | None, **wanted: str | None) -> list[Row]:
    """Runs that a user sees, newest first, that have the wanted columns; those before a run."""
    query = select(runs).where(user.rows(runs.c.owner)).order_by(runs.c.created.desc(), runs.c.id.desc()).limit(limit)
    for name, value in wanted.items():
        if value is not None:
            query = query.where(runs.c[name] == value)
    if before is not None:
        row, _ = one(connection, before, user)
        query = query.where(tuple_(runs.c.created, runs.c.id) < (row["created"], before))
    return _rows(connection, query)


def artifacts(connection: Connection, ids: Iterable[str]) -> list[Row]:
    """The files of runs, in the order they were made."""
    query = select(run_artifacts).where(run_artifacts.c.run.in_(list(ids)))
    return _rows(connection, query.order_by(run_artifacts.c.run, run_artifacts.c.position))


def in_batch(connection: Connection, batch: str, user: User) -> None:
    """Raises `Refusal` unless a user sees a run of the batch."""
    if connection.scalar(select(runs.c.id).where(runs.c.batch == batch, user.rows(runs.c.owner)).limit(1)) is None:
        raise Refusal(404, "there is no such batch")


def claimed(connection: Connection, since: float) -> list[str]:
    """The paths of files that were recorded since a time."""
    return list(connection.scalars(select(run_artifacts.c.path).where(run_artifacts.c.created >= since)))


def bodies(connection: Connection, run: str, after: int) -> list[str]:
    """The events of a run after a number."""
    query = select(run_events.c.body).where(run_events.c.run == run, run_events.c.number > after)
    return list(connection.scalars(query.order_by(run_events.c.number)))


def setting(connection: Connection, name: str) -> str | None:
    """What holds for the queue."""
    return connection.scalar(select(queue_settings.c.value).where(queue_settings.c.name == name))


def keep_setting(connection: Connection, name: str, value: str) -> None:
    """Set what holds for the queue."""
    connection.execute(delete(queue_settings).where(queue_settings.c.name == name))
    connection.execute(insert(queue_settings), [{"name": name, "value": value}])


def timings(connection: Connection, workflow: str) -> dict[str, float]:
    """How long the parts of a workflow took: nodes; "*" a step of its loops; "" the whole."""
    rows = connection.execute(select(run_timings).where(run_timings.c.workflow == workflow))
    return {row.part: row.seconds for row in rows}


def prune(connection: Connection) -> None:
    """Forget the oldest runs that ended, and the events of those that are not new. Files stay recorded."""
    for kept, forget in ((KEPT_EVENTS, _forget_events), (KEPT_RUNS, _forget_runs)):
        ended = select(runs.c.ended).where(runs.c.status.in_(ENDED)).order_by(runs.c.ended.desc())
        cut = connection.scalar(ended.offset(kept).limit(1))
        if cut is not None:
            forget(connection, cut)


def _forget_events(connection: Connection, cut: float) -> None:
    old = select(runs.c.id).where(runs.c.status.in_(ENDED), runs.c.ended <= cut)
    newest = select(func.max(run_events.c.id)).scalar_subquery()
    connection.execute(delete(run_events).where(run_events.c.run.in_(old), run_events.c.id < newest))


def _forget_runs(connection: Connection, cut: float) -> None:
    connection.execute(delete(runs).where(runs.c.status.in_(ENDED), runs.c.ended <= cut))
    connection.execute(delete(run_workflows).where(run_workflows.c.digest.not_in(select(runs.c.workflow))))


def _rows(connection: Connection, query: Executable) -> list[Row]:
    return [row._asdict() for row in connection.execute(query)]
