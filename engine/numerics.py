"""What decides the last bits of a result besides inputs and code, as part of every key.

Library versions, the device's class and capability, the dtype, the number of CPU threads, the attention backend. It is
found without importing torch: versions come from package metadata, the CPU's instruction set from the system, and
whether torch was built for an accelerator from the text of its version file.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import platform
import re
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from engine.digest import Key, digest_of
from engine.errors import InvalidInput

Dtype = Literal["float32", "bfloat16", "float16"]
DTYPES: dict[str, Dtype] = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}
PACKAGES = ("torch", "diffusers", "transformers")
ISA_FLAGS = ("avx512f", "avx512_vnni", "amx_bf16", "avx2", "fma", "asimd", "sve")


@dataclass(frozen=True)
class Numerics:
    """The numerics of an engine; `digest` is what keys hold."""

    device: str
    capability: str
    dtype: Dtype
    threads: int
    versions: tuple[tuple[str, str], ...]
    attention: str = "sdpa"

    @property
    def digest(self) -> Key:
        """The digest of all fields; two devices of one kind ("cuda:0", "cuda:1") count as the same."""
        return digest_of({**asdict(self), "device": self.device.partition(":")[0]})

    def as_json(self) -> dict[str, object]:
        """For the record of a run."""
        return {**asdict(self), "versions": dict(self.versions)}


def find_numerics(device: str = "auto", dtype: str = "auto", threads: int | None = None) -> Numerics:
    """Resolve what was asked for. Raises `InvalidInput` for a device or dtype that is not there."""
    chosen = _device(device)
    if dtype not in ("auto", *DTYPES):
        raise InvalidInput(f"no such dtype: {dtype!r} (auto, fp32, bf16 or fp16)")
    automatic: Dtype = "float32" if chosen == "cpu" else "float16"
    kind = automatic if dtype == "auto" else DTYPES[dtype]
    count = threads if threads is not None else default_threads()
    if count < 1:
        raise InvalidInput(f"threads: expected at least 1, got {count}")
    return Numerics(chosen, _capability(chosen), kind, count, tuple((p, _version(p)) for p in PACKAGES))


def default_threads() -> int:
    """The CPUs this process may use, at most what torch would take by itself."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return min(available, int(wanted)) if wanted.isdigit() and int(wanted) > 0 else available


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def _device(asked: str) -> str:
    if asked == "cpu":
        return asked
    if asked == "auto" and not _may_accelerate():
        return "cpu"
    import torch

    if asked == "auto":
        return "cuda:0" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    match = re.fullmatch(r"(cuda)(?::([0-9]{1,2}))?|mps", asked)
    there = match is not None and (
        torch.backends.mps.is_available()
        if asked == "mps"
        else torch.cuda.is_available() and int(match.group(2) or 0) < torch.cuda.device_count()
    )
    if not there:
        raise InvalidInput(f"no such device here: {asked!r} (auto, cpu, cuda:N or mps)")
    return "cuda:0" if asked == "cuda" else asked


def _may_accelerate() -> bool:
    """False if the installed torch cannot use an accelerator here; found without importing it."""
    if sys.platform == "darwin":
        return True
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        return False
    text = (Path(found.origin).parent / "version.py").read_text(encoding="utf-8")
    built = re.search(r"^(?:cuda|hip)\b[^=]*= *'", text, re.MULTILINE)
    return built is not None and (Path("/dev/kfd").exists() or any(Path("/dev").glob("nvidia[0-9]*")))


@functools.cache
def _capability(device: str) -> str:
    """The GPU's name and compute capability, or the CPU's relevant instruction sets."""
    if device.startswith("cuda"):
        import torch

        return f"{torch.cuda.get_device_name(device)} {torch.cuda.get_device_capability(device)}"
    if device == "mps":
        return platform.mac_ver()[0]
    flags: set[str] = set()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith(("flags", "Features")):
                flags = set(line.partition(":")[2].split())
                break
    found = [flag for flag in ISA_FLAGS if flag in flags]
    forced = os.environ.get("ATEN_CPU_CAPABILITY", "")
    return " ".join([platform.machine(), *found, *([forced] if forced else [])])
