"""Literals as nodes: one number, text or seed that several inputs share."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from engine.node import Multiline, SeedWidget, node
from engine.values import MAX_SEED

Seed = Annotated[int, Field(ge=0, le=MAX_SEED), SeedWidget()]
Number = Annotated[float, Field(allow_inf_nan=False)]


@node("value.int", plan=True)
def integer(*, value: int = 0) -> int:
    """A whole number."""
    return value


@node("value.float", plan=True)
def number(*, value: Number = 0.0) -> float:
    """A number."""
    return value


@node("value.bool", plan=True)
def boolean(*, value: bool = False) -> bool:
    """True or false."""
    return value


@node("value.text", plan=True)
def text(*, value: Annotated[str, Multiline()] = "") -> str:
    """A text."""
    return value


@node("value.seed", plan=True)
def seed(*, value: Seed = 0) -> int:
    """A seed, 0 … 2^53 − 1, for every random stage that should follow it."""
    return value
