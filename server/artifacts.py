"""The files that runs made, by the digest of their bytes.

A client names a run and a digest, never a path. The bytes that are sent are the bytes that were hashed: a file that was
changed meanwhile is not served. Only pictures of the types below are shown in place, by what they are and not by what
they are called; anything else is saved, as a stream of bytes.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from engine.context import resolve_within
from engine.errors import OutsideRoot
from server.answers import Refusal
from server.media import picture_type

DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})\Z")
POLICY = "default-src 'none'; sandbox"


@dataclass(frozen=True)
class Artifact:
    """A file of a run: `name` is its path inside `folder`."""

    run: str
    node: str
    name: str
    digest: str
    folder: Path

    def read(self) -> bytes:
        """The bytes. Raises `Refusal` if they are gone or are not those that the run made."""
        try:
            data = resolve_within(self.folder, self.name).read_bytes()
        except (OSError, OutsideRoot):
            raise Refusal(410, f"{self.name} is not there any more") from None
        if f"sha256:{sha256(data).hexdigest()}" != self.digest:
            raise Refusal(410, f"{self.name} was changed after the run")
        return data


async def send(artifact: Artifact) -> web.Response:
    """The answer that carries an artifact."""
    data = await asyncio.to_thread(artifact.read)
    media = picture_type(data)
    place = "inline" if media is not None else "attachment"
    headers = {
        "Content-Type": media or "application/octet-stream",
        "Content-Disposition": f"{place}; filename*=UTF-8''{quote(Path(artifact.name).name, safe='')}",
        "Content-Security-Policy": POLICY,
        "Cache-Control": "private, max-age=31536000, immutable",
        "ETag": f'"{artifact.digest}"',
    }
    return web.Response(body=data, headers=headers)


def digest_in(text: str) -> str:
    """`sha256:…` of what stands in a URL. Raises `Refusal`."""
    found = DIGEST.match(text)
    if found is None:
        raise Refusal(404, "expected a digest: sha256: and 64 hexadecimal digits")
    return f"sha256:{found.group(1)}"
