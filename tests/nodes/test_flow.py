"""A switch is its live branch."""

import pytest

from engine.errors import NodeError
from engine.values import Alias
from nodes.flow import select, switch


def test_a_switch_gives_the_branch_that_is_on():
    assert switch(True, "yes", "no") == "yes"
    assert switch(False, "yes", "no") == "no"


def test_the_plan_sees_the_switch_as_that_branch():
    assert switch.reducer is not None
    assert switch.reducer(on=True) == Alias("yes")
    assert switch.reducer(on=False) == Alias("no")


@pytest.mark.parametrize("index", range(4))
def test_a_selection_gives_the_option_and_reduces_to_it(index):
    assert select(index, "a", "b", "c", "d") == "abcd"[index]
    assert select.reducer is not None
    assert select.reducer(index=index) == Alias(("first", "second", "third", "fourth")[index])


def test_a_selection_of_nothing_names_what_is_missing():
    with pytest.raises(NodeError, match="`third`, and nothing is connected") as caught:
        select(2, "a", "b")
    assert caught.value.input == "index"
    with pytest.raises(NodeError, match="from 0 to 3, got 4"):
        select(4, "a", "b")
