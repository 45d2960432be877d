"""Inputs written for an older version of a node type become those of today's.

A changed signature raises the node's `version` and declares `.migrate(old)`: a function from the old inputs to the
new ones (dict → dict). Versions are stepped one at a time.
"""

from __future__ import annotations

from typing import Any

from engine.errors import Problem
from engine.node import Node


def migrated(
    node: Node[Any, Any], version: int, inputs: dict[str, Any], node_id: str, problems: list[Problem]
) -> dict[str, Any]:
    """The inputs as of `node.version`; adds a problem if there is no way from `version` to there."""
    if version > node.version:
        problems.append(
            Problem("made by a newer version", node_id, "type", f"{node.name}@{node.version} or older", f"@{version}")
        )
        return inputs
    while version < node.version:
        step = node.migrations.get(version)
        if step is None:
            problems.append(Problem(f"no migration from version {version}", node_id, "type", f"@{node.version}"))
            return inputs
        inputs = step(dict(inputs))
        version += 1
    return inputs
