"""Small copies of pictures, made once and kept in `LOOM_HOME/thumbnails`; that folder may be emptied at any time.

Sizes are rounded up to a few steps, so that nobody can fill the disk by asking for every one.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from engine.workflow import write_durably
from server.assets.pictures import PICTURES
from server.assets.serving import CHECKED, Stored
from server.places import PLACES

STEPS = (64, 128, 256, 512, 1024)
LARGEST = STEPS[-1]


async def thumbnail(app: web.Application, stored: Stored, size: int) -> bytes:
    """A WebP of at most `size` (rounded up to a step) pixels each way. Raises `Refusal` for what is no picture."""
    step = next(step for step in STEPS if step >= size)
    path = app[PLACES].thumbnails / f"{stored.digest.removeprefix('sha256:')}-{step}.webp"
    file = await asyncio.to_thread(app[CHECKED].open, stored)  # what is gone has no thumbnail either
    with file:
        try:
            return await asyncio.to_thread(path.read_bytes)
        except OSError:
            made = await app[PICTURES].ask(app[PICTURES].thumbnail, file, step)
    await asyncio.to_thread(write_durably, path, made)
    return made
