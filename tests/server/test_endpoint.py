"""Bodies are checked against their declaration, and every problem is named."""

from __future__ import annotations

import pytest
from pydantic import Field

from server.answers import Refusal
from server.endpoint import PREFIX, Body, checked, endpoint


class Asked(Body):
    name: str
    count: int = Field(default=1, ge=1)


def test_every_problem_of_a_body_is_named() -> None:
    assert checked(Asked, {"name": "a"}) == Asked(name="a", count=1)
    with pytest.raises(Refusal) as refused:
        checked(Asked, {"count": 0, "colour": "red"})
    assert refused.value.status == 400
    assert {problem["input"] for problem in refused.value.more["problems"]} == {"name", "count", "colour"}
    with pytest.raises(Refusal, match="body"):
        checked(Asked, [1])


def test_an_endpoint_makes_its_route() -> None:
    async def handler(request):  # type: ignore[no-untyped-def]
        """Does it."""

    made = endpoint("POST", "/things", body=Asked, status=201)(handler)
    assert (made.route().method, made.route().path) == ("POST", f"{PREFIX}/things")
    assert made.body is Asked
