"""An undo follows renames: what an edit did to a node is taken back at the node, whatever it is called by then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from server.live.changes import ABSENT, Change, Draft, Drop, Json, Path, Put, Rename, value_at
from server.live.references import LOOKS, renamed_in

SHELVES = ("groups", "notes", "reroutes")  # parts of `ui` that are lists


def renames(steps: Iterable[Iterable[Change]]) -> dict[str, str]:
    """Which nodes have another name after all changes: name at first → name now."""
    now: dict[str, str] = {}  # name now → name at first
    for changes in steps:
        for change in changes:
            if len(change.path) != 2 or change.path[0] != "nodes":
                continue
            if isinstance(change, Rename):
                now[change.to] = now.pop(change.path[1], change.path[1])
            else:
                now.pop(change.path[1], None)  # gone, or new under this name
    return {first: name for name, first in now.items() if first != name}


def followed(changes: Iterable[Change], names: Mapping[str, str]) -> tuple[Change, ...]:
    """The changes of an edit, as if nodes were called what they are now. An edit that renames nodes stays as it is."""
    made = tuple(changes)
    others = [one for one in made if not isinstance(one, Rename)]
    if not names or len(others) < len(made):
        return made
    return tuple(_followed(one, names) for one in others)


def _followed(change: Put | Drop, names: Mapping[str, str]) -> Change:
    path = _path(change.path, names)
    before = names.get(change.before, change.before) if change.before is not None and _of_nodes(change.path) else None
    before = change.before if before is None else before
    was = _value(change.path, change.was, names)
    if isinstance(change, Put):
        return Put(path, _value(change.path, change.value, names), was, before)
    return Drop(path, was, before)


def _of_nodes(path: Path) -> bool:
    """Whether the last key of a path, and its neighbours, are nodes."""
    return (len(path) == 2 and path[0] == "nodes") or (len(path) == 3 and path[0] == "ui" and path[1] in LOOKS)


def _path(path: Path, names: Mapping[str, str]) -> Path:
    at = 1 if path[0] == "nodes" else 2 if path[0] == "ui" and path[1:2] and path[1] in LOOKS else len(path)
    return tuple(names.get(key, key) if place == at else key for place, key in enumerate(path))


def _value(path: Path, value: Any, names: Mapping[str, str]) -> Any:
    """A value with the names in it mapped: it is looked at where it stands."""
    if value is ABSENT:
        return value
    draft = Draft(_nest(path, value))
    renamed_in(draft, names)
    return value_at(draft.document, path)


def _nest(path: Path, value: Any) -> Json:
    """A document that has a value at a path and nothing else."""
    for place in range(len(path) - 1, -1, -1):
        in_list = place == 2 and path[0] == "ui" and path[1] in SHELVES
        value = [{**value, "id": path[place]}] if in_list else {path[place]: value}
    made: Json = value
    return made
