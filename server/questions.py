"""What can be asked without a run: what it would do, and why. A worker's engine answers.

A document that cannot run has an answer, too: its problems. Who edits one asks at every moment of it.
"""

from __future__ import annotations

from typing import Any, Literal

from aiohttp import web
from pydantic import Field

from server.answers import answer
from server.endpoint import Answer, Body, body_of, endpoint
from server.findings import Finding
from server.queue.queue import QUEUE
from server.queue.routes import document_of
from server.security_limits import LIMITS
from server.users.user import user_of


class Question(Body):
    """A workflow, or the name of one, and inputs to set in it first."""

    workflow: dict[str, Any] | str
    set: dict[str, Any] = Field(default_factory=dict)


class PlanQuestion(Question):
    """`targets`: the nodes to run; by default those that make files."""

    targets: list[str] | None = None


class WhyQuestion(Question):
    """`node`: only this one."""

    node: str | None = None


class NodePlan(Answer):
    """What a run would do with a node. `key`: of its one result, if it is stored: what the mode `frozen` takes."""

    status: Literal["run", "cached", "skipped", "unknown"]
    steps_run: int
    steps_cached: int
    reason: str
    key: str | None


class Planned(Answer):
    """What a run would do, by node; nothing where the document has `problems`."""

    nodes: dict[str, NodePlan]
    problems: list[Finding]


class Reasons(Answer):
    """Why each node will run or will not; nothing where the document has `problems`."""

    reasons: dict[str, str]
    problems: list[Finding]


@endpoint("POST", "/plan", body=PlanQuestion, answer=Planned, users=True)
async def plan(request: web.Request) -> web.Response:
    """What a run would do: per node run, cached, skipped or unknown, with the number of steps; or why there is none."""
    asked = await body_of(request, PlanQuestion)
    document = await document_of(request, asked.workflow)
    request.app[LIMITS].check(document, asked.set)
    found = await request.app[QUEUE].ask(
        "plan", user_of(request), document=document, set=asked.set, targets=asked.targets
    )
    return answer(found)


@endpoint("POST", "/why", body=WhyQuestion, answer=Reasons, users=True)
async def why(request: web.Request) -> web.Response:
    """Why each node (or the one in `node`) will run or will not, in words."""
    asked = await body_of(request, WhyQuestion)
    document = await document_of(request, asked.workflow)
    request.app[LIMITS].check(document, asked.set)
    found = await request.app[QUEUE].ask("why", user_of(request), document=document, set=asked.set, node=asked.node)
    return answer(found)


QUESTION_ENDPOINTS = (plan, why)
