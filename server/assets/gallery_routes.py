"""The addresses of the gallery: look, keep as a favourite, delete."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from pydantic import Field
from sqlalchemy import Connection, update

from server.answers import Refusal, answer
from server.artifacts import digest_in
from server.assets.collect import remove
from server.assets.find import meant
from server.assets.gallery import GALLERY, PER_PAGE, look
from server.assets.tables import gallery
from server.database import DATABASE
from server.endpoint import PREFIX, Answer, Body, body_of, endpoint, query_of
from server.users.user import user_of

LONGEST = 1000


class Asked(Body):
    """What is looked for. Times are seconds since 1970: `after` counts in, `before` does not."""

    workflow: str | None = Field(default=None, max_length=LONGEST)
    text: str | None = Field(default=None, max_length=LONGEST)
    model: str | None = Field(default=None, max_length=LONGEST)
    after: float | None = Field(default=None, allow_inf_nan=False)
    before: float | None = Field(default=None, allow_inf_nan=False)
    favourite: bool | None = None
    page: int = Field(default=1, ge=1, le=1_000_000)


class Picture(Answer):
    """A picture of a run."""

    digest: str
    owner: str
    run: str
    node: str
    name: str
    mime: str
    bytes: int
    created: float
    workflow: str
    text: str
    models: list[str]
    favourite: bool
    url: str
    thumbnail: str


class Pictures(Answer):
    """A page of the gallery, newest first."""

    pictures: list[Picture]
    page: int
    pages: int
    total: int


class Favourite(Body):
    """Whether it is one."""

    favourite: bool


class Kept(Answer):
    """What became of a picture."""

    digest: str
    favourite: bool


class Removed(Answer):
    """What became of a file."""

    digest: str
    removed: bool


@endpoint("GET", "/gallery", query=Asked, answer=Pictures, users=True)
async def index(request: web.Request) -> web.Response:
    """The pictures that runs made: by workflow, words of the prompt, model, time, favourites; newest first."""
    asked, user = query_of(request, Asked), user_of(request)
    database = request.app[DATABASE]
    await request.app[GALLERY].refresh(database)
    rows, total = await database.ask(lambda connection: look(connection, user, **asked.model_dump()))
    pages = max(1, -(-total // PER_PAGE))
    return answer({"pictures": [_shown(row) for row in rows], "page": asked.page, "pages": pages, "total": total})


@endpoint("PUT", "/gallery/{digest}/favourite", body=Favourite, answer=Kept, users=True)
async def favour(request: web.Request) -> web.Response:
    """Keep a picture among the favourites, or no longer."""
    digest, asked = digest_in(request.match_info["digest"]), await body_of(request, Favourite)
    database, user = request.app[DATABASE], user_of(request)
    await request.app[GALLERY].refresh(database)

    def question(connection: Connection) -> int:
        whose = meant(connection, digest, user)
        if whose is None:
            return 0
        there = (gallery.c.digest == digest) & (gallery.c.owner == whose.name) & gallery.c.deleted.is_(None)
        return connection.execute(update(gallery).where(there).values(favourite=asked.favourite)).rowcount

    if not await database.ask(question):
        raise Refusal(404, "there is no such picture in the gallery")
    return answer({"digest": digest, "favourite": asked.favourite})


@endpoint("DELETE", "/gallery/{digest}", answer=Removed, users=True)
async def delete(request: web.Request) -> web.Response:
    """Delete a picture of a run, or an upload, with its file; 409 while a workflow of a run or a document names it."""
    digest = digest_in(request.match_info["digest"])
    await request.app[GALLERY].refresh(request.app[DATABASE])
    held = await remove(request.app, digest, user_of(request))
    if held is None:
        raise Refusal(404, "there is no such file")
    if held:
        raise Refusal(409, f"it is in use by {', '.join(held)}; nothing was removed", held_by=held)
    return answer({"digest": digest, "removed": True})


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    url = f"{PREFIX}/artifacts/{row['digest']}"
    hidden = ("path", "sought", "deleted")
    shown = {name: value for name, value in row.items() if name not in hidden}
    models = row["models"].split("\n") if row["models"] else []
    return {**shown, "models": models, "url": url, "thumbnail": f"{url}/thumbnail"}
