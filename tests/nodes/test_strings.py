"""Prompts put together while planning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import NodeError
from nodes import strings

plain = st.text(alphabet=st.characters(blacklist_characters="{}|\\"), max_size=20)


def test_join_leaves_out_empty_texts():
    assert strings.join(("a circle", "", "on blue")) == "a circle, on blue"
    assert strings.join(("a", "", "b"), separator="-", skip_empty=False) == "a--b"
    assert strings.join(()) == ""


def test_replace():
    assert strings.replace("a red circle, red", find="red", by="blue") == "a blue circle, blue"
    with pytest.raises(NodeError, match="empty") as caught:
        strings.replace("a", find="")
    assert caught.value.input == "find"


def test_a_text_has_a_longest_length():
    with pytest.raises(NodeError, match="at most 100000 characters"):
        strings.replace("a" * 100_000, find="a", by="bb")


@given(plain, plain)
def test_a_template_takes_its_fields(a, b):
    assert strings.template(a, b, template="{a} on {b}, {a}") == f"{a} on {b}, {a}"


def test_values_of_fields_are_not_templates():
    assert strings.template("{b}", "x", template="{a}{b}") == "{b}x"


def test_doubled_braces_are_braces():
    assert strings.template("x", template="{{a}} is {a}") == "{a} is x"


@pytest.mark.parametrize(
    "template", ["{a.__class__}", "{a[0]}", "{a!r}", "{a:>10}", "{}", "{0}", "{e}", "a {", "} a", "{a", "{ a }"]
)
def test_a_template_holds_names_only(template):
    with pytest.raises(NodeError, match=r"expected \{a\}, \{b\}, \{c\} or \{d\}") as caught:
        strings.template("x", template=template)
    assert caught.value.input == "template"


def test_numbers_as_text():
    assert strings.number(7.5, decimals=1) == "7.5"
    assert strings.number(2, decimals=0) == "2"


def test_compare():
    assert strings.compare("red", "red")
    assert not strings.compare("red", "Red")
    assert strings.compare("a red circle", "red", how="contains")
    assert strings.compare("a red circle", "a ", how="starts_with")
    assert strings.compare("a red circle", "circle", how="ends_with")


def test_wildcards_are_picked_by_the_seed_and_reported():
    template = "a {red|green|blue} {circle|square}"
    made = [strings.wildcard(template=template, seed=s) for s in range(60)]
    seen = {w.text for w in made}
    assert len(seen) == 6
    for w in made:
        assert w.text == f"a {w.picked[0]} {w.picked[1]}"


def test_the_pick_of_a_seed_never_changes():
    template = "a {red|green|blue|white} {circle|square|star} on {black|gray}"
    assert [strings.wildcard(template=template, seed=s).text for s in range(3)] == [
        "a red circle on black",
        "a green square on gray",
        "a green square on black",
    ]


def test_a_wildcard_may_hold_wildcards():
    made = {strings.wildcard(template="{a {big|small} cat|}", seed=s).text for s in range(40)}
    assert made == {"a big cat", "a small cat", ""}
    assert strings.wildcard(template="{only {one}}").picked == ["only one", "one"]


@given(plain, st.integers(0, 2**53 - 1))
def test_text_without_braces_stays(text, seed):
    assert strings.wildcard(template=text, seed=seed) == (text, [])


@given(st.lists(plain, min_size=1, max_size=5), st.integers(0, 1000))
def test_a_pick_is_one_of_the_options(options, seed):
    made = strings.wildcard(template="{" + "|".join(options) + "}", seed=seed)
    assert made.text in options


def test_a_backslash_takes_the_next_character_as_it_is():
    assert strings.wildcard(template=r"\{a\|b\} {x\|y} \\ \n | end").text == r"{a|b} x|y \ \n | end"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("a {b|c", "'{' at character 3 has no '}'"),
        ("a } b", "'}' at character 3 has no '{'"),
        ("{a}}", "character 4"),
        ("{" * 17 + "}" * 17, "at most 16"),
    ],
)
def test_braces_come_in_pairs(template, message):
    with pytest.raises(NodeError, match=message):
        strings.wildcard(template=template)
