"""Whether a workflow is valid: every problem at once, by the node types alone, without an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web
from pydantic import Field

from engine.errors import InvalidWorkflow
from engine.workflow import Workflow
from server.answers import answer
from server.endpoint import Answer, Body, body_of, endpoint
from server.faults import problems_in
from server.findings import Finding
from server.security_limits import LIMITS
from server.workbench import WORKBENCH

if TYPE_CHECKING:
    from engine.registry import Registry


class Validate(Body):
    """A workflow, and inputs to set in it first: `{"node.input": value}`."""

    workflow: dict[str, Any]
    set: dict[str, Any] = Field(default_factory=dict)


class Valid(Answer):
    """Whether it is, and all that is wrong with it."""

    valid: bool
    problems: list[Finding]


@endpoint("POST", "/validate", body=Validate, answer=Valid, users=True)
async def validate(request: web.Request) -> web.Response:
    """Whether a workflow is valid, and every problem."""
    asked = await body_of(request, Validate)
    request.app[LIMITS].check(asked.workflow, asked.set)
    found = await request.app[WORKBENCH].ask_types(lambda registry: _problems(asked, registry))
    return answer({"valid": not found, "problems": found})


def _problems(asked: Validate, registry: Registry) -> list[dict[str, Any]]:
    from engine.validate import build

    try:
        workflow = Workflow(asked.workflow)
        for path, value in asked.set.items():
            workflow = workflow.set(path, value)
        build(workflow.data, registry)
    except InvalidWorkflow as error:
        return problems_in(error)
    return []
