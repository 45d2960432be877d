"""The engine, made when it is first needed.

Listening, health and the list of node types need no engine and no torch. Node types are loaded in the background as
soon as the server listens; the engine — device, cache, threads — is made for the first plan or run. What is asked of
it besides runs (validate, plan, why, submit) is worked off by one thread, in order; the event loop never waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web

from server.answers import LOG

if TYPE_CHECKING:
    from engine.api import Engine
    from engine.registry import Registry

T = TypeVar("T")


class Workbench:
    """Owns the node types and the engine. `ask_types` and `ask` are for the event loop."""

    def __init__(self, make_registry: Callable[[], Registry], make_engine: Callable[[Registry], Engine]) -> None:
        self._make_registry, self._make_engine = make_registry, make_engine
        self._made_registry: Registry | None = None
        self._made_engine: Engine | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="loom-ask")

    async def ask_types(self, question: Callable[[Registry], T]) -> T:
        """Ask the node types."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: question(self._registry()))

    async def ask(self, question: Callable[[Engine], T]) -> T:
        """Ask the engine."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: question(self._engine()))

    def warm_up(self) -> None:
        """Begin to load the node types."""
        self._thread.submit(self._prepare)

    async def close(self) -> None:
        """Let go of the engine. Its runs must have been cancelled, or this waits for them."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._end)
        self._thread.shutdown(wait=True)

    # in the thread

    def _prepare(self) -> None:
        try:
            for failure in self._registry().failures:
                LOG.warning("node package %s was not loaded: %s", failure.source, failure.error)
        except Exception as error:  # the first request that needs the types says so too
            LOG.warning("node types cannot be loaded: %s", error)

    def _registry(self) -> Registry:
        if self._made_registry is None:
            self._made_registry = self._make_registry()
        return self._made_registry

    def _engine(self) -> Engine:
        if self._made_engine is None:
            self._made_engine = self._make_engine(self._registry())
        return self._made_engine

    def _end(self) -> None:
        if self._made_engine is not None:
            self._made_engine.close()


WORKBENCH = web.AppKey("workbench", Workbench)


async def workbench_lifetime(app: web.Application) -> AsyncIterator[None]:
    """From the first request to the end of the server."""
    app[WORKBENCH].warm_up()
    yield
    await app[WORKBENCH].close()
