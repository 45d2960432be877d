"""All documents of the server: opened when somebody asks, kept in memory as long as somebody might.

live = await request.app[HUB].open("portrait")
live.shown.document
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from aiohttp import WSCloseCode, web
from sqlalchemy import Connection, select

from engine.errors import OutsideRoot
from server.answers import LOG, Refusal
from server.database import DATABASE, Database
from server.live import store
from server.live.files import Files
from server.live.live import Live
from server.live.names import NO_NAME, is_key
from server.live.problems import Watch
from server.live.recent import MOST
from server.live.tables import DOCUMENTS, FILES
from server.users.user import User
from server.workbench import WORKBENCH, Workbench

MOST_OPEN = 64
IDLE = 60.0


class Hub:
    """The documents."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sockets: set[web.WebSocketResponse] = set()
        self._open: dict[str, Live] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._starting: asyncio.Task[None] | None = None

    def start(self, database: Database, workbench: Workbench) -> None:
        """Begin; files that were behind when the server ended catch up."""
        self.database = database
        self.files = Files(self.folder, database)
        self.watch = Watch(workbench)
        self._starting = asyncio.create_task(self._catch_up())

    async def open(self, name: str) -> Live:
        """A document by its key, whether it is there or not (`shown.exists`). Raises `Refusal` for what is none."""
        if not is_key(name):
            raise Refusal(404, NO_NAME)
        async with self._locks.setdefault(name, asyncio.Lock()):
            live = self._open.get(name)
            if live is None:
                live = await self._load(name)
                self._make_room()
                self._open[name] = live
            live.used = time.monotonic()
            await self.files.look(live)
        return live

    async def listed(self, deleted: bool, user: User) -> list[Any]:
        """The rows of the documents that a user sees; files that are new in their folder become some first."""
        known = {row.name for row in await self.database.ask(lambda connection: store.listed(connection, user))}
        for name in await asyncio.to_thread(self.files.names, "" if user.is_owner else user.name):
            if name not in known:
                try:
                    await self.open(name)
                except OutsideRoot:
                    continue
        return await self.database.ask(lambda connection: store.listed(connection, user, deleted))

    async def close(self) -> None:
        """All edits to the disk, all files as they should be."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        await self.watch.close()
        for live in list(self._open.values()):
            await live.written()
        await self.files.close()

    async def _load(self, name: str) -> Live:
        def question(connection: Connection) -> tuple[store.State, list[Any]]:
            state = store.load(connection, name)
            return state, store.entries_after(connection, name, max(0, state.revision - MOST // 4))

        state, recent = await self.database.ask(question)
        live = Live(name, self.database, state, recent)
        live.on_shown.append(lambda: self.files.touch(live))
        live.on_shown.append(lambda: self.watch.changed(live))
        return live

    def _make_room(self) -> None:
        now = time.monotonic()
        idle = [
            live
            for live in self._open.values()
            if not live.connections and live.head is live.shown and now - live.used > IDLE
            and not self.files.is_dirty(live.name)
        ]  # fmt: skip
        for live in sorted(idle, key=lambda one: one.used)[: max(0, len(self._open) - MOST_OPEN + 1)]:
            del self._open[live.name]

    async def _catch_up(self) -> None:
        """Files that a crash left behind their documents."""
        shown = select(FILES.c.revision).where(FILES.c.name == DOCUMENTS.c.name).scalar_subquery()
        late = shown.is_(None) | (shown != DOCUMENTS.c.revision)
        behind = select(DOCUMENTS.c.name).where(DOCUMENTS.c.deleted.is_(False), late)
        for name in await self.database.ask(lambda connection: list(connection.scalars(behind))):
            try:
                self.files.touch(await self.open(name))
            except (OutsideRoot, Refusal) as error:
                LOG.warning("document %s: %s", name, error)


HUB = web.AppKey("documents", Hub)


async def hub_lifetime(app: web.Application) -> AsyncIterator[None]:
    """While the server runs, between the database and the requests."""
    app[HUB].start(app[DATABASE], app[WORKBENCH])
    yield
    await app[HUB].close()


async def close_live_sockets(app: web.Application) -> None:
    """At the end of the server: tell every client, so that it comes back later."""
    closing = [s.close(code=WSCloseCode.GOING_AWAY, message=b"the server ends") for s in list(app[HUB].sockets)]
    await asyncio.gather(*closing, return_exceptions=True)
