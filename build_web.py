"""Builds the editor: the files of `web/` become `server/static`, which the wheel and the sdist carry.

    python build_web.py              build, if what is there is not made from the sources as they are now
    python build_web.py --check      exit code 1 if that is so
    python build_web.py --install    the packages of package-lock.json alone

It is also hatchling's hook (`pyproject.toml`): whoever makes a package makes the editor first. An editable installation
goes on without it and says how to build it. Whether a build is up to date is told by a digest of the sources, kept
beside it: times of files mean nothing after a checkout or in an archive.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
SOURCES = ("index.html", "package.json", "package-lock.json", "vite.config.ts", "tsconfig.json", "src", "public")
SCRIPTS = ("scripts/compress.mjs", "scripts/licenses.mjs")
EXAMPLES = "../workflows"  # the templates
NO_NPM = (
    "the editor has to be built, and that needs Node.js 20.19 or newer with npm (https://nodejs.org, or the system's "
    "packages). With LOOM_WITHOUT_EDITOR=1 a package is made without it: loom works, its page in the browser is missing"
)


class NotBuilt(Exception):
    """Why there is no editor."""


class Editor:
    """The sources, the build, and what leads from one to the other."""

    def __init__(self, root: Path) -> None:
        self.web, self.static = root / "web", root / "server" / "static"
        self.stamp = self.static / "sources.sha256"

    @property
    def has_sources(self) -> bool:
        """False in a tree that carries the build alone."""
        return (self.web / "package.json").is_file()

    @property
    def is_built(self) -> bool:
        """Whether there is a build, of whatever sources."""
        return (self.static / "index.html").is_file()

    def is_current(self) -> bool:
        """Whether the build is that of the sources."""
        if not self.has_sources:
            return self.is_built
        return self.is_built and self.stamp.is_file() and self.stamp.read_text().strip() == self.digest()

    def digest(self) -> str:
        """SHA-256 of what a build depends on."""
        total, root = hashlib.sha256(), self.web.parent.resolve()
        for path in self._files():
            inner = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{path.resolve().relative_to(root).as_posix()} {inner}\n".encode())
        return total.hexdigest()

    def _files(self) -> Iterator[Path]:
        for name in (*SOURCES, *SCRIPTS, EXAMPLES):
            path = self.web / name
            found = sorted(path.rglob("*")) if path.is_dir() else [path]
            yield from (one for one in found if one.is_file() and ".test." not in one.name)

    def install(self) -> None:
        """The packages of `package-lock.json`, if they are not there. Raises `NotBuilt`."""
        lock = hashlib.sha256((self.web / "package-lock.json").read_bytes()).hexdigest()
        stamp = self.web / "node_modules" / ".lock.sha256"
        if not stamp.is_file() or stamp.read_text() != lock:
            self._npm("ci", "--no-audit", "--no-fund")
            stamp.write_text(lock)

    def build(self) -> None:
        """Make the build, if it is not current. Raises `NotBuilt`."""
        if self.is_current():
            return
        if not self.has_sources:
            raise NotBuilt("neither the sources of the editor (web/) nor its build (server/static) are here")
        sources = self.digest()
        self.install()
        self._npm("run", "build")
        self.stamp.write_text(sources + "\n")

    def _npm(self, *arguments: str) -> None:
        npm = shutil.which("npm")
        if npm is None:
            raise NotBuilt(NO_NPM)
        done = subprocess.run([npm, *arguments], cwd=self.web, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise NotBuilt(f"npm {' '.join(arguments)} in {self.web} ended with exit code {done.returncode}")


class EditorHook(BuildHookInterface):  # type: ignore[type-arg]
    """Makes the editor before the files of a package are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """`version` is "editable" for an editable installation."""
        editor = Editor(Path(self.root))
        if version == "editable":
            if not editor.is_current():
                self.app.display_warning("the editor is not built, or from other sources: make web")
            return
        if os.environ.get("LOOM_WITHOUT_EDITOR") == "1" and not editor.is_built:
            self.app.display_warning("this package has no editor (LOOM_WITHOUT_EDITOR=1)")
            return
        try:
            editor.build()
        except NotBuilt as error:
            self.app.abort(str(error))


def main(arguments: list[str]) -> int:
    """Build, check or install. Returns the exit code."""
    editor = Editor(ROOT)
    if arguments == ["--check"]:
        return 0 if editor.is_current() else 1
    try:
        (editor.install if arguments == ["--install"] else editor.build)()
    except NotBuilt as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
