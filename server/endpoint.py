"""An endpoint: what a route takes and gives, declared where its handler stands.

    @endpoint("POST", "/runs", body=Submission, answer=RunBrief, status=201)
    async def create(request: web.Request) -> web.Response:
        "Begin a run."
        asked = await body_of(request, Submission)

The declaration is the source of the route, of the OpenAPI document and of the table in the page at `/`; a test compares
what handlers answer with what they declare. Bodies and queries are pydantic models that refuse unknown fields.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from engine.workflow import parse_json
from server.answers import Refusal

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
M = TypeVar("M", bound=BaseModel)

PREFIX = "/api/v1"
SMALL = 1 << 15  # bytes of a body that are read sooner than a thread is woken for it


class Body(BaseModel):
    """A request's body or query: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)  # built when first asked for


class Answer(BaseModel):
    """An answer's body."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


@dataclass(frozen=True)
class Endpoint:
    """One route. `media`: the type of an answer that is no JSON. `public`: needs no token. `shown`: a browser's own
    requests for it (of `<img>`, of `EventSource`) need the cookie of a session alone. `users`: others than the owner
    may ask, and the handler shows them what is theirs; without it they are refused."""

    method: str
    path: str
    handler: Handler
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    status: int = 200
    media: str | None = None
    takes: str = "application/json"
    public: bool = False
    shown: bool = False
    users: bool = False

    def route(self) -> web.RouteDef:
        """For `app.add_routes`."""
        options: dict[str, Any] = {"allow_head": False} if self.method == "GET" and self.media == "websocket" else {}
        make = {"GET": web.get, "POST": web.post, "PUT": web.put, "PATCH": web.patch, "DELETE": web.delete}
        return make[self.method](PREFIX + self.path, self.handler, **options)


ENDPOINTS: web.AppKey[Sequence[Endpoint]] = web.AppKey("endpoints", Sequence)
"""Every endpoint of the application."""


def endpoint(method: str, path: str, **declared: Any) -> Callable[[Handler], Endpoint]:
    """Declares a handler as an endpoint; see `Endpoint` for what can be declared."""
    return lambda handler: Endpoint(method, path, handler, **declared)


async def body_of(request: web.Request, model: type[M]) -> M:
    """The JSON body as a model. Raises `Refusal` with every problem, `InvalidWorkflow` for what is no strict JSON."""
    raw = await request.read()
    return checked(model, parse_json(raw) if len(raw) <= SMALL else await asyncio.to_thread(parse_json, raw))


def query_of(request: web.Request, model: type[M]) -> M:
    """The query string as a model; a name that stands twice is a list."""
    query = request.query
    return checked(model, {name: query.getall(name) if len(query.getall(name)) > 1 else query[name] for name in query})


def checked(model: type[M], value: Any) -> M:
    """A model of what a client sent. Raises `Refusal` 400 that names each field, what was expected and what it got."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems = [
            {
                "message": one["msg"],
                "input": ".".join(str(part) for part in one["loc"]),
                "got": repr(one["input"])[:80],
            }
            for one in error.errors(include_url=False, include_context=False)
        ]
        first = problems[0]
        raise Refusal(400, f"{first['input'] or 'body'}: {first['message'].lower()}", problems=problems) from None
