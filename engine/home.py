"""Where everything of a user's lies, and what they set.

All state is in one folder, `LOOM_HOME`: `cache/`, `models/`, `inputs/`, `nodes/` and a `loom.toml`. Without the
variable it is the platform's place for data of applications. A `loom.toml` in the working directory adds to it:

    models = ["~/checkpoints"]      # more folders to look for models in (relative ones: to this file)
    inputs = ["photos"]             # and for images

    [cache]
    ram = "4 GiB"                   # values kept in memory
    disk = "20 GiB"                 # values kept on disk

    [weights]
    memory = "12 GiB"               # opened models, per device; by default what the device can spare

    [server]
    nodes = 500                     # limits of `loom serve`, which says what there is to set

Lists of both files are joined; of a number that both set, the one in the working directory counts.
"""

from __future__ import annotations

import os
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ByteSize, ConfigDict, ValidationError

from engine.errors import LoomError, nearest

GIB = 1 << 30


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _CacheSizes(_Table):
    ram: ByteSize | None = None
    disk: ByteSize | None = None


class _WeightSizes(_Table):
    memory: ByteSize | None = None


class _File(_Table):
    models: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    cache: _CacheSizes = _CacheSizes()
    weights: _WeightSizes = _WeightSizes()
    server: dict[str, Any] = {}


@dataclass(frozen=True)
class Settings:
    """What the `loom.toml` files say, with the defaults filled in. model_bytes None: what each device can spare."""

    models: tuple[Path, ...]
    inputs: tuple[Path, ...]
    ram_bytes: int
    disk_bytes: int
    model_bytes: int | None
    server: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Home:
    """The folder that holds all state."""

    path: Path

    @classmethod
    def find(cls, given: str | os.PathLike[str] | None = None) -> Home:
        """The folder given, or `LOOM_HOME`, or the platform's."""
        chosen = os.fspath(given) if given is not None else os.environ.get("LOOM_HOME", "")
        return cls(Path(chosen).expanduser().absolute() if chosen else _default())

    @property
    def models(self) -> Path:
        """The user's models."""
        return self.path / "models"

    @property
    def inputs(self) -> Path:
        """The user's images and other files to read."""
        return self.path / "inputs"

    @property
    def nodes(self) -> Path:
        """The user's own node types."""
        return self.path / "nodes"

    def settings(self, cwd: Path | None = None) -> Settings:
        """What is set here and in the working directory. Raises `LoomError` that names file, name and value."""
        here = Path.cwd() if cwd is None else cwd
        folders = [self.path] if here.absolute() == self.path else [self.path, here]
        files = [(folder, _read(folder / "loom.toml")) for folder in folders]
        ram = [file.cache.ram for _, file in files if file.cache.ram is not None]
        disk = [file.cache.disk for _, file in files if file.cache.disk is not None]
        weights = [file.weights.memory for _, file in files if file.weights.memory is not None]
        return Settings(
            models=tuple(folder / Path(name).expanduser() for folder, file in files for name in file.models),
            inputs=tuple(folder / Path(name).expanduser() for folder, file in files for name in file.inputs),
            ram_bytes=int(ram[-1]) if ram else min(4 * GIB, memory_bytes() // 4),
            disk_bytes=int(disk[-1]) if disk else 20 * GIB,
            model_bytes=int(weights[-1]) if weights else None,
            server={name: value for _, file in files for name, value in file.server.items()},
        )


def memory_bytes() -> int:
    """Memory of this machine, or of the container that it runs in."""
    try:
        found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not a POSIX system
        found = 8 * GIB
    try:
        return min(found, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    except (OSError, ValueError):  # no control group, or "max"
        return found


def _default() -> Path:
    """The platform's folder for data of applications."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "latent-loom"


def _read(path: Path) -> _File:
    try:
        return _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return _File()
    except ValidationError as error:
        raise LoomError(f"{path}: " + "; ".join(_say(problem) for problem in error.errors())) from None
    except (OSError, ValueError) as error:
        raise LoomError(f"{path}: {error}") from None


def _say(problem: Any) -> str:
    """One finding of pydantic, as a sentence."""
    where = ".".join(str(part) for part in problem["loc"])
    if problem["type"] != "extra_forbidden":
        return f"{where}: {problem['msg'][0].lower()}{problem['msg'][1:]}, got {problem['input']!r}"
    tables: dict[str, type[_Table]] = {"cache": _CacheSizes, "weights": _WeightSizes}
    table = tables.get(str(problem["loc"][0]), _File)
    close = nearest(str(problem["loc"][-1]), table.model_fields)
    return f"{where}: there is no such setting" + (f" (did you mean {close!r}?)" if close else "")
