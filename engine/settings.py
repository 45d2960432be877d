"""`--set node.input=value`: a text from the command line as a literal of the input's type."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from engine.errors import InvalidWorkflow, Problem
from engine.registry import Registry
from engine.spec import BadLiteral
from engine.workflow import TYPE, Workflow, interface_inputs, interface_targets


def apply(workflow: Workflow, settings: list[str], registry: Registry) -> Workflow:
    """The workflow with all settings applied. Raises `InvalidWorkflow` for the first that cannot be."""
    for target, value in read(workflow, settings, registry):
        workflow = workflow.set(target, value)
    return workflow


def read(workflow: Workflow, settings: list[str], registry: Registry) -> Iterator[tuple[str, Any]]:
    """What settings say: inputs and literals. Raises `InvalidWorkflow` at the first that says nothing."""
    for setting in settings:
        target, equals, text = setting.partition("=")
        if not equals or not target:
            raise InvalidWorkflow([Problem("not a setting", None, "--set", "node.input=value", repr(setting[:80]))])
        yield target, literal(workflow, target, text, registry)


def literal(workflow: Workflow, target: str, text: str, registry: Registry) -> Any:
    """The text as JSON if the input takes that, else as a string: `7`, `true`, `[1, 2]`, `a red circle`."""
    try:
        value = json.loads(text, parse_constant=lambda name: name)
    except (ValueError, RecursionError):
        return text
    if isinstance(value, str) or "." not in target:
        paths = interface_targets(interface_inputs(workflow.data).get(target))
        return literal(workflow, paths[0], text, registry) if paths and "." in paths[0] else value
    node, _, name = target.rpartition(".")
    body = workflow.nodes.get(node)
    kind = TYPE.match(str(body.get("type"))) if isinstance(body, dict) else None
    spec = registry.specs.get(kind.group(1)) if kind is not None else None
    if spec is None or name not in spec.inputs or isinstance(value, dict):
        return value
    annotation = spec.inputs[name].annotation
    if registry.literals.adapter(annotation) is None:
        return value
    try:
        registry.literals.value(annotation, value)
    except BadLiteral:
        try:
            registry.literals.value(annotation, text)
        except BadLiteral:
            return value
        return text
    return value
