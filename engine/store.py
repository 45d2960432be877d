"""The disk tier: values by key, in an action table (`actions`) and files named by digest (`blobs`).

Nothing here raises because of what lies on the disk. A row or a file that is damaged, cut short or gone is a miss, and
its row is dropped; a damaged database is left aside and a new one started; when the disk refuses to be written to, the
store says so once and goes on without writing.

Order of writing: first the files (under temporary names, then renamed), then one transaction with the rows. A process
killed in between leaves files that no row knows; `upkeep.collect` removes them when they are old enough not to be
another process's that is about to write its row. Order of deleting: first the rows, then the files.
"""

from __future__ import annotations

import sqlite3
import time
import uuid
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from engine import actions
from engine.actions import Action, Part
from engine.blobs import Blobs
from engine.database import FAILURES, Database, Trouble, trouble
from engine.digest import Key
from engine.errors import Unencodable
from engine.leaves import Leaf, Undecodable, blake, chunks, length, read_tensor
from engine.pack import pack, unpack

INLINE = 64 << 10  # leaves up to here lie in the row: a file each costs a sampling loop more (benchmarks/bench_loop.py)
LEASE = 60.0  # seconds after which the pins of a process that was killed are void
LATELY = 256  # tensors whose digest is remembered while they live
DAY = 86400.0
BROKEN = 3  # databases that a process finds damaged before it does without
T = TypeVar("T")


class Written(NamedTuple):
    """A value whose files are written and whose row is not."""

    action: Action
    leaves: list[Leaf]


@dataclass(frozen=True)
class Loaded:
    """A value from the disk."""

    value: Any
    seconds: float
    content: Key


class Store:
    """The disk tier in `folder`. Thread-safe; other processes may use the same folder."""

    def __init__(
        self, folder: Path, *, classes: Mapping[str, type], budget: int, on_warning: Callable[[str], None]
    ) -> None:
        self.folder = folder / f"v{actions.VERSION}"  # another version's files are none of our business
        self.budget, self.classes, self._warn = budget, classes, on_warning
        self.blobs = Blobs(self.folder / "blobs")
        self.database = Database(self.folder, actions.SCHEMA, actions.VERSION)
        self.readable = self.writable = True
        self.wrote = False
        self.unwritten = 0  # values that could not be written: no stored form, or the database was busy
        self._owner = uuid.uuid4().hex
        self._leases: set[int] = set()
        self._renewed = time.monotonic()
        self._broken = 0
        self._bad: set[Key] = set()  # keys whose rows cannot be read, and perhaps not be dropped either
        self._touched: set[Key] = set()
        self._lately: dict[int, tuple[weakref.ref[Leaf], int, Part]] = {}  # parts by the identity of their tensors

    def has(self, key: Key) -> bool:
        """True if there is a value, as far as the table says."""
        return key not in self._bad and self.read(lambda db: actions.has(db, key), False)

    def known(self, keys: Sequence[Key]) -> set[Key]:
        """Those of the keys that have a value, as far as the table says."""
        found: set[Key] = self.read(lambda db: actions.known(db, keys), set())
        return found - self._bad

    def action(self, key: Key) -> Action | None:
        """What is known of a value, verified; its files are not looked at."""
        if key in self._bad:
            return None
        try:
            return self.read(lambda db: actions.find(db, key), None)
        except Undecodable:
            self._spoilt(key, [])
            return None

    def load(self, key: Key, device: str = "cpu") -> Loaded | None:
        """The value, verified to the last byte."""
        action = self.action(key)
        if action is None:
            return None
        try:
            leaves = [self._leaf(part) for part in action.parts]
            value = unpack(action.tree, leaves, self.classes, device)
        except Undecodable:
            self._spoilt(key, [digest for digest, _ in action.files])
            return None
        self._touched.add(key)
        return Loaded(value, action.seconds, action.content)

    def prepare(self, key: Key, value: object, seconds: float, content: Key = b"") -> Written | None:
        """Write a value's files. None if it has no stored form or the disk refuses. For one thread only."""
        try:
            packed = pack(value)
            if not all(name in self.classes for name in packed.types):  # it finds names, and lists none
                raise Unencodable("a type that could not be read back")
            parts = tuple(map(self._part, packed.leaves))
        except Unencodable:
            self.unwritten += 1
            return None
        except OSError as error:
            self._failed(error, self.database.path)
            return None
        return Written(Action(key, packed.json.encode(), parts, seconds, content), packed.leaves)

    def commit(self, written: Sequence[Written], notes: Sequence[tuple[str, Key, bytes]] = ()) -> bool:
        """Enter values whose files are written, and small records, in one transaction; then keep to the budget."""
        now = time.time()
        touched, self._touched = self._touched, set()

        def enter(db: sqlite3.Connection) -> list[Key]:
            clock = actions.meta(db, "clock")
            freed = []
            for action, leaves in written:
                for part, leaf in zip(action.parts, leaves, strict=True):
                    if part.inline is None and not self.blobs.present(part.digest, part.size):
                        self.blobs.write(part.digest, chunks(leaf))  # another process has deleted it since
                freed += actions.insert(db, action, clock, now)
            actions.touch(db, touched, clock, now)
            for space, key, value in notes:
                actions.insert_note(db, space, key, value, now)
            return freed + actions.evict(db, self.budget, now)

        done = self._removing(enter)
        if done:
            self.wrote = True
            self._bad.difference_update(action.key for action, _ in written)
        else:
            self.unwritten += len(written)
        return done

    def note(self, space: str, key: Key) -> bytes | None:
        """A small record."""
        return self.read(lambda db: actions.find_note(db, space, key), None)

    def drop(self, keys: Sequence[Key]) -> None:
        """Forget values."""
        self._removing(lambda db: [name for key in keys for name in actions.remove(db, key)])

    def pin(self, keys: Sequence[Key]) -> int | None:
        """Protect values from eviction by any process, until `unpin` of the lease that this returns."""
        lease = self.write(lambda db: actions.pin(db, self._owner, keys, time.time() + LEASE), None)
        if lease is not None:
            self._leases.add(lease)
        return lease

    def unpin(self, lease: int) -> None:
        """End a lease."""
        self._leases.discard(lease)
        self.write(lambda db: actions.unpin(db, lease), None)

    def keep(self, keys: Sequence[Key], seconds: float) -> None:
        """Protect values from eviction for `seconds`, past the end of this process. Written at most once a day."""
        now = time.time()

        def overdue(db: sqlite3.Connection) -> list[Key]:
            return [key for key in keys if actions.kept(db, key) < now + seconds - DAY]

        def enter(db: sqlite3.Connection) -> None:
            for key in late:
                actions.keep(db, key, now, seconds)

        none: list[Key] = []
        late = self.read(overdue, none)

        if late:
            self.write(enter, None)

    def renew(self) -> None:
        """Keep the leases alive: to be called at least every `LEASE / 3` seconds."""
        if self._leases and time.monotonic() - self._renewed > LEASE / 4:
            self._renewed = time.monotonic()
            self.write(lambda db: actions.renew(db, self._owner, time.time() + LEASE), None)

    def close(self) -> None:
        """Note what was asked for, and close."""
        if self._touched:
            self.commit([])
        self.database.close()

    def read(self, do: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """What `do` reads, or `otherwise` if the database fails."""
        path = self.database.path
        try:
            return self.database.read(do) if self.readable else otherwise
        except FAILURES as error:
            self._failed(error, path, reading=True)
            return otherwise

    def write(self, do: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """What `do` returns after a transaction, or `otherwise` if it failed and was undone."""
        path = self.database.path
        try:
            return self.database.write(do) if self.writable else otherwise
        except FAILURES as error:
            self._failed(error, path)
            return otherwise

    def _removing(self, do: Callable[[sqlite3.Connection], list[Key]]) -> bool:
        """A transaction that returns the files it freed, and another that deletes them. False if the first failed."""

        def delete(db: sqlite3.Connection) -> None:
            for name in actions.unused(db, freed or ()):
                self.blobs.remove(name)

        freed = self.write(do, None)
        if freed:
            self.write(delete, None)
        return freed is not None

    def _failed(self, error: Exception, path: Path, *, reading: bool = False) -> None:
        kind = trouble(error)
        if kind is Trouble.BUSY:
            return
        if kind is Trouble.BROKEN and self._broken < BROKEN:
            self._broken += 1
            try:
                if self.database.give_up(path):
                    self._warn(f"the cache's index {path} is damaged ({error}); a new one is started")
                return
            except OSError as refused:
                error = refused
        if reading or kind is Trouble.BROKEN:
            self.readable = False
        if self.writable:
            self.writable = False
            self._warn(f"nothing more is cached on disk in {self.folder}: {error}")

    def _part(self, leaf: Leaf) -> Part:
        """Write a leaf's file. A tensor that was written lately (a solver's history) is recognised."""
        known = self._lately.get(id(leaf))
        version = 0 if isinstance(leaf, bytes) or leaf.is_inference() else leaf._version
        if known is not None and known[0]() is leaf and known[1] == version:
            return known[2]
        form = chunks(leaf)
        size = length(form)
        part = Part(not isinstance(leaf, bytes), blake(form), size, b"".join(form) if size <= INLINE else None)
        if part.inline is None:
            self.blobs.write(part.digest, form)
        if not isinstance(leaf, bytes):
            if len(self._lately) > LATELY:
                self._lately.clear()
            self._lately[id(leaf)] = (weakref.ref(leaf), version, part)
        return part

    def _leaf(self, part: Part) -> Leaf:
        data = part.inline if part.inline is not None else self.blobs.read(part.digest, part.size)
        if data is None:
            raise Undecodable("a file is gone or damaged")
        return read_tensor(data) if part.tensor else data

    def _spoilt(self, key: Key, digests: Sequence[Key]) -> None:
        """Forget a value that cannot be read, and those of its files that are damaged."""
        self._bad.add(key)

        def delete(db: sqlite3.Connection) -> None:
            for name in digests:
                if not self.blobs.sound(name):
                    self.blobs.remove(name)

        self.drop([key])
        self.write(delete, None)
