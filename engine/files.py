"""The user's files by name, inside the folders that are theirs to name.

A name is looked up in each root in turn and must stay inside it: no absolute path, no `..`, no link that leads out.
What is not found is answered with the names that come closest.

A file is identified by the SHA-256 of its bytes. Reading some gigabytes takes seconds, so the digest is remembered
under path, size, modification time and inode; a file that changed while it was read, or so lately that a second change
could carry the same time, is read again the next time.

While planning, a large file that was never read is not read then and there: `digest` raises `NotYet`, the plan says
`unknown: waits for hashing …`, and a run does that work first.
"""

from __future__ import annotations

import copy
import hashlib
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from engine.context import resolve_within
from engine.digest import Key, digest
from engine.errors import NodeError, NotYet, OutsideRoot, nearest
from engine.home import Home

BUILT_IN = Path(__file__).resolve().parent.parent / "models"
SETTLED = 2.0  # seconds after which a modification time is trusted to tell two contents apart
QUICK = 256 << 20  # bytes that are hashed at once, about a quarter of a second; more is put off to the run
DEPTH = 4  # folders below a root that `models` looks into
MARKS = ("model_index.json", "config.json")  # a folder with one of these is a model, not a folder of models
WEIGHTS = (".safetensors",)


class Memo(Protocol):
    """Where digests are remembered: small JSON records by name, as the cache keeps them."""

    def get_json(self, table: str, key: Key) -> Any:
        """The record, or None."""

    def put_json(self, table: str, key: Key, value: object) -> None:
        """Keep a record."""


class Hashing:
    """The work that a plan waits for: reading a large file."""

    def __init__(self, files: UserFiles, path: Path) -> None:
        self.reason = f"hashing {path.name}"
        self._files, self._path = files, path

    def run(self) -> None:
        """Read it. Raises `NodeError` if that fails."""
        try:
            self._files.read(self._path)
        except OSError as error:
            raise NodeError(f"{self._path} cannot be read: {error.strerror or error}") from None


class UserFiles:
    """`Files` of `engine.context`: models in `LOOM_HOME/models`, the given folders and the built-in one; inputs in
    `LOOM_HOME/inputs` and the given folders. defer: large files are not read while planning (`NotYet`)."""

    def __init__(
        self,
        *,
        home: Home,
        cache: Memo,
        models: Iterable[Path] = (),
        inputs: Iterable[Path] = (),
        built_in: Path | None = BUILT_IN,
        defer: bool = False,
    ) -> None:
        self._models = [home.models, *models, *([built_in] if built_in is not None else [])]
        self._inputs = [home.inputs, *inputs]
        self._memo = cache
        self._defer = defer
        self._read: dict[Key, list[Any]] = {}  # digests of files that changed too lately to be remembered for others

    def beside(self, folder: Path) -> UserFiles:
        """The same files, and inputs in `folder` too: where a workflow lies."""
        wider = copy.copy(self)
        wider._inputs = [*self._inputs, folder]
        return wider

    def confined(self, folder: Path) -> UserFiles:
        """The same models, and inputs in `folder` alone: for somebody who may not see the others."""
        narrower = copy.copy(self)
        narrower._inputs = [folder]
        return narrower

    def input(self, name: str) -> Path:
        """An input file. Raises `NodeError` with the names that come closest."""
        return _find(name, self._inputs, "input file", self.inputs, folders=False)

    def within(self, folder: str) -> list[str]:
        """The names of the input files below a folder, of the first root that has it; `NodeError` if none has."""

        def folders() -> list[str]:
            above = {parent.as_posix() for name in self.inputs() for parent in PurePosixPath(name).parents}
            return sorted(above - {"."})

        found = _find(folder, self._inputs, "folder of inputs", folders, folders=True)
        if not found.is_dir():
            raise NodeError(f"{folder!r} is a file, expected a folder of inputs")
        return [f"{folder.rstrip('/')}/{path.relative_to(found).as_posix()}" for path in _files(found)]

    def model(self, name: str) -> Path:
        """A model's folder or file. Raises `NodeError` with the names that come closest."""
        return _find(name, self._models, "model", self.models, folders=True)

    def models(self) -> list[str]:
        """The names of all models: folders with a configuration, and safetensors files."""
        return sorted({name for root in self._models for name in _models(root, "", DEPTH)})

    def inputs(self) -> list[str]:
        """The names of all input files."""
        return sorted({path.relative_to(root).as_posix() for root in self._inputs for path in _files(root)})

    def digest(self, path: Path) -> str:
        """`sha256:…` of a file's bytes; of a folder, over the names and digests of its files (hidden ones left out).

        Raises `NodeError` if it cannot be read, or if a link in the folder leads out of its root.
        """
        try:
            if not path.is_dir():
                return f"sha256:{self._file(path)}"
            root = self._root(path)
            whole = hashlib.sha256()
            for file in _files(path):
                name = file.relative_to(path).as_posix()
                inside = resolve_within(root, os.path.relpath(file.parent.resolve() / file.name, root))
                whole.update(f"{len(name.encode())}:{name}={self._file(inside)}\n".encode())
            return f"sha256:{whole.hexdigest()}"
        except OSError as error:
            raise NodeError(f"{path} cannot be read: {error.strerror or error}") from None
        except OutsideRoot as error:
            raise NodeError(f"{path} has a link that leads out of it: {error}") from None

    def _file(self, path: Path) -> str:
        key = digest(os.fsencode(path.resolve()))
        known = self._memo.get_json("digests", key) or self._read.get(key)
        stamp = _stamp(path)
        if isinstance(known, list) and len(known) == 4 and known[:3] == stamp:
            return str(known[3])
        if self._defer and stamp[0] > QUICK:
            raise NotYet(Hashing(self, path))
        return self.read(path)

    def read(self, path: Path) -> str:
        """The SHA-256 of a file's bytes in hexadecimal, read now and remembered."""
        key, stamp = digest(os.fsencode(path.resolve())), _stamp(path)
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if _stamp(path) == stamp:
            if time.time() - path.stat().st_mtime > SETTLED:
                self._memo.put_json("digests", key, [*stamp, found])
            elif self._defer:
                self._read[key] = [*stamp, found]  # the plan that waits for it must find it
        return found

    def _root(self, path: Path) -> Path:
        """The root that a path lies in; the path itself if it lies in none."""
        real = path.resolve()
        for root in (*self._models, *self._inputs):
            if root.resolve() in real.parents:
                return root.resolve()
        return real


def _stamp(path: Path) -> list[int]:
    """What tells that a file is the one that was read: size, modification time, inode."""
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns, stat.st_ino]


def _find(name: str, roots: Sequence[Path], what: str, known: Any, *, folders: bool) -> Path:
    outside = None
    for root in roots:
        try:
            path = resolve_within(root, name)
        except OutsideRoot as error:
            outside = error
            continue
        if path != root.resolve() and (path.is_file() or (folders and path.is_dir())):
            return path
    if outside is not None:
        raise NodeError(str(outside))
    names = known()
    close = nearest(name, names)
    hint = f" (did you mean {close!r}?)" if close else f"; there are: {', '.join(names[:20]) or 'none'}"
    raise NodeError(f"there is no {what} {name!r}{hint}")


def _files(folder: Path, above: frozenset[str] = frozenset()) -> Iterator[Path]:
    """The files below a folder, through links too, in the order of their names; hidden ones left out."""
    above |= {os.path.realpath(folder)}  # a link to one of these would lead round in a circle
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_file():
            yield entry
        elif entry.is_dir() and os.path.realpath(entry) not in above:
            yield from _files(entry, above)


def _models(folder: Path, prefix: str, depth: int) -> Iterator[str]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            if any((entry / mark).is_file() for mark in MARKS):
                yield prefix + entry.name
            elif depth > 1:
                yield from _models(entry, f"{prefix}{entry.name}/", depth - 1)
        elif entry.suffix in WEIGHTS:
            yield prefix + entry.name
