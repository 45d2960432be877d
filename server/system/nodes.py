"""The node types, as an editor draws them.

The answer is the same until the server is started anew, so it is made once; its ETag is the digest of its bytes, and an
editor that has it already gets 304 and no body.
"""

from __future__ import annotations

from dataclasses import asdict
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

from aiohttp import web
from pydantic import Field

from server.answers import dumps
from server.endpoint import Answer, endpoint
from server.etag import cached
from server.system.examples import examples
from server.workbench import WORKBENCH

if TYPE_CHECKING:
    from engine.registry import Registry


class Widget(Answer):
    """What is drawn for an input: `engine.widget`."""

    kind: Literal["toggle", "number", "slider", "line", "multiline", "select", "choice", "seed", "list", "json"]
    optional: bool
    minimum: float | None
    maximum: float | None
    step: float | None
    unit: str | None
    choices: list[Any] | None
    source: str | None


class Input(Answer):
    """An input of a node type. `schema`: JSON Schema of a literal, and `widget`: what to draw for it; an input without
    them is a socket alone. `socket`: whether it is drawn as a socket first."""

    type: str
    socket: bool
    required: bool
    lazy: bool
    many: bool
    literal: dict[str, Any] | None = Field(default=None, alias="schema")
    widget: Widget | None
    default: Any = None


class Output(Answer):
    """An output of a node type."""

    type: str


class Formula(Answer):
    """An equation: in one line of plain text, and in LaTeX's mathematics."""

    line: str
    tex: str


class Paper(Answer):
    """Where a method is described."""

    text: str
    url: str


class NodeType(Answer):
    """All that is needed to draw a node. `title`: what it does, in a line; `examples`: workflows that use it."""

    type: str
    label: str
    category: str
    stage: str | None
    title: str
    formula: Formula | None
    paper: Paper | None
    examples: list[str]
    doc: str
    plan: bool
    sink: bool
    pure: bool
    stack: list[str]
    inputs: dict[str, Input]
    outputs: dict[str, Output]


class Conversion(Answer):
    """A link of the first type may be plugged into the second: the engine converts."""

    source: str
    target: str


class ValueType(Answer):
    """A type of outputs or inputs. `title`: what it holds; `fits`: the types of inputs that it may be linked to as it
    is; `converts`: those that it is converted to. A type variable fits what it is bound to, and is not among these."""

    type: str
    title: str
    fits: list[str]
    converts: list[str]


class Failure(Answer):
    """A package of node types that was not loaded."""

    source: str
    error: str


class NodeTypes(Answer):
    """The registry. `digest` changes when a node type does."""

    digest: str
    nodes: list[NodeType]
    conversions: list[Conversion]
    types: list[ValueType]
    failures: list[Failure]


class Described:
    """The registry as JSON, made for the first who asks."""

    def __init__(self) -> None:
        self._of: Registry | None = None
        self._body, self._digest = b"", ""

    def get(self, registry: Registry) -> tuple[bytes, str]:
        """The body of the answer, and its digest."""
        if self._of is not registry:
            from engine.describe import describe
            from engine.lattice import value_types
            from engine.relation import type_name

            used = examples()
            found = {
                "nodes": [
                    {**describe(registry, name), "examples": used.get(name, [])} for name in sorted(registry.specs)
                ],
                "conversions": [
                    {"source": type_name(c.source), "target": type_name(c.target)} for c in registry.converters
                ],
                "types": value_types(registry),
                "failures": [asdict(failure) for failure in registry.failures],
            }
            self._digest = sha256(dumps(found).encode()).hexdigest()
            self._body = dumps({"digest": self._digest, **found}).encode()
            self._of = registry
        return self._body, self._digest


DESCRIBED = web.AppKey("described", Described)


@endpoint("GET", "/nodes", answer=NodeTypes, users=True)
async def nodes(request: web.Request) -> web.Response:
    """All node types: inputs with types, defaults and JSON Schema, outputs, text; and packages that failed to load."""
    body, digest = await request.app[WORKBENCH].ask_types(request.app[DESCRIBED].get)
    return cached(request, body, digest, "application/json")
