"""`loom serve --dev`: when Python source changes, the server ends in order and starts anew.

Looked at are the product's own packages and the person's node files. What is under way is kept as at any other end: the
run goes on at its next step. A file that does not compile is named, and the next change is waited for.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from server.answers import LOG

LOOK = 0.5  # seconds between two looks
PACKAGES = ("engine", "nodes", "server")
Signature = tuple[int, int]


class Sources:
    """The Python files below some folders."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = list(folders)
        self._seen = self._look()

    @classmethod
    def installed(cls, nodes: Path) -> Sources:
        """The product's, and the node files of a person."""
        here = Path(__file__).resolve().parent.parent
        return cls([*(here / name for name in PACKAGES), nodes])

    def changed(self) -> list[Path]:
        """The files that are new, changed or gone since the last time."""
        before, self._seen = self._seen, self._look()
        return sorted(path for path in before.keys() | self._seen.keys() if before.get(path) != self._seen.get(path))

    def _look(self) -> dict[Path, Signature]:
        found = {}
        for folder in self._folders:
            for path in folder.rglob("*.py"):
                try:
                    stat = path.stat()
                except OSError:  # it has just gone
                    continue
                found[path] = (stat.st_mtime_ns, stat.st_size)
        return found


async def changed(sources: Sources) -> None:
    """Returns when sources have changed, and all that did can be compiled."""
    broken: set[Path] = set()
    while True:
        await asyncio.sleep(LOOK)
        paths = await asyncio.to_thread(sources.changed)
        broken = {path for path in {*paths, *broken} if not _compiles(path)}
        if paths and not broken:
            LOG.warning("%s changed: starting anew", ", ".join(path.name for path in paths[:5]))
            return


def _compiles(path: Path) -> bool:
    try:
        compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except FileNotFoundError:
        return True
    except (OSError, SyntaxError, ValueError) as error:
        LOG.warning("%s: %s; waiting for the next change", path, error)
        return False
    return True


def start_anew() -> None:
    """Become a new process of the same command line; never returns."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
