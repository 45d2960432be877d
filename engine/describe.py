"""A node type for people and for clients: its inputs with types, defaults and JSON Schema, its outputs, its text."""

from __future__ import annotations

import inspect
from dataclasses import asdict
from typing import Any

from engine.about import category_of, label_of, stage_of
from engine.registry import Registry
from engine.relation import type_name
from engine.spec import InputSpec, brief, expectation
from engine.widget import widget_of


def describe(registry: Registry, name: str) -> dict[str, Any]:
    """A node type as JSON."""
    spec = registry.specs[name]
    node = spec.node
    return {
        "type": spec.name,
        "label": label_of(node),
        "category": category_of(node),
        "stage": stage_of(node),
        "title": spec.title,
        "formula": asdict(node.formula) if node.formula is not None else None,
        "paper": asdict(node.paper) if node.paper is not None else None,
        "doc": inspect.cleandoc(node.__doc__ or ""),
        "plan": node.plan,
        "sink": node.sink,
        "pure": node.pure,
        "stack": list(node.stack),
        "inputs": {i.name: _input(registry, i) for i in spec.inputs.values()},
        "outputs": {o.name: {"type": type_name(o.annotation)} for o in spec.outputs},
    }


def _input(registry: Registry, spec: InputSpec) -> dict[str, Any]:
    described: dict[str, Any] = {
        "type": type_name(spec.annotation),
        "socket": not spec.widget,
        "required": spec.required,
        "lazy": spec.lazy,
        "many": spec.many,
    }
    schema = registry.literals.schema(spec.annotation)
    described["widget"] = widget_of(schema) if schema is not None else None
    if schema is not None:
        described["schema"] = schema
    if not spec.required and not spec.many:
        described["default"] = spec.default if isinstance(spec.default, (bool, int, float, str, list)) else None
    return described


def describe_text(registry: Registry, name: str) -> str:
    """A node type as text."""
    spec = registry.specs[name]
    lines = [spec.name, "", inspect.cleandoc(spec.node.__doc__ or ""), ""]
    for label, widget in (("sockets", False), ("widgets", True)):
        inputs = [i for i in spec.inputs.values() if i.widget == widget]
        if inputs:
            lines.append(f"{label}:")
        for i in inputs:
            default = "" if i.required else " (any number)" if i.many else f" = {brief(i.default)}"
            lines.append(f"  {i.name}: {expectation(i.annotation)}{default}")
    lines.append("outputs:")
    lines += [f"  {o.name}: {type_name(o.annotation)}" for o in spec.outputs]
    return "\n".join(lines)
