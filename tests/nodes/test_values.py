"""Literals give what they hold."""

from nodes import values


def test_literals():
    assert values.integer(value=-3) == -3
    assert values.number(value=0.5) == 0.5
    assert values.boolean(value=True) is True
    assert values.text(value="a red circle\non blue") == "a red circle\non blue"
    assert values.seed(value=2**53 - 1) == 2**53 - 1


def test_literals_run_while_planning():
    made = (values.integer, values.number, values.boolean, values.text, values.seed)
    assert all(n.plan for n in made)
