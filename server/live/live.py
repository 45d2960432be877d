"""A document that is being edited: the order of its edits, and who is told of them.

    edit ─▶ applied to `head`, gets a revision ─▶ waits for the commit ─▶ `shown`: acknowledged, told to everybody

All edits of a document are applied in the event loop, one after another, so the server's order is the order. `head`
runs ahead of the disk: edits that come in while a commit is under way go on from it and share the next commit. Nobody
sees or is promised anything before it is committed; if a commit fails, its edits are refused and the document is read
anew.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from server.answers import LOG, Refusal
from server.database import Database
from server.live import store
from server.live.apply import Applied, apply
from server.live.author import EDIT, Author
from server.live.changes import Change, Draft, Json
from server.live.difference import difference
from server.live.fold import folded
from server.live.follow import followed, renames
from server.live.limits import Refused
from server.live.operations import Operation
from server.live.promises import Done, Promises
from server.live.recent import Recent, of_entry, of_row
from server.live.revert import revert
from server.live.store import GONE, Entry, State

if TYPE_CHECKING:
    from server.live.connection import Connection

MOST_WAITING = 5000  # edits that wait for the disk
ANYBODY = 2000  # authors remembered


class Live:
    """One document. Its methods are for the event loop."""

    def __init__(self, name: str, database: Database, state: State, recent: Sequence[Any]) -> None:
        self.name, self.head, self.shown = name, state, state
        self.connections: set[Connection] = set()
        self.problems: tuple[int, str] | None = None  # what was found in a revision
        self.used = time.monotonic()
        self.on_shown: list[Callable[[], None]] = []
        self._database = database
        self._authors: dict[str, Author] = {}
        self._waiting: list[tuple[Entry, asyncio.Future[Done], Done]] = []
        self._promised = Promises()
        self._writer: asyncio.Task[None] | None = None
        self._recent = Recent(recent)
        self._watching: list[list[tuple[Change, ...]]] = []

    @property
    def address(self) -> str:
        """What it is called in a sentence."""
        return self.name.replace("/", ".")

    # edits

    async def author(self, client: str) -> Author:
        """What is known of a client; from the log the first time."""
        if client not in self._authors:
            rows = await self._database.ask(lambda connection: store.of_client(connection, self.name, client))
            if client not in self._authors:  # another request of this client may have been faster
                if len(self._authors) >= ANYBODY and not self._promised:
                    self._authors.clear()
                self._authors[client] = Author.of(client, rows)
        return self._authors[client]

    def edit(
        self, author: Author, edit: str, operations: Sequence[Operation], asked: Sequence[Json]
    ) -> asyncio.Future[Done]:
        """Apply operations at the head. Raises `Refused`; the future is done when they are on the disk."""
        known = self._known(author, edit)
        if known is not None:
            return known
        self._must_exist()
        made = apply(self.head.document, self.head.size, operations)
        return self._accept(author, edit, EDIT, asked, made)

    async def revert(self, client: str, edit: str, kind: str) -> asyncio.Future[Done]:
        """Undo or redo what the client did last. Raises `Refused` if there is nothing."""
        while True:
            author = await self.author(client)
            known = self._known(author, edit)
            if known is not None:
                return known
            self._must_exist()
            stack = author.stack(kind)
            if not stack:
                raise Refused(f"there is nothing to {kind}")
            target = stack[-1]
            await self.written()
            changes = await self._changes(target)
            if self._authors.get(client) is author and stack and stack[-1] == target and edit not in author.known:
                made = revert(self.head.document, self.head.size, changes)
                applied = Applied(made.document, made.size, made.changes)
                return self._accept(author, edit, kind, [{"op": kind, "revision": target}], applied, made.kept)

    async def _changes(self, revision: int) -> tuple[Change, ...]:
        """What an edit did, to nodes as they are called now; all edits are on the disk when this is asked."""
        last, late = self.head.revision, list[tuple[Change, ...]]()
        self._watching.append(late)  # edits that come in while the log is read

        def question(connection: Any) -> list[tuple[Change, ...]]:
            if folded(connection, self.name)[0] >= revision:
                return []
            return store.changes_between(connection, self.name, revision - 1, last)

        try:
            found = await self._database.ask(question)
        finally:
            self._watching = [one for one in self._watching if one is not late]
        if not found:
            raise Refused("what would be undone is too long ago")
        changes, *since = found
        return followed(changes, renames([*since, *late]))

    def replace(self, author: Author, edit: str, kind: str, document: Json) -> asyncio.Future[Done]:
        """Make the document another one: a file that was put, an older revision, a first one."""
        draft = Draft(self.head.document)
        difference(draft, document)
        made = Applied(draft.document, self.head.size + draft.grown, tuple(draft.changes))
        return self._accept(author, edit, kind, [], made)

    def delete(self, author: Author, edit: str) -> asyncio.Future[Done]:
        """Delete the document; its history stays."""
        self._must_exist()
        return self._accept(author, edit, GONE, [], Applied(self.head.document, self.head.size, ()))

    def take(self, author: Author, edit: str, kind: str, made: Applied) -> asyncio.Future[Done]:
        """An edit that was worked out elsewhere, from the head as it is."""
        return self._accept(author, edit, kind, [], made)

    def _must_exist(self) -> None:
        if not self.head.exists:
            raise Refused(f"there is no document {self.address!r}", status=404)

    def _known(self, author: Author, edit: str) -> asyncio.Future[Done] | None:
        """The answer to an id that was used before."""
        revision = author.known.get(edit)
        return self._promised.known(revision) if revision is not None else None

    def _accept(
        self, author: Author, edit: str, kind: str, asked: Sequence[Json], made: Applied, kept: tuple[str, ...] = ()
    ) -> asyncio.Future[Done]:
        if len(self._waiting) >= MOST_WAITING:
            raise Refused("too many edits wait for the disk; try again", status=503)
        after = State(made.document, self.head.revision + 1, made.size, kind == GONE)
        entry = Entry(author.client, edit, kind, time.time(), asked, made.changes, after)
        self.head = after
        for late in self._watching:
            late.append(made.changes)
        author.note(entry.revision, edit, kind)
        future = self._promised.make(entry.revision)
        self._waiting.append((entry, future, Done(entry.revision, kept=kept)))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return future

    # the disk

    async def written(self) -> None:
        """Returns when all edits so far are on the disk, or refused."""
        if self._writer is not None:
            await asyncio.shield(self._writer)

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await self._store([entry for entry, _, _ in batch])
            except Exception as error:
                LOG.error("document %s: edits could not be stored: %s", self.name, error)
                await self._start_over(batch)
                continue
            for entry, future, done in batch:
                self._publish(entry)
                self._promised.keep(entry.revision)
                if not future.done():
                    future.set_result(done)
            for hear in self.on_shown:
                hear()

    async def _store(self, entries: Sequence[Entry]) -> None:
        await self._database.ask(lambda connection: store.append(connection, self.name, entries))

    async def _start_over(self, batch: list[tuple[Entry, asyncio.Future[Done], Done]]) -> None:
        """Nothing of what waits was stored, or can be: refuse it, and take the document as the database has it."""
        try:
            state = await self._database.ask(lambda connection: store.load(connection, self.name))
            rows = await self._database.ask(
                lambda connection: store.entries_after(connection, self.name, self.shown.revision)
            )
        except Exception as error:
            LOG.error("document %s: cannot be read: %s", self.name, error)
            state, rows = self.shown, []
        refused, self._waiting = [*batch, *self._waiting], []
        self.head = self.shown = state
        self._authors.clear()
        self._promised.clear()
        for row in rows:  # written by another server: our clients hear of it
            self._tell(row.revision, of_row(row))
        for _, future, _ in refused:
            if not future.done():
                future.set_exception(Refused("the edit could not be stored; send it again", status=503))
                future.exception()  # whoever waits for it hears of it; nobody need

    # who is told

    def _publish(self, entry: Entry) -> None:
        self.shown = entry.after
        self.used = time.monotonic()
        self._tell(entry.revision, of_entry(entry))

    def _tell(self, revision: int, text: str) -> None:
        self._recent.remember(revision, text)
        for connection in list(self.connections):
            connection.tell(revision, text)

    def since(self, after: int | None) -> str | None:
        """The entries after a revision as a JSON list; None if they are not all at hand."""
        return self._recent.since(after, self.shown.revision)


def as_refusal(refused: Refused) -> Refusal:
    """For an answer over HTTP."""
    where = ".".join(part for part in (refused.node, refused.input) if part)
    text = f"{where}: {refused.message}" if where else refused.message
    return Refusal(refused.status, text, problems=[refused.json()])
