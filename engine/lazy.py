"""Modules that are imported when they are first used.

`loom --help`, `loom validate` and `loom plan` must not pay for torch. A node file writes

    if TYPE_CHECKING:
        import torch
    else:
        torch = lazy("torch")

so that mypy sees the real module and the interpreter loads it at the first attribute access.
"""

from __future__ import annotations

import importlib
import threading
from types import ModuleType

_ONE_AT_A_TIME = threading.RLock()  # diffusers imports its parts when they are first used: two threads break each other


class _LazyModule(ModuleType):
    """Stands for a module until an attribute of it is read."""

    def __getattr__(self, attribute: str) -> object:
        with _ONE_AT_A_TIME:
            module = importlib.import_module(self.__name__)
            value: object = getattr(module, attribute)
        setattr(self, attribute, value)  # the next read of this attribute is a plain one
        return value


def lazy(name: str) -> ModuleType:
    """A stand-in for module `name`, imported at the first read of an attribute."""
    return _LazyModule(name)
