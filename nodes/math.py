"""Arithmetic while planning: sizes, strengths, comparisons for a switch.

Results are finite and whole numbers stay within ±(2^53 − 1), which JavaScript holds exactly; what would leave that
range is an error that names the input.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field

from engine.about import Formula
from engine.errors import NodeError
from engine.node import node
from engine.values import MAX_SEED as MAX_INT
from nodes.values import Number

Comparison = Literal["==", "!=", "<", "<=", ">", ">="]
Rounding = Literal["nearest", "down", "up"]
Multiple = Annotated[int, Field(ge=1, le=1 << 20)]


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise NodeError("the result is not a finite number")
    return value


def _whole(value: int) -> int:
    if abs(value) > MAX_INT:
        raise NodeError("expected a result within ±(2^53 − 1), got a larger number")
    return value


@node("math.add", plan=True)
def add(a: Number, b: Number) -> float:
    """a + b"""
    return _finite(a + b)


@node("math.subtract", plan=True)
def subtract(a: Number, b: Number) -> float:
    """a − b"""
    return _finite(a - b)


@node("math.multiply", plan=True)
def multiply(a: Number, b: Number) -> float:
    """a · b"""
    return _finite(a * b)


@node("math.divide", plan=True)
def divide(a: Number, b: Number) -> float:
    """a / b. Raises NodeError if b is 0."""
    if b == 0:
        raise NodeError("expected a number other than 0, got 0", input="b")
    return _finite(a / b)


@node("math.power", plan=True)
def power(a: Number, b: Number) -> float:
    """a^b. Raises NodeError where that is no real, finite number (a root of a negative number, 0 to a negative)."""
    try:
        return _finite(math.pow(a, b))
    except (ValueError, OverflowError):
        raise NodeError(f"{a} to the power of {b} is no finite number", input="b") from None


@node("math.min", plan=True)
def smaller(a: Number, b: Number) -> float:
    """The smaller of two numbers."""
    return min(a, b)


@node("math.max", plan=True)
def larger(a: Number, b: Number) -> float:
    """The larger of two numbers."""
    return max(a, b)


@node("math.clamp", plan=True)
def clamp(value: Number, *, low: Number = 0.0, high: Number = 1.0) -> float:
    """`value`, or the bound that it passes. Raises NodeError if low > high."""
    if low > high:
        raise NodeError(f"expected low ≤ high, got {low} > {high}", input="low")
    return min(max(value, low), high)


@node("math.lerp", plan=True, label="Math: lerp", formula=Formula("a + w · (b − a)", r"a + w\,(b - a)"))
def lerp(a: Number, b: Number, *, amount: Number = 0.5) -> float:
    """a + amount · (b − a): a at 0, b at 1."""
    return _finite(a * (1 - amount) + b * amount)


@node("math.round", plan=True)
def rounded(value: Number, *, mode: Rounding = "nearest", multiple: Multiple = 1) -> int:
    """The multiple of `multiple` nearest to `value` (half up), or the next one down or up: a size in steps of 64."""
    down = math.floor(value) // multiple * multiple
    up = -(math.floor(-value) // multiple * multiple)
    nearest = down if value - down < up - value else up
    return _whole({"nearest": nearest, "down": down, "up": up}[mode])


@node("int.add", plan=True)
def int_add(a: int, b: int) -> int:
    """a + b, whole."""
    return _whole(a + b)


@node("int.subtract", plan=True)
def int_subtract(a: int, b: int) -> int:
    """a − b, whole."""
    return _whole(a - b)


@node("int.multiply", plan=True)
def int_multiply(a: int, b: int) -> int:
    """a · b, whole."""
    return _whole(a * b)


@node("int.divide", plan=True)
def int_divide(a: int, b: int) -> int:
    """⌊a / b⌋. Raises NodeError if b is 0."""
    if b == 0:
        raise NodeError("expected a number other than 0, got 0", input="b")
    return _whole(a // b)


@node("int.modulo", plan=True)
def int_modulo(a: int, b: int) -> int:
    """a − b · ⌊a / b⌋: has the sign of b. Raises NodeError if b is 0."""
    if b == 0:
        raise NodeError("expected a number other than 0, got 0", input="b")
    return _whole(a % b)


@node("math.compare", plan=True)
def compare(a: Number, b: Number, *, how: Comparison = ">=") -> bool:
    """Whether a is equal to, not equal to, less than … b."""
    answers = {"==": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}
    return answers[how]


@node("math.between", plan=True)
def between(value: Number, *, low: Number = 0.0, high: Number = 1.0) -> bool:
    """Whether low ≤ value < high."""
    return low <= value < high


@node("bool.and", plan=True)
def both(a: bool, b: bool) -> bool:
    """Whether both are true."""
    return a and b


@node("bool.or", plan=True)
def either(a: bool, b: bool) -> bool:
    """Whether one or both are true."""
    return a or b


@node("bool.not", plan=True)
def negated(a: bool) -> bool:
    """Whether it is false."""
    return not a
