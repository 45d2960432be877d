"""What a client says over the WebSocket of a document, as models; `type` says which one it is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from server.answers import Refusal, refusal
from server.endpoint import Body
from server.live.changes import Json
from server.live.kinds.fields import Id
from server.live.limits import Refused
from server.live.operations import Operations


class Hello(Body):
    """Tell me what I missed after a revision, or (None) the whole document."""

    type: Literal["hello"]
    after: int | None = Field(default=None, ge=0)


class Ops(Body):
    """An edit. `id`: sent again, it is done once."""

    type: Literal["ops"]
    id: Id
    operations: Operations


class Step(Body):
    """Undo, or redo, the last that this client did."""

    type: Literal["undo", "redo"]
    id: Id


class Presence(Body):
    """Where the client is: cursor, selection, … None: nowhere."""

    type: Literal["presence"]
    data: dict[str, Any] | None


Message = Annotated[Hello | Ops | Step | Presence, Field(discriminator="type")]
MESSAGE: TypeAdapter[Message] = TypeAdapter(Message, config=ConfigDict(defer_build=True))


def details(error: BaseException) -> Json:
    """Why an edit is refused, as problem details."""
    if isinstance(error, Refused):
        where = ".".join(part for part in (error.node, error.input) if part)
        text = f"{where}: {error.message}" if where else error.message
        return {"status": error.status, "detail": text, "problems": [error.json()]}
    if isinstance(error, ValidationError):
        problems = [
            {"message": one["msg"], "input": ".".join(str(part) for part in one["loc"]), "got": repr(one["input"])[:80]}
            for one in error.errors(include_url=False, include_context=False)[:20]
        ]
        first = problems[0]
        return {
            "status": 400,
            "detail": f"{first['input'] or 'message'}: {first['message'].lower()}",
            "problems": problems,
        }
    found = refusal(error) or Refusal(500, "the server made a mistake; its log has the details")
    return {"status": found.status, "detail": found.error, **found.more}
