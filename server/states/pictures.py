"""Which pictures runs made of which graphs.

A run keeps the document that it was asked for and what was set in it: drawn seeds, and values of a request or a sweep.
With those values it is the graph of a state, whoever asked for it and whatever it was called then. A seed that was
drawn in place of `random` is no other graph.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, select

from server.assets.tables import gallery
from server.live.changes import Json
from server.live.references import nodes_of, part
from server.queue.tables import run_artifacts, run_workflows, runs
from server.states.digest import digest

MOST = 2_000  # pictures that are looked at, the newest
MOST_KNOWN = 20_000  # graphs of runs that are remembered
RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Picture:
    """The newest picture of a graph."""

    graph: int
    run: str
    digest: str
    created: float


@dataclass
class Graphs:
    """What is known of documents that runs used; they never change."""

    known: dict[tuple[str, str], int | None] = field(default_factory=dict)

    def of(self, rows: Iterable[Any], documents: Mapping[str, str]) -> list[Picture]:
        """Of each graph its newest picture. `rows`: the newest first."""
        found: dict[int, Picture] = {}
        for row in rows:
            key = (row.workflow, row.changes)
            if key not in self.known:
                self.known[key] = _graph(documents.get(row.workflow), row.changes)
            graph = self.known[key]
            if graph is not None and graph not in found:
                found[graph] = Picture(graph, row.id, row.digest, row.created)
        return list(found.values())

    def unknown(self, rows: Iterable[Any]) -> set[str]:
        """The documents that have to be read."""
        if len(self.known) > MOST_KNOWN:
            self.known.clear()
        return {row.workflow for row in rows if (row.workflow, row.changes) not in self.known}


def pictures_of(connection: Connection, owner: str) -> list[Any]:
    """The first picture of each run of a user that is done, the newest first; not those that were deleted."""
    same = and_(gallery.c.digest == run_artifacts.c.digest, gallery.c.owner == run_artifacts.c.owner)
    rows = (
        select(runs.c.id, runs.c.workflow, runs.c.changes, run_artifacts.c.digest, run_artifacts.c.created)
        .select_from(runs.join(run_artifacts, run_artifacts.c.run == runs.c.id).outerjoin(gallery, same))
        .where(runs.c.owner == owner, runs.c.status == "done")
        .where(run_artifacts.c.mime.startswith("image/"), gallery.c.deleted.is_(None))
        .order_by(run_artifacts.c.created.desc(), run_artifacts.c.position)
        .limit(MOST)
    )
    return list(connection.execute(rows))


def documents(connection: Connection, digests: Iterable[str]) -> dict[str, str]:
    """The documents of runs."""
    wanted = sorted(digests)
    found: dict[str, str] = {}
    for at in range(0, len(wanted), 500):
        rows = select(run_workflows).where(run_workflows.c.digest.in_(wanted[at : at + 500]))
        found |= {row.digest: row.document for row in connection.execute(rows)}
    return found


def _graph(text: str | None, changes: str) -> int | None:
    """The number of a run's graph; None where what it set is in no state: an input of the interface, of a subgraph."""
    if text is None:
        return None
    document: Json = json.loads(text)
    nodes = dict(nodes_of(document))
    for path, value in json.loads(changes).items():
        node, dot, name = path.rpartition(".")
        body = nodes.get(node)
        if not dot or not isinstance(body, dict):
            return None
        inputs = part(body, "inputs")
        if inputs.get(name) != RANDOM:
            nodes[node] = {**body, "inputs": {**inputs, name: value}}
    return digest({**document, "nodes": nodes}).graph
