"""The user's files in one folder, for nodes called as functions."""

import hashlib
from pathlib import Path

from engine.context import Context, resolve_within


class Folder:
    """`engine.context.Files` over one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def input(self, name: str) -> Path:
        return resolve_within(self.root, name)

    model = input

    def models(self) -> list[str]:
        return sorted(path.name for path in self.root.iterdir())

    def digest(self, path: Path) -> str:
        return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def context(root: Path) -> Context:
    """A CPU context whose files are those of `root`."""
    return Context(files=Folder(root))
