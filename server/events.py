"""The numbered events of a run, as JSON or as they come over a WebSocket.

A client that lost its connection asks again with `since` = the last number it saw and misses nothing: events are read
from the run's log by number, and a wake-up only says that there are more. So a slow client delays nobody, and no queue
of it can overflow. After the last event of a run the server closes the socket.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import WSCloseCode, web

from engine.events import ArtifactMade, Numbered
from server.answers import Refusal, answer, dumps
from server.runs import RUNS, Entry
from server.security import SUBPROTOCOL

SOCKETS: web.AppKey[set[web.WebSocketResponse]] = web.AppKey("sockets", set)
HEARTBEAT = 20.0
MOST_NUMBER = 1 << 53


async def index(request: web.Request) -> web.Response:
    """The events of a run after number `since`."""
    entry, since = request.app[RUNS].of(request), _since(request)
    events = [event_json(entry, event) for event in entry.log.since(since)]
    return answer({"events": events, "status": entry.seen.status})


async def follow(request: web.Request) -> web.WebSocketResponse:
    """A WebSocket: every event of a run after number `since`, as it happens; closed after the last."""
    entry, since = request.app[RUNS].of(request), _since(request)
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=1024, protocols=(SUBPROTOCOL,))
    if not socket.can_prepare(request):
        raise Refusal(426, "this address speaks WebSocket only; …/events has the same as JSON")
    await socket.prepare(request)
    request.app[SOCKETS].add(socket)
    loop, more = asyncio.get_running_loop(), asyncio.Event()

    def wake(_: Numbered) -> None:
        if not more.is_set():  # it is cleared before the log is read, so a set flag is always still to be answered
            loop.call_soon_threadsafe(more.set)

    end = entry.log.subscribe(wake)
    listener = asyncio.create_task(_listen(socket, more))
    try:
        await _send(socket, entry, since, more)
    except ConnectionError:
        pass  # the client went; it will ask again from where it was
    finally:
        end()
        listener.cancel()
        request.app[SOCKETS].discard(socket)
    return socket


async def _send(socket: web.WebSocketResponse, entry: Entry, since: int, more: asyncio.Event) -> None:
    """Send event after event until the run has ended or the client has gone."""
    while not socket.closed:
        more.clear()
        ended = entry.ended
        for event in entry.log.since(since):
            await socket.send_str(dumps(event_json(entry, event)))
            since = event.number
        if ended:
            await socket.close()
            return
        await more.wait()


async def _listen(socket: web.WebSocketResponse, more: asyncio.Event) -> None:
    """Read what the client says — nothing but its farewell counts — and wake the sender when it has gone."""
    async for _ in socket:
        pass
    more.set()


def event_json(entry: Entry, numbered: Numbered) -> dict[str, Any]:
    """An event for a client; a file is named by its address here, not by its path."""
    body = numbered.json()
    if isinstance(numbered.event, ArtifactMade):
        del body["path"]
        body |= entry.artifact(numbered.event).json()
    return body


def _since(request: web.Request) -> int:
    text = request.query.get("since", "0")
    if not (text.isascii() and text.isdigit()) or len(text) > 16 or int(text) > MOST_NUMBER:
        raise Refusal(400, "since: expected the number of an event")
    return int(text)


async def close_sockets(app: web.Application) -> None:
    """At the end of the server: tell every client, so that it comes back later."""
    sockets = app[SOCKETS]
    for socket in list(sockets):
        await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the server ends")
