"""Numbers that tell documents apart, and that follow from the number before when a document is edited.

A document is a heap of pieces: its nodes, where each stands, how each looks, everything else by its key.
Its number is the sum of the pieces' hashes, so a change costs what it touches, not what the document weighs. `Digest`
holds two sums: of everything, and of the `graph` alone, which is what a run depends on: no looks, no name.

The order in which nodes, their inputs and their places are written does not count. That of what a loop carries does:
its first output is its first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from server.live.changes import ABSENT, Change, Json, Path, Rename, value_at

HEAPS: dict[Path, int] = {("nodes",): 2, ("ui",): 2, ("ui", "positions"): 3, ("ui", "nodes"): 3}
"""Holders whose entries are pieces, and how long the paths of those are."""

NO_GRAPH = {"ui", "name", "description", "seeds"}
SIZE = 1 << 128


@dataclass(frozen=True)
class Digest:
    """The numbers of a document."""

    all: int = 0
    graph: int = 0

    def after(self, before: Json, now: Json, change: Change) -> Digest:
        """The numbers once a change was made."""
        paths = {_piece(change.path)}
        if isinstance(change, Rename):
            paths.add(_piece((*change.path[:-1], change.to)))
        made = self
        for path in paths:
            made = _plus(_plus(made, before, path, -1), now, path, 1)
        return made


def digest(document: Json) -> Digest:
    """The numbers of a document, from the beginning."""
    made = Digest()
    for key in document:
        made = _plus(made, document, (key,), 1)
    return made


def _piece(path: Path) -> Path:
    """The piece that a path leads into; the path itself if it is that of a holder."""
    for length in range(len(path), 0, -1):
        deepest = HEAPS.get(path[:length])
        if deepest is not None:
            return path[:deepest]
    return path[:1]


def _plus(made: Digest, document: Json, path: Path, sign: int) -> Digest:
    total = sum(_hash(at, value) for at, value in _pieces(path, value_at(document, path)))
    graph = made.graph if path[0] in NO_GRAPH else (made.graph + sign * total) % SIZE
    return Digest((made.all + sign * total) % SIZE, graph)


def _pieces(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    """What stands at a path and below, piece by piece."""
    if value is ABSENT:
        return
    if path in HEAPS and isinstance(value, dict):
        for key, one in value.items():
            yield from _pieces((*path, key), one)
    else:
        yield path, value


def _hash(path: Path, value: Any) -> int:
    if path[0] == "nodes" and isinstance(value, dict):
        value = {**dict(sorted(value.items())), **_sorted(value, "inputs")}
    text = json.dumps([path, value], separators=(",", ":"))
    return int.from_bytes(blake2b(text.encode(), digest_size=16).digest())


def _sorted(body: Json, key: str) -> Json:
    inner = body.get(key)
    return {key: dict(sorted(inner.items()))} if isinstance(inner, dict) else {}
