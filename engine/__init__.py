"""The engine of Latent Loom: typed nodes, JSON workflows, a plan before every run, a cache of every step.

The names below are imported when they are first used, so that `import engine.node` costs nothing else.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.api import Engine as Engine
    from engine.api import Run as Run
    from engine.api import load_workflow as load_workflow
    from engine.builder import Builder as Builder
    from engine.result import Result as Result
    from engine.workflow import Workflow as Workflow

_HOMES = {
    "Engine": "engine.api",
    "Run": "engine.api",
    "load_workflow": "engine.api",
    "Builder": "engine.builder",
    "Result": "engine.result",
    "Workflow": "engine.workflow",
}
__all__ = ["Builder", "Engine", "Result", "Run", "Workflow", "load_workflow"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'engine' has no attribute {name!r}")
