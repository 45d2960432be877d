"""Workflow documents of the user, in `LOOM_HOME/workflows`: read and written whole, never lost.

A document has a name (a few letters and digits, so never a path) and a revision: the digest of its file's bytes, which
is its ETag. Who writes says what they saw — `If-Match: "<revision>"`, or `If-None-Match: *` for a new name. If the file
is another by then (a second tab, a text editor), the answer is 409 and the file stays. Looking and renaming happen
under a lock that other processes respect, and the file is there whole or not at all.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from aiohttp import web

from engine.context import resolve_within
from engine.workflow import Workflow, write_durably
from server.answers import Refusal, answer

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])\Z")  # names that are devices on Windows
TAG = re.compile(r'"([0-9a-f]{64})"\Z')
SUFFIX = ".json"
PATIENCE = 10.0


@dataclass(frozen=True)
class Documents:
    """The folder of documents. The methods block; handlers call them in a thread."""

    folder: Path

    def names(self) -> list[dict[str, object]]:
        """Name, revision and size of every document."""
        files = sorted(self.folder.glob(f"*{SUFFIX}")) if self.folder.is_dir() else []
        found: list[dict[str, object]] = []
        for file in files:
            if is_name(file.stem) and (data := self._bytes(file.stem)) is not None:
                found.append({"name": file.stem, "revision": revision(data), "bytes": len(data)})
        return found

    def read(self, name: str) -> bytes:
        """The bytes of a document. Raises `Refusal`; `InvalidWorkflow` if somebody wrote something else there."""
        data = self._bytes(name)
        if data is None:
            raise Refusal(404, f"there is no document {name!r}")
        Workflow.loads(data)
        return data

    def write(self, name: str, data: bytes, seen: str | None) -> tuple[str, bool]:
        """Write a document over the revision that was `seen` (None: there was none). Returns the new revision, and
        whether the name is new. Raises `Refusal` if another revision is there."""
        path = self._path(name)
        with self._locked():
            current = self._bytes(name)
            there = revision(current) if current is not None else None
            if there != seen:
                error = "is there already" if seen is None else "is another by now" if there else "is not there"
                raise Refusal(409, f"{name!r} {error}; nothing was written", revision=there)
            write_durably(path, data)
        return revision(data), there is None

    def _path(self, name: str) -> Path:
        if not is_name(name):
            raise Refusal(404, "a document's name is 1 to 64 of a-z, 0-9, _ and -, the first a letter or digit")
        return resolve_within(self.folder, name + SUFFIX)

    def _bytes(self, name: str) -> bytes | None:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Refusal(500, f"{name!r} cannot be read: {error.strerror}") from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Among the threads and processes of this machine. SQLite's lock works on every system and ends with its
        process, however that ends."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.folder / ".lock", timeout=PATIENCE, isolation_level=None)) as lock:
                lock.execute("BEGIN EXCLUSIVE")
                yield
        except (sqlite3.Error, OSError) as error:
            raise Refusal(503, f"the documents cannot be locked: {error}") from None


DOCUMENTS = web.AppKey("documents", Documents)


def is_name(name: str) -> bool:
    """True for what can be a document's name."""
    return NAME.match(name) is not None and RESERVED.match(name) is None


def revision(data: bytes) -> str:
    """The name of a document's state."""
    return sha256(data).hexdigest()


async def index(request: web.Request) -> web.Response:
    """The names and revisions of the documents in LOOM_HOME/workflows."""
    return answer({"documents": await asyncio.to_thread(request.app[DOCUMENTS].names)})


async def show(request: web.Request) -> web.Response:
    """A document; its revision is the ETag."""
    data = await asyncio.to_thread(request.app[DOCUMENTS].read, request.match_info["name"])
    return web.Response(body=data, content_type="application/json", headers={"ETag": f'"{revision(data)}"'})


async def put(request: web.Request) -> web.Response:
    """Write a document: `If-Match: "<revision>"`, or `If-None-Match: *` for a new one; else 409."""
    seen = _seen(request)
    body = await request.read()
    name = request.match_info["name"]
    new, created = await asyncio.to_thread(_write, request.app[DOCUMENTS], name, body, seen)
    return answer({"name": name, "revision": new}, 201 if created else 200, {"ETag": f'"{new}"'})


def _write(documents: Documents, name: str, body: bytes, seen: str | None) -> tuple[str, bool]:
    try:
        data = Workflow.loads(body).dumps().encode()
    except UnicodeEncodeError:
        raise Refusal(400, "the document has half a character in a text") from None
    return documents.write(name, data, seen)


def _seen(request: web.Request) -> str | None:
    """What the client says is there: a revision, or nothing (None)."""
    match, none = request.headers.get("If-Match"), request.headers.get("If-None-Match")
    if match is None and none == "*":
        return None
    tag = TAG.match(match) if match is not None and none is None else None
    if tag is None:
        said = 'If-Match: "<revision>" of what you saw, or If-None-Match: * for a new document'
        raise Refusal(428, f"say what is to be replaced: {said}")
    return tag.group(1)
