"""Choosing a branch. What is not chosen does not run.

The choice is usually known while planning (a `step.*` node, a number, a literal). Then the plan replaces the node by
the chosen input, key and all: a switch costs nothing and an edit of the other branch changes no key.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import Field

from engine.errors import NodeError
from engine.node import Lazy, node
from engine.values import Alias

T = TypeVar("T")

Option = Annotated[int, Field(ge=0, le=3)]
OPTIONS = ("first", "second", "third", "fourth")


@node("flow.switch")
def switch(on: bool, yes: Lazy[T], no: Lazy[T]) -> T:
    """`yes` if `on`, else `no`. The other branch is never run."""
    return yes if on else no


@switch.reduce
def _switch(on: bool) -> Alias | None:
    """The switch is its live branch."""
    return Alias("yes" if on else "no")


@node("flow.select")
def select(
    index: Option, first: Lazy[T], second: Lazy[T], third: Lazy[T | None] = None, fourth: Lazy[T | None] = None
) -> T:
    """The input number `index`, counted from 0: first, second, third, fourth. The others are never run.

    Raises NodeError if nothing is connected there. For a list, use `list.get`.
    """
    options = (first, second, third, fourth)
    if not 0 <= index < len(options):
        raise NodeError(f"expected an index from 0 to {len(options) - 1}, got {index}", input="index")
    chosen = options[index]
    if chosen is None:
        raise NodeError(f"index {index} asks for `{OPTIONS[index]}`, and nothing is connected to it", input="index")
    return chosen


@select.reduce
def _select(index: int) -> Alias | None:
    """The selection is its live branch."""
    return Alias(OPTIONS[index])
