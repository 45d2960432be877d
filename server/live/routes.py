"""Workflows over HTTP: whole documents with revisions, their history, and edits by scripts.

A revision is the ETag. Who writes a whole document says what they saw — `If-Match: "7"`, or `If-None-Match: *` for a
new name — and gets 409 if something else is there by now. Nothing is ever lost: what was replaced, restored over or
deleted is in the history.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from aiohttp import web

from engine.record import SIGNATURE, read_record
from engine.workflow import json_bytes
from server.answers import Refusal, answer
from server.endpoint import Endpoint, body_of, endpoint, query_of
from server.etag import has_already
from server.live.access import EDIT, OWN, address_for, author_of, opened, owner_of, there
from server.live.changes import Json
from server.live.hub import HUB
from server.live.limits import Refused
from server.live.live import Live, as_refusal
from server.live.models import Listing, Made, Operations, Results, Which
from server.live.past import PAST
from server.live.shares import SHARING
from server.live.socket import live as follow
from server.live.versions import VERSIONS
from server.live.writing import CLIENT, expect, made, read_document, seen_by, write
from server.users.user import user_of


@endpoint("GET", "/workflows", query=Which, answer=Listing, users=True)
async def index(request: web.Request) -> web.Response:
    """The workflows of the user; with `deleted`, those that can be restored."""
    user = user_of(request)
    rows = await request.app[HUB].listed(query_of(request, Which).deleted, user)
    keys = ("title", "revision", "bytes", "nodes", "created", "changed")
    found = []
    for row in rows:
        owner = owner_of(row.name)
        right = OWN if user.is_owner or owner == user.name else row.right
        shown = {"name": address_for(user, row.name), "owner": owner, "right": right}
        found.append(shown | {key: getattr(row, key) for key in keys})
    return answer({"workflows": found})


@endpoint("GET", "/workflows/{name}", users=True)
async def show(request: web.Request) -> web.Response:
    """A workflow's document; its revision is the ETag."""
    return _document(request, await there(request), {})


@endpoint("GET", "/workflows/{name}/export", users=True)
async def export(request: web.Request) -> web.Response:
    """The document as a file to keep."""
    live = await there(request)
    name = live.name.rpartition("/")[2]
    return _document(request, live, {"Content-Disposition": f'attachment; filename="{name}.json"'})


def _document(request: web.Request, live: Live, headers: dict[str, str]) -> web.Response:
    tag = str(live.shown.revision)
    if has_already(request, tag):
        return web.Response(status=304, headers={"ETag": f'"{tag}"'})
    body = json_bytes(live.shown.document, indent=1 if headers else None)
    return web.Response(body=body, content_type="application/json", headers={"ETag": f'"{tag}"', **headers})


@endpoint("PUT", "/workflows/{name}", answer=Made, users=True)
async def put(request: web.Request) -> web.Response:
    """Write a whole document: `If-Match: "<revision>"`, or `If-None-Match: *` for a new one; else 409."""
    seen, live = seen_by(request), await opened(request, EDIT)
    document = await read_document(await request.read())
    return await write(request, live, document, seen)


@endpoint("POST", "/workflows/{name}/import", answer=Made, status=201, takes="application/octet-stream", users=True)
async def take_in(request: web.Request) -> web.Response:
    """A new workflow from a file: JSON, or a picture that carries one. 409 if the name is taken."""
    live, raw = await opened(request, OWN), await request.read()
    if raw.startswith(SIGNATURE):
        raw = json_bytes((await asyncio.to_thread(read_record, raw))["workflow"])
    document = await read_document(raw)
    if "nodes" not in document:
        raise Refusal(400, "this file holds no workflow: there are no nodes")
    return await write(request, live, document, None)


@endpoint("DELETE", "/workflows/{name}", answer=Made, users=True)
async def delete(request: web.Request) -> web.Response:
    """Delete a workflow, with `If-Match` only as it was seen. Its history stays; `restore` brings it back."""
    live = await there(request, OWN)
    author = await author_of(request, live, CLIENT)
    if "If-Match" in request.headers:
        expect(live, seen_by(request))
    try:
        done = await live.delete(author, secrets.token_hex(12))
    except Refused as refused:
        raise as_refusal(refused) from None
    return made(request, done.revision, 200)


@endpoint("POST", "/workflows/{name}/operations", body=Operations, answer=Results, users=True)
async def operations(request: web.Request) -> web.Response:
    """Edit a workflow, as over its WebSocket: each edit is taken or refused by itself, each id is done once."""
    asked = await body_of(request, Operations)
    live = await there(request, EDIT)
    author = await author_of(request, live, asked.client)
    futures: list[Any] = []
    for edit in asked.edits:
        try:
            said = [one.model_dump(mode="json", exclude_unset=True) for one in edit.operations]
            futures.append(live.edit(author, edit.id, edit.operations, said))
        except Refused as refused:
            futures.append(refused)
    results: list[Json] = []
    for edit, future in zip(asked.edits, futures, strict=True):
        try:
            done = await _done(future)
            results.append({"id": edit.id, "revision": done.revision, "known": done.known})
        except Refused as refused:
            found = as_refusal(refused)
            results.append({"id": edit.id, "refused": {"status": found.status, "detail": found.error, **found.more}})
    return answer({"revision": live.shown.revision, "results": results})


async def _done(future: Any) -> Any:
    if isinstance(future, Refused):
        raise future
    return await future


ROUTES: tuple[Endpoint, ...] = (
    index,
    show,
    put,
    delete,
    take_in,
    export,
    operations,
    follow,
    *PAST,
    *VERSIONS,
    *SHARING,
)
