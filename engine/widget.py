"""What an editor draws for an input, from the JSON Schema of its literals and the hints in it.

A schema allows more than a widget can show; what is read here is its main branch: of `number | None` the number, of
`name | {file, digest}` the name.
"""

from __future__ import annotations

from typing import Any

KINDS = {"boolean": "toggle", "integer": "number", "number": "number", "string": "line", "array": "list"}


def widget_of(schema: dict[str, Any]) -> dict[str, Any]:
    """`{kind, optional, minimum, maximum, step, unit, choices, source}`; what does not apply is None.

    kind: toggle, number, slider, line, multiline, select (one of `choices`), choice (a name of `source`, or free text),
    seed, list or json. optional: whether it may be None. Bounds are inclusive; step: by how much it moves.
    """
    branches = [branch for branch in schema.get("anyOf", [schema]) if branch.get("type") != "null"]
    main = branches[0] if branches else schema
    hints = {**main.get("x-loom", {}), **schema.get("x-loom", {})}
    kind = KINDS.get(main.get("type", ""), "json")
    if "enum" in main:
        kind = "select"
    elif len(branches) > 1 and "widget" not in hints and kind not in ("line", "number"):
        kind = "json"
    step = hints.get("step", 1 if main.get("type") == "integer" else None)
    return {
        "kind": hints.get("widget", kind),
        "optional": len(branches) < len(schema.get("anyOf", [schema])),
        "minimum": main.get("minimum", _inside(main.get("exclusiveMinimum"), step or 1e-3)),
        "maximum": main.get("maximum", _inside(main.get("exclusiveMaximum"), -(step or 1e-3))),
        "step": step if kind in ("number",) else None,
        "unit": hints.get("unit"),
        "choices": main.get("enum"),
        "source": hints.get("source"),
    }


def _inside(bound: float | None, step: float) -> float | None:
    """The nearest value to an exclusive bound that a widget reaches."""
    return None if bound is None else bound + step
