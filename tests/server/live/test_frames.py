"""Frames that nobody would send: none breaks the server, and who edits at the same time notices nothing."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import os
import random
import struct
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.server.kit import TOKEN, Client, in_loop, served
from tests.server.live.editor import Editor
from tests.server.live.graphs import raw_operation, start
from tests.server.soak import count, counted, long, record

FRAMES = count(2000)
PER_SOCKET = 25
ODD: list[Any] = [None, True, -1, 1e308, 2**70, "", "\ud800", "x" * 5000, [], [[]], {}, {"type": "ops"}, float("nan")]


def mangled(rng: random.Random, value: Any) -> Any:
    """A message in which something was put where it does not belong."""
    if rng.random() < 0.25 or not isinstance(value, dict | list) or not value:
        return rng.choice(ODD)
    key = rng.choice(list(value) if isinstance(value, dict) else list(range(len(value))))
    made = value.copy()
    if rng.random() < 0.15:
        del made[key]
    else:
        made[key] = mangled(rng, value[key])
    return made


def text(rng: random.Random) -> str:
    """A text frame: a message that is nearly right, cut short, or noise."""
    document = start()
    message = rng.choice(
        [
            {"type": "ops", "id": f"f{rng.random()}", "operations": [raw_operation(rng, document) for _ in range(2)]},
            {"type": rng.choice(("undo", "redo")), "id": "u"},
            {"type": "hello", "after": rng.randint(-3, 9)},
            {"type": "presence", "data": {"at": [1, 2]}},
        ]
    )
    raw = json.dumps(mangled(rng, message))
    match rng.randrange(6):
        case 0:
            return raw[: rng.randrange(len(raw) + 1)]
        case 1:
            return "".join(chr(rng.randrange(1, 0xD800)) for _ in range(rng.randrange(200)))
        case 2:
            return "[" * rng.choice((10, 100_000)) + raw
        case _:
            return raw


def raw_frame(rng: random.Random) -> bytes:
    """Bytes as no WebSocket library sends them: reserved bits, unknown kinds, no mask, lengths that lie."""
    size = rng.choice((0, 5, 125, 126, 127))
    head = bytes([rng.randrange(256), rng.choice((0, 0x80)) | size])
    if size == 126:
        head += struct.pack(">H", rng.randrange(1 << 16))
    elif size == 127:
        head += struct.pack(">Q", rng.choice((5, 1 << 30, 1 << 62, (1 << 64) - 1)))
    return head + rng.randbytes(rng.randrange(200))


async def knock(client: Client, path: str, data: bytes) -> None:
    """Open a WebSocket by hand and send bytes; returns when the server closes it, or waits for more of them."""
    host, port = client.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    key = base64.b64encode(os.urandom(16)).decode()
    head = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {TOKEN}\r\nUpgrade: websocket\r\n"
    head += f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    writer.write(head.encode())
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    writer.write(data)
    try:
        async with asyncio.timeout(0.05):
            while await reader.read(1 << 16):
                pass
    except (TimeoutError, ConnectionError):
        pass
    writer.transport.abort()


@long
@in_loop
async def test_no_frame_breaks_the_server(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    begun, rng, refused = time.monotonic(), random.Random(3), 0
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with served(tmp_path) as client:
        await client.ask("PUT", "/api/v1/workflows/d", start(), headers={"If-None-Match": "*"})
        calm = await Editor(client.session, f"{client.url}/api/v1/workflows/d", "calm").connect()
        for i in counted("sockets", FRAMES // PER_SOCKET):
            path = rng.choice((*3 * ("/api/v1/workflows/d/live",), "/api/v1/events"))
            async with client.session.ws_connect(client.url + path, headers=headers, max_msg_size=1 << 26) as socket:
                for _ in range(PER_SOCKET):
                    try:
                        if rng.random() < 0.1:
                            await socket.send_bytes(rng.randbytes(rng.randrange(300)))
                        else:
                            await socket.send_str(text(rng))
                    except (ConnectionError, aiohttp.ClientError):
                        break  # the server had enough of it
                try:
                    async with asyncio.timeout(0.1):
                        async for message in socket:
                            refused += str(message.data).count('"refused"')
                except TimeoutError:
                    pass
            await knock(client, path, raw_frame(rng))
            name = await calm.do({"op": "set_look", "node": "n0", "key": "calm", "value": i})
            assert (await calm.done(name))["type"] in ("ack", "refused")  # n0 may have been removed
        document = await client.get("/api/v1/workflows/d")
        await calm.until(lambda: json.dumps(calm.document) == json.dumps(document))
        await calm.close()
    assert refused > FRAMES // 20, "frames at the document are answered with a refusal"
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR] == []
    record("fuzzed WebSocket frames", begun, frames=FRAMES, raw=FRAMES // PER_SOCKET, refused=refused, errors_logged=0)
