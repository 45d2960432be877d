"""Undo: take back what one edit changed, in the document as it is now.

Others may have gone on meanwhile, so a change is taken back only where the document still is as that edit left it; what
somebody has changed since is theirs, stays, and is named in `kept`. Four things see to it that the rest makes sense:

* If a node that would go, come back or be renamed is no longer as the edit left it, nothing of the edit is taken back.
* What was done to a node that was renamed since is taken back where it is now (`follow`).
* A node that is renamed back takes along links that others have made to it; one that goes takes them away.
* A value that comes back loses links to nodes that are gone by now.

With nobody else at work every change is taken back exactly, and the JSON is what it was, byte for byte. Redo is the
undo of an undo.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from server.live.changes import ABSENT, Change, Draft, Drop, Json, Put, Rename, Unreachable, same
from server.live.cycles import has_cycle
from server.live.limits import Refused, check_size
from server.live.references import dangling, rename_in, sweep
from server.live.reroutes import settle


@dataclass(frozen=True)
class Reverted:
    """The document after an undo, its size, the changes, and the paths that were kept as others made them."""

    document: Json
    size: int
    changes: tuple[Change, ...]
    kept: tuple[str, ...]


def revert(document: Json, size: int, changes: Iterable[Change]) -> Reverted:
    """Take back the changes of one edit."""
    draft, kept = Draft(document), list[str]()
    for change in reversed(list(changes)):
        if not _taken_back(draft, change):
            kept.append(".".join(change.path))
            if change.path[0] == "nodes" and len(change.path) == 2:
                return Reverted(document, size, (), (kept[-1],))
    sweep(draft, dangling(draft.document) - dangling(document))
    if has_cycle(draft.document) and not has_cycle(document):
        return Reverted(document, size, (), ("links that would form a cycle",))
    settle(draft)
    try:
        check_size(draft.document, size + draft.grown)
    except Refused as refused:
        return Reverted(document, size, (), (refused.message,))
    return Reverted(draft.document, size + draft.grown, tuple(draft.changes), tuple(kept))


def _taken_back(draft: Draft, change: Change) -> bool:
    """Whether the document still was as the change left it, so that it was taken back."""
    try:
        if isinstance(change, Rename):
            return _renamed_back(draft, change)
        there = draft.get(*change.path)
        if isinstance(change, Drop):
            holder = draft.get(*change.path[:-1])
            if there is not ABSENT or not isinstance(holder, (dict, list)):
                return same(there, change.was)
            draft.put(change.path, change.was, change.before)
            return True
        return _put_back(draft, change)
    except Unreachable:
        return False


def _put_back(draft: Draft, change: Put) -> bool:
    there = draft.get(*change.path)
    if same(there, change.was):
        return True  # it is so already: a rename that was taken back took it along
    if there is ABSENT or not same(there, change.value):
        return change.value in ({}, []) and change.was is ABSENT  # a holder that others use by now: nothing is lost
    if change.was is ABSENT:
        draft.drop(change.path)
    else:
        draft.put(change.path, change.was)
    return True


def _renamed_back(draft: Draft, change: Rename) -> bool:
    old, new = change.path[-1], (*change.path[:-1], change.to)
    if draft.get(*new) is ABSENT or draft.get(*change.path) is not ABSENT:
        return draft.get(*new) is ABSENT and draft.get(*change.path) is not ABSENT
    if len(new) == 2 and new[0] == "nodes":
        rename_in(draft, change.to, old)
    else:
        draft.rename(new, old)
    return True
