"""What waits to be sent to one client, and is bounded: a slow client delays nobody.

Entries, acknowledgements and refusals stand in a queue. If there are too many entries, the client has fallen `behind`:
those that wait are dropped, it is told so, and it asks for what it missed (`hello` with `after`) when it has room.
Answers are never dropped; who asks on and on and reads nothing is let go. Problems and presence are worth only their
newest state, so of those one message waits per kind and client.

What waits together is sent together, as a list in one frame: under load a frame costs more than what is in it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Protocol

from server.answers import dumps
from server.live.changes import Json

MOST_ENTRIES = 4096
MOST_ANSWERS = 2048
MOST_BYTES = 16 << 20
MOST_TOGETHER = 1 << 18  # characters from which on a frame is full
LATE = 20.0  # seconds in which one message must have gone


class Outlet(Protocol):
    """Where messages go: a WebSocket."""

    async def send_str(self, data: str) -> Any:
        """Send a text message; returns when there is room for the next."""


class Connection:
    """One client of one document."""

    def __init__(self, client: str, user: str = "", right: str = "own") -> None:
        self.client, self.user, self.right = client, user, right
        self.behind = True  # until it was told the document
        self.closed = False
        self.shown: str | None = None  # its presence, as others were told
        self._queue: deque[tuple[bool, str]] = deque()  # whether it is an entry, and the text
        self._entries = 0
        self._bytes = 0
        self._problems: str | None = None
        self._presence: dict[str, str] = {}
        self._more = asyncio.Event()

    def tell(self, revision: int, text: str) -> None:
        """An entry of the log."""
        if self.behind:
            return
        if self._entries < MOST_ENTRIES and (not self._queue or self._bytes + len(text) <= MOST_BYTES):
            self._put(True, text)
            return
        self.behind = True
        self._queue = deque(one for one in self._queue if not one[0])
        self._entries, self._bytes = 0, sum(len(text) for _, text in self._queue)
        self.say({"type": "behind", "revision": revision})

    def say(self, message: Json | str) -> None:
        """An answer to this client alone."""
        self._put(False, message if isinstance(message, str) else dumps(message))
        if len(self._queue) - self._entries > MOST_ANSWERS or self._bytes > 2 * MOST_BYTES:
            self.close()  # it does not read the answers that it asks for

    def catch_up(self, text: str) -> None:
        """The document, or what was missed: from here on it is told what happens."""
        self.behind = False
        self.say(text)

    def problems(self, text: str) -> None:
        """What is wrong with the document now."""
        self._problems = text
        self._more.set()

    def presence(self, client: str, text: str) -> None:
        """Where another client is now."""
        self._presence[client] = text
        self._more.set()

    def close(self) -> None:
        """Nothing more is sent."""
        self.closed = True
        self._more.set()

    async def send(self, outlet: Outlet) -> None:
        """Send what waits, until the connection is closed. Raises what the outlet raises."""
        while not self.closed:
            await self._more.wait()
            self._more.clear()
            while not self.closed and (text := self._next()) is not None:
                async with asyncio.timeout(LATE):
                    await outlet.send_str(text)

    def _put(self, entry: bool, text: str) -> None:
        self._queue.append((entry, text))
        self._entries += entry
        self._bytes += len(text)
        self._more.set()

    def _next(self) -> str | None:
        texts, size = list[str](), 0
        while self._queue and size < MOST_TOGETHER:
            entry, text = self._queue.popleft()
            self._entries -= entry
            self._bytes -= len(text)
            size += len(text)
            texts.append(text)
        if texts:
            return texts[0] if len(texts) == 1 else f"[{','.join(texts)}]"
        if self._problems is not None:
            text, self._problems = self._problems, None
            return text
        if self._presence:
            return self._presence.pop(next(iter(self._presence)))
        return None
