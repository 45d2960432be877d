"""Changes: what an operation did to a document, as three kinds of small edits.

    put    a value at a path: replaces what is there, or is inserted before a key (else at the end)
    drop   what is at a path
    rename a key, in its place

A path goes through objects by key, and through a list of objects (`ui.groups`, `ui.notes`, `ui.reroutes`) by their
`id`: such a list is an object whose order shows. Documents are never changed in place: an edit copies the objects along
its path and shares the rest. A change knows what was there before, and where, so that it can be taken back to the last
byte. The log keeps changes, not only operations: history reads the same when the meaning of an operation has moved on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str, ...]
Json = dict[str, Any]


class Absent:
    """Nothing is there (null is something)."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT = Absent()


class Unreachable(Exception):
    """A path that leads nowhere in this document."""


@dataclass(frozen=True, slots=True)
class Put:
    """A value, in place of `was` or inserted before the key `before`."""

    path: Path
    value: Any
    was: Any = ABSENT
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Drop:
    """No value any more; `was` stood before the key `before`."""

    path: Path
    was: Any
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Rename:
    """The last key of `path` is `to` now."""

    path: Path
    to: str


Change = Put | Drop | Rename


@dataclass
class Draft:
    """A document while it is edited, the changes made so far, and by how many bytes of JSON it grew."""

    document: Json
    changes: list[Change] = field(default_factory=list)
    grown: int = 0

    def get(self, *path: str) -> Any:
        """What is at a path, or ABSENT."""
        return value_at(self.document, path)

    def put(self, path: Path, value: Any, before: str | None = None) -> None:
        """Set a value; objects on the way that are missing are made. The same value again is no change."""
        for length in range(1, len(path)):
            if self.get(*path[:length]) is ABSENT:
                self._do(Put(path[:length], {}))
        was = self.get(*path)
        if was is ABSENT:
            parent = self.get(*path[:-1])
            self._do(Put(path, value, ABSENT, before if before in keys_of(parent) else None))
        elif not same(was, value):
            self._do(Put(path, value, was))

    def drop(self, path: Path) -> None:
        """Remove what is at a path, if something is."""
        was = self.get(*path)
        if was is not ABSENT:
            self._do(Drop(path, was, _after(self.get(*path[:-1]), path[-1])))

    def rename(self, path: Path, to: str) -> None:
        """Rename a key that is there."""
        self._do(Rename(path, to))

    def _do(self, change: Change) -> None:
        self.document = applied(self.document, change)
        self.changes.append(change)
        self.grown += growth(change)


def value_at(document: Any, path: Iterable[str]) -> Any:
    """What is at a path, or ABSENT."""
    for key in path:
        if isinstance(document, dict):
            document = document.get(key, ABSENT)
        elif isinstance(document, list):
            document = next((item for item in document if _id(item) == key), ABSENT)
        else:
            return ABSENT
    return document


def applied(document: Json, change: Change) -> Json:
    """The document after a change. Raises `Unreachable` if the change is of another document."""
    if isinstance(change, Put):
        value, before = change.value, change.before
        made: Json = _edited(document, change.path, lambda holder, key: _with(holder, key, value, before))
    elif isinstance(change, Drop):
        made = _edited(document, change.path, _without)
    else:
        to = change.to
        made = _edited(document, change.path, lambda holder, key: _renamed(holder, key, to))
    return made


def replayed(document: Json, changes: Iterable[Change]) -> Json:
    """The document after all changes."""
    for change in changes:
        document = applied(document, change)
    return document


def same(a: Any, b: Any) -> bool:
    """Whether two values are the same JSON: 1 is not 1.0 or true, and order counts."""
    return a is b or (type(a) is type(b) and json.dumps(a) == json.dumps(b))


def growth(change: Change) -> int:
    """How many bytes longer the document's JSON gets, roughly."""
    if isinstance(change, Rename):
        return len(change.to) - len(change.path[-1])
    more = 0
    if isinstance(change, Put):
        more += len(json.dumps(change.value)) + (len(change.path[-1]) + 6 if change.was is ABSENT else 0)
    if change.was is not ABSENT:
        more -= len(json.dumps(change.was)) + (len(change.path[-1]) + 6 if isinstance(change, Drop) else 0)
    return more


def to_json(change: Change, whole: bool = True) -> Json:
    """A change for the log, or (not `whole`) for clients, which need not know what was there."""
    if isinstance(change, Rename):
        return {"rename": list(change.path), "to": change.to}
    made: Json
    made = {"put": list(change.path), "value": change.value} if isinstance(change, Put) else {"drop": list(change.path)}
    if change.was is not ABSENT and whole:
        made["was"] = change.was
    if change.before is not None and (whole or isinstance(change, Put)):
        made["before"] = change.before
    return made


def from_json(made: Mapping[str, Any]) -> Change:
    """A change of the log."""
    if "rename" in made:
        return Rename(tuple(made["rename"]), made["to"])
    was, before = made.get("was", ABSENT), made.get("before")
    if "put" in made:
        return Put(tuple(made["put"]), made["value"], was, before)
    return Drop(tuple(made["drop"]), was, before)


def keys_of(holder: Any) -> list[str]:
    """The keys of an object, or the ids of a list."""
    if isinstance(holder, dict):
        return list(holder)
    return [key for item in holder if (key := _id(item)) is not None] if isinstance(holder, list) else []


def _id(item: Any) -> str | None:
    found = item.get("id") if isinstance(item, dict) else None
    return found if isinstance(found, str) else None


def _after(holder: Any, key: str) -> str | None:
    keys = keys_of(holder)
    at = keys.index(key)
    return keys[at + 1] if at + 1 < len(keys) else None


def _edited(holder: Any, path: Path, edit: Callable[[Any, str], Any]) -> Any:
    if len(path) == 1:
        return edit(holder, path[0])
    child = value_at(holder, path[:1])
    if not isinstance(child, (dict, list)):
        raise Unreachable(path[0])
    return _with(holder, path[0], _edited(child, path[1:], edit), None)


def _with(holder: Any, key: str, value: Any, before: str | None) -> Any:
    if isinstance(holder, list):
        if _id(value) != key:
            raise Unreachable(key)
        if key in (ids := [_id(item) for item in holder]):
            at = ids.index(key)
            return [*holder[:at], value, *holder[at + 1 :]]
        at = ids.index(before) if before in ids and before is not None else len(holder)
        return [*holder[:at], value, *holder[at:]]
    if not isinstance(holder, dict):
        raise Unreachable(key)
    if key in holder or before is None or before not in holder:
        return {**holder, key: value}
    made = {}
    for name, one in holder.items():
        if name == before:
            made[key] = value
        made[name] = one
    return made


def _without(holder: Any, key: str) -> Any:
    if isinstance(holder, list) and key in (ids := [_id(item) for item in holder]):
        at = ids.index(key)
        return [*holder[:at], *holder[at + 1 :]]
    if not isinstance(holder, dict) or key not in holder:
        raise Unreachable(key)
    return {name: one for name, one in holder.items() if name != key}


def _renamed(holder: Any, key: str, to: str) -> Any:
    if not isinstance(holder, dict) or key not in holder or to in holder:
        raise Unreachable(key)
    return {to if name == key else name: one for name, one in holder.items()}
