"""All types of a registry's outputs and inputs, and which may be linked to which, as an editor needs it."""

from __future__ import annotations

import inspect
from typing import Any, TypeVar, get_args

from engine.registry import Registry
from engine.relation import bare, fits, type_name


def value_types(registry: Registry) -> list[dict[str, Any]]:
    """`{type, title, fits, converts}` of each type, by name. Type variables, and what has one in it, are left out."""
    found: dict[str, Any] = {}
    for spec in registry.specs.values():
        for annotation in (*(i.annotation for i in spec.inputs.values()), *(o.annotation for o in spec.outputs)):
            if not _is_open(annotation):
                found.setdefault(type_name(annotation), bare(annotation))
    described = []
    for name, source in sorted(found.items()):
        as_it_is = [other for other, target in sorted(found.items()) if fits(source, target, {})]
        converted = [
            other
            for other, target in sorted(found.items())
            if other not in as_it_is and registry.converter(source, target) is not None
        ]
        described.append({"type": name, "title": _title(source), "fits": as_it_is, "converts": converted})
    return described


def _is_open(annotation: Any) -> bool:
    kind = bare(annotation)
    return isinstance(kind, TypeVar) or any(_is_open(part) for part in get_args(kind) if not isinstance(part, str))


def _title(kind: Any) -> str:
    """The first line of a class's docstring; empty for what is no class of a node package."""
    if not isinstance(kind, type) or kind.__module__ == "builtins":
        return ""
    return (inspect.cleandoc(kind.__doc__ or "")).split("\n")[0]
