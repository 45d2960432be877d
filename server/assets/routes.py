"""The addresses of files: send one, send it small, take one."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from pydantic import Field
from sqlalchemy import Connection, func, select

from server.answers import answer
from server.assets.find import find
from server.assets.serving import FOREVER, send
from server.assets.tables import assets
from server.assets.thumbnails import LARGEST, thumbnail
from server.assets.uploads import take
from server.database import DATABASE
from server.endpoint import PREFIX, Answer, Body, endpoint, query_of
from server.etag import has_already
from server.users.user import user_of

PER_PAGE = 100


class Asset(Answer):
    """An upload. `input` is what `image.load` takes."""

    digest: str
    owner: str
    name: str
    input: str
    mime: str
    bytes: int
    width: int
    height: int
    created: float
    url: str
    thumbnail: str


class Assets(Answer):
    """A page of uploads, newest first."""

    assets: list[Asset]
    total: int


class Upload(Body):
    """What an upload is called, for people."""

    name: str = Field(default="", max_length=255)


class Page(Body):
    """Which page of a list."""

    page: int = Field(default=1, ge=1, le=1_000_000)


class Size(Body):
    """The most pixels each way."""

    size: int = Field(default=256, ge=1, le=LARGEST)


@endpoint("GET", "/artifacts/{digest}", media="application/octet-stream", shown=True, users=True)
async def artifact(request: web.Request) -> web.StreamResponse:
    """The bytes of a file, by their digest; ranges, ETag. A picture is shown in place, anything else is a download."""
    return await send(request, await find(request))


@endpoint("GET", "/artifacts/{digest}/thumbnail", query=Size, media="image/webp", shown=True, users=True)
async def small(request: web.Request) -> web.StreamResponse:
    """A small copy of a picture, as WebP."""
    size = query_of(request, Size).size
    stored = await find(request)
    tag = f"{stored.digest}-{size}"
    headers = {"ETag": f'"{tag}"', "Cache-Control": FOREVER}
    if has_already(request, tag):
        return web.Response(status=304, headers=headers)
    return web.Response(body=await thumbnail(request.app, stored, size), content_type="image/webp", headers=headers)


@endpoint("POST", "/assets", query=Upload, answer=Asset, status=201, takes="application/octet-stream", users=True)
async def upload(request: web.Request) -> web.Response:
    """Keep a picture (PNG, JPEG, GIF, WebP) for `image.load`; 200 if these bytes are there already."""
    row, new = await take(request, query_of(request, Upload).name)
    return answer(shown(row), 201 if new else 200)


@endpoint("GET", "/assets", query=Page, answer=Assets, users=True)
async def index(request: web.Request) -> web.Response:
    """The uploads, newest first."""
    page, user = query_of(request, Page).page, user_of(request)

    def question(connection: Connection) -> dict[str, Any]:
        newest = select(assets).where(user.rows(assets.c.owner)).order_by(assets.c.created.desc(), assets.c.digest)
        rows = connection.execute(newest.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).mappings()
        total = connection.scalar(select(func.count()).select_from(assets).where(user.rows(assets.c.owner)))
        return {"assets": [shown(dict(row)) for row in rows], "total": total}

    return answer(await request.app[DATABASE].ask(question))


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """An upload for a client."""
    url = f"{PREFIX}/artifacts/{row['digest']}"
    return {**row, "url": url, "thumbnail": f"{url}/thumbnail"}
