"""The models that workflows can name: size, parts, family, digest.

A listing reads configurations and headers only. Digests of large files take seconds to minutes, so they are `null`
until a scan has read them; a scan goes on in the background, one at a time, and what it learned is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from engine.errors import LoomError, NotYet
from engine.files import UserFiles
from engine.home import Home
from server.answers import LOG, answer
from server.database import DATABASE, Database
from server.endpoint import Answer, endpoint
from server.places import PLACES
from server.system.anatomy import anatomy
from server.system.memo import FileMemo


class Model(Answer):
    """A model. `components`: its parts; `digest`: null until it was read."""

    name: str
    kind: str
    family: str | None
    components: list[str]
    bytes: int
    digest: str | None


class Models(Answer):
    """All models, and whether a scan is under way."""

    models: list[Model]
    scanning: bool


class Scan(Answer):
    """Whether a scan is under way."""

    scanning: bool


class Scanner:
    """Lists models, and reads them in the background."""

    def __init__(self, home: Home, database: Database) -> None:
        self._home, self._database = home, database
        self._task: asyncio.Task[None] | None = None
        self._stop = False

    @property
    def scanning(self) -> bool:
        """Whether a scan is under way."""
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """Begin a scan, if none is under way."""
        if not self.scanning:
            self._task = asyncio.create_task(asyncio.to_thread(self._scan))

    async def close(self) -> None:
        """Stop after the file that is being read."""
        self._stop = True
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    # in threads

    def models(self) -> list[Model]:
        """All models as they are now."""
        files = self._files(defer=True)
        return [self._model(files, name) for name in files.models()]

    def _scan(self) -> None:
        files = self._files(defer=False)
        for name in files.models():
            if self._stop:
                return
            try:
                files.digest(files.model(name))
            except (LoomError, OSError) as error:
                LOG.warning("model %s cannot be read: %s", name, error)

    def _model(self, files: UserFiles, name: str) -> Model:
        try:
            path = files.model(name)
            digest = files.digest(path)
        except NotYet:
            digest = None
        except (LoomError, OSError):
            return Model(name=name, kind="unreadable", family=None, components=[], bytes=0, digest=None)
        family, parts = anatomy(path)
        kind = "folder" if path.is_dir() else "file"
        return Model(name=name, kind=kind, family=family, components=parts, bytes=_size(path), digest=digest)

    def _files(self, *, defer: bool) -> UserFiles:
        extra = self._home.settings().models
        return UserFiles(home=self._home, cache=FileMemo(self._database), models=extra, defer=defer)


SCANNER = web.AppKey("scanner", Scanner)


async def scanner_lifetime(app: web.Application) -> AsyncIterator[None]:
    """Before the database is closed, the scan is stopped."""
    app[SCANNER] = Scanner(Home(app[PLACES].home), app[DATABASE])
    yield
    await app[SCANNER].close()


@endpoint("GET", "/models", answer=Models, users=True)
async def models(request: web.Request) -> web.Response:
    """The models that workflows can name: family, parts, size, digest."""
    scanner = request.app[SCANNER]
    found = await asyncio.to_thread(scanner.models)
    return answer({"models": [one.model_dump() for one in found], "scanning": scanner.scanning})


@endpoint("POST", "/models/scan", answer=Scan, status=202)
async def scan(request: web.Request) -> web.Response:
    """Read the models whose digest is not known yet, in the background."""
    request.app[SCANNER].start()
    return answer({"scanning": True}, 202)


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
