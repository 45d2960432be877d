"""Take a file from a client and keep it for good, or refuse it and keep nothing.

The body is written as it comes, to a temporary file beside its place, and counted and hashed meanwhile. Then it is
looked at: only a picture of a known type and a bounded size stays. It is forced to the disk and renamed to its digest
before the client is told, so what was acknowledged survives a crash; the same bytes sent twice are one file.

Uploads lie below `LOOM_HOME/inputs`, where nodes look for their files: `image.load` takes the `input` of the answer.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from aiohttp import web
from sqlalchemy import Connection, func, insert, select

from server.answers import Refusal
from server.assets.pictures import PICTURES
from server.assets.tables import assets
from server.database import DATABASE
from server.places import PLACES, USERS
from server.security_limits import LIMITS
from server.users.user import user_of

FOLDER = "uploads"
INCOMING = ".incoming-"  # hidden: no node lists a file that is half there
STALE = 3600.0  # seconds after which what an interrupted upload left is removed
GATHERED = 1 << 20


async def take(request: web.Request, name: str) -> tuple[dict[str, Any], bool]:
    """Keep the body of a request. Returns its row, and whether it is new. Raises `Refusal`."""
    app, owner = request.app, user_of(request).name
    folder = app[PLACES].of(owner).inputs / FOLDER
    temporary, digest, size = await _receive(request, folder)
    try:
        mime, suffix, width, height = await app[PICTURES].ask(app[PICTURES].inspect, temporary)
        path = folder / f"{digest}{suffix}"
        row: dict[str, Any] = {
            "digest": f"sha256:{digest}",
            "owner": owner,
            "name": name,
            "input": f"{FOLDER}/{path.name}",
            "mime": mime,
        }
        row |= {"bytes": size, "width": width, "height": height, "created": time.time()}
        most = app[LIMITS].uploads
        await app[DATABASE].ask(lambda connection: _check_room(connection, size, most))
        await asyncio.to_thread(_publish, temporary, path)
        return await app[DATABASE].ask(lambda connection: _enter(connection, row))
    finally:
        temporary.unlink(missing_ok=True)


async def _receive(request: web.Request, folder: Path) -> tuple[Path, str, int]:
    """Write the body to a temporary file: its path, the digest and the number of bytes."""
    most = request.app[LIMITS].upload
    if (request.content_length or 0) > most:
        raise Refusal(413, f"expected at most {most} bytes, got {request.content_length}")
    file, path = await asyncio.to_thread(_open, folder)
    hashed, size, gathered = sha256(), 0, bytearray()
    try:
        with file:
            async for piece in request.content.iter_chunked(GATHERED):
                size += len(piece)
                if size > most:
                    raise Refusal(413, f"expected at most {most} bytes, got more")
                hashed.update(piece)
                gathered += piece
                if len(gathered) >= GATHERED:
                    await asyncio.to_thread(file.write, bytes(gathered))
                    gathered.clear()
            await asyncio.to_thread(_finish, file, bytes(gathered))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path, hashed.hexdigest(), size


def _open(folder: Path) -> tuple[BinaryIO, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=INCOMING)
    return os.fdopen(handle, "wb"), Path(name)


def _finish(file: BinaryIO, rest: bytes) -> None:
    file.write(rest)
    file.flush()
    os.fsync(file.fileno())


def _publish(temporary: Path, path: Path) -> None:
    """Give the file its name, for good."""
    temporary.chmod(0o444)
    temporary.replace(path)  # the same bytes, if it was there
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _check_room(connection: Connection, size: int, most: int) -> None:
    held = int(connection.scalar(select(func.coalesce(func.sum(assets.c.bytes), 0))) or 0)
    if held + size > most:
        raise Refusal(413, f"all uploads together may have {most} bytes; {held} are there")


def _enter(connection: Connection, row: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    known = (
        connection.execute(select(assets).where(assets.c.digest == row["digest"], assets.c.owner == row["owner"]))
        .mappings()
        .first()
    )
    if known is not None:
        return dict(known), False
    connection.execute(insert(assets).values(row))
    return row, True


async def uploads_lifetime(app: web.Application) -> AsyncIterator[None]:
    """Remove what interrupted uploads left; at the end, let go of the thread for pictures."""
    places = app[PLACES]
    for inputs in (places.inputs, *(places.home / USERS).glob("*/inputs")):
        await asyncio.to_thread(_sweep, inputs / FOLDER)
    yield
    await asyncio.to_thread(app[PICTURES].close)


def _sweep(folder: Path) -> None:
    for left in folder.glob(f"{INCOMING}*"):
        try:
            if time.time() - left.stat().st_mtime > STALE:
                left.unlink(missing_ok=True)
        except OSError:
            continue
