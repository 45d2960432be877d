"""The history of a workflow: its revisions, what lies between two of them, and the way back."""

from __future__ import annotations

import json
import secrets
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from server.answers import Refusal, answer
from server.endpoint import body_of, endpoint, query_of
from server.live import models, store
from server.live.access import EDIT, VIEW, author_of, opened
from server.live.changes import Change, Json
from server.live.difference import compare
from server.live.fold import folded
from server.live.follow import renames
from server.live.hub import HUB
from server.live.limits import Refused
from server.live.live import Live, as_refusal
from server.live.words import said

CLIENT = "http"


@endpoint("GET", "/workflows/{name}/history", query=models.Page, answer=models.History, users=True)
async def history(request: web.Request) -> web.Response:
    """Who did what, the newest first; of a deleted workflow too."""
    asked, live = query_of(request, models.Page), await _known(request, VIEW)

    def question(connection: Connection) -> tuple[list[Any], tuple[int, list[int]]]:
        return store.history(connection, live.name, asked.before, asked.limit), folded(connection, live.name)

    rows, (last, kept) = await request.app[HUB].database.ask(question)
    steps = [
        {"revision": row.revision, "client": row.client, "id": row.edit, "kind": row.kind, "at": row.at,
         "did": said(json.loads(row.operations))}
        for row in rows
    ]  # fmt: skip
    state = live.shown
    return answer(
        {
            "name": request.match_info["name"],
            "revision": state.revision,
            "deleted": state.deleted,
            "history": steps,
            "folded": last,
            "kept": kept,
        }
    )


@endpoint("GET", "/workflows/{name}/revisions/{n}", answer=models.Snapshot, users=True)
async def revision(request: web.Request) -> web.Response:
    """The document as it was at a revision."""
    live, number = await _known(request, VIEW), request.match_info["n"]
    if not (number.isascii() and number.isdigit()) or len(number) > 9:
        raise Refusal(404, "a revision is a number")
    return answer(
        {
            "name": request.match_info["name"],
            "revision": int(number),
            "document": await document_at(request, live, int(number)),
        }
    )


@endpoint("POST", "/workflows/{name}/restore", body=models.Restore, answer=models.Made, users=True)
async def restore(request: web.Request) -> web.Response:
    """Make the document again what it was at a revision, as a new revision; a deleted one is there again."""
    asked, live = await body_of(request, models.Restore), await _known(request, EDIT)
    document = await document_at(request, live, asked.revision)
    author = await author_of(request, live, CLIENT)
    try:
        done = await live.replace(author, secrets.token_hex(12), "restore", document)
    except Refused as refused:
        raise as_refusal(refused) from None
    return answer(
        {"name": request.match_info["name"], "revision": done.revision}, headers={"ETag": f'"{done.revision}"'}
    )


@endpoint("GET", "/workflows/{name}/diff", query=models.Between, answer=models.Difference, users=True)
async def diff(request: web.Request) -> web.Response:
    """What differs between two revisions, in nodes, inputs and links."""
    asked, live = query_of(request, models.Between), await _known(request, VIEW)
    end = live.shown.revision if asked.to is None else asked.to
    old, new = await document_at(request, live, asked.since), await document_at(request, live, end)
    renamed = await renamed_between(request, live, asked.since, end)
    return answer({"name": request.match_info["name"], "from": asked.since, "to": end, **compare(old, new, renamed)})


async def renamed_between(request: web.Request, live: Live, old: int, new: int) -> dict[str, str]:
    """Which nodes are called what in another revision, earlier or later, as the log tells."""
    first, last = sorted((old, new))

    def question(connection: Connection) -> list[tuple[Change, ...]]:
        return store.changes_between(connection, live.name, first, last)

    found = renames(await request.app[HUB].database.ask(question))
    return {to: name for name, to in found.items()} if old > new else found


async def _known(request: web.Request, need: str) -> Live:
    """A document that is, or was, there."""
    return ever(await opened(request, need))


def ever(live: Live) -> Live:
    """A document that is, or was, there. Raises `Refusal` 404 for a name that was never used."""
    if live.shown.revision == 0:
        raise Refusal(404, f"there is no workflow {live.address!r}")
    return live


async def document_at(request: web.Request, live: Live, number: int) -> Json:
    if not 0 <= number <= live.shown.revision:
        raise Refusal(404, f"{live.address!r} has no revision {number}; the newest is {live.shown.revision}")

    def question(connection: Connection) -> Json:
        last, kept = folded(connection, live.name)
        if number < last and number not in (0, *kept):
            near = ", ".join(str(one) for one in sorted(kept, key=lambda one: abs(one - number))[:2])
            raise Refusal(410, f"revision {number} was folded, as all up to {last}; the nearest that are left: {near}")
        return store.at_revision(connection, live.name, number)

    return await request.app[HUB].database.ask(question)


PAST = (history, revision, restore, diff)
