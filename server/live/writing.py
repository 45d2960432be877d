"""Writing whole documents: read strictly, and only over what was seen."""

from __future__ import annotations

import asyncio
import re
import secrets

from aiohttp import web

from engine.workflow import parse_json
from server.answers import Refusal, answer
from server.live.access import author_of
from server.live.changes import Json
from server.live.limits import Refused, check_document, normal
from server.live.live import Live, as_refusal

TAG = re.compile(r'"([0-9]{1,9})"\Z')
CLIENT = "http"


async def read_document(raw: bytes) -> Json:
    """A whole document. Raises `Refusal` or `InvalidWorkflow`."""
    try:
        return await asyncio.to_thread(lambda: normal(check_document(parse_json(raw))))
    except Refused as refused:
        raise as_refusal(refused) from None


async def write(request: web.Request, live: Live, document: Json, seen: int | None) -> web.Response:
    """Make a document what it is to be, if it still is as it was `seen` (None: not there)."""
    author = await author_of(request, live, CLIENT)
    new = expect(live, seen)
    try:
        done = await live.replace(author, secrets.token_hex(12), "create" if new else "replace", document)
    except Refused as refused:
        raise as_refusal(refused) from None
    return made(request, done.revision, 201 if new else 200)


def expect(live: Live, seen: int | None) -> bool:
    """Raise 409 unless the document is as it was seen. Returns whether it is not there."""
    there = live.head.revision if live.head.exists else None
    if there != seen:
        error = "is there already" if seen is None else "is another by now" if there is not None else "is not there"
        raise Refusal(409, f"{live.address!r} {error}; nothing was written", revision=there)
    return there is None


def made(request: web.Request, revision: int, status: int) -> web.Response:
    """The answer about a new revision."""
    return answer({"name": request.match_info["name"], "revision": revision}, status, {"ETag": f'"{revision}"'})


def seen_by(request: web.Request) -> int | None:
    """What the client says is there: a revision, or nothing (None)."""
    match, none = request.headers.get("If-Match"), request.headers.get("If-None-Match")
    if match is None and none == "*":
        return None
    tag = TAG.match(match) if match is not None and none is None else None
    if tag is None:
        said = 'If-Match: "<revision>" of what you saw, or If-None-Match: * for a new workflow'
        raise Refusal(428, f"say what is to be replaced: {said}")
    return int(tag.group(1))
