"""What was done, in a few words: the operations of an edit as lines of a history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from server.live.changes import Json

MOST = 20  # lines
LONGEST = 100  # of a word


def said(operations: Iterable[Json]) -> list[str]:
    """The operations of an edit in a few words."""
    words = Counter(" ".join(_words(one)) for one in operations)
    return [text if count == 1 else f"{text} × {count}" for text, count in words.items()][:MOST]


def _words(operation: Json) -> list[str]:
    found = [str(operation.get("op", "")).replace("_", " ")]
    node, name = operation.get("node"), operation.get("input", operation.get("name"))
    if isinstance(node, str):
        found.append(f"{node}.{name}" if isinstance(name, str) else node)
    elif operation.get("op") in ("undo", "redo"):
        found.append(f"of {operation.get('revision')}")
    if isinstance(operation.get("to"), str):
        found.append(f"to {operation['to']}")
    return [one[:LONGEST] for one in found]
