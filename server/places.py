"""Where the server keeps things: the state folder and the folder for the files of runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aiohttp import web


@dataclass(frozen=True)
class Places:
    """`home` is LOOM_HOME, `output` where runs put their files."""

    home: Path
    output: Path

    @property
    def database(self) -> Path:
        """The file of the database, where it is SQLite."""
        return self.home / "server.db"

    @property
    def documents(self) -> Path:
        """The person's workflows."""
        return self.home / "workflows"

    @property
    def inputs(self) -> Path:
        """Where nodes look for files that they read."""
        return self.home / "inputs"

    @property
    def thumbnails(self) -> Path:
        """Small copies of pictures; may be thrown away."""
        return self.home / "thumbnails"


PLACES = web.AppKey("places", Places)
