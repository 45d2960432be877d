"""The node types, loaded in the background once the server listens.

Importing node types imports no torch, so the HTTP process knows them itself: for the list of types and to validate.
What is asked of them is worked off by one thread, in order; the event loop never waits. Plans and runs need an engine,
which the worker processes have.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web

from server.answers import LOG

if TYPE_CHECKING:
    from engine.registry import Registry

T = TypeVar("T")


class Workbench:
    """Owns the node types. `ask_types` is for the event loop."""

    def __init__(self, make_registry: Callable[[], Registry]) -> None:
        self._make_registry = make_registry
        self._made_registry: Registry | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="loom-ask")

    async def ask_types(self, question: Callable[[Registry], T]) -> T:
        """Ask the node types."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: question(self._registry()))

    def warm_up(self) -> None:
        """Begin to load the node types."""
        self._thread.submit(self._prepare)

    async def close(self) -> None:
        """Wait for what was asked."""
        await asyncio.to_thread(self._thread.shutdown)

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


WORKBENCH = web.AppKey("workbench", Workbench)


async def workbench_lifetime(app: web.Application) -> AsyncIterator[None]:
    """To the end of the server."""
    yield
    await app[WORKBENCH].close()
