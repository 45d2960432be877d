"""The workflow document: one JSON object that editor, file, API and picture share.

`Workflow` holds the document as it was read — unknown keys and unknown node types included — and offers the few edits
that a caller needs. Reading is strict: NaN, duplicate names and absurd nesting are refused with one sentence each.
Meaning (types, links, frames) is the business of `engine.graph`.
"""

from __future__ import annotations

import copy
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import InvalidWorkflow, LoomError, Problem, nearest

FORMAT = 1
NAME = re.compile(r"[a-z_][a-z0-9_-]{0,63}\Z")
TYPE = re.compile(r"([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)+)(?:@([1-9][0-9]{0,5}))?\Z")
LOOP = "flow.loop"
RESERVED = ("item", "index", "count")
MAX_BYTES = 64 << 20
MAX_DEPTH = 100
MAX_FILE = 256 << 20  # a picture carries a workflow and its pixels


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a document's file. Raises `InvalidWorkflow` with the reason in words."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidWorkflow([Problem(f"cannot read {str(path)!r}: {reason}")]) from error
    if len(data) > MAX_FILE:
        raise InvalidWorkflow([Problem(f"{str(path)!r} is too large", expected=f"at most {MAX_FILE >> 20} MiB")])
    return data


def parse_json(text: str | bytes) -> Any:
    """Strict JSON: no NaN or Infinity, no duplicate names, bounded depth and numbers. Raises `InvalidWorkflow`."""
    if len(text) > MAX_BYTES:
        raise InvalidWorkflow([Problem("the document is too large", expected=f"at most {MAX_BYTES >> 20} MiB")])
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_no_duplicates)
    except InvalidWorkflow:
        raise
    except RecursionError:
        raise InvalidWorkflow([Problem("the document is nested too deeply")]) from None
    except json.JSONDecodeError as error:
        raise InvalidWorkflow([Problem(f"not JSON: {error}")]) from None
    except (ValueError, UnicodeDecodeError) as error:
        raise InvalidWorkflow([Problem(f"not JSON: {str(error)[:200]}")]) from None
    if _depth(value) > MAX_DEPTH:
        raise InvalidWorkflow([Problem("the document is nested too deeply", expected=f"at most {MAX_DEPTH} levels")])
    return value


def json_bytes(value: Any, **options: Any) -> bytes:
    """JSON as UTF-8. Half characters, which UTF-8 does not have, are written as JSON's escapes."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, **options).encode()
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False, **options).encode()


def _no_constant(name: str) -> Any:
    raise InvalidWorkflow([Problem(f"not JSON: {name} is no number")])


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise InvalidWorkflow([Problem(f"{text[:40]} is too large for a number")])
    return number


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise InvalidWorkflow([Problem(f"the name {twice[:80]!r} stands twice in one object")])
    return made


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level and depth <= MAX_DEPTH + 1:
        depth += 1
        level = [
            child
            for part in level
            if isinstance(part, (dict, list))
            for child in (part.values() if isinstance(part, dict) else part)
            if isinstance(child, (dict, list))
        ]
    return depth


@dataclass(frozen=True)
class LinkText:
    """`{"from": "node.output"}` as written; `output` None means the first.

    `foreign`: the name has a slash, which only the engine's own names of nodes in subgraphs have.
    """

    node: str
    output: str | None
    foreign: bool = False


def as_link(value: Any) -> LinkText | None:
    """The link that a value of the document is, or None for a literal."""
    if isinstance(value, dict) and "from" in value and isinstance(value["from"], str) and len(value) == 1:
        name, dot, output = value["from"].partition(".")
        return LinkText(name, output if dot else None, "/" in name)
    return None


class Workflow:
    """A workflow document. `data` is the plain JSON object; treat it as read-only and use the methods to edit."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data: dict[str, Any] = dict(data)
        self.folder: Path | None = None  # where it was read from: its input files are looked for there too
        self.only: Path | None = None  # if set, the one folder in which its input files are looked for

    @classmethod
    def loads(cls, text: str | bytes) -> Workflow:
        """Read a document from text. Raises `InvalidWorkflow` for what is no workflow at all."""
        data = parse_json(text)
        if not isinstance(data, dict):
            raise InvalidWorkflow([Problem("not a workflow", expected="a JSON object", got=type(data).__name__)])
        return cls(data)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Workflow:
        """Read a document from a JSON file. Raises `InvalidWorkflow`."""
        workflow = cls.loads(read_bytes(path))
        workflow.data.setdefault("name", Path(path).stem)
        workflow.folder = Path(path).absolute().parent
        return workflow

    @property
    def name(self) -> str:
        """The workflow's name, for people and file names."""
        name = self.data.get("name")
        return name if isinstance(name, str) and name else "workflow"

    @property
    def nodes(self) -> dict[str, Any]:
        """The nodes by id; empty if the document has none that can be read."""
        nodes = self.data.get("nodes")
        return nodes if isinstance(nodes, dict) else {}

    def set(self, target: str, value: Any) -> Workflow:
        """A copy with one input set: `node.input`, or the name of an interface input. Raises `InvalidWorkflow`."""
        made = Workflow(copy.deepcopy(self.data))
        made.folder, made.only = self.folder, self.only
        interface = interface_inputs(made.data)
        targets = [target] if "." in target else interface_targets(interface.get(target))
        if not targets:
            known = [*interface, *(f"{n}.{i}" for n, d in self.nodes.items() for i in _inputs_of(d))]
            raise InvalidWorkflow([Problem(f"there is no input {target!r}", nearest=nearest(target, known))])
        for path in targets:
            node, _, name = path.rpartition(".")
            body = made.nodes.get(node)
            if not isinstance(body, dict):
                raise InvalidWorkflow([Problem(f"there is no node {node!r}", nearest=nearest(node, made.nodes))])
            if not isinstance(body.setdefault("inputs", {}), dict):
                raise InvalidWorkflow([Problem("must be an object", node, "inputs")])
            body["inputs"][name] = value
        return made

    def dumps(self) -> str:
        """The document as indented JSON text."""
        return json.dumps(self.data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the document: temp → fsync → rename, so that it is there whole or not at all."""
        write_durably(Path(path), self.dumps().encode())

    def __repr__(self) -> str:
        return f"<workflow {self.name!r}: {len(self.nodes)} nodes>"


def _inputs_of(node: Any) -> Iterator[str]:
    inputs = node.get("inputs") if isinstance(node, dict) else None
    return iter(inputs if isinstance(inputs, dict) else ())


def interface_inputs(data: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that a document's interface declares; empty if there are none that can be read."""
    interface = data.get("interface")
    inputs = interface.get("inputs") if isinstance(interface, dict) else None
    return inputs if isinstance(inputs, dict) else {}


def interface_targets(entry: Any) -> list[str]:
    """The `node.input` paths that an interface input feeds."""
    to = entry.get("to") if isinstance(entry, dict) else None
    return [to] if isinstance(to, str) else [t for t in to if isinstance(t, str)] if isinstance(to, list) else []


def write_durably(path: Path, data: bytes) -> None:
    """Write what a person made: to a temporary file beside it, fsync, rename, fsync the folder."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise LoomError(f"cannot write {path}: {error.strerror or error}") from error
