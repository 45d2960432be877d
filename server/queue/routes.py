"""Runs over HTTP: submit, list, look at, cancel, move, try again; and the queue itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from aiohttp import web
from pydantic import Field, model_validator

from server.answers import Refusal, answer, dumps
from server.artifacts import Artifact, digest_in, send
from server.database import DATABASE
from server.endpoint import Body, body_of, endpoint, query_of
from server.places import PLACES
from server.queue import store
from server.queue.answers import QueueState, Run, Runs, Submitted, Whole, run_json, whole_json
from server.queue.clients import client_of
from server.queue.find import FIND_WORKFLOW
from server.queue.lock import only_one
from server.queue.queue import QUEUE, Queue
from server.queue.submission import Submission, prepare
from server.security_limits import LIMITS
from server.users.user import User, user_of
from server.workbench import WORKBENCH

OUTPUT = web.AppKey("output", Path)
SHOWN = 100  # of the runs that wait, in the queue's state


def queue_lifetime(home: Path, options: Sequence[dict[str, Any]]) -> Callable[[web.Application], AsyncIterator[None]]:
    """The queue and its workers, from the start to the end of the server; `options` of the engine, per device."""

    async def lifetime(app: web.Application) -> AsyncIterator[None]:
        with only_one(home / "server.lock", app[DATABASE].engine):
            app[QUEUE] = await Queue.opened(app[DATABASE], options, app[PLACES])
            yield
            await app[QUEUE].close()

    return lifetime


@endpoint("POST", "/runs", body=Submission, answer=Submitted, status=201, users=True)
async def submit(request: web.Request) -> web.Response:
    """Submit a run, or with `sweep` or `sets` a batch of runs; it is kept before this answers.

    The header `Idempotency-Key` (or `key`) makes it safe to ask again: the same request gives the same run, with 200.
    """
    asked = await body_of(request, Submission)
    header = request.headers.get("Idempotency-Key")
    if header is not None:
        if not 1 <= len(header) <= 200:
            raise Refusal(400, "Idempotency-Key: expected 1 to 200 characters")
        asked = asked.model_copy(update={"key": header})
    digest = ""
    if asked.key is not None:
        digest = sha256(dumps(asked.model_dump(exclude={"key"})).encode()).hexdigest()
    data = await document_of(request, asked.workflow)
    request.app[LIMITS].check_all(data, asked.set, asked.sets or [], asked.sweep or {})
    made = await request.app[WORKBENCH].ask_types(lambda registry: prepare(asked, data, registry))
    owner, client = user_of(request).name, client_of(request)
    rows, new = await request.app[QUEUE].submit(owner, client, asked, made, digest)
    return await _submitted(request, rows, new)


async def document_of(request: web.Request, given: dict[str, Any] | str) -> dict[str, Any]:
    """A workflow that is given, or named. Raises `Refusal`."""
    if isinstance(given, dict):
        return given
    found = await request.app[FIND_WORKFLOW](user_of(request), given)
    if found is None:
        raise Refusal(404, f"there is no workflow {given[:80]!r}")
    return found


async def _submitted(request: web.Request, rows: list[store.Row], new: bool) -> web.Response:
    first = rows[0]
    files = [] if new else await request.app[DATABASE].ask(lambda c: store.artifacts(c, [first["id"]]))
    shown = run_json(first, files, request.app[QUEUE].live(first["id"]))
    headers = {"Location": f"/api/v1/runs/{first['id']}"}
    return answer({**shown, "runs": [row["id"] for row in rows]}, 201 if new else 200, headers)


class Wanted(Body):
    """Which runs."""

    status: Literal["queued", "running", "done", "failed", "cancelled"] | None = None
    batch: str | None = Field(None, max_length=64)
    client: str | None = Field(None, max_length=64)
    name: str | None = Field(None, max_length=200)
    limit: int = Field(50, ge=1, le=200)
    before: str | None = Field(None, max_length=64)


@endpoint("GET", "/runs", query=Wanted, answer=Runs, users=True)
async def index(request: web.Request) -> web.Response:
    """Runs, newest first."""
    wanted = query_of(request, Wanted)
    fields, user = wanted.model_dump(exclude={"limit", "before"}), user_of(request)

    def question(connection: Any) -> tuple[Any, Any]:
        rows = store.some(connection, user, wanted.limit, wanted.before, **fields)
        return rows, store.artifacts(connection, [row["id"] for row in rows])

    rows, files = await request.app[DATABASE].ask(question)
    queue = request.app[QUEUE]
    found = [run_json(row, (f for f in files if f["run"] == row["id"]), queue.live(row["id"])) for row in rows]
    return answer({"runs": found, "next": found[-1]["id"] if len(found) == wanted.limit else None})


@endpoint("GET", "/runs/{id}", answer=Whole, users=True)
async def show(request: web.Request) -> web.Response:
    """A run: status, steps, nodes, files, error."""
    run, user = request.match_info["id"], user_of(request)
    row, files = await request.app[DATABASE].ask(lambda c: store.one(c, run, user))
    return answer(whole_json(row, files, request.app[QUEUE].live(run)))


@endpoint("GET", "/runs/{id}/workflow", users=True)
async def workflow(request: web.Request) -> web.Response:
    """The document that a run uses, without what the run sets in it."""
    run, user = request.match_info["id"], user_of(request)
    text = await request.app[DATABASE].ask(lambda c: store.document(c, store.one(c, run, user)[0]["workflow"]))
    return web.Response(text=text, content_type="application/json")


@endpoint("POST", "/runs/{id}/cancel", answer=Run, users=True)
async def cancel(request: web.Request) -> web.Response:
    """Stop this run, and only this one, within one step. What it finished stays stored."""
    run, user = request.match_info["id"], user_of(request)
    await request.app[DATABASE].ask(lambda c: store.one(c, run, user))
    await request.app[QUEUE].cancel(run)
    return await _shown(request, run)


@endpoint("POST", "/runs/{id}/retry", answer=Run, status=201, users=True)
async def retry(request: web.Request) -> web.Response:
    """Submit a run that ended once more: the same workflow, inputs and seeds. What it finished is not done again."""
    run, user = request.match_info["id"], user_of(request)
    new = await request.app[QUEUE].again(run, client_of(request), user)
    return await _shown(request, new, 201)


class Move(Body):
    """Where to: before or after another run."""

    before: str | None = Field(None, max_length=64)
    after: str | None = Field(None, max_length=64)

    @model_validator(mode="after")
    def _one(self) -> Move:
        if (self.before is None) == (self.after is None):
            raise ValueError("expected a run to be `before`, or one to be `after`")
        return self


@endpoint("POST", "/runs/{id}/move", body=Move, answer=Run, users=True)
async def move(request: web.Request) -> web.Response:
    """Put a run that waits before or after another one that waits; it takes that one's priority."""
    run, to, user = request.match_info["id"], await body_of(request, Move), user_of(request)
    other = to.before or to.after or ""
    for one in (run, other):
        await request.app[DATABASE].ask(lambda c, one=one: store.one(c, one, user))  # type: ignore[misc]
    await request.app[QUEUE].move(run, other, to.before is None)
    return await _shown(request, run)


async def _shown(request: web.Request, run: str, status: int = 200) -> web.Response:
    user = user_of(request)
    row, files = await request.app[DATABASE].ask(lambda c: store.one(c, run, user))
    return answer(run_json(row, files, request.app[QUEUE].live(run)), status)


@endpoint("GET", "/runs/{id}/artifacts/{digest}", media="application/octet-stream", shown=True, users=True)
async def artifact(request: web.Request) -> web.Response:
    """A file that the run made: a picture in place, anything else as a download."""
    run, digest, user = request.match_info["id"], digest_in(request.match_info["digest"]), user_of(request)
    _, files = await request.app[DATABASE].ask(lambda c: store.one(c, run, user))
    found = next((one for one in files if one["digest"] == digest), None)
    if found is None:
        raise Refusal(404, "the run made no such file")
    return await send(Artifact(run, found["node"], found["path"], digest, request.app[OUTPUT]))


@endpoint("POST", "/batches/{id}/cancel", answer=QueueState, users=True)
async def cancel_batch(request: web.Request) -> web.Response:
    """Stop all runs of a batch that have not ended."""
    batch, user = request.match_info["id"], user_of(request)
    await request.app[DATABASE].ask(lambda c: store.in_batch(c, batch, user))
    await request.app[QUEUE].cancel_batch(batch, user)
    return answer(_state(request.app[QUEUE], user))


@endpoint("GET", "/queue", answer=QueueState, users=True)
async def state(request: web.Request) -> web.Response:
    """What waits, in order, and what is under way; of other users only how many."""
    return answer(_state(request.app[QUEUE], user_of(request)))


@endpoint("POST", "/queue/pause", answer=QueueState)
async def pause(request: web.Request) -> web.Response:
    """Begin no more runs, until `resume`; those under way go on. It holds over a restart."""
    await request.app[QUEUE].pause(True)
    return answer(_state(request.app[QUEUE], user_of(request)))


@endpoint("POST", "/queue/resume", answer=QueueState)
async def resume(request: web.Request) -> web.Response:
    """Begin runs again."""
    await request.app[QUEUE].pause(False)
    return answer(_state(request.app[QUEUE], user_of(request)))


def _state(queue: Queue, user: User) -> dict[str, Any]:
    active = [live for live, _ in queue.carrier.active.values()]
    left = [live.seen.left() for live in active] + [queue.book.takes(live.timed) for live in queue.line]
    known = [seconds for seconds in left if seconds is not None]
    return {
        "paused": queue.paused,
        "waiting": len(queue.line),
        "running": [live.id for live in active if user.sees(live.owner)],
        "order": [live.id for live in queue.line.in_order(SHOWN) if user.sees(live.owner)],
        "eta": sum(known) / len(queue.carrier.desks) if len(known) == len(left) else None,
    }


QUEUE_ENDPOINTS = (
    submit,
    index,
    show,
    workflow,
    cancel,
    retry,
    move,
    artifact,
    cancel_batch,
    state,
    pause,
    resume,
)
