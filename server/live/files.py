"""The files in LOOM_HOME/workflows: one per document, so that a person who opens the folder finds what they made.

The database is what counts; the files follow it, half a second behind, each written whole or not at all. Who edits one
with a text editor is heard: when the document is opened or its file is about to be written, a file that is not as the
server left it is compared with the revision that the server left there, and what differs becomes changes of the
document, beside what others did meanwhile. A file that no longer reads is kept under another name before it is written
over. A file under a new name becomes a document.

Before a file is written, the database notes what it will show. So after a crash between the two a file is known to be
the server's own, old or new.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine.context import resolve_within
from engine.errors import InvalidWorkflow, LoomError
from engine.workflow import json_bytes, parse_json, write_durably
from server.answers import LOG
from server.database import Database
from server.live import store
from server.live.apply import Applied
from server.live.changes import Change, Draft, Drop, Json, Put, Unreachable, applied, same
from server.live.difference import difference
from server.live.limits import MOST_BYTES, Refused, check_document, check_size, normal
from server.live.live import Live
from server.live.names import is_name

SUFFIX = ".json"
CLIENT = "file"  # who edits with a text editor
DELAY = 0.5
Signature = tuple[int, int, int] | None


@dataclass(frozen=True)
class Found:
    """A file as it is: None if there is none."""

    data: bytes | None
    signature: Signature

    @property
    def digest(self) -> str:
        """The name of its bytes."""
        return sha256(self.data).hexdigest() if self.data is not None else ""


class Files:
    """The folder. Its methods are for the event loop; they read and write in threads."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder, self._database = folder, database
        self._seen: dict[str, Signature] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._dirty: dict[str, Live] = {}
        self._task: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()

    def names(self, user: str = "") -> list[str]:
        """The keys of the files that can be documents of a user; empty: of the owner."""
        folder = self.folder / user
        found = folder.glob(f"*{SUFFIX}") if folder.is_dir() else ()
        return sorted(f"{user}/{file.stem}" if user else file.stem for file in found if is_name(file.stem))

    def is_dirty(self, name: str) -> bool:
        """Whether a file is still to be written."""
        return name in self._dirty

    async def look(self, live: Live) -> None:
        """Take up what was done to the file since it was last seen. Raises `OutsideRoot` for a link that leads out."""
        signature = _signature(self._path(live.name))
        if live.name not in self._seen or self._seen[live.name] != signature:
            async with self._lock(live.name):
                if await self._look(live):
                    self.touch(live)

    def touch(self, live: Live) -> None:
        """The document has changed: write its file soon."""
        self._dirty[live.name] = live
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._soon())

    async def flush(self) -> None:
        """Write what is to be written now."""
        for name, live in list(self._dirty.items()):
            del self._dirty[name]
            try:
                async with self._lock(name):
                    await self._look(live)
                    await self._write(live)
            except (LoomError, Refused, OSError) as error:
                LOG.warning("workflows/%s%s was not written: %s", name, SUFFIX, error)

    async def close(self) -> None:
        """Write what waits, and stop."""
        self._ending.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        await self.flush()

    async def _soon(self) -> None:
        while self._dirty and not self._ending.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), DELAY)
            await self.flush()

    def _path(self, name: str) -> Path:
        return resolve_within(self.folder, name + SUFFIX)

    def _lock(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())

    async def _look(self, live: Live) -> bool:
        """Take up what is not the server's own. Returns whether the file is to be written."""
        path = self._path(live.name)
        found = await asyncio.to_thread(_read, path)
        self._seen[live.name] = found.signature
        if found.data is None:
            return live.shown.exists
        row = await self._database.ask(lambda connection: store.file_of(connection, live.name))
        if row is not None and found.digest in (row.digest, row.digest_before):
            return bool(row.revision != live.shown.revision or found.digest != row.digest)
        try:
            wanted = await asyncio.to_thread(lambda: normal(check_document(parse_json(found.data or b""))))
            return await self._take_up(live, wanted, found.digest, row)
        except (InvalidWorkflow, Refused) as error:
            LOG.warning("workflows/%s%s is not taken up: %s", live.name, SUFFIX, error)
            return False

    async def _take_up(self, live: Live, wanted: Json, digest: str, row: Any) -> bool:
        """Make what a person did to the file an edit of the document."""
        author = await live.author(CLIENT)
        base: Json | None = None
        if row is not None and live.head.exists:
            base = await self._database.ask(lambda connection: store.at_revision(connection, live.name, row.revision))
        head = live.head
        draft = Draft(head.document)
        if base is None:
            difference(draft, wanted)
        else:
            _merge(draft, base, wanted)
        if draft.changes or not head.exists:
            check_size(draft.document, head.size + draft.grown)
            made = Applied(draft.document, head.size + draft.grown, tuple(draft.changes))
            edit = f"{digest[:24]}-{head.revision + 1}"
            await live.take(author, edit, "file", made)
        revision = live.shown.revision
        await self._database.ask(lambda connection: store.set_file(connection, live.name, revision, digest, digest))
        return not same(live.shown.document, wanted)

    async def _write(self, live: Live) -> None:
        """The file as the document is now."""
        path, state = self._path(live.name), live.shown
        there = await asyncio.to_thread(_read, path)
        row = await self._database.ask(lambda connection: store.file_of(connection, live.name))
        ours = there.data is None or (row is not None and there.digest in (row.digest, row.digest_before))
        if not ours and there.data is not None:
            kept = resolve_within(self.folder, f"{live.name}.unreadable-{there.digest[:8]}{SUFFIX}")
            await asyncio.to_thread(write_durably, kept, there.data)
        if not state.exists:
            await asyncio.to_thread(path.unlink, True)
            self._seen[live.name] = None
            await self._database.ask(lambda connection: store.set_file(connection, live.name, state.revision, "", ""))
            return
        data = await asyncio.to_thread(lambda: json_bytes(state.document, indent=1) + b"\n")
        digest = sha256(data).hexdigest()
        revision, before = state.revision, there.digest if there.data is not None else digest
        await self._database.ask(lambda connection: store.set_file(connection, live.name, revision, digest, before))
        if digest != there.digest:
            await asyncio.to_thread(write_durably, path, data)
        self._seen[live.name] = _signature(path)


def _merge(draft: Draft, base: Json, wanted: Json) -> None:
    """What leads from one document to another, done to a third, as far as it applies there."""
    steps = Draft(base)
    difference(steps, wanted)
    for change in steps.changes:
        _repeat(draft, change)


def _repeat(draft: Draft, change: Change) -> None:
    try:
        applied(draft.document, change)
    except Unreachable:
        return
    if isinstance(change, Drop):
        draft.drop(change.path)
    elif isinstance(change, Put):
        draft.put(change.path, change.value, change.before)


def _read(path: Path) -> Found:
    try:
        signature = _signature(path)
        with path.open("rb") as file:
            return Found(file.read(MOST_BYTES * 4), signature)
    except FileNotFoundError:
        return Found(None, None)


def _signature(path: Path) -> Signature:
    try:
        stat = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino)
