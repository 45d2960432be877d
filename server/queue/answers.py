"""A run as clients see it: what its row says, and what is known meanwhile of one that is under way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import Field

from server.endpoint import Answer
from server.queue.book import url_of
from server.queue.live import Live

Row = Mapping[str, Any]


class File(Answer):
    """A file that a run made."""

    node: str
    name: str
    digest: str
    mime: str
    bytes: int
    created: float
    url: str


class Run(Answer):
    """A run. Times are seconds since 1970; `eta` are the seconds that it will still take, if past runs tell."""

    id: str
    name: str
    owner: str = Field(description="the user whose it is")
    client: str
    status: Literal["queued", "running", "done", "failed", "cancelled"]
    cancelling: bool
    priority: int
    batch: str | None
    retry_of: str | None
    created: float
    started: float | None
    ended: float | None
    seconds: float | None
    eta: float | None
    steps: int = Field(description="of its loops, to be done")
    steps_done: int
    steps_cached: int
    artifacts: list[File]
    error: str | None
    last: int = Field(description="the number of its last event")


class Submitted(Run):
    """The run; of a batch the first one, and the ids of all in `runs`."""

    runs: list[str]


class Whole(Run):
    """All there is to know of a run: `node` is the one that failed, `problems` what is wrong with its workflow."""

    set: dict[str, Any]
    targets: list[str] | None
    nodes: dict[str, dict[str, Any]]
    warnings: list[str]
    problems: list[dict[str, Any]]
    node: str | None


class Runs(Answer):
    """Runs, newest first; `next`: what to ask for as `before` to get the ones before them."""

    runs: list[Run]
    next: str | None


class QueueState(Answer):
    """The queue: `order` are the first that wait, `eta` the seconds until all are done, if past runs tell."""

    paused: bool
    waiting: int
    running: list[str]
    order: list[str]
    eta: float | None


SAME = ("id", "name", "owner", "client", "status", "priority", "batch", "retry_of", "created", "steps", "steps_done")
MAYBE = ("started", "ended", "seconds", "error")


def run_json(row: Row, files: Iterable[Row], live: Live | None) -> dict[str, Any]:
    """A run as JSON."""
    found = {name: row[name] for name in (*SAME, "steps_cached", "last")} | {name: row.get(name) for name in MAYBE}
    found |= {"cancelling": bool(row["cancelling"]) and row["ended"] is None if "ended" in row else False}
    found |= {"eta": None, "artifacts": [file_json(file) for file in files]}
    if live is not None and found["status"] in ("queued", "running"):
        seen = live.seen
        found |= {"status": live.status, "eta": seen.left(), "cancelling": live.cancelling, "started": live.started}
        found |= {"steps": seen.steps, "steps_done": seen.steps_done, "last": live.last}
    return found


def whole_json(row: Row, files: Iterable[Row], live: Live | None) -> dict[str, Any]:
    """All of a run as JSON."""
    report = json.loads(row["report"]) if row["report"] else {}
    if not report and live is not None:
        report = {"nodes": live.seen.told(live.seen.nodes), "warnings": live.seen.warnings}
    return {
        **run_json(row, files, live),
        "set": json.loads(row["changes"]),
        "targets": json.loads(row["targets"]) if row["targets"] else None,
        "nodes": report.get("nodes", {}),
        "warnings": report.get("warnings", []),
        "problems": report.get("problems", []),
        "node": report.get("node"),
    }


def file_json(row: Row) -> dict[str, Any]:
    """A file as JSON."""
    same = {name: row[name] for name in ("node", "name", "digest", "mime", "bytes", "created")}
    return {**same, "url": url_of(row["run"], row["digest"])}
