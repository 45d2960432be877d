"""What earlier plans and runs left behind for the next plan, besides results.

* scalars: the values of outputs that are keyed by what they are,
* contents: the digests of outputs that are keyed by what they hold,
* planned: the results of plan-time nodes.

They are small JSON, remembered in memory and, if there is a store, in side tables of it, so that a plan in a new
process need not compute them (nor import what computes them). They survive the eviction of the results themselves.
Writing is put off to `flush`: a plan writes nothing while it thinks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.cache import Cache
from engine.digest import Key
from engine.errors import Unencodable
from engine.leaves import Undecodable
from engine.pack import pack, unpack
from engine.values import UNKNOWN


class Recollection:
    """Implements `engine.scope.Recall`. `cache` None: memory only."""

    def __init__(self, cache: Cache | None, classes: Mapping[str, type]) -> None:
        self._cache, self._classes = cache, classes
        self._known: dict[tuple[str, Key], Any] = {}
        self._unwritten: list[tuple[str, Key, Any]] = []

    def scalar(self, key: Key) -> Any:
        """The value of a by-value output, or `UNKNOWN`."""
        return self._find("scalar", key)

    def content(self, key: Key) -> Key | None:
        """The content digest of a by-content output; b"" if it is too large for that; None if it is not known."""
        found = self._find("content", key)
        return None if found is UNKNOWN else bytes.fromhex(found)

    def planned(self, key: Key) -> Any:
        """The result of a plan-time node, or `UNKNOWN`."""
        return self._find("plan", key)

    def note_scalar(self, key: Key, value: Any) -> None:
        """Remember a by-value output."""
        self._note("scalar", key, value)

    def note_content(self, key: Key, content: Key) -> None:
        """Remember the content digest of an output."""
        self._note("content", key, content.hex())

    def remember(self, key: Key, value: Any) -> None:
        """Remember the result of a plan-time node."""
        self._note("plan", key, value)

    def afresh(self) -> Recollection:
        """One that knows nothing yet, and tells this one what it learns: for a run that is to compute everything."""
        return _Afresh(self)

    def flush(self) -> None:
        """Write what is new to the store. What cannot be packed stays in memory only."""
        items, self._unwritten = self._unwritten, []
        if self._cache is None:
            return
        for table, key, value in items:
            try:
                packed = pack(value)
            except Unencodable:
                continue
            if not packed.leaves:
                self._cache.put_json(table, key, packed.json)

    def _note(self, table: str, key: Key, value: Any) -> None:
        self._known[table, key] = value
        self._unwritten.append((table, key, value))

    def _find(self, table: str, key: Key) -> Any:
        found = self._known.get((table, key), UNKNOWN)
        if found is UNKNOWN and self._cache is not None:
            stored = self._cache.get_json(table, key)
            if stored is not None:
                try:
                    found = self._known[table, key] = unpack(stored, [], self._classes)
                except Undecodable:
                    return UNKNOWN
        return found


class _Afresh(Recollection):
    """Remembers what one run found out, and passes it on."""

    def __init__(self, of: Recollection) -> None:
        super().__init__(None, of._classes)
        self._of = of

    def _note(self, table: str, key: Key, value: Any) -> None:
        self._known[table, key] = value
        self._of._note(table, key, value)

    def flush(self) -> None:
        """Write what is new to the store."""
        self._of.flush()
