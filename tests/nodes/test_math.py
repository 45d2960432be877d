"""Arithmetic while planning: the results are right, finite and within what JavaScript holds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import NodeError
from nodes import math as m

numbers = st.floats(-1e9, 1e9)
ints = st.integers(-(2**26), 2**26)


@given(numbers, numbers)
def test_numbers(a, b):
    assert m.add(a, b) == a + b
    assert m.subtract(a, b) == a - b
    assert m.multiply(a, b) == a * b
    assert m.smaller(a, b) == min(a, b)
    assert m.larger(a, b) == max(a, b)
    assert m.lerp(a, b, amount=0.0) == a
    assert m.lerp(a, b, amount=1.0) == b


@given(ints, ints)
def test_whole_numbers(a, b):
    assert m.int_add(a, b) == a + b
    assert m.int_subtract(a, b) == a - b
    assert m.int_multiply(a, b) == a * b
    if b:
        assert m.int_divide(a, b) * b + m.int_modulo(a, b) == a


def test_division_by_zero_names_the_input():
    for divide, zero in ((m.divide, 0.0), (m.int_divide, 0), (m.int_modulo, 0)):
        with pytest.raises(NodeError, match="other than 0") as caught:
            divide(1, zero)
        assert caught.value.input == "b"


def test_results_stay_finite_and_exact():
    with pytest.raises(NodeError, match="finite"):
        m.multiply(1e200, 1e200)
    with pytest.raises(NodeError, match=r"2\^53"):
        m.int_multiply(2**30, 2**30)
    with pytest.raises(NodeError, match=r"2\^53"):
        m.rounded(1e300)


def test_powers():
    assert m.power(2.0, 10.0) == 1024
    for a, b in ((-1.0, 0.5), (0.0, -1.0), (10.0, 400.0)):
        with pytest.raises(NodeError, match="no finite number"):
            m.power(a, b)


@given(numbers, st.integers(1, 512))
def test_rounding_gives_multiples_next_to_the_value(value, multiple):
    down, up = (m.rounded(value, mode=mode, multiple=multiple) for mode in ("down", "up"))
    assert down <= value <= up
    assert up - down in (0, multiple)
    assert down % multiple == 0
    assert abs(m.rounded(value, multiple=multiple) - value) <= multiple / 2


@given(numbers, numbers, numbers)
def test_a_clamped_value_is_within_its_bounds(value, a, b):
    low, high = sorted((a, b))
    clamped = m.clamp(value, low=low, high=high)
    assert low <= clamped <= high
    assert clamped == value or not low <= value <= high


def test_bounds_must_be_in_order():
    with pytest.raises(NodeError, match="low ≤ high"):
        m.clamp(0.0, low=1.0, high=0.0)


@given(numbers, numbers)
def test_comparisons_agree_with_each_other(a, b):
    assert m.compare(a, b, how="<") is not m.compare(a, b, how=">=")
    assert m.compare(a, b, how=">") is not m.compare(a, b, how="<=")
    assert m.compare(a, b, how="==") is not m.compare(a, b, how="!=")


def test_between_holds_the_lower_bound_only():
    assert m.between(0.4, low=0.4, high=0.8)
    assert not m.between(0.8, low=0.4, high=0.8)
    assert not m.between(math.nextafter(0.4, 0), low=0.4, high=0.8)


@pytest.mark.parametrize("a", [True, False])
@pytest.mark.parametrize("b", [True, False])
def test_logic(a, b):
    assert m.both(a, b) is (a and b)
    assert m.either(a, b) is (a or b)
    assert m.negated(a) is (not a)
