"""The record of a run inside the picture it made.

A saved PNG carries one text chunk `latent-loom`: JSON with the workflow (seeds resolved) and what decided its bits —
versions, model digests, numerics. It holds no clock and no run id, so equal runs give equal files. The chunk is put in
when the file is delivered, so a cached picture carries the workflow of today.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from engine.errors import InvalidWorkflow, Problem
from engine.workflow import json_bytes, parse_json

KEYWORD = b"latent-loom"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_TEXT = 64 << 20


def embed(png: bytes, record: Mapping[str, Any]) -> bytes:
    """The PNG with the record in an iTXt chunk after its header; an earlier record is replaced."""
    text = json_bytes(record, separators=(",", ":"))  # in the document's own order: a frame's first output is its first
    # keyword, NUL, compressed flag, method, language NUL, translated keyword NUL, text
    body = KEYWORD + b"\0\1\0\0\0" + zlib.compress(text, 9)
    parts = [SIGNATURE]
    for kind, chunk in _chunks(png):
        if not (kind == b"iTXt" and chunk.startswith(KEYWORD + b"\0")):
            parts.append(_chunk(kind, chunk))
        if kind == b"IHDR":
            parts.append(_chunk(b"iTXt", body))
    return b"".join(parts)


def read_record(png: bytes) -> dict[str, Any]:
    """The record in a PNG. Raises `InvalidWorkflow` if there is none."""
    try:
        for kind, chunk in _chunks(png):
            if kind == b"iTXt" and chunk.startswith(KEYWORD + b"\0"):
                packed = chunk[len(KEYWORD) + 5 :]
                inflate = zlib.decompressobj()
                text = inflate.decompress(packed, MAX_TEXT)
                if inflate.unconsumed_tail:
                    break
                record = parse_json(text)
                if isinstance(record, dict) and isinstance(record.get("workflow"), dict):
                    return record
    except (ValueError, zlib.error, struct.error):
        pass
    raise InvalidWorkflow([Problem("this picture carries no workflow")])


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not png.startswith(SIGNATURE):
        raise ValueError("not a PNG")
    at = len(SIGNATURE)
    while at + 12 <= len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
