"""The steps of a run's loops, and pictures of them: what each step gave, and what else it shows.

A picture is named by a key that follows from all that decided its step, so it never changes. The worker draws it when
it is first asked for, from what the cache has of the step: also of one that no run of late computed.
"""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import web
from pydantic import Field

from server.answers import Refusal, answer
from server.artifacts import POLICY
from server.assets.serving import FOREVER
from server.database import DATABASE
from server.endpoint import Answer, Body, endpoint, query_of
from server.etag import has_already
from server.media import media_type
from server.queue import store
from server.queue.queue import QUEUE
from server.users.user import User, user_of


class Loop(Body):
    """Which loop of the run: its node, `use/node` in a subgraph."""

    loop: str = Field(min_length=1, max_length=400)


class Turn(Loop):
    """And which of its turns, where it is in another loop: from 0, or back from −1; by default the last one, or the
    one that a run under way is at."""

    turn: int | None = Field(None, ge=-100_000, le=100_000)


class Sight(Answer):
    """Something to see of each step. `label`: what people call it."""

    name: str
    label: str


class LoopStep(Answer):
    """A step. `cached`: its result was there before this run; null where the run did not come to it, or its events are
    given up. `seconds`: that it took in this run. `pictures`: an address by name; null: it is not kept. Of a run under
    way a step that is still to be done has them, too: there is a picture once the event `StepDone` has come."""

    index: int
    cached: bool | None
    seconds: float | None
    pictures: dict[str, str | None]


class LoopSteps(Answer):
    """The steps of a loop. `turns`: how often it runs, `path`: the steps of the loops around it, outer first."""

    turns: int
    path: list[tuple[str, int]]
    sights: list[Sight]
    steps: list[LoopStep]


@endpoint("GET", "/runs/{id}/steps", query=Turn, answer=LoopSteps, users=True)
async def steps(request: web.Request) -> web.Response:
    """The steps of one of a run's loops: cached or not, how long they took, and where their pictures are."""
    run, user = request.match_info["id"], user_of(request)
    row, document = await _run(request, run, user)
    wanted = query_of(request, Turn)
    under_way = row["status"] in ("queued", "running")
    events = await request.app[DATABASE].ask(lambda c: store.bodies(c, run, 0))
    at = current(events, wanted.loop) if under_way and wanted.turn is None else None
    turn = -1 if wanted.turn is None else wanted.turn
    found = await _ask(request, "steps", row, document, loop=wanted.loop, turn=turn, path=at, coming=under_way)
    if found is None:
        raise Refusal(404, f"the run has no loop {wanted.loop[:80]!r}")
    path = found["steps"][0]["path"] if found["steps"] else []
    took = taken(events, wanted.loop, path)
    told = bool(events) and row["status"] == "done"
    shown = [_step(one, took.get(one["index"]), told, run, wanted.loop) for one in found["steps"]]
    sights = [{"name": name, "label": label} for name, label in found["labels"].items()]
    return answer({"turns": found["runs"], "path": path, "sights": sights, "steps": shown})


@endpoint("GET", "/runs/{id}/steps/{key}", query=Loop, media="image/webp", shown=True, users=True)
async def picture(request: web.Request) -> web.Response:
    """A picture of a step."""
    run, key, user = request.match_info["id"], request.match_info["key"], user_of(request)
    row, document = await _run(request, run, user)
    loop = query_of(request, Loop).loop
    headers = {"ETag": f'"{key}"', "Cache-Control": FOREVER}
    if len(key) == 64 and has_already(request, key):
        return web.Response(status=304, headers=headers)
    found = await _ask(request, "picture", row, document, loop=loop, key=key[:64])
    if found is None:
        raise Refusal(404, "this picture is not kept")
    data = base64.b64decode(found)
    headers |= {"Content-Type": media_type(data), "Content-Security-Policy": POLICY}
    return web.Response(body=data, headers=headers)


async def _run(request: web.Request, run: str, user: User) -> tuple[store.Row, Any]:
    """A run that the user sees, and its document."""

    def question(connection: Any) -> tuple[store.Row, str]:
        row, _ = store.one(connection, run, user)
        return row, store.document(connection, row["workflow"])

    row, text = await request.app[DATABASE].ask(question)
    return row, json.loads(text)


async def _ask(request: web.Request, op: str, row: store.Row, document: Any, **fields: Any) -> Any:
    """Ask the engine about a run, with the inputs of the user whose it is."""
    changes = json.loads(row["changes"])
    targets = json.loads(row["targets"]) if row["targets"] else None
    owner = User(row["owner"])
    asked = {"document": document, "set": changes, "targets": targets, **fields}
    return await request.app[QUEUE].ask(op, owner, about=row["id"], **asked)


def current(events: list[str], loop: str) -> list[Any] | None:
    """The steps of the loops around it at which a loop did its newest step; None if it has done none."""
    for body in map(json.loads, reversed(events)):
        if body["event"] == "StepDone" and body["frame"] == loop:
            return list(body["path"])
    return None


def taken(events: list[str], loop: str, path: list[Any]) -> dict[int, float]:
    """The seconds of the steps that a run did of a loop, by index; the first time counts."""
    found: dict[int, float] = {}
    for body in map(json.loads, events):
        if body["event"] == "StepDone" and body["frame"] == loop and body["path"] == path:
            found.setdefault(body["index"], body["seconds"])
    return found


def _step(found: dict[str, Any], seconds: float | None, told: bool, run: str, loop: str) -> dict[str, Any]:
    """A step as clients see it. told: the run's events say of all steps whether they were done."""
    query = urlencode({"loop": loop})
    addresses = {
        name: None if key is None else f"/api/v1/runs/{quote(run)}/steps/{key}?{query}"
        for name, key in found["pictures"].items()
    }
    return {
        "index": found["index"],
        "cached": seconds is None if seconds is not None or told else None,
        "seconds": seconds,
        "pictures": addresses,
    }


STEP_ENDPOINTS = (steps, picture)
