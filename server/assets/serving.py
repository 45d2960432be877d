"""Send the bytes of a file: whole or a range of them, once or again.

The digest is checked against the bytes before the first one is sent, so a file that was changed meanwhile is never
served. That reads the file once; what was checked is remembered by size, time and inode of the opened file. The digest
is the ETag, and what it names never changes.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from aiohttp import web

from engine.context import resolve_within
from engine.errors import OutsideRoot
from server.answers import Refusal
from server.artifacts import POLICY
from server.etag import has_already
from server.media import picture_type

RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})\Z")
PIECE = 256 << 10
REMEMBERED = 4096
FOREVER = "private, max-age=31536000, immutable"


@dataclass(frozen=True)
class Stored:
    """A file: `name` inside `root`, and the digest that its bytes must have. `shown` is its name for people."""

    root: Path
    name: str
    digest: str
    shown: str


class Checked:
    """Opens files whose bytes are what their digest says. For threads; one at a time is enough."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, tuple[int, int, int]], None] = OrderedDict()

    def open(self, stored: Stored) -> BinaryIO:
        """The file, at its beginning. Raises `Refusal` if it is gone or changed."""
        try:
            file = resolve_within(stored.root, stored.name).open("rb")
        except (OSError, OutsideRoot):
            raise Refusal(410, f"{stored.shown} is not there any more") from None
        try:
            stat = os.fstat(file.fileno())
            key = (stored.digest, (stat.st_size, stat.st_mtime_ns, stat.st_ino))
            if key not in self._known:
                if f"sha256:{file_digest(file, 'sha256').hexdigest()}" != stored.digest:
                    raise Refusal(410, f"{stored.shown} was changed since it was made")
                file.seek(0)
                self._known[key] = None
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
        except BaseException:
            file.close()
            raise
        return file


CHECKED = web.AppKey("checked", Checked)


async def send(request: web.Request, stored: Stored) -> web.StreamResponse:
    """The answer that carries a file: 200, 206, 304 or 416."""
    file = await asyncio.to_thread(request.app[CHECKED].open, stored)
    with file:
        head = file.read(16)
        media = picture_type(head)
        headers = {
            "ETag": f'"{stored.digest}"',
            "Cache-Control": FOREVER,
            "Content-Type": media or "application/octet-stream",
            "Content-Disposition": disposition(stored.shown, shown_in_place=media is not None),
            "Content-Security-Policy": POLICY,
            "Accept-Ranges": "bytes",
        }
        if has_already(request, stored.digest):
            return web.Response(status=304, headers={name: headers[name] for name in ("ETag", "Cache-Control")})
        size = os.fstat(file.fileno()).st_size
        part = wanted(request, size, f'"{stored.digest}"')
        start, stop = part or (0, size)
        if part is not None:
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
        response = web.StreamResponse(status=200 if part is None else 206, headers=headers)
        response.content_length = stop - start
        await response.prepare(request)
        if request.method != "HEAD":
            file.seek(start)
            while start < stop and (piece := await asyncio.to_thread(file.read, min(PIECE, stop - start))):
                await response.write(piece)
                start += len(piece)
        await response.write_eof()
        return response


def disposition(name: str, *, shown_in_place: bool) -> str:
    """Whether a browser shows a file or saves it, and under which name."""
    return f"{'inline' if shown_in_place else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}"


def wanted(request: web.Request, size: int, tag: str) -> tuple[int, int] | None:
    """The range that is asked for; None for the whole, also where the header makes no sense (RFC 9110).

    Raises `Refusal` 416 for a range that the file does not have.
    """
    if request.headers.get("If-Range", tag) != tag:
        return None
    found = RANGE.match(request.headers.get("Range", ""))
    if found is None or found.group() == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        start, stop = max(size - int(last), 0), size
    else:
        start, stop = int(first), min(int(last) + 1 if last else size, size)
        if last and int(last) < start:
            return None
    if start >= stop:
        raise Refusal(416, f"the file has {size} bytes", headers={"Content-Range": f"bytes */{size}"})
    return start, stop
