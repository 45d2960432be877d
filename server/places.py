"""Where the server keeps things: the state folder and the folder for the files of runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from server.users.user import OWNER_NAME

USERS = "users"  # the folder of what is other users'


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

    def of(self, user: str) -> Theirs:
        """What is a user's in here."""
        if user == OWNER_NAME:
            return Theirs(self, "")
        return Theirs(self, f"{USERS}/{user}")

    @property
    def thumbnails(self) -> Path:
        """Small copies of pictures; may be thrown away."""
        return self.home / "thumbnails"


@dataclass(frozen=True)
class Theirs:
    """The places of one user: `folder` in each of the server's, empty for the owner."""

    places: Places
    folder: str

    @property
    def inputs(self) -> Path:
        """Where uploads go, and what nodes of their runs can read."""
        return self.places.home / self.folder / "inputs" if self.folder else self.places.inputs

    @property
    def documents(self) -> Path:
        """The files of their workflows."""
        return self.places.documents / self.folder.rpartition("/")[2]

    def asked(self) -> dict[str, str | None]:
        """For a worker: where files go, below which folder, and the only folder of inputs, unless it is the owner."""
        inputs = str(self.inputs) if self.folder else None
        return {"output": str(self.places.output), "folder": self.folder, "inputs": inputs}


PLACES = web.AppKey("places", Places)
