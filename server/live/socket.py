"""The WebSocket of a document.

    client: ops {id, operations} · undo {id} · redo {id} · presence {data} · hello {after}
    server: hello {client, revision, document or entries} · ops {revision, client, id, kind, operations, changes} ·
            ack {id, revision} · refused {id, problem} · problems {revision, problems} · presence {client, data} ·
            behind {revision}; or a list of these, in one frame

A client applies `changes` and has what the server has. One that comes back says which revision it saw last, gets the
entries since (or the document, if that is long ago), and sends again what was not acknowledged: the same ids are done
once, and each edit is applied to the document as it is by then or refused by itself. A message that makes no sense is
refused and ends nothing.
"""

from __future__ import annotations

import asyncio
import secrets

from aiohttp import WSMsgType, web

from engine.workflow import parse_json
from server.answers import LOG, Refusal, dumps
from server.endpoint import Body, endpoint, query_of
from server.live.access import VIEW, reach, signed, there
from server.live.connection import Connection
from server.live.hub import HUB, Hub
from server.live.kinds.fields import Id
from server.live.limits import Refused
from server.live.live import Live
from server.live.messages import MESSAGE, Hello, Ops, Presence, Step, details
from server.live.promises import Done
from server.security import SUBPROTOCOL
from server.users.user import user_of

HEARTBEAT = 20.0
MOST_BYTES = 8 << 20  # of one message
MOST_CLIENTS = 500  # of one document
MOST_UNANSWERED = 256  # edits of one client that wait for the disk
MOST_PRESENCE = 4096
IN_A_THREAD = 1 << 16  # messages from this size on are read in a thread


class Joining(Body):
    """Who comes, and what they saw last."""

    client: Id | None = None
    after: int | None = None


@endpoint("GET", "/workflows/{name}/live", query=Joining, media="websocket", status=101, users=True)
async def live(request: web.Request) -> web.WebSocketResponse:
    """Edit a workflow together with others, over a WebSocket."""
    asked, hub = query_of(request, Joining), request.app[HUB]
    socket = web.WebSocketResponse(
        heartbeat=HEARTBEAT, max_msg_size=MOST_BYTES, protocols=(SUBPROTOCOL,), timeout=2, compress=False
    )
    document, user = await there(request), user_of(request)
    if not socket.can_prepare(request):
        raise Refusal(426, "this address speaks WebSocket only; …/operations takes the same edits as JSON")
    if len(document.connections) >= MOST_CLIENTS:
        raise Refusal(503, "too many clients have this workflow open")
    await socket.prepare(request)
    client = signed(user, document.name, asked.client or secrets.token_hex(8))
    connection = Connection(client, user.name)
    document.connections.add(connection)
    hub.sockets.add(socket)
    try:  # what it is shared for is asked once it can be taken back here too
        _, connection.right = await reach(request.app, user, request.match_info["name"])
    except Refusal:
        connection.close()
    session = Session(hub, document, connection, socket)
    session.greet(asked.after)
    tasks = [asyncio.create_task(session.listen()), asyncio.create_task(connection.send(socket))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        connection.close()
        document.connections.discard(connection)
        hub.sockets.discard(socket)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        session.leave()
        await socket.close()
    return socket


class Session:
    """One client at one document."""

    def __init__(self, hub: Hub, document: Live, connection: Connection, socket: web.WebSocketResponse) -> None:
        self._hub, self._live, self._connection, self._socket = hub, document, connection, socket
        self._room = asyncio.Semaphore(MOST_UNANSWERED)

    def greet(self, after: int | None) -> None:
        """The document, or what the client missed; what is wrong with it; where the others are."""
        state, entries = self._live.shown, self._live.since(after)
        head = dumps({"type": "hello", "client": self._connection.client, "revision": state.revision})[:-1]
        rest = f'"entries":{entries}' if entries is not None else f'"document":{dumps(state.document)}'
        self._connection.catch_up(f"{head},{rest}}}")
        if self._live.problems is not None and self._live.problems[0] == state.revision:
            self._connection.problems(self._live.problems[1])
        else:
            self._hub.watch.changed(self._live)
        for other in self._live.connections:
            if other is not self._connection and other.shown is not None:
                self._connection.presence(other.client, other.shown)

    async def listen(self) -> None:
        """Answer message after message."""
        async for message in self._socket:
            if message.type == WSMsgType.TEXT:
                await self._hear(message.data)
            elif message.type == WSMsgType.BINARY:
                self._refuse(None, Refused("expected a text message with JSON", status=400))

    def leave(self) -> None:
        """Tell the others that the client has gone."""
        if self._connection.shown is not None:
            self._tell_others(None)

    async def _hear(self, text: str) -> None:
        value: object = None
        try:
            value = await asyncio.to_thread(parse_json, text) if len(text) > IN_A_THREAD else parse_json(text)
            message = MESSAGE.validate_python(value)
            if isinstance(message, Hello):
                self.greet(message.after)
            elif isinstance(message, Presence):
                self._tell_others(message.data)
            else:
                await self._edit(message, value)
        except Exception as error:
            given = value.get("id") if isinstance(value, dict) else None
            self._refuse(given if isinstance(given, str) and len(given) <= 64 else None, error)

    async def _edit(self, message: Ops | Step, value: object) -> None:
        await self._room.acquire()
        try:
            client = self._connection.client
            if self._connection.right == VIEW:
                raise Refused("this workflow is shared with you to view it", status=403)
            if isinstance(message, Ops):
                author = await self._live.author(client)
                asked = value["operations"] if isinstance(value, dict) else []
                future = self._live.edit(author, message.id, message.operations, asked)
            else:
                future = await self._live.revert(client, message.id, message.type)
        except BaseException:
            self._room.release()
            raise
        future.add_done_callback(lambda done: self._answer(message.id, done))

    def _answer(self, edit: str, future: asyncio.Future[Done]) -> None:
        self._room.release()
        if future.cancelled():
            return
        error = future.exception()
        if error is not None:
            self._refuse(edit, error)
            return
        done = future.result()
        ack = {"type": "ack", "id": edit, "revision": done.revision}
        more = ({"known": True} if done.known else {}) | ({"kept": list(done.kept)} if done.kept else {})
        self._connection.say(ack | more)

    def _refuse(self, edit: str | None, error: BaseException) -> None:
        problem = details(error)
        if problem["status"] == 500:
            LOG.error("document %s: a message could not be handled", self._live.name, exc_info=error)
        self._connection.say({"type": "refused", "id": edit, "problem": problem})

    def _tell_others(self, data: object) -> None:
        text = dumps({"type": "presence", "client": self._connection.client, "data": data})
        if len(text) > MOST_PRESENCE:
            raise Refused(f"presence is too large; at most {MOST_PRESENCE} characters", status=413)
        self._connection.shown = text if data is not None else None
        for other in self._live.connections:
            if other is not self._connection:
                other.presence(self._connection.client, text)
