"""Sharing a workflow with other users, by name: to view it, or to edit it too."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from server.answers import Refusal, answer
from server.database import DATABASE
from server.endpoint import Answer, Body, body_of, endpoint
from server.live.access import OWN, Shared, opened, owner_of, share, shares_of, there
from server.security import GUARD
from server.users.user import OWNER_NAME

MOST = 1000


class Shares(Body):
    """Whom it is shared with from now on, and for what; nobody else."""

    shares: Annotated[dict[Annotated[str, Field(max_length=32)], Shared], Field(max_length=MOST)]


class SharedWith(Answer):
    """Whose workflow it is, and whom it is shared with."""

    name: str
    owner: str
    shares: dict[str, Shared]


@endpoint("GET", "/workflows/{name}/shares", answer=SharedWith, users=True)
async def show(request: web.Request) -> web.Response:
    """Whom a workflow is shared with; for whose it is."""
    live = await opened(request, OWN)
    found = await request.app[DATABASE].ask(lambda connection: shares_of(connection, live.name))
    return answer({"name": request.match_info["name"], "owner": owner_of(live.name), "shares": found})


@endpoint("PUT", "/workflows/{name}/shares", body=Shares, answer=SharedWith, users=True)
async def put(request: web.Request) -> web.Response:
    """Share a workflow with these users and no others; who may no longer do what they did is disconnected."""
    live = await there(request, OWN)
    asked, others = (await body_of(request, Shares)).shares, request.app[GUARD].others
    known = {OWNER_NAME, *(others.users() if others is not None else [])} - {owner_of(live.name)}
    for user in asked:
        if user not in known:
            raise Refusal(400, f"shares.{user}: there is no such user to share it with")

    def question(connection: object) -> None:
        share(connection, live.name, asked)  # type: ignore[arg-type]

    await request.app[DATABASE].ask(question)
    for one in list(live.connections):
        if one.right != OWN and asked.get(one.user) != one.right:
            one.close()
    return answer({"name": request.match_info["name"], "owner": owner_of(live.name), "shares": dict(asked)})


SHARING = (show, put)
