"""From a request to the runs that it asks for.

What is random is drawn here, once: the seeds are in the run from its submission on, so a run that is resumed after a
crash is the same run. All runs of a sweep share them. Every value is validated before anything is kept; a sweep has its
values checked one input at a time, not in every combination.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from engine.workflow import Workflow
from server.answers import Refusal, dumps
from server.endpoint import Body
from server.queue.sweep import MOST_RUNS, Changes, combinations

if TYPE_CHECKING:
    from engine.graph import Graph
    from engine.registry import Registry

Inputs = Annotated[dict[str, Any], Field(max_length=1000)]


class Submission(Body):
    """A run, or many: `sweep` over inputs, or `sets`, one run for each."""

    workflow: dict[str, Any] | str = Field(description="a workflow document, or the name of one that the server keeps")
    set: Inputs = Field(default_factory=dict, description='inputs to change: {"node.input": value}')
    targets: list[str] | None = Field(None, max_length=1000, description="by default the nodes that make files")
    priority: int = Field(0, ge=-100, le=100, description="higher first")
    key: str | None = Field(None, min_length=1, max_length=200, description="the same key and request: the same run")
    sweep: dict[str, list[Any]] | None = Field(None, max_length=100, description="values to try, by input")
    mode: Literal["grid", "zip"] = Field("grid", description="every combination of a sweep, or one by one")
    sets: list[Inputs] | None = Field(None, min_length=1, max_length=MOST_RUNS, description="inputs, run by run")


@dataclass(frozen=True)
class Prepared:
    """Runs that are valid: the document, and what each sets in it."""

    name: str
    document: str
    digest: str
    runs: list[Changes]
    data: dict[str, Any]

    @property
    def many(self) -> bool:
        """Whether they are a batch."""
        return len(self.runs) > 1


def prepare(asked: Submission, data: dict[str, Any], registry: Registry) -> Prepared:
    """Validate, draw seeds, expand. Raises `InvalidWorkflow` or `Refusal`."""
    workflow = Workflow(data)
    if asked.sweep is not None and asked.sets is not None:
        raise Refusal(400, "sweep, sets: expected one of them")
    if asked.sweep is not None:
        each = combinations(workflow, asked.sweep, asked.mode)
        tried: list[Changes] = [{name: value} for name, values in asked.sweep.items() for value in values]
    else:
        each = [dict(one) for one in asked.sets] if asked.sets is not None else [{}]
        tried = list(each)
    common = dict(asked.set)
    graph = _valid(workflow, {**common, **each[0]}, asked.targets, registry)
    swept = {name for one in each for name in one}
    inner: dict[str, int] = {}
    for path, seed in graph.seeds.items():
        if "/" in path:
            inner[path] = seed
        elif path not in swept:
            common[path] = seed
    if inner:
        data = {**data, "seeds": {**data.get("seeds", {}), **inner}}
    for one in tried if len(tried) > 1 else []:
        _valid(workflow, {**common, **each[0], **one}, asked.targets, registry)
    text = dumps(data)
    changes = [{**common, **one} for one in each]
    name = workflow.name[:200].encode("utf-8", "replace").decode()  # no database takes half characters
    return Prepared(name, text, sha256(text.encode()).hexdigest(), changes, data)


def _valid(workflow: Workflow, changes: Changes, targets: list[str] | None, registry: Registry) -> Graph:
    from engine.validate import build

    for path, value in changes.items():
        workflow = workflow.set(path, value)
    graph = build(workflow.data, registry)
    graph.chosen(targets)
    return graph
