"""The OpenAPI document tells what the server does: every route, and what it really answers."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel

from server.app import DECLARED
from server.endpoint import PREFIX, Answer, Body, Endpoint
from server.openapi.document import document
from tests.server.kit import in_loop, served


class Told(Body):
    """A query."""

    page: int = 1


class Said(Answer):
    """An answer."""

    name: str
    inner: list[Told]


async def handler(request):  # type: ignore[no-untyped-def]
    """Does
    it."""


def test_a_declaration_becomes_an_operation() -> None:
    made = document([Endpoint("PUT", "/a/{name}", handler, body=Told, query=Told, answer=Said, status=201)], "1")
    operation = made["paths"]["/api/v1/a/{name}"]["put"]
    assert operation["summary"] == "Does it."
    assert [(p["name"], p["in"], p["required"]) for p in operation["parameters"]] == [
        ("name", "path", True),
        ("page", "query", False),
    ]
    answered = operation["responses"]["201"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert made["components"]["schemas"][answered]["required"] == ["name", "inner"]
    assert "application/problem+json" in operation["responses"]["default"]["content"]
    assert operation["requestBody"]["required"]
    assert made["openapi"] == "3.1.0"


def test_every_declaration_says_what_it_does_and_is_there_once() -> None:
    places = [(one.method, one.path) for one in DECLARED]
    assert len(set(places)) == len(places)
    for one in DECLARED:
        assert (one.handler.__doc__ or "").strip(), one.path
        assert one.answer is None or issubclass(one.answer, BaseModel)


@in_loop
async def test_the_document_is_served_and_has_every_route(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        got = await client.get(f"{PREFIX}/openapi.json")
        references = set(re.findall(r'"#/components/schemas/([^"]+)"', str(got).replace("'", '"')))
        assert references <= set(got["components"]["schemas"])
        assert set(got["paths"]) == {PREFIX + one.path for one in DECLARED}
        assert got["paths"]["/api/v1/health"]["get"]["security"] == []


@in_loop
async def test_who_has_the_node_types_already_is_not_sent_them_again(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        status, body, headers = await client.ask("GET", f"{PREFIX}/nodes")
        assert (status, headers["ETag"]) == (200, f'"{body["digest"]}"')
        for has in (headers["ETag"], f"W/{headers['ETag']}", f'"other", {headers["ETag"]}', "*"):
            status, body, again = await client.ask("GET", f"{PREFIX}/nodes", headers={"If-None-Match": has})
            assert (status, body, again["ETag"]) == (304, b"", headers["ETag"])
        for other in ('"other"', headers["ETag"].strip('"'), ""):
            assert (await client.ask("GET", f"{PREFIX}/nodes", headers={"If-None-Match": other}))[0] == 200
