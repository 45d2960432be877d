"""What one request may ask for, in a document and in what is set in it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import LoomError
from server.answers import Refusal
from server.security_limits import Limits, depth

LIMITS = Limits(nodes=3, steps=10, pixels=100, depth=8)


def doc(**inputs: Any) -> dict[str, Any]:
    """A document with one node."""
    return {"format": 1, "name": "x", "nodes": {"a": {"type": "x@1", "inputs": inputs}}}


def test_what_is_within_the_limits_passes() -> None:
    LIMITS.check(doc(steps=10, width=10, height=10))
    LIMITS.check(doc(steps={"from": "b"}, width=True, height=None, batch="9"))
    LIMITS.check_all(doc(width=10), {}, [{"a.height": 10}, {"a.width": 1, "a.height": 100}], {"a.steps": [1, 10, "x"]})
    for odd in (
        {},
        {"nodes": []},
        {"nodes": {"a": 1, "b": {"inputs": 2}}},
        {"subgraphs": {"s": {"nodes": None}, "t": 1}},
    ):
        LIMITS.check(odd)


def test_what_is_beyond_them_is_named() -> None:
    table: list[tuple[dict[str, Any], dict[str, Any], str]] = [
        (doc(steps=11), {}, "steps"), (doc(), {"a.steps": 11}, "steps"), (doc(width=101), {}, "pixels"),
        (doc(width=10, height=10, batch=2), {}, "pixels"), (doc(width=10), {"a.height": 11}, "pixels"),
        (doc(width=10**4000, height=10**4000), {}, "pixels"), (doc(x=[[[[[[1]]]]]]), {}, "deeply"),
        ({"nodes": {key: {} for key in "abcd"}}, {}, "nodes"),
        ({"nodes": {key: {} for key in "ab"}, "subgraphs": {"s": {"nodes": {key: {} for key in "cd"}}}}, {}, "nodes"),
    ]  # fmt: skip
    for document, changes, said in table:
        with pytest.raises(Refusal, match=said) as refused:
            LIMITS.check(document, changes)
        assert refused.value.status == 413
        assert refused.value.more["problems"]
    for sets, sweep in (
        ([{}, {"a.steps": 11}], {}),
        ([], {"a.steps": [1, 11]}),
        ([{"a.width": 11, "a.height": 10}], {}),
    ):
        with pytest.raises(Refusal):
            LIMITS.check_all(doc(), {}, sets, sweep)


def test_a_limit_that_does_not_exist_is_named() -> None:
    assert Limits.read({"nodes": 7}).nodes == 7
    for wrong in ({"nods": 1}, {"nodes": 0}, {"nodes": "many"}):
        with pytest.raises(LoomError, match=r"server\.nod"):
            Limits.read(wrong)
    assert depth({"a": [1, {"b": 2}]}) == 4
