"""Lists that a map frame goes over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import NodeError
from nodes import lists


def test_literal_lists_are_copied():
    values = [3, 1, 2]
    made = lists.ints(values=values)
    assert made == values
    assert made is not values
    assert lists.floats(values=[0.5]) == [0.5]
    assert lists.texts(values=["a", ""]) == ["a", ""]


def test_one_prompt_per_line():
    assert lists.lines(text="a red circle\n\n  a blue square \r\n\t\n") == ["a red circle", "a blue square"]


def test_links_become_a_list():
    assert lists.of(("x", "y")) == ["x", "y"]
    assert lists.of(()) == []


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(-9, 9).filter(bool))
def test_a_range_is_the_range_of_python(start, stop, step):
    assert lists.span(start=start, stop=stop, step=step) == list(range(start, stop, step))


def test_a_range_refuses_to_stand_still_or_to_be_endless():
    with pytest.raises(NodeError, match="other than 0"):
        lists.span(stop=3, step=0)
    with pytest.raises(NodeError, match="at most 10000 items, got 10001"):
        lists.span(stop=10_001)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.integers(1, 50))
def test_a_spread_starts_and_ends_where_asked(start, end, count):
    made = lists.spread(start=start, end=end, count=count)
    assert len(made) == count
    assert made[0] == start
    assert count == 1 or made[-1] == end
    assert made == sorted(made, reverse=end < start)


def test_seeds_count_up_and_stay_in_range():
    assert lists.seeds(first=7, count=3) == [7, 8, 9]
    assert lists.seeds(first=2**53 - 2, count=2)[-1] == 2**53 - 1
    with pytest.raises(NodeError, match="expected seeds from 0"):
        lists.seeds(first=2**53 - 2, count=3)
    with pytest.raises(NodeError, match="got 0"):
        lists.seeds(count=0)
    with pytest.raises(NodeError, match="got 0"):
        lists.spread(start=0.0, end=1.0, count=0)


@given(st.lists(st.integers(), min_size=1), st.data())
def test_an_item_by_index_from_either_end(items, data):
    index = data.draw(st.integers(-len(items), len(items) - 1))
    assert lists.get(items, index=index) == items[index]
    assert lists.length(items) == len(items)


def test_an_index_outside_the_list_says_how_long_it_is():
    with pytest.raises(NodeError, match="got 2: the list has 2 items"):
        lists.get(["a", "b"], index=2)
    with pytest.raises(NodeError, match="the list is empty"):
        lists.get([], index=0)
