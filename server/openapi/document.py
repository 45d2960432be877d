"""The OpenAPI document of a set of endpoints.

Everything in it comes from the declarations: the models of bodies, queries and answers become schemas, `{name}` in a
path becomes a parameter, the handler's docstring the summary. Every refusal of the server is a problem document
(RFC 9457), so each operation has one answer beside its own: `default`. Nothing is written by hand, so nothing can be
forgotten; a test compares what handlers really answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from server.endpoint import PREFIX, Endpoint
from server.security_session import HEADER

PARAMETER = re.compile(r"\{([a-z_]+)\}")
REFERENCE = "#/components/schemas/{model}"
JSON, PROBLEM, BYTES = "application/json", "application/problem+json", "application/octet-stream"

Mode = Literal["validation", "serialization"]


class Problem(BaseModel):
    """What every refusal carries; some have more fields, such as `problems`."""

    type: str
    title: str
    status: int
    detail: str


def document(endpoints: Iterable[Endpoint], version: str) -> dict[str, Any]:
    """The document as JSON."""
    found = list(endpoints)
    taken = [(model, "validation") for one in found for model in (one.body, one.query) if model is not None]
    given = [(one.answer, "serialization") for one in found if one.answer is not None]
    pairs: list[tuple[type[BaseModel], Mode]] = [*taken, *given, (Problem, "serialization")]  # type: ignore[list-item]
    names, schemas = models_json_schema(list(dict.fromkeys(pairs)), ref_template=REFERENCE)
    paths: dict[str, dict[str, Any]] = {}
    for one in found:
        paths.setdefault(PREFIX + one.path, {})[one.method.lower()] = _operation(one, names, schemas.get("$defs", {}))
    return {
        "openapi": "3.1.0",
        "info": {"title": "Latent Loom", "version": version},
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "header", "name": HEADER},  # with the cookie
            },
        },
        "security": [{"bearer": []}, {"session": []}],
    }


def _operation(one: Endpoint, names: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in PARAMETER.findall(one.path)
    ]
    made: dict[str, Any] = {
        "operationId": f"{one.method.lower()}_{re.sub(r'[^a-z0-9]+', '_', one.path).strip('_')}",
        "summary": " ".join((one.handler.__doc__ or "").split()),
        "parameters": path + (_query(schemas[_name(names, one.query)]) if one.query is not None else []),
        "responses": {
            _status(one): _answer(one, names),
            "default": {"description": "refused", "content": {PROBLEM: {"schema": names[Problem, "serialization"]}}},
        },
    }
    if one.body is not None:
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": names[one.body, "validation"]}}}
    elif one.takes != JSON:
        made["requestBody"] = {"required": True, "content": {one.takes: {"schema": {"type": "string"}}}}
    if one.public:
        made["security"] = []
    return made


def _name(names: Any, model: type[BaseModel]) -> str:
    return str(names[model, "validation"]["$ref"]).rpartition("/")[2]


def _query(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """A query's fields as parameters."""
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in schema.get("properties", {}).items()
    ]


def _status(one: Endpoint) -> str:
    return "101" if one.media == "websocket" else str(one.status)


def _answer(one: Endpoint, names: Any) -> dict[str, Any]:
    if one.media == "websocket":
        return {"description": "a WebSocket; with the subprotocol `loom`"}
    if one.answer is not None:
        return {"description": "done", "content": {JSON: {"schema": names[one.answer, "serialization"]}}}
    media = one.media or JSON
    return {"description": "done", "content": {media: {"schema": {}}}}
