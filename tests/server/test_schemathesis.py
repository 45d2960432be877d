"""Requests that nobody would think of, made from the server's own OpenAPI document: none of them breaks it.

200 in a normal run, 2 000 with `LOOM_SOAK=1`. Some fit the document, some do not; an answer is never a 5xx, and is
what the document says: the status, the type, and the schema of its body.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import hypothesis
import pytest
import requests
from jsonschema_rs import Draft202012Validator

from server.security_limits import Limits
from tests.server.background import Served, in_background
from tests.server.kit import TOKEN
from tests.server.soak import count, counted, long, record

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import schemathesis
    from schemathesis.generation import GenerationMode

REQUESTS = count(2000)
SOCKETS = ("/live",)  # of a WebSocket there is no answer to compare


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with in_background(tmp_path_factory.mktemp("asked"), Limits(upload=1 << 20, nodes=100, steps=50)) as made:
        yield made


def document(server: Served) -> dict[str, Any]:
    """What the server says of itself."""
    found: dict[str, Any] = json.loads(server.ask("GET", "/api/v1/openapi.json")[1].partition(b"\r\n\r\n")[2])
    return found


@long
def test_no_request_breaks_the_server_and_every_answer_is_as_declared(server: Served) -> None:
    begun, told = time.monotonic(), document(server)
    schema = schemathesis.openapi.from_dict(told)
    operations = [found.ok() for found in schema.get_all_operations()]
    each = max(1, -(-REQUESTS // (2 * len(operations))))
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {TOKEN}"
    asked = 0
    for i in counted("operations asked", len(operations)):
        operation = operations[i]
        declared = told["paths"][operation.path][operation.method]
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            asked += ask(server, session, operation, mode, each, declared, told)
    assert asked >= REQUESTS * 0.9
    assert server.ask("GET", "/health", token=False)[0] == 200
    record("generated requests", begun, requests=asked, operations=len(operations), answers_5xx=0)


def ask(
    server: Served, session: requests.Session, operation: Any, mode: Any, each: int, declared: Any, told: Any
) -> int:
    """Ask an operation; the number of requests."""
    count = 0

    @hypothesis.settings(
        max_examples=each,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def one(case: Any) -> None:
        nonlocal count
        count += 1
        try:
            response = case.call(base_url=server.url, session=session, timeout=30)
        except (requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL):
            return  # what no HTTP client can send
        check(response, declared, told)

    try:
        one()
    except hypothesis.errors.Unsatisfiable:
        return each  # there is nothing that would not fit, or nothing that would
    return count


def check(response: Any, declared: dict[str, Any], told: dict[str, Any]) -> None:
    """An answer is what the document says."""
    status, kind = response.status_code, response.headers.get("content-type", [""])[0].partition(";")[0]
    assert status < 500, (status, response.content[:500])
    if status in (HTTPStatus.NOT_MODIFIED, HTTPStatus.PARTIAL_CONTENT):
        return
    said = declared["responses"].get(str(status))
    if status == HTTPStatus.OK and said is None:  # what is made once and asked for again
        said = declared["responses"].get("201")
    if said is None:
        said = declared["responses"]["default"]
        assert status >= 400, status
    content = said["content"]
    assert kind in content, (status, kind)
    if kind.endswith("json"):
        schema = {**content[kind]["schema"], "components": told["components"]}
        Draft202012Validator(schema).validate(json.loads(response.content))
