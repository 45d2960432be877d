"""The states of a workflow over HTTP: the tree, and what has come since."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from aiohttp import web
from pydantic import Field
from sqlalchemy import Connection

from server.answers import answer
from server.database import DATABASE, Database
from server.endpoint import Answer, Body, Endpoint, endpoint, query_of
from server.live import store
from server.live.access import VIEW, opened
from server.live.changes import Json, from_json
from server.live.fold import folded
from server.live.live import Live
from server.live.past import ever
from server.states.pictures import Graphs, documents, pictures_of
from server.states.tree import State, Step, Tree
from server.users.user import user_of

LONGEST = 200  # characters of a value that is told
PIECE = 500  # revisions that are read at once


class Since(Body):
    """The states that came after a revision; all by default."""

    after: int = Field(default=0, ge=0, le=1 << 31)


class Told(Answer):
    """A state: the revision that first had it. `value`: what an input was and is, if that was all.

    `looks`: it makes the pictures of its parent.
    """

    state: int
    parent: int | None
    client: str
    kind: str
    at: float
    did: list[str]
    value: list[Any] | None
    looks: bool


class Seen(Answer):
    """The newest picture that a run made of a state."""

    state: int
    run: str
    digest: str


class States(Answer):
    """The states of a workflow. `now`: the one that it is in; `first`: the oldest one that is kept."""

    name: str
    revision: int
    now: int
    first: int
    states: list[Told]
    pictures: list[Seen]


@dataclass
class Kept:
    """What is at hand of an open document; one request at a time brings it up to date."""

    tree: Tree | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass
class Memory:
    """What is at hand of all: trees as long as their documents are open, graphs of runs for ever."""

    trees: WeakKeyDictionary[Live, Kept] = field(default_factory=WeakKeyDictionary)
    graphs: Graphs = field(default_factory=Graphs)


MEMORY = web.AppKey("states", Memory)


@endpoint("GET", "/workflows/{name}/states", query=Since, answer=States, users=True)
async def states(request: web.Request) -> web.Response:
    """The tree of states, with the pictures that the user's runs made of them."""
    asked, live = query_of(request, Since), ever(await opened(request, VIEW))
    database, memory = request.app[DATABASE], request.app[MEMORY]
    kept = memory.trees.setdefault(live, Kept())
    async with kept.lock:
        tree = kept.tree = await _up_to_date(database, live, kept.tree)
        pictures = await _pictures(database, memory.graphs, user_of(request).name)
        newest = {one.graph: one for one in pictures}
        found = list(tree.states.values())
        told = [_told(one) for one in found if one.revision > asked.after]
        seen = [
            {"state": one.revision, "run": newest[one.graph].run, "digest": newest[one.graph].digest}
            for one in found
            if not one.looks and one.graph in newest
        ]
    return answer(
        {
            "name": request.match_info["name"],
            "revision": tree.revision,
            "now": tree.now,
            "first": found[0].revision,
            "states": told,
            "pictures": seen,
        }
    )


async def _up_to_date(database: Database, live: Live, tree: Tree | None) -> Tree:
    last = (await database.ask(lambda connection: folded(connection, live.name)))[0]
    if tree is None or (tree.states and next(iter(tree.states)) < last):  # what it begins with was folded since
        begin = await database.ask(lambda connection: store.at_revision(connection, live.name, last))
        tree = Tree(begin, last)
    while tree.revision < live.shown.revision:
        rows = await database.ask(lambda connection, after=tree.revision: _rows(connection, live.name, after))  # type: ignore[misc]
        await asyncio.to_thread(_feed, tree, rows)
    return tree


def _rows(connection: Connection, name: str, after: int) -> list[Any]:
    return store.entries_after(connection, name, after, PIECE)


def _feed(tree: Tree, rows: Sequence[Any]) -> None:
    tree.feed(
        Step(
            row.revision,
            row.client,
            row.kind,
            row.at,
            json.loads(row.operations),
            [from_json(one) for one in json.loads(row.changes)],
        )
        for row in rows
    )


async def _pictures(database: Database, graphs: Graphs, owner: str) -> list[Any]:
    rows = await database.ask(lambda connection: pictures_of(connection, owner))
    texts = await database.ask(lambda connection: documents(connection, graphs.unknown(rows)))
    return await asyncio.to_thread(graphs.of, rows, texts)


def _told(state: State) -> Json:
    return {
        "state": state.revision,
        "parent": state.parent,
        "client": state.client,
        "kind": state.kind,
        "at": state.at,
        "did": list(state.did),
        "value": None if state.value is None else [_short(one) for one in state.value],
        "looks": state.looks,
    }


def _short(value: Any) -> Any:
    """A value to read in a line."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"
    if isinstance(value, (dict, list)) and len(json.dumps(value)) > LONGEST:
        return "…"
    return value


STATE_ENDPOINTS: tuple[Endpoint, ...] = (states,)
