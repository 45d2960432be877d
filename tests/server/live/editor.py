"""A client that edits a document as the canvas does: it keeps what is not acknowledged, and comes back after a drop."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import aiohttp

from server.live.changes import Json, from_json, replayed
from tests.server.kit import TOKEN

Message = dict[str, Any]


def messages(text: str) -> list[Message]:
    """What is in a frame."""
    found = json.loads(text)
    return found if isinstance(found, list) else [found]


class Editor:
    """One client of one document. `document` and `revision` are what it was told so far."""

    def __init__(self, session: aiohttp.ClientSession, url: str, client: str, token: str = TOKEN) -> None:
        self.session, self.url, self.client, self.token = session, url, client, token
        self.document: Json = {}
        self.revision: int | None = None
        self.pending: dict[str, Message] = {}
        self.acks: dict[str, Message] = {}
        self.refused: dict[str | None, Message] = {}
        self.problems: Message = {}
        self.presence: dict[str, Any] = {}
        self.heard: list[Message] = []
        self.news = asyncio.Event()
        self.socket: Any = None
        self.count = 0
        self.drops = 0
        self._reader: asyncio.Task[None] | None = None

    async def connect(self) -> Editor:
        """Join, catch up, and send again what was not acknowledged."""
        after = "" if self.revision is None else f"&after={self.revision}"
        headers = {"Authorization": f"Bearer {self.token}"}
        self.socket = await self.session.ws_connect(
            f"{self.url}/live?client={self.client}{after}", headers=headers, max_msg_size=1 << 26
        )
        for message in messages((await self.socket.receive()).data):
            self._hear(message)
        self._reader = asyncio.create_task(self._read())
        for message in list(self.pending.values()):
            await self._send(message)
        return self

    async def drop(self) -> None:
        """Lose the connection without a farewell."""
        self.drops += 1
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        if self.socket is not None:
            connection = self.socket._response.connection
            if connection is not None and connection.transport is not None:
                connection.transport.abort()
            await self.socket.close()

    async def close(self) -> None:
        """Leave."""
        if self.socket is not None:
            await self.socket.close()
        if self._reader is not None:
            await asyncio.gather(self._reader, return_exceptions=True)

    async def do(self, *operations: Any) -> str:
        """Send an edit; its id."""
        return await self.say({"type": "ops", "operations": list(operations)})

    async def say(self, message: Message) -> str:
        """Send something that is answered; its id."""
        self.count += 1
        name = f"{self.client}-{self.count}"
        self.pending[name] = message | {"id": name}
        await self._send(self.pending[name])
        return name

    async def done(self, name: str) -> Message:
        """The answer to what was sent under an id."""
        await self.until(lambda: name in self.acks or name in self.refused)
        return self.acks.get(name) or self.refused[name]

    async def until(self, true: Any, seconds: float = 20) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(seconds):
            while not true():
                self.news.clear()
                await self.news.wait()

    async def _send(self, message: Message) -> None:
        with contextlib.suppress(ConnectionError, aiohttp.ClientError):  # it stays pending
            await self.socket.send_str(json.dumps(message))

    async def _read(self) -> None:
        async for message in self.socket:
            for one in messages(message.data):
                self._hear(one)
                if one["type"] == "behind":
                    await self._send({"type": "hello", "after": self.revision})
        self.news.set()

    def _hear(self, message: Message) -> None:
        self.heard.append(message)
        kind = message["type"]
        if kind == "hello":
            if "document" in message:
                self.document, self.revision = message["document"], message["revision"]
            for entry in message.get("entries", ()):
                self._follow(entry)
        elif kind == "ops":
            self._follow(message)
        elif kind == "ack":
            self.pending.pop(message["id"], None)
            self.acks[message["id"]] = message
        elif kind == "refused":
            self.pending.pop(message["id"], None)
            self.refused[message["id"]] = message
        elif kind == "problems":
            self.problems = message
        elif kind == "presence":
            self.presence[message["client"]] = message["data"]
        self.news.set()

    def _follow(self, entry: Message) -> None:
        assert self.revision is not None
        if entry["revision"] <= self.revision:
            return
        assert entry["revision"] == self.revision + 1, "no entry is left out"
        self.document = replayed(self.document, [from_json(change) for change in entry["changes"]])
        self.revision = entry["revision"]
