"""Where the seconds of a workflow went: of each node, what it took in the last run that ran it.

The report of a run says how long its nodes took. What a run took from the cache is looked up in the runs of the same
workflow before it, newest first; a node of that name but of another type is another node.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from aiohttp import web
from pydantic import Field
from sqlalchemy import Connection, select

from engine.workflow import LOOP
from server.answers import answer
from server.database import DATABASE
from server.endpoint import Answer, endpoint
from server.queue import store
from server.queue.tables import runs
from server.users.user import User, user_of

LOOK_BACK = 100  # runs before this one
OVER = ("ran", "cached")  # a node that a run was done with; one that was cut off says nothing of how long it takes
Json = dict[str, Any]


class StepTime(Answer):
    """A step of a loop; of one that runs several times, all of its turns together."""

    index: int
    seconds: float


class NodeTime(Answer):
    """How long a node took."""

    seconds: float = Field(description="of all its calls; of a loop, of all its steps")
    calls: int
    run: str = Field(description="the run that measured it: this one, or the last before it that ran the node")
    cached: int = Field(description="calls that this run took from the cache")
    saved: float = Field(description="seconds that those would have taken, by what was measured")
    steps: list[StepTime] | None = Field(description="of a loop, as far as its events are kept; null: it is no loop")


class RunTimes(Answer):
    """How long the nodes of a run took; `seconds`: the run as a whole. Nodes that never ran are not there."""

    run: str
    started: float | None
    seconds: float | None
    nodes: dict[str, NodeTime]


@endpoint("GET", "/runs/{id}/times", answer=RunTimes, users=True)
async def times(request: web.Request) -> web.Response:
    """How long each node took in this run, or in the last one before it that ran the node."""
    run, user = request.match_info["id"], user_of(request)
    return answer(await request.app[DATABASE].ask(lambda connection: found(connection, run, user)))


def found(connection: Connection, run: str, user: User) -> Json:
    """The times of a run. Raises `Refusal`."""
    row, _ = store.one(connection, run, user)
    here = _report(row)
    types = _Types(connection)
    wanted = types.of(row["workflow"])
    nodes: dict[str, Json] = {}
    for earlier in (row, *_before(connection, row)):
        theirs = types.of(earlier["workflow"])
        told = {
            name: node
            for name, node in _report(earlier).items()
            if name not in nodes and "seconds" in node and node["status"] in OVER
            if name in wanted and theirs.get(name) == wanted[name]
        }
        steps = _steps(connection, earlier["id"]) if any(wanted[name] == LOOP for name in told) else {}
        for name, node in told.items():
            kept = here.get(name, {}) if earlier["id"] != run or node.get("steps_run") else {}
            listed = steps.get(name, []) if wanted[name] == LOOP else None
            nodes[name] = _time(node, earlier["id"], kept.get("steps_cached", 0), listed)
        if len(nodes) == len(wanted):
            break
    return {"run": run, "started": row["started"], "seconds": row["seconds"], "nodes": nodes}


def _before(connection: Connection, row: store.Row) -> Iterator[store.Row]:
    """The runs of the same workflow of the same user before one, newest first; read one by one, as far as is asked."""
    same = (runs.c.owner == row["owner"], runs.c.name == row["name"], runs.c.created < row["created"])
    query = select(runs.c.id, runs.c.workflow, runs.c.report).where(*same, runs.c.report.is_not(None))
    for one in connection.execute(query.order_by(runs.c.created.desc()).limit(LOOK_BACK)):
        yield one._asdict()


def _report(row: store.Row) -> dict[str, Json]:
    """What the report of a run says of its nodes; nothing before its end."""
    nodes: dict[str, Json] = json.loads(row["report"])["nodes"] if row["report"] else {}
    return nodes


def _steps(connection: Connection, run: str) -> dict[str, list[Json]]:
    """The seconds of the steps that a run did, by loop, in their order."""
    took: defaultdict[str, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    for body in map(json.loads, store.bodies(connection, run, 0)):
        if body["event"] == "StepDone":
            took[body["frame"]][body["index"]] += body["seconds"]
    return {
        loop: [{"index": index, "seconds": round(steps[index], 6)} for index in sorted(steps)]
        for loop, steps in took.items()
    }


def _time(node: Json, run: str, cached: int, steps: list[Json] | None) -> Json:
    seconds, calls = node["seconds"], node["calls"]
    saved = round(seconds / max(calls, 1) * cached, 6)
    return {"seconds": seconds, "calls": calls, "run": run, "cached": cached, "saved": saved, "steps": steps}


class _Types:
    """The types of the nodes of documents, those in subgraphs as `use/node`; versions do not matter."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, dict[str, str]] = {}

    def of(self, digest: str) -> dict[str, str]:
        """Those of a document, by node."""
        if digest not in self._known:
            document = json.loads(store.document(self._connection, digest))
            self._known[digest] = dict(_types(document, {}, ""))
        return self._known[digest]


def _types(graph: Json, around: Json, prefix: str) -> Iterator[tuple[str, str]]:
    """A run was made of it, so it is well formed, and its subgraphs do not contain themselves."""
    subgraphs = {**around, **(graph.get("subgraphs") or {})}
    for name, body in graph["nodes"].items():
        if body["type"] in subgraphs:
            yield from _types(subgraphs[body["type"]], subgraphs, f"{prefix}{name}/")
        else:
            yield prefix + name, body["type"].partition("@")[0]


TIME_ENDPOINTS = (times,)
