"""How much one request may ask for. `[server]` in a `loom.toml` changes a limit:

    [server]
    nodes = 500
    pixels = 4194304

A workflow is measured as it is written: what its literals ask for. A `steps` that comes over a link is not seen here;
the engine has bounds of its own for what it makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import LoomError
from server.answers import Refusal

MIB = 1 << 20
OTHERS = ("database",)  # names in the table that are no limits


class Limits(BaseModel):
    """The most of each. Sizes are bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    body: int = Field(default=16 * MIB, ge=1024)
    upload: int = Field(default=64 * MIB, ge=1024)
    uploads: int = Field(default=1 << 40, ge=0)  # all of them together
    depth: int = Field(default=64, ge=4)  # of nested JSON
    nodes: int = Field(default=10_000, ge=1)
    steps: int = Field(default=10_000, ge=1)  # of one `steps` input
    pixels: int = Field(default=1 << 26, ge=1)  # of one picture, `width` × `height` × `batch`

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Limits:
        """The limits of a `[server]` table. Raises `LoomError` that names the setting."""
        try:
            return cls.model_validate({name: value for name, value in settings.items() if name not in OTHERS})
        except ValidationError as error:
            first = error.errors()[0]
            raise LoomError(f"loom.toml: server.{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}") from None

    def check(self, document: Mapping[str, Any], changes: Mapping[str, Any] | None = None) -> None:
        """Raise `Refusal` 413 if a workflow, with these inputs set, asks for more; every problem is named."""
        problems = list(self._problems(document, changes or {}))
        if problems:
            raise Refusal(413, problems[0]["message"], problems=problems)

    def check_all(
        self,
        document: Mapping[str, Any],
        changes: Mapping[str, Any],
        sets: Sequence[Mapping[str, Any]],
        sweep: Mapping[str, Sequence[Any]],
    ) -> None:
        """As `check`, for runs that differ: each of `sets`, and of a sweep the largest number of each input."""
        largest = {name: max((_number(value, 0) for value in values), default=0) for name, values in sweep.items()}
        self.check(document, {**changes, **largest})
        nodes: dict[str, dict[str, Any]] = {}
        for one in sets:
            problems: list[dict[str, Any]] = []
            together = {**changes, **one}
            for name in {path.rpartition(".")[0] for path in one}:
                nodes[name] = nodes.get(name) or _literals(document, name)
                mine = {path.rpartition(".")[2]: v for path, v in together.items() if path.rpartition(".")[0] == name}
                problems += self._node(name, {**nodes[name], **mine})
            if problems:
                raise Refusal(413, problems[0]["message"], problems=problems)

    def _problems(self, document: Mapping[str, Any], changes: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        if (found := depth(document)) > self.depth:
            yield _problem("the document is nested too deeply", self.depth, found)
        bodies = list(_bodies(document))
        count = sum(len(nodes) for nodes in bodies)
        if count > self.nodes:
            yield _problem("too many nodes", self.nodes, count)
        for nodes in bodies:
            for name, node in nodes.items():
                inputs = dict(node["inputs"]) if isinstance(node, dict) and isinstance(node.get("inputs"), dict) else {}
                for path, value in changes.items():
                    owner, _, key = path.rpartition(".")
                    if owner == name:
                        inputs[key] = value
                yield from self._node(str(name), inputs)

    def _node(self, name: str, inputs: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        if (steps := _number(inputs.get("steps"), 0)) > self.steps:
            yield _problem("too many steps", self.steps, steps) | {"node": name, "input": "steps"}
        pixels = 1
        for key in ("width", "height", "batch"):
            pixels *= max(_number(inputs.get(key), 1), 1)
        if pixels > self.pixels:
            yield _problem("too many pixels", self.pixels, pixels) | {"node": name, "input": "width"}


LIMITS = web.AppKey("limits", Limits)


def depth(value: object) -> int:
    """How deeply JSON is nested."""
    deepest, level = 0, [value]
    while level:
        deepest += 1
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return deepest


def _bodies(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The nodes of a document, and of the subgraphs that it defines."""
    parts = [document, *_objects(document.get("subgraphs"))]
    yield from (part["nodes"] for part in parts if isinstance(part.get("nodes"), dict))


def _literals(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The inputs of a node as they stand in the document."""
    nodes = document.get("nodes")
    node = nodes.get(name) if isinstance(nodes, dict) else None
    inputs = node.get("inputs") if isinstance(node, dict) else None
    return dict(inputs) if isinstance(inputs, dict) else {}


def _objects(value: object) -> list[dict[str, Any]]:
    return [inner for inner in value.values() if isinstance(inner, dict)] if isinstance(value, dict) else []


def _number(value: object, other: int) -> int:
    return min(value, 1 << 62) if isinstance(value, int) and not isinstance(value, bool) else other


def _problem(message: str, most: int, got: int) -> dict[str, Any]:
    return {"message": f"{message}: at most {most}, got {got}", "expected": f"at most {most}", "got": str(got)[:80]}
