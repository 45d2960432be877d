"""The database of the server: runs, documents, artifacts. SQLite by default, another one by its URL.

    database = Database.at(home / "server.db")
    names = await database.ask(lambda connection: connection.scalars(select(documents.c.name)).all())

One thread owns the connection, so SQLite sees one writer and the event loop never waits. `ask` is one transaction: it
is committed — on the disk, `synchronous=FULL` — before it returns, and rolled back if the function raises. What comes
in while a commit is under way shares the next one, so that a thousand small writes a second need not be a thousand
fsyncs. The tables are SQLAlchemy Core, without anything that only SQLite has; `migrations/` brings an older database up
to date when it is opened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from aiohttp import web
from sqlalchemy import URL, Connection, Engine, MetaData

from server.database_url import connect, in_file

T = TypeVar("T")

METADATA = MetaData()
"""All tables; each module of the server that keeps something adds its own."""

MOST_SHARED = 256  # requests in one commit

Question = Callable[[Connection], Any]


class Database:
    """A connection and the thread that owns it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._waiting: SimpleQueue[tuple[Question, Future[Any]]] = SimpleQueue()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="loom-database")

    @classmethod
    def open(cls, url: URL) -> Database:
        """Open a database and bring its tables up to date. Raises `LoomError` if it cannot be reached."""
        from server.migrations.upgrade import upgrade

        engine = connect(url)
        upgrade(engine)
        return cls(engine)

    @classmethod
    def at(cls, path: Path) -> Database:
        """The SQLite file at a path."""
        return cls.open(in_file(path))

    async def ask(self, question: Callable[[Connection], T]) -> T:
        """Run `question` in a transaction; returns when it is committed."""
        return await asyncio.wrap_future(self.submit(question))

    def submit(self, question: Callable[[Connection], T]) -> Future[T]:
        """As `ask`, for code outside the event loop."""
        future: Future[T] = Future()
        self._waiting.put((question, future))
        self._thread.submit(self._work)
        return future

    async def close(self) -> None:
        """Finish what waits, and close."""
        await asyncio.to_thread(self._thread.shutdown)
        self.engine.dispose()

    # in the thread

    def _work(self) -> None:
        """Answer all that waits, in one commit."""
        taken: list[tuple[Question, Future[Any]]] = []
        while len(taken) < MOST_SHARED and not self._waiting.empty():
            one = self._waiting.get_nowait()
            if one[1].set_running_or_notify_cancel():
                taken.append(one)
        if not taken:
            return
        answers: list[tuple[Future[Any], Any]] = []
        try:
            with self.engine.begin() as connection:
                for question, future in taken:
                    if len(taken) == 1:  # nobody else's work could be lost with it
                        answers.append((future, question(connection)))
                        continue
                    try:
                        with connection.begin_nested():
                            answers.append((future, question(connection)))
                    except Exception as error:  # this one is rolled back, the others stand
                        future.set_exception(error)
        except Exception as error:  # the commit itself failed, or the only question: nobody may believe it
            for _, future in taken:
                if not future.done():
                    future.set_exception(error)
            return
        for future, found in answers:
            future.set_result(found)


DATABASE = web.AppKey("database", Database)
