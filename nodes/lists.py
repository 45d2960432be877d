"""Small lists: what a map frame goes over (seeds, prompts, strengths), and access to their items."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import Field

from engine.errors import NodeError
from engine.node import Many, Multiline, node
from engine.values import MAX_SEED
from nodes.values import Number, Seed

T = TypeVar("T")

LONGEST = 10_000  # items of a list that a node makes; a longer sweep is a mistake
Count = Annotated[int, Field(ge=1, le=LONGEST)]


@node("list.ints", plan=True)
def ints(*, values: list[int]) -> list[int]:
    """Whole numbers."""
    return list(values)


@node("list.floats", plan=True)
def floats(*, values: list[Number]) -> list[float]:
    """Numbers."""
    return list(values)


@node("list.texts", plan=True)
def texts(*, values: list[str]) -> list[str]:
    """Texts."""
    return list(values)


@node("list.lines", plan=True)
def lines(*, text: Annotated[str, Multiline()]) -> list[str]:
    """The lines of a text, without the empty ones and without spaces around: one prompt per line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


@node("list.of", plan=True)
def of(items: Many[T]) -> list[T]:
    """The linked values as a list, in the order of the links."""
    return list(items)


@node("list.range", plan=True)
def span(*, start: int = 0, stop: int, step: int = 1) -> list[int]:
    """start, start + step, … before `stop`. Raises NodeError for a step of 0 and for more than 10 000 items."""
    if step == 0:
        raise NodeError("expected a step other than 0, got 0", input="step")
    found = range(start, stop, step)
    if len(found) > LONGEST:
        raise NodeError(f"expected at most {LONGEST} items, got {len(found)}", input="stop")
    return list(found)


@node("list.spread", plan=True)
def spread(*, start: Number, end: Number, count: Count) -> list[float]:
    """`count` numbers from `start` to `end`, both included, evenly apart (one number: `start`)."""
    if not 1 <= count <= LONGEST:
        raise NodeError(f"expected 1 to {LONGEST} items, got {count}", input="count")
    if count == 1:
        return [start]
    return [start + (end - start) * (i / (count - 1)) for i in range(count - 1)] + [end]


@node("list.seeds", plan=True)
def seeds(*, first: Seed = 0, count: Count = 4) -> list[int]:
    """`count` seeds: first, first + 1, … Raises NodeError if they would pass 2^53 − 1."""
    if not 1 <= count <= LONGEST:
        raise NodeError(f"expected 1 to {LONGEST} seeds, got {count}", input="count")
    if first < 0 or first + count - 1 > MAX_SEED:
        raise NodeError(f"expected seeds from 0 to {MAX_SEED}, got {first} … {first + count - 1}", input="first")
    return list(range(first, first + count))


@node("list.get", plan=True)
def get(items: list[T], *, index: int = 0) -> T:
    """The item at `index`, counted from 0; −1 is the last. Raises NodeError outside the list."""
    if not -len(items) <= index < len(items):
        has = f"the list has {len(items)} items" if items else "the list is empty"
        raise NodeError(f"expected an index inside the list, got {index}: {has}", input="index")
    return items[index]


@node("list.length", plan=True)
def length(items: list[T]) -> int:
    """Number of items."""
    return len(items)
