"""A workflow as a Python program, and such a program as a workflow: written and read, never run.

Reading answers 200 also for a text that says no workflow, because that is what a text is while somebody types it: then
`document` is null and `problems` say why, each with its line and column. What is wrong with the document itself stands
there too; `known` are the problems that the workflow had already that the text was written of.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from aiohttp import web
from pydantic import Field

from engine.errors import InvalidWorkflow, Problem
from engine.python_onto import onto
from engine.python_read import LONGEST, Finding, NodePlace, Place, Reading, read
from engine.python_text import program
from server.answers import Refusal, answer
from server.endpoint import Answer, Body, body_of, endpoint
from server.security_limits import LIMITS, Limits
from server.workbench import WORKBENCH

if TYPE_CHECKING:
    from engine.registry import Registry


class Document(Body):
    """A workflow."""

    workflow: dict[str, Any]


class Program(Body):
    """A program, and the workflow that it was written of: where its nodes stand, its notes and groups go over."""

    text: Annotated[str, Field(max_length=LONGEST)]
    workflow: dict[str, Any] | None = None


class Span(Answer):
    """A piece of the text: lines and columns from 1, `end_column` behind the last character."""

    line: int
    column: int
    end_line: int
    end_column: int


class NodeSpan(Answer):
    """Where a node stands in the text, and its inputs."""

    place: Span
    inputs: dict[str, Span]


class Written(Answer):
    """The program, and where each node stands in it."""

    text: str
    places: dict[str, NodeSpan]


class Found(Answer):
    """A problem and its place. `known`: the workflow that the text was written of has it, too."""

    message: str
    node: str | None
    input: str | None
    expected: str | None
    got: str | None
    nearest: str | None
    place: Span
    known: bool


class Read(Answer):
    """The workflow, or null and the problems. `renamed`: nodes of the workflow before, by their old names."""

    document: dict[str, Any] | None
    renamed: dict[str, str]
    problems: list[Found]
    places: dict[str, NodeSpan]


@endpoint("POST", "/python", body=Document, answer=Written, users=True)
async def write_python(request: web.Request) -> web.Response:
    """A workflow as a Python program, which makes it when it runs."""
    asked = await body_of(request, Document)
    request.app[LIMITS].check(asked.workflow)
    return answer(await request.app[WORKBENCH].ask_types(lambda registry: _written(asked, registry)))


@endpoint("POST", "/python/read", body=Program, answer=Read, users=True)
async def read_python(request: web.Request) -> web.Response:
    """A Python program as the workflow that it makes, without running it; or what is wrong with it, and where."""
    asked = await body_of(request, Program)
    limits = request.app[LIMITS]
    limits.check(asked.workflow or {})
    return answer(await request.app[WORKBENCH].ask_types(lambda registry: _read(asked, registry, limits)))


def _written(asked: Document, registry: Registry) -> dict[str, Any]:
    text = program(asked.workflow)
    return {"text": text, "places": _spans(read(text, registry.functions))}


def _read(asked: Program, registry: Registry, limits: Limits) -> dict[str, Any]:
    found = read(asked.text, registry.functions)
    document, more = found.document, list[tuple[Finding, bool]]()
    renamed: dict[str, str] = {}
    if document is not None:
        document, renamed = onto(document, asked.workflow or {})
        wrong = _asked_too_much(document, limits) or _problems(document, registry)
        known = _problems(asked.workflow, registry) if wrong and asked.workflow is not None else []
        before = {_key(one, renamed) for one in known}
        more = [(Finding(one, _place_of(one, found.places)), _key(one, {}) in before) for one in wrong]
    every = [*((one, False) for one in found.problems), *more]
    problems = [{**asdict(one.problem), "place": asdict(one.place), "known": known} for one, known in every]
    return {"document": document, "renamed": renamed, "problems": problems, "places": _spans(found)}


def _problems(document: dict[str, Any], registry: Registry) -> list[Problem]:
    """What is wrong with a workflow."""
    from engine.validate import build

    try:
        build(document, registry)
    except InvalidWorkflow as error:
        return list(error.problems)
    return []


def _asked_too_much(document: dict[str, Any], limits: Limits) -> list[Problem]:
    try:
        limits.check(document)
    except Refusal as refusal:
        return [Problem(**one) for one in refusal.more["problems"]]
    return []


def _key(problem: Problem, renamed: dict[str, str]) -> tuple[str | None, str | None, str]:
    """By what a problem is known again: names of nodes as they are now."""
    node = problem.node
    return (None if node is None else renamed.get(node, node), problem.input, problem.message)


def _place_of(problem: Problem, places: dict[str, NodePlace]) -> Place:
    """Where a problem of the document stands: at the input, at the node, or at the beginning."""
    node = places.get((problem.node or "").partition("/")[0])
    if node is None:
        return Place(1, 1, 1, 1)
    name = problem.input or ""
    return node.inputs.get(name) or node.inputs.get(name.split(".")[1] if "." in name else "") or node.place


def _spans(found: Reading) -> dict[str, Any]:
    return {name: asdict(place) for name, place in found.places.items()}
