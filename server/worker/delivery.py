"""The files of a run, delivered once.

A worker can die after a file is in the output folder and before that is recorded. When the run is begun again, its
files come out with the same bytes; so a second attempt first looks for a file with these bytes that came after the run
was first begun and that no other run claims, and takes that one instead of writing another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine.deliver import artifacts_in, deliver
from engine.graph import SINK
from engine.record import SIGNATURE, embed
from engine.result import Result
from server.media import media_type

SLACK = 2.0  # seconds that a file system's clock may be behind


@dataclass(frozen=True)
class Before:
    """What earlier attempts may have left: files since a time, but those that other runs claim."""

    since: float
    claimed: frozenset[str]


def deliver_all(result: Result, name: str, root: Path, folder: Path, before: Before | None) -> Iterator[dict[str, Any]]:
    """Write the files of a result to `folder` in `root`; yields for each what is recorded of it."""
    taken: set[str] = set(before.claimed) if before is not None else set()
    for target, values in result.values.items():
        node = target.partition("." + SINK)[2] or target
        for artifact in artifacts_in(values):
            data = embedded(artifact.data, result.record)
            path = left_over(root, folder, data, before.since, taken) if before is not None else None
            if path is None:
                path = deliver(artifact, node, folder, {"name": name}, result.record).path
            relative = path.relative_to(root).as_posix()
            taken.add(relative)
            yield {
                "node": node,
                "name": path.name,
                "path": relative,
                "digest": f"sha256:{sha256(data).hexdigest()}",
                "mime": media_type(data),
                "bytes": len(data),
            }


def embedded(data: bytes, record: Mapping[str, Any]) -> bytes:
    """The bytes as they are delivered: a PNG carries its record."""
    return embed(data, record) if data.startswith(SIGNATURE) else data


def left_over(root: Path, folder: Path, data: bytes, since: float, taken: set[str] | Sequence[str]) -> Path | None:
    """A file with these bytes that an earlier attempt left."""
    if not folder.is_dir():
        return None
    for path in sorted(folder.rglob("*")):
        if path.name.startswith(".") or path.is_symlink() or not path.is_file():
            continue
        stat = path.stat()
        if stat.st_size != len(data) or stat.st_mtime < since - SLACK:
            continue
        if path.relative_to(root).as_posix() not in taken and path.read_bytes() == data:
            return path
    return None
