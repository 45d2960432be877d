"""What can be asked without a run: what it would do, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from aiohttp import web

from engine.errors import nearest
from engine.workflow import Workflow, parse_json
from server.answers import Refusal, answer
from server.workbench import WORKBENCH


@dataclass(frozen=True)
class Asked:
    """The body of a request: a workflow, inputs to set, nodes to run."""

    workflow: Workflow
    set: dict[str, Any] = field(default_factory=dict)
    targets: list[str] | None = None
    node: str | None = None

    def edited(self) -> Workflow:
        """The workflow with its inputs set. Raises `InvalidWorkflow` for an input that is not there."""
        workflow = self.workflow
        for path, value in self.set.items():
            workflow = workflow.set(path, value)
        return workflow


SHAPES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "workflow": ("a workflow document: a JSON object", lambda v: isinstance(v, dict)),
    "set": ('an object {"node.input": value}', lambda v: isinstance(v, dict)),
    "targets": ("a list of node names", lambda v: isinstance(v, list) and all(isinstance(n, str) for n in v)),
    "node": ("the name of a node", lambda v: isinstance(v, str)),
}


async def read_asked(request: web.Request, *allowed: str) -> Asked:
    """The body with `workflow` and what else is allowed. Raises `Refusal` or `InvalidWorkflow`."""
    body = await asyncio.to_thread(parse_json, await request.read())
    if not isinstance(body, dict):
        raise Refusal(400, "expected a JSON object")
    names = ("workflow", *allowed)
    for name, value in body.items():
        if name not in names:
            close = nearest(name, names)
            hint = f" (did you mean {close!r}?)" if close else f" (there are: {', '.join(names)})"
            raise Refusal(400, f"there is no field {name[:80]!r}{hint}")
        expected, fits = SHAPES[name]
        if not fits(value):
            raise Refusal(400, f"{name}: expected {expected}")
    if "workflow" not in body:
        raise Refusal(400, f"workflow: expected {SHAPES['workflow'][0]}")
    return Asked(**{**body, "workflow": Workflow(body["workflow"])})


async def plan(request: web.Request) -> web.Response:
    """What a run would do: per node run, cached, skipped or unknown, with the number of steps."""
    asked = await read_asked(request, "set", "targets")
    reports = await request.app[WORKBENCH].ask(lambda engine: engine.plan(asked.edited(), asked.targets))
    return answer({"nodes": {name: asdict(report) for name, report in reports.items()}})


async def why(request: web.Request) -> web.Response:
    """Why each node (or the one in `node`) will run or will not, in words."""
    asked = await read_asked(request, "set", "node")
    reasons = await request.app[WORKBENCH].ask(lambda engine: engine.why(asked.edited(), asked.node))
    return answer({"reasons": reasons})
