"""Whether a workflow is valid: every problem at once, by the node types alone, without an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from aiohttp import web
from pydantic import Field

from engine.workflow import Workflow
from server.answers import answer
from server.endpoint import Answer, Body, body_of, endpoint
from server.security_limits import LIMITS
from server.workbench import WORKBENCH

if TYPE_CHECKING:
    from engine.registry import Registry


class Validate(Body):
    """A workflow, and inputs to set in it first: `{"node.input": value}`."""

    workflow: dict[str, Any]
    set: dict[str, Any] = Field(default_factory=dict)


class Valid(Answer):
    """That it is."""

    valid: Literal[True]


@endpoint("POST", "/validate", body=Validate, answer=Valid, users=True)
async def validate(request: web.Request) -> web.Response:
    """Whether a workflow is valid; if not, 400 with every problem."""
    asked = await body_of(request, Validate)
    request.app[LIMITS].check(asked.workflow, asked.set)
    await request.app[WORKBENCH].ask_types(lambda registry: _build(asked, registry))
    return answer({"valid": True})


def _build(asked: Validate, registry: Registry) -> None:
    from engine.validate import build

    workflow = Workflow(asked.workflow)
    for path, value in asked.set.items():
        workflow = workflow.set(path, value)
    build(workflow.data, registry)
