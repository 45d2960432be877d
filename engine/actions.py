"""The action table: which key gave which value, and where its leaves lie.

An action holds a value's tree and its parts. A part is a leaf: small ones lie in the row itself (a file would cost
more than it holds), others are a file named by digest, which several actions may share and `blob` counts. `meta` keeps
the sum of all bytes (by triggers) and the clock of the eviction (see `gdsf`).

SQLite does not notice a flipped bit in what it stores, so each row carries a seal, a digest over what it says; a row
whose seal does not fit is not there. What only steers the eviction (hits, priority, last use) is not sealed.

All functions take a connection; those that write expect to be in a transaction, and those that free files return their
digests. The caller deletes them in a *second* transaction, after looking whether they are still `unused`: whoever is
killed in between leaves files without a row, never a row without its files. Whoever adds an action looks under the same
write lock that its files are there.
"""

from __future__ import annotations

import math
import secrets
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from engine.digest import Key, digest
from engine.gdsf import priority
from engine.leaves import Undecodable

VERSION = 1
_SUM = "INSERT INTO meta VALUES ('bytes', {}) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"
SCHEMA = (
    "CREATE TABLE action (key BLOB PRIMARY KEY, tree BLOB, parts BLOB, own INTEGER, bytes INTEGER, seconds REAL,"
    " content BLOB, seal BLOB, hits INTEGER, priority REAL, used REAL)",
    "CREATE INDEX action_priority ON action (priority)",
    "CREATE TABLE blob (digest BLOB PRIMARY KEY, bytes INTEGER, refs INTEGER) WITHOUT ROWID",
    "CREATE TABLE lease (id INTEGER PRIMARY KEY, owner TEXT, expires REAL, keys BLOB)",
    "CREATE TABLE note (space TEXT, key BLOB, value BLOB, seal BLOB, used REAL, PRIMARY KEY (space, key))",
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value REAL) WITHOUT ROWID",
    "CREATE TRIGGER action_in AFTER INSERT ON action BEGIN " + _SUM.format("NEW.own") + "; END",
    "CREATE TRIGGER action_out AFTER DELETE ON action BEGIN " + _SUM.format("-OLD.own") + "; END",
    "CREATE TRIGGER blob_in AFTER INSERT ON blob BEGIN " + _SUM.format("NEW.bytes") + "; END",
    "CREATE TRIGGER blob_out AFTER DELETE ON blob BEGIN " + _SUM.format("-OLD.bytes") + "; END",
)
ROW = 256  # bytes that a row costs beside what it holds
CHUNK = 500  # keys in one statement
_ADD = "INSERT INTO blob VALUES (?, ?, 1) ON CONFLICT (digest) DO UPDATE SET refs = refs + 1"
_PART = struct.Struct("<BB32sq")


class Part(NamedTuple):
    """A leaf of a stored value. `inline` holds its file form if it lies in the row."""

    tensor: bool
    digest: Key
    size: int
    inline: bytes | None


@dataclass(frozen=True)
class Action:
    """A stored value: key, packed tree and parts, what it cost, and the digest of what it holds (empty: not known)."""

    key: Key
    tree: bytes
    parts: tuple[Part, ...]
    seconds: float
    content: Key

    @cached_property
    def listed(self) -> Key:
        """The parts as the row holds them."""
        return b"".join(
            _PART.pack(part.tensor, part.inline is not None, part.digest, part.size) + (part.inline or b"")
            for part in self.parts
        )

    @property
    def own(self) -> int:
        """Bytes in the row."""
        return ROW + len(self.tree) + len(self.listed)

    @property
    def bytes(self) -> int:
        """Bytes in the row and in its files."""
        return self.own + sum(size for _, size in self.files)

    @cached_property
    def files(self) -> list[tuple[Key, int]]:
        """Digest and size of each file, once."""
        return sorted({(part.digest, part.size) for part in self.parts if part.inline is None})

    @property
    def seal(self) -> Key:
        """Digest over all of it."""
        return digest(self.key, self.tree, self.listed, struct.pack("<d", self.seconds), self.content)[:16]


def _read(data: bytes) -> Iterator[Part]:
    at = 0
    while at < len(data):
        tensor, inline, name, size = _PART.unpack_from(data, at)
        at += _PART.size
        yield Part(bool(tensor), name, size, data[at : at + size] if inline else None)
        at += size if inline else 0


def find(db: sqlite3.Connection, key: Key) -> Action | None:
    """The action with this key, if there is one. Raises `Undecodable` if it is damaged."""
    columns = "SELECT tree, parts, seconds, content, seal FROM action WHERE key = ?"
    row = db.execute(columns, (key,)).fetchone()
    if row is None:
        return None
    tree, parts, seconds, content, seal = row
    try:
        found = Action(key, tree, tuple(_read(parts)), seconds, content)
        if found.seal == seal:
            return found
    except (TypeError, ValueError, AttributeError, struct.error, OverflowError):
        pass
    raise Undecodable("a damaged row")


def has(db: sqlite3.Connection, key: Key) -> bool:
    """True if there is an action with this key."""
    return db.execute("SELECT 1 FROM action WHERE key = ?", (key,)).fetchone() is not None


def known(db: sqlite3.Connection, keys: Sequence[Key]) -> set[Key]:
    """Those of the keys that have an action."""
    found: set[Key] = set()
    for i in range(0, len(keys), CHUNK):
        some = keys[i : i + CHUNK]
        marks = ",".join("?" * len(some))
        found.update(key for (key,) in db.execute(f"SELECT key FROM action WHERE key IN ({marks})", some))
    return found


def insert(db: sqlite3.Connection, action: Action, clock: float, now: float) -> list[Key]:
    """Add an action, in the place of one with the same key. Returns the files that this freed."""
    freed = remove(db, action.key)
    db.executemany(_ADD, action.files)
    size = action.bytes
    row = (action.key, action.tree, action.listed, action.own, size, action.seconds, action.content, action.seal)
    db.execute("INSERT INTO action VALUES (?,?,?,?,?,?,?,?,?,?,?)", (*row, 1, priority(clock, row[5], size), now))
    return freed


def remove(db: sqlite3.Connection, key: Key) -> list[Key]:
    """Remove an action. Returns the digests of the files that nothing else uses."""
    row = db.execute("SELECT parts FROM action WHERE key = ?", (key,)).fetchone()
    if row is None:
        return []
    db.execute("DELETE FROM action WHERE key = ?", (key,))
    names = _names(row[0])
    db.executemany("UPDATE blob SET refs = refs - 1 WHERE digest = ?", ((name,) for name in names))
    spent = "DELETE FROM blob WHERE digest = ? AND refs <= 0"
    return [name for name in names if db.execute(spent, (name,)).rowcount]


def _names(parts: Any) -> list[Key]:
    try:
        return sorted({part.digest for part in _read(parts) if part.inline is None})
    except (TypeError, struct.error):
        return []  # damaged: what it used is collected by `gc`


def unused(db: sqlite3.Connection, digests: Iterable[Key]) -> list[Key]:
    """Those of the files that no action refers to."""
    known = "SELECT 1 FROM blob WHERE digest = ?"
    return [name for name in digests if not db.execute(known, (name,)).fetchone()]


def evict(db: sqlite3.Connection, budget: int, now: float) -> list[Key]:
    """Remove the actions of least priority until the budget holds; what a live lease pins stays.

    Returns the files that this freed.
    """
    freed: list[Key] = []
    if meta(db, "bytes") <= budget:
        return freed
    pinned = _pinned(db, now)
    clock = meta(db, "clock")
    while meta(db, "bytes") > budget:
        least = "SELECT key, priority FROM action ORDER BY priority LIMIT ?"
        condemned = [row for row in db.execute(least, (CHUNK + len(pinned),)).fetchall() if row[0] not in pinned]
        for key, rank in condemned:
            if meta(db, "bytes") <= budget:
                break
            freed += remove(db, key)
            clock = max(clock, _number(rank))
        if not condemned:
            break
    set_meta(db, "clock", clock)
    return freed


def _pinned(db: sqlite3.Connection, now: float) -> set[Key]:
    found: set[Key] = set()
    for (keys,) in db.execute("SELECT keys FROM lease WHERE expires > ?", (now,)):
        if isinstance(keys, bytes):
            found.update(keys[i : i + 32] for i in range(0, len(keys), 32))
    return found


def touch(db: sqlite3.Connection, keys: Iterable[Key], clock: float, now: float) -> None:
    """The values were asked for."""
    for key in keys:
        row = db.execute("SELECT hits, seconds, bytes FROM action WHERE key = ?", (key,)).fetchone()
        if row is not None:
            hits, seconds, size = (_number(n) for n in row)
            row = (hits + 1, priority(clock, seconds, int(size), int(hits) + 1), now, key)
            db.execute("UPDATE action SET hits = ?, priority = ?, used = ? WHERE key = ?", row)


def meta(db: sqlite3.Connection, name: str) -> float:
    """A number of the whole table; 0 if it was never set."""
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return _number(row[0]) if row is not None else 0.0


def _number(value: object) -> float:
    """A number from a column without a seal: 0 if it is none (any more)."""
    return value if isinstance(value, (int, float)) and math.isfinite(value) else 0.0


def set_meta(db: sqlite3.Connection, name: str, value: float) -> None:
    """Set a number of the whole table."""
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, float(value)))


def find_note(db: sqlite3.Connection, space: str, key: Key) -> bytes | None:
    """A small record; None if there is none, or it is damaged."""
    row = db.execute("SELECT value, seal FROM note WHERE space = ? AND key = ?", (space, key)).fetchone()
    fits = row is not None and isinstance(row[0], bytes) and digest(space.encode(), key, row[0])[:16] == row[1]
    return row[0] if fits else None


def insert_note(db: sqlite3.Connection, space: str, key: Key, value: bytes, now: float) -> None:
    """Write a small record."""
    seal = digest(space.encode(), key, value)[:16]
    db.execute("INSERT OR REPLACE INTO note VALUES (?, ?, ?, ?, ?)", (space, key, value, seal, now))


def pin(db: sqlite3.Connection, owner: str, keys: Iterable[Key], expires: float) -> int:
    """Protect keys from eviction until the lease expires. Returns the lease."""
    lease = secrets.randbits(62)  # never used again: whoever ends an expired lease must not end another's
    db.execute("INSERT INTO lease VALUES (?, ?, ?, ?)", (lease, owner, expires, b"".join(keys)))
    return lease


def keep(db: sqlite3.Connection, key: Key, now: float, seconds: float) -> None:
    """Protect a key from eviction for `seconds` from now on, whoever asked before and whether they still live."""
    owner = f"kept {key.hex()}"
    db.execute("DELETE FROM lease WHERE owner = ?", (owner,))
    pin(db, owner, [key], now + seconds)


def kept(db: sqlite3.Connection, key: Key) -> float:
    """The time until which `keep` protects a key; 0 if it does not."""
    row = db.execute("SELECT MAX(expires) FROM lease WHERE owner = ?", (f"kept {key.hex()}",)).fetchone()
    return _number(row[0])


def unpin(db: sqlite3.Connection, lease: int) -> None:
    """End a lease."""
    db.execute("DELETE FROM lease WHERE id = ?", (lease,))


def renew(db: sqlite3.Connection, owner: str, expires: float) -> None:
    """Extend all leases of an owner."""
    db.execute("UPDATE lease SET expires = ? WHERE owner = ?", (expires, owner))


def expire(db: sqlite3.Connection, now: float) -> None:
    """Forget the leases whose owner did not renew them."""
    db.execute("DELETE FROM lease WHERE expires <= ?", (now,))
