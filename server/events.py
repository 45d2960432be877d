"""The numbered events, of all runs or of one: as JSON, as server-sent events, or over a WebSocket.

One address has all three; the request says which by `Accept: text/event-stream` or by asking for a WebSocket. All runs
together are one stream, numbered by `id`; a run's own events are numbered by `number`. Who lost the connection asks
again with `after` = the last number seen, and misses nothing. The stream of a run ends after its last event. Events so
old that they were given up are announced by one `EventsForgotten` in their place.

A WebSocket that asks for `previews=true` also gets binary frames: 4 bytes with the length of a JSON header
(big-endian), the header `{"run", "node", "step", "count", "mime"}`, then a small picture. A client that is busy gets
the newest only.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import WSCloseCode, web
from pydantic import Field

from server.answers import answer
from server.database import DATABASE
from server.endpoint import Answer, Body, endpoint, query_of
from server.follow import Follower, place_of
from server.queue.queue import QUEUE
from server.security import SUBPROTOCOL
from server.stream import Published
from server.users.user import user_of

HEARTBEAT = 20.0
PAGE = 1000  # events in one JSON answer


class After(Body):
    """From where on."""

    after: int = Field(0, ge=0, le=1 << 53, description="the last number seen")
    previews: bool = Field(False, description="also pictures of runs under way (WebSocket)")


class Events(Answer):
    """Events; `last`: what to ask for as `after` next time."""

    events: list[dict[str, Any]]
    last: int


@endpoint("GET", "/events", query=After, answer=Events, shown=True, users=True)
async def everything(request: web.Request) -> web.StreamResponse:
    """The events of all runs after an id: JSON, server-sent events, or a WebSocket."""
    return await _answer(request, None)


@endpoint("GET", "/runs/{id}/events", query=After, answer=Events, shown=True, users=True)
async def of_run(request: web.Request) -> web.StreamResponse:
    """The events of a run after a number: JSON, server-sent events, or a WebSocket; streams end with the run."""
    return await _answer(request, request.match_info["id"])


async def _answer(request: web.Request, run: str | None) -> web.StreamResponse:
    wanted = query_of(request, After)
    again = request.headers.get("Last-Event-ID", "")
    after = int(again) if again.isascii() and again.isdigit() and len(again) < 17 else wanted.after
    database, user = request.app[DATABASE], user_of(request)
    place = await database.ask(lambda c: place_of(c, run, after, user)) if run is not None else after
    follower = Follower(request.app[QUEUE].hub, database, run, place, user)
    # events are small and many: to compress each for each client would cost more time than it saves
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=1024, protocols=(SUBPROTOCOL,), compress=False)
    if socket.can_prepare(request):
        return await _over_socket(request, socket, follower, wanted.previews)
    if request.method == "GET" and "text/event-stream" in request.headers.get("Accept", ""):
        return await _as_stream(request, follower)
    found = (await follower.more())[:PAGE]
    last = _number(found[-1], run) if found else after
    return answer({"events": [json.loads(event.text) for event in found], "last": last})


def _number(event: Published, run: str | None) -> int:
    return event.id if run is None else event.number


async def _as_stream(request: web.Request, follower: Follower) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    await response.prepare(request)
    try:
        async for events in _batches(follower, previews=False):
            lines = [f"id: {_number(event, follower.run)}\ndata: {event.text}\n\n" for event in events]
            await response.write("".join(lines or [":\n\n"]).encode())
    except ConnectionError:
        pass  # the client went; it will ask again from where it was
    return response


async def _over_socket(
    request: web.Request, socket: web.WebSocketResponse, follower: Follower, previews: bool
) -> web.WebSocketResponse:
    await socket.prepare(request)
    sender = asyncio.create_task(_send(socket, follower, previews))
    try:
        async for _ in socket:  # nothing that a client says counts but its farewell
            pass
    finally:
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)
    return socket


async def _send(socket: web.WebSocketResponse, follower: Follower, previews: bool) -> None:
    async for events in _batches(follower, previews):
        for event in events:
            await socket.send_str(event.text)
        if previews:
            for body in follower.previews():
                await socket.send_bytes(body)
    if follower.hub.closed:
        await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the server ends")
    else:
        await socket.close()


async def _batches(follower: Follower, previews: bool) -> AsyncIterator[list[Published]]:
    """What is new, again and again, to the end; now and then nothing, so that a dead connection shows."""
    hub = follower.hub
    with hub.listening(previews) as more:
        while not hub.closed:
            more.clear()
            events = await follower.more()
            if events:
                yield events
            if follower.ended:
                return
            shown = previews and follower.has_previews()
            if not events and (shown or not await hub.waken(more, HEARTBEAT)):
                yield []


async def close_streams(app: web.Application) -> None:
    """At the end of the server: tell every client, so that it comes back later."""
    app[QUEUE].hub.close()


EVENT_ENDPOINTS = (everything, of_run)
