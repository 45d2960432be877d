"""What the engine raises for a document that is to blame itself, and its problems as plain data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from engine.errors import InvalidWorkflow, NodeFailed

FAULTS = (InvalidWorkflow, NodeFailed)


def problems_in(error: InvalidWorkflow | NodeFailed) -> list[dict[str, Any]]:
    """Every problem that an error tells of."""
    return [asdict(problem) for problem in error.problems]
