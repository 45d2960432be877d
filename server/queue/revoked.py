"""Runs of users whose token was taken back: what waits is cancelled, what runs is stopped within a step.

A run belongs to a user and not to a token, so it goes on as long as its user has another token. A file of tokens that
cannot be read lets nobody in, but stops no run: it may be put right, and what was cancelled would not come back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from aiohttp import web

from engine.errors import LoomError
from server.answers import LOG
from server.queue.queue import QUEUE
from server.users.tokens import Tokens
from server.users.under_way import LOOK
from server.users.user import OWNER_NAME


def revoked_lifetime(tokens: Tokens) -> Callable[[web.Application], AsyncIterator[None]]:
    """While the server runs, and for what it finds in its queue when it starts."""

    async def lifetime(app: web.Application) -> AsyncIterator[None]:
        async def watch() -> None:
            queue = app[QUEUE]
            while True:
                owners = queue.owners() - {OWNER_NAME}
                try:
                    gone = owners - {token.user for token in tokens.all()} if owners else owners
                except LoomError as error:
                    LOG.warning("%s", error)
                    gone = set()
                for owner in gone:
                    await queue.cancel_of(owner)
                await asyncio.sleep(LOOK)

        task = asyncio.create_task(watch())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    return lifetime
