"""`GET /system`: the machine, the versions, and the devices that workers have."""

from __future__ import annotations

import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from aiohttp import web

from engine.home import memory_bytes
from server.answers import answer
from server.endpoint import Answer, endpoint
from server.page import installed_version
from server.places import PLACES
from server.queue.queue import QUEUE

PACKAGES = ("torch", "diffusers", "transformers", "safetensors", "aiohttp", "pydantic", "sqlalchemy", "pillow")


class Device(Answer):
    """A device that runs are done on; `worker`: the process that has it, once one was needed."""

    device: str
    worker: int | None


class Memory(Answer):
    """Bytes of the machine (or its container), and of this process."""

    total: int
    available: int | None
    server: int | None


class Disk(Answer):
    """Bytes where LOOM_HOME is."""

    total: int
    free: int


class System(Answer):
    """Where the server runs."""

    version: str
    python: str
    platform: str
    cpus: int
    memory: Memory
    disk: Disk
    packages: dict[str, str]
    devices: list[Device]


@endpoint("GET", "/system", answer=System, users=True)
async def system(request: web.Request) -> web.Response:
    """The machine, its memory and devices, and the versions of what computes."""
    desks = request.app[QUEUE].carrier.desks
    disk = shutil.disk_usage(_there(request.app[PLACES].home))
    return answer(
        {
            "version": installed_version(),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "cpus": _cpus(),
            "memory": {"total": memory_bytes(), "available": available_bytes(), "server": resident_bytes()},
            "disk": {"total": disk.total, "free": disk.free},
            "packages": {name: found for name in PACKAGES if (found := _version(name)) is not None},
            "devices": [{"device": desk.device, "worker": desk.pid} for desk in desks],
        }
    )


def resident_bytes() -> int | None:
    """Memory that this process holds, where the system tells."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return None


def available_bytes() -> int | None:
    """Memory that programs could have, where the system tells."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next((int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:")), None)
    except (OSError, ValueError):
        return None


def _cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _there(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
