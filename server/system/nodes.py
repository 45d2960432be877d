"""The node types, as an editor draws them.

The answer is the same until the server is started anew, so it is made once; its ETag is the digest of its bytes, and an
editor that has it already gets 304 and no body.
"""

from __future__ import annotations

from dataclasses import asdict
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from aiohttp import web
from pydantic import Field

from server.answers import dumps
from server.endpoint import Answer, endpoint
from server.etag import cached
from server.workbench import WORKBENCH

if TYPE_CHECKING:
    from engine.registry import Registry


class Input(Answer):
    """An input of a node type. `schema`: JSON Schema of a literal; an input without one is a socket alone."""

    type: str
    socket: bool
    required: bool
    lazy: bool
    many: bool
    literal: dict[str, Any] | None = Field(default=None, alias="schema")
    default: Any = None


class Output(Answer):
    """An output of a node type."""

    type: str


class NodeType(Answer):
    """All that is needed to draw a node."""

    type: str
    title: str
    doc: str
    plan: bool
    sink: bool
    pure: bool
    stack: list[str]
    inputs: dict[str, Input]
    outputs: dict[str, Output]


class Failure(Answer):
    """A package of node types that was not loaded."""

    source: str
    error: str


class NodeTypes(Answer):
    """The registry. `digest` changes when a node type does."""

    digest: str
    nodes: list[NodeType]
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

            nodes = [describe(registry, name) for name in sorted(registry.specs)]
            failures = [asdict(failure) for failure in registry.failures]
            self._digest = sha256(dumps([nodes, failures]).encode()).hexdigest()
            self._body = dumps({"digest": self._digest, "nodes": nodes, "failures": failures}).encode()
            self._of = registry
        return self._body, self._digest


DESCRIBED = web.AppKey("described", Described)


@endpoint("GET", "/nodes", answer=NodeTypes)
async def nodes(request: web.Request) -> web.Response:
    """All node types: inputs with types, defaults and JSON Schema, outputs, text; and packages that failed to load."""
    body, digest = await request.app[WORKBENCH].ask_types(request.app[DESCRIBED].get)
    return cached(request, body, digest, "application/json")
