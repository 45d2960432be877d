"""A value in a few words, for people: its type, the shape and dtype of its first tensor, its bytes."""

from __future__ import annotations

import dataclasses
from typing import Any

from engine.events import OutputSummary
from engine.spec import NodeSpec
from engine.values import is_scalar


def summaries(spec: NodeSpec, result: Any) -> tuple[OutputSummary, ...]:
    """One summary per output of a node's result."""
    outputs = spec.outputs
    values = result if len(outputs) > 1 else (result,)
    return tuple(summary(output.name, value) for output, value in zip(outputs, values, strict=False))


def summary(name: str, value: Any) -> OutputSummary:
    """The summary of one value."""
    kind = type(value).__name__
    if is_scalar(value):
        return OutputSummary(name, kind, text=str(value)[:200])
    shape: tuple[int, ...] | None = None
    dtype: str | None = None
    total = 0
    stack: list[Any] = [value]
    while stack:
        top = stack.pop()
        if hasattr(top, "element_size") and hasattr(top, "shape"):  # a tensor
            total += int(top.numel()) * int(top.element_size())
            if shape is None:
                shape, dtype = tuple(int(n) for n in top.shape), str(top.dtype).removeprefix("torch.")
        elif isinstance(top, bytes):
            total += len(top)
        elif isinstance(top, (list, tuple)):
            stack.extend(reversed(top[:1000]))
        elif isinstance(top, dict):
            stack.extend(top.values())
        elif dataclasses.is_dataclass(top) and not isinstance(top, type):
            stack.extend(getattr(top, f.name) for f in reversed(dataclasses.fields(top)))
    return OutputSummary(name, kind, shape, dtype, total)
