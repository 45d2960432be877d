"""Files named by the digest of their bytes, in two-letter folders.

A file is written under a temporary name and then renamed, so a name never stands for half a file, and two processes
that write the same bytes do no harm to each other. There is no fsync: everything here can be computed again, and what
a power cut leaves (a short or a zeroed file) fails its digest when it is read.

Reading verifies: bytes that are not what the name says are as good as none.
"""

# ruff: noqa: PTH103, PTH105, PTH108, PTH116, PTH123
# Paths are strings here: the loop of a run pays for this, and a `Path` costs about as much as the file does.

from __future__ import annotations

import contextlib
import io
import os
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
        self._base = f"{folder}{os.sep}"
        self._unique = uuid.uuid4().hex[:12]
        self._count = 0

    def present(self, digest: Key, size: int) -> bool:
        """True if a file of that name and size is there. What is in it is verified by `read`."""
        try:
            return os.stat(self._path(digest)).st_size == size
        except OSError:
            return False

    def write(self, digest: Key, parts: Chunks) -> None:
        """Store bytes, unless they are there. Raises `OSError` if the disk refuses."""
        if self.present(digest, length(parts)):
            return
        self._count += 1
        path = self._path(digest)
        temporary = f"{path[:-64]}.{self._unique}-{self._count}.tmp"
        for last in (False, False, True):
            try:
                with open(temporary, "wb", buffering=0) as file:
                    for part in parts:
                        _write_all(file, part)
                os.replace(temporary, path)
                return
            except FileNotFoundError:  # no folder yet, or somebody who clears the cache was faster
                if last:
                    raise
                os.makedirs(path[:-65], exist_ok=True)
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
                raise

    def read(self, digest: Key, size: int) -> bytes | None:
        """The bytes, or None if they are missing or not what the name says."""
        try:
            with open(self._path(digest), "rb", buffering=0) as file:
                data = file.read(size + 1)
        except OSError:
            return None
        return data if data is not None and len(data) == size and blake((data,)) == digest else None

    def sound(self, digest: Key) -> bool:
        """True if the bytes are there and are what the name says."""
        try:
            return self.read(digest, os.stat(self._path(digest)).st_size) is not None
        except OSError:
            return False

    def remove(self, digest: Key) -> None:
        """Forget the bytes."""
        with contextlib.suppress(OSError):
            os.unlink(self._path(digest))

    def scan(self) -> Iterator[list[Found]]:
        """All files, folder by folder."""
        with contextlib.suppress(OSError):
            for folder in sorted(self.folder.iterdir()):
                with contextlib.suppress(OSError):
                    yield [found for path in folder.iterdir() if (found := _look(path)) is not None]

    def _path(self, digest: Key) -> str:
        name = digest.hex()
        return f"{self._base}{name[:2]}{os.sep}{name}"


def _write_all(file: io.FileIO, data: bytes | memoryview) -> None:
    done = file.write(data)
    while done < len(data):  # a disk that is nearly full takes a part
        done += file.write(memoryview(data)[done:])


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
