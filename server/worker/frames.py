"""The protocol between the HTTP process and its workers: frames over two pipes.

A frame is a length (4 bytes, big-endian), a kind (1 byte) and a body. Kind 1 is a JSON list of messages — what piled up
while the last frame was written goes together, so a cheap run costs few system calls. Kind 2 is a picture: a length
(4 bytes), a JSON header of that length, then the picture's bytes; it goes on to clients as it is. Both sides refuse
what is longer than a frame may be, before reading it.
"""

from __future__ import annotations

import json
import struct
from asyncio import StreamReader
from typing import Any, BinaryIO

HEAD = struct.Struct(">IB")
SIZE = struct.Struct(">I")
MESSAGES, PICTURE = 1, 2
MOST = {MESSAGES: 128 << 20, PICTURE: 8 << 20}


class BadFrame(Exception):
    """The other side does not speak this protocol."""


def messages(bodies: list[dict[str, Any]]) -> bytes:
    """A frame of messages."""
    return _frame(MESSAGES, json.dumps(bodies, allow_nan=False, separators=(",", ":")).encode())


def picture(header: dict[str, Any], data: bytes) -> bytes:
    """A frame with a picture."""
    return _frame(PICTURE, picture_body(header, data))


def picture_body(header: dict[str, Any], data: bytes) -> bytes:
    """Header and picture as clients get them."""
    text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
    return SIZE.pack(len(text)) + text + data


def header_of(body: bytes) -> dict[str, Any]:
    """The header of a picture."""
    (size,) = SIZE.unpack_from(body)
    found = json.loads(body[SIZE.size : SIZE.size + size])
    if not isinstance(found, dict):
        raise BadFrame("a picture without a header")
    return found


def _frame(kind: int, body: bytes) -> bytes:
    if len(body) > MOST[kind]:
        raise BadFrame(f"a frame of {len(body)} bytes is more than the {MOST[kind]} that are allowed")
    return HEAD.pack(len(body), kind) + body


def _opened(head: bytes) -> tuple[int, int]:
    size, kind = HEAD.unpack(head)
    if kind not in MOST or size > MOST[kind]:
        raise BadFrame(f"a frame of kind {kind} and {size} bytes")
    return size, kind


def read(stream: BinaryIO) -> tuple[int, bytes] | None:
    """The next frame; None at the end of the stream. Blocks."""
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    size, kind = _opened(head)
    body = stream.read(size)
    return (kind, body) if len(body) == size else None


async def receive(stream: StreamReader) -> tuple[int, bytes]:
    """The next frame. Raises `IncompleteReadError` at the end of the stream, `BadFrame` for what is none."""
    size, kind = _opened(await stream.readexactly(HEAD.size))
    return kind, await stream.readexactly(size)
