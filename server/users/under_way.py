"""What users have under way: it ends when their token is taken back, streams of events and open documents too."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from aiohttp import web

from engine.errors import LoomError
from server.answers import LOG
from server.users.tokens import Tokens

LOOK = 1.0  # seconds between two looks at the tokens, while somebody is there


class UnderWay:
    """The requests that are being answered, by the id of their token."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._tasks: defaultdict[str, set[asyncio.Task[object]]] = defaultdict(set)

    @contextmanager
    def noted(self, token: str) -> Iterator[None]:
        """While the request of this task is answered."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks[token].add(task)
        try:
            yield
        finally:
            self._tasks[token].discard(task)
            if not self._tasks[token]:
                del self._tasks[token]

    async def watch(self) -> None:
        """End what has lost its token, again and again."""
        while True:
            await asyncio.sleep(LOOK)
            for token in list(self._tasks):
                if not self._is_good(token):
                    for task in list(self._tasks[token]):
                        task.cancel()

    def _is_good(self, token: str) -> bool:
        try:
            return self._tokens.of(token) is not None
        except LoomError as error:  # nobody is let in by a file that is no good
            LOG.warning("%s", error)
            return False


UNDER_WAY = web.AppKey("under_way", UnderWay)


async def under_way_lifetime(app: web.Application) -> AsyncIterator[None]:
    """While the server runs."""
    task = asyncio.create_task(app[UNDER_WAY].watch())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
