"""What a document may be at most, and the shape that one must have to be edited at all.

Only the shape is a condition: nodes are objects with a type, inputs are objects, and so on. Whether types are known,
links fit and literals are right is for the engine's validation to say, and never keeps a document from being edited.
"""

from __future__ import annotations

import json
from typing import Any

from engine.workflow import NAME
from server.live.changes import Draft, Json
from server.live.reroutes import settle

MOST_BYTES = 8 << 20
MOST_NODES = 10_000
MOST_TEXT = 1 << 20  # characters of one text
DEEPEST_VALUE = 64
DEEPEST = 90  # of a document; one that is read again may be 100 deep


class Refused(Exception):
    """An operation that is not taken: why, and the node and the input that it is about."""

    def __init__(
        self, message: str, *, node: str | None = None, input: str | None = None, status: int = 409, **more: Any
    ) -> None:
        self.message, self.node, self.input, self.status, self.more = message, node, input, status, more
        super().__init__(message)

    def json(self) -> Json:
        """As problem details for a client."""
        found = {"message": self.message, "node": self.node, "input": self.input, **self.more}
        return {key: value for key, value in found.items() if value is not None}


def check_value(value: Any, deepest: int = DEEPEST_VALUE) -> None:
    """Raise `Refused` for what is nested too deeply, or holds too long a text."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > deepest:
            raise Refused(f"the value is nested too deeply; at most {deepest} levels", status=422)
        following: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                following += one.values()
                texts = [key for key in one if len(key) > 1024]
                if texts:
                    raise Refused("a name in the value is too long; at most 1024 characters", status=422)
            elif isinstance(one, list):
                following += one
            elif isinstance(one, str) and len(one) > MOST_TEXT:
                raise Refused(f"a text is too long; at most {MOST_TEXT} characters", status=422)
        level = following


def check_size(document: Json, size: int) -> None:
    """Raise `Refused` for too large a document."""
    nodes = document.get("nodes")
    if isinstance(nodes, dict) and len(nodes) > MOST_NODES:
        raise Refused(f"the document would have too many nodes; at most {MOST_NODES}", status=413)
    if size > MOST_BYTES:
        raise Refused(f"the document would be too large; at most {MOST_BYTES >> 20} MiB", status=413)


def size_of(document: Json) -> int:
    """The bytes of its JSON, roughly as changes count them."""
    return len(json.dumps(document))


def check_document(document: Any) -> Json:
    """A whole document that came from outside. Raises `Refused` with all that is wrong with its shape."""
    check_value(document, DEEPEST)
    problems = list(_problems(document))
    if problems:
        raise Refused(f"not a document that can be edited: {problems[0]}", status=400, all=problems[:50])
    found: Json = document
    check_size(found, size_of(found))
    return found


def _problems(document: Any) -> list[str]:
    if not isinstance(document, dict):
        return ["a workflow is a JSON object"]
    found = []
    for key in ("nodes", "ui", "interface", "subgraphs"):
        if not isinstance(document.get(key, {}), dict):
            found.append(f"{key}: expected an object")
    if found:
        return found
    for name, body in document.get("nodes", {}).items():
        if not NAME.match(name):
            found.append(f"nodes: {name[:80]!r} is not a name (a letter or _, then letters, digits, _ and -; small)")
        elif not isinstance(body, dict) or not isinstance(body.get("type"), str):
            found.append(f"{name}: a node is an object with a type")
        else:
            found += [
                f"{name}.{key}: expected an object"
                for key in ("inputs", "carry", "collect")
                if not isinstance(body.get(key, {}), dict)
            ]
            if not isinstance(body.get("in", ""), str):
                found.append(f"{name}.in: expected the name of a frame")
    ui = document.get("ui", {})
    found += [
        f"ui.{key}: expected an object" for key in ("positions", "nodes") if not isinstance(ui.get(key, {}), dict)
    ]
    shelves = ("groups", "notes", "reroutes")
    found += [f"ui.{key}: expected a list" for key in shelves if not isinstance(ui.get(key, []), list)]
    interface = document.get("interface", {})
    found += [
        f"interface.{key}: expected an object"
        for key in ("inputs", "outputs")
        if not isinstance(interface.get(key, {}), dict)
    ]
    return found


def normal(document: Json) -> Json:
    """The document as it is edited: an id on every group, note and reroute, by which operations can speak of it; and
    no reroutes of links that are not there."""
    ui = document.get("ui")
    if not isinstance(ui, dict):
        return document
    made = dict(ui)
    for key, letter in (("groups", "g"), ("notes", "n"), ("reroutes", "r")):
        items = ui.get(key)
        if isinstance(items, list):
            made[key] = _identified(items, letter)
    draft = Draft({**document, "ui": made} if made != ui else document)
    settle(draft)
    return draft.document


def _identified(items: list[Any], letter: str) -> list[Any]:
    used: set[str] = {one["id"] for one in items if isinstance(one, dict) and isinstance(one.get("id"), str)}
    seen: set[str] = set()
    made, number = [], 0
    for one in items:
        if isinstance(one, dict) and (not isinstance(one.get("id"), str) or one["id"] in seen):
            while f"{letter}{(number := number + 1)}" in used:
                pass
            used.add(f"{letter}{number}")
            one = {**one, "id": f"{letter}{number}"}
        if isinstance(one, dict):
            seen.add(one["id"])
        made.append(one)
    return made
