"""Files named by the digest of their bytes, in two-letter folders.

A file is written under a temporary name and then renamed, so a name never stands for half a file, and two processes
that write the same bytes do no harm to each other. There is no fsync: everything here can be computed again, and what
a power cut leaves (a short or a zeroed file) fails its digest when it is read.

Reading verifies: bytes that are not what the name says are as good as none.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from engine.digest import Key
from engine.leaves import Chunks, blake, length


class Found(NamedTuple):
    """A file that `scan` came upon. `digest` is None for a temporary one."""

    path: Path
    digest: Key | None
    size: int
    modified: float


class Blobs:
    """Byte strings by digest, in a folder that other processes use as well."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._unique = uuid.uuid4().hex[:12]
        self._count = 0

    def path(self, digest: Key) -> Path:
        """Where the bytes with this digest lie."""
        name = digest.hex()
        return self.folder / name[:2] / name

    def present(self, digest: Key, size: int) -> bool:
        """True if a file of that name and size is there. What is in it is verified by `read`."""
        try:
            return self.path(digest).stat().st_size == size
        except OSError:
            return False

    def write(self, digest: Key, parts: Chunks) -> None:
        """Store bytes, unless they are there. Raises `OSError` if the disk refuses."""
        if self.present(digest, length(parts)):
            return
        self._count += 1
        path = self.path(digest)
        temporary = path.with_name(f".{self._unique}-{self._count}.tmp")
        for last in (False, False, True):
            try:
                _fill(temporary, parts)
                temporary.replace(path)
                return
            except FileNotFoundError:  # no folder yet, or somebody who clears the cache was faster
                if last:
                    raise
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError:
                with contextlib.suppress(OSError):
                    temporary.unlink()
                raise

    def read(self, digest: Key, size: int) -> bytes | None:
        """The bytes, or None if they are missing or not what the name says."""
        try:
            with self.path(digest).open("rb", buffering=0) as file:
                data = file.read(size + 1)
        except OSError:
            return None
        return data if len(data) == size and blake((data,)) == digest else None

    def sound(self, digest: Key) -> bool:
        """True if the bytes are there and are what the name says."""
        try:
            return self.read(digest, self.path(digest).stat().st_size) is not None
        except OSError:
            return False

    def remove(self, digest: Key) -> None:
        """Forget the bytes."""
        with contextlib.suppress(OSError):
            self.path(digest).unlink()

    def scan(self) -> Iterator[list[Found]]:
        """All files, folder by folder."""
        with contextlib.suppress(OSError):
            for folder in sorted(self.folder.iterdir()):
                with contextlib.suppress(OSError):
                    yield [found for path in folder.iterdir() if (found := _look(path)) is not None]


def _fill(path: Path, parts: Chunks) -> None:
    with path.open("wb") as file:
        for part in parts:
            file.write(part)


def _look(path: Path) -> Found | None:
    try:
        status = path.stat()
    except OSError:
        return None
    try:
        digest = bytes.fromhex(path.name) if len(path.name) == 64 else None
    except ValueError:
        digest = None
    return Found(path, digest, status.st_size, status.st_mtime)
