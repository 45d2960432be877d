"""What a node may ask of the run it is part of: device, weights, files, progress, cancellation.

A node function that declares a parameter `ctx: Context = INJECTED` gets the run's context; it is no part of the
schema or of the key. A test or a notebook that calls the function as a function passes one of its own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from engine.errors import Cancelled, LoomError, OutsideRoot
from engine.values import Ref

M = TypeVar("M")
T = TypeVar("T")


def resolve_within(root: Path, name: str) -> Path:
    """The path of `name` inside `root`; raises `OutsideRoot` if it would leave it (.., absolute, a link out, NUL)."""
    if "\0" in name:
        raise OutsideRoot("a file name cannot contain a NUL character")
    base = Path(os.path.realpath(root))
    path = Path(os.path.realpath(base / name))
    if path != base and base not in path.parents:
        raise OutsideRoot(f"{name!r} is outside {root}")
    return path


class Files(Protocol):
    """Files of the user, by name, inside roots."""

    def input(self, name: str) -> Path:
        """An input file (an image to load), inside the input roots."""

    def within(self, folder: str) -> list[str]:
        """The names, for `input`, of the files below a folder of the input roots, in order."""

    def model(self, name: str) -> Path:
        """A model folder or file, inside the model roots (`LOOM_HOME/models`, the `models` of loom.toml, built in)."""

    def models(self) -> list[str]:
        """The names that `model` would find."""

    def digest(self, path: Path) -> str:
        """`sha256:…` of a file's bytes, or of a folder's files by name; memoised by path, size, mtime and inode."""


class Weights(Protocol):
    """Weights resident on a device, under a byte budget."""

    def get(self, ref: Ref[M], device: str, dtype: str) -> M:
        """The opened weights of `ref`; opens them if they are not resident."""

    def evict_all(self) -> object:
        """Move out all weights that are not in use."""


class Context:
    """The run as a node sees it."""

    def __init__(
        self,
        *,
        device: str = "cpu",
        dtype: str = "float32",
        weights: Weights | None = None,
        files: Files | None = None,
        on_progress: Callable[[str, int, int], None] | None = None,
        on_preview: Callable[[object], None] | None = None,
        on_warning: Callable[[str, str], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self.device = device
        self.dtype = dtype
        self._weights, self._files = weights, files
        self._on_progress, self._on_preview, self._cancelled = on_progress, on_preview, cancelled
        self._on_warning = on_warning
        self._memo: dict[Hashable, Any] = {}
        self._here = threading.local()

    @property
    def files(self) -> Files:
        """The user's files. Raises `LoomError` outside a run that has them."""
        if self._files is None:
            raise LoomError("this node reads files: call it with ctx=Context(files=…)")
        return self._files

    def load(self, ref: Ref[M]) -> M:
        """The weights that `ref` names, resident on this run's device."""
        if self._weights is None:
            raise LoomError("this node needs weights: call it with ctx=Context(weights=…)")
        return self._weights.get(ref, self.device, self.dtype)

    def memo(self, key: Hashable, make: Callable[[], T]) -> T:
        """A helper object that lives as long as the run (a scheduler instance). Never state: that is a value."""
        if key not in self._memo:
            self._memo[key] = make()
        found: T = self._memo[key]
        return found

    def progress(self, done: int, total: int) -> None:
        """Say how far a long node is; raises `Cancelled` if the run was cancelled."""
        self.check()
        if self._on_progress is not None:
            self._on_progress(getattr(self._here, "node", ""), done, total)

    def preview(self, value: object) -> None:
        """Offer something to look at while the node runs. Latest wins."""
        if self._on_preview is not None:
            self._on_preview(value)

    def warn(self, message: str) -> None:
        """Tell the person something that does not stop the run (a prompt that was cut)."""
        if self._on_warning is not None:
            self._on_warning(getattr(self._here, "node", ""), message)

    def enter(self, node: str) -> None:
        """Said by the runner: this thread now works for `node`."""
        self._here.node = node

    def make_room(self) -> None:
        """Move out weights, after an operation ran out of memory."""
        if self._weights is not None:
            self._weights.evict_all()

    def check(self) -> None:
        """Raise `Cancelled` if the run was cancelled."""
        if self._cancelled():
            raise Cancelled("the run was cancelled")


INJECTED = Context()  # the default of `ctx` parameters: a bare CPU context without files and weights
