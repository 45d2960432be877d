"""How many tokens prompts take, by the tokenizer of a model: quick enough to ask while somebody types.

Answered by this process and not by a worker: tokenizers need no weights, a count must not wait behind a run or a plan,
and a worker that was not needed yet would have to load torch first. A model's tokenizer is read once and kept until its
files change.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from aiohttp import web
from pydantic import Field

from engine.errors import LoomError
from engine.files import UserFiles
from engine.home import Home
from server.answers import answer
from server.database import DATABASE, Database
from server.endpoint import Answer, Body, body_of, endpoint
from server.places import PLACES
from server.system.memo import FileMemo

if TYPE_CHECKING:
    from nodes.counting import Counter

KEPT = 4  # tokenizers: some megabytes each


class Texts(Body):
    """Prompts for a model."""

    model: Annotated[str, Field(max_length=1024)]
    texts: Annotated[list[Annotated[str, Field(max_length=100_000)]], Field(max_length=16)]


class TokenCount(Answer):
    """tokens: with those of start and end. unread: the words that the encoder does not see."""

    tokens: int
    unread: str


class TokenCounts(Answer):
    """limit: how many tokens the encoder reads; null where there is no such model, or none with CLIP's tokenizer."""

    limit: int | None
    counts: list[TokenCount]


class TokenCounters:
    """Finds models and keeps their tokenizers. For threads; two that read the same one at once do no harm."""

    def __init__(self, home: Home, database: Database) -> None:
        self._home, self._database = home, database
        self._kept: dict[tuple[object, ...], Counter | None] = {}

    def count(self, asked: Texts) -> TokenCounts:
        """All of them, by the tokenizer of their model."""
        extra = self._home.settings().models
        files = UserFiles(home=self._home, cache=FileMemo(self._database), models=extra, defer=True)
        try:
            found = self._counter(files.model(asked.model))
        except (LoomError, OSError):  # a model that is not there: whoever types is told so elsewhere
            found = None
        if found is None:
            return TokenCounts(limit=None, counts=[])
        counts = [found.count(text) for text in asked.texts]
        return TokenCounts(
            limit=found.limit, counts=[TokenCount(tokens=one.tokens, unread=one.unread) for one in counts]
        )

    def _counter(self, model: Path) -> Counter | None:
        from nodes.counting import counter, tokenizer_folder

        folder = None if model.is_file() else tokenizer_folder(model)
        key: tuple[object, ...] = (model.is_file(), folder)
        if folder is not None:
            facts = [(folder / name).stat() for name in ("vocab.json", "merges.txt")]
            key += tuple((one.st_mtime_ns, one.st_size) for one in facts)
        if key not in self._kept:
            made = counter(model)
            while len(self._kept) >= KEPT:
                self._kept.pop(next(iter(self._kept)), None)
            self._kept[key] = made
            return made
        return self._kept[key]


TOKEN_COUNTERS = web.AppKey("token_counters", TokenCounters)


async def token_counters_lifetime(app: web.Application) -> AsyncIterator[None]:
    """To the end of the server."""
    app[TOKEN_COUNTERS] = TokenCounters(Home(app[PLACES].home), app[DATABASE])
    yield


@endpoint("POST", "/tokens", body=Texts, answer=TokenCounts, users=True)
async def tokens(request: web.Request) -> web.Response:
    """How many tokens prompts take for a model's text encoder, and what of them it does not read."""
    asked = await body_of(request, Texts)
    found = await asyncio.to_thread(request.app[TOKEN_COUNTERS].count, asked)
    return answer(found.model_dump())
