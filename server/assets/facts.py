"""What a picture says of itself: workflow, prompts and models, from the record that it carries.

A prompt is a literal of an input called as in `PROMPTS`. A model is a digest in the record, and every name that the
node which loaded it was given. A file without a record is in the gallery without them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.context import resolve_within
from engine.errors import LoomError
from engine.record import read_record

PROMPTS = ("text", "prompt", "instruction", "template")
MOST_TEXT = 100_000  # characters of prompts that are kept for search
MOST_FILE = 256 << 20  # larger files are not opened for their record


@dataclass(frozen=True)
class Facts:
    """What the gallery can be asked for."""

    workflow: str = ""
    text: str = ""
    models: str = ""


def facts_of(root: Path, name: str) -> Facts:
    """The facts of a file; none if it is gone or carries no record."""
    try:
        path = resolve_within(root, name)
        if path.stat().st_size > MOST_FILE:
            return Facts()
        record = read_record(path.read_bytes())
    except (OSError, LoomError):
        return Facts()
    return facts_in(record)


def facts_in(record: dict[str, Any]) -> Facts:
    """The facts of a record."""
    workflow = record["workflow"]
    nodes = workflow.get("nodes")
    inputs = {str(name): _inputs(node) for name, node in nodes.items()} if isinstance(nodes, dict) else {}
    prompts = (value for given in inputs.values() for key, value in given.items() if key in PROMPTS)
    named = record.get("models")
    models = dict.fromkeys(_models(named, inputs)) if isinstance(named, dict) else {}
    return Facts(
        workflow=_clean(str(workflow.get("name") or ""))[:200],
        text=_clean("\n".join(dict.fromkeys(p for p in prompts if isinstance(p, str) and p)))[:MOST_TEXT],
        models=_clean("\n".join(models))[:MOST_TEXT],
    )


def _models(named: dict[str, Any], inputs: dict[str, dict[str, Any]]) -> Iterator[str]:
    for output, digest in named.items():
        yield str(digest)
        for value in inputs.get(output.partition(".")[0], {}).values():
            name = value.get("file") if isinstance(value, dict) else value
            if isinstance(name, str):
                yield name


def _inputs(node: object) -> dict[str, Any]:
    found = node.get("inputs") if isinstance(node, dict) else None
    return found if isinstance(found, dict) else {}


def _clean(text: str) -> str:
    """Text that every database takes: no half characters, no NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
