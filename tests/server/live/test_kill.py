"""`kill -9` of a real server under a load of edits: what was acknowledged is there, once, and no file is torn."""

from __future__ import annotations

import asyncio
import json
import random
import time
from pathlib import Path

import aiohttp

from tests.server.kit import Client, in_loop
from tests.server.live.editor import Editor
from tests.server.live.graphs import start
from tests.server.soak import count, counted, long, record
from tests.server.test_command import Process, serving

KILLS = count(100)
ROOT = "/api/v1/workflows"


def numbered(name: str) -> dict[str, object]:
    """An edit that can be found again in the document."""
    return {"op": "set_look", "node": "n0", "key": name, "value": name}


async def load(editor: Editor) -> None:
    """Edit as fast as answers come, until the server is gone."""
    while not editor.socket.closed and len(editor.pending) < 40:
        await editor.do(numbered(f"{editor.client}-{editor.count + 1}"))
        await asyncio.sleep(0.001)


async def one_life(server: Process, home: Path, editors: dict[str, Editor], rng: random.Random) -> None:
    """Connect all, compare what is there with what was acknowledged, and edit until the kill."""
    facts = server.facts()
    url = f"http://127.0.0.1:{facts['port']}"
    headers = {"Authorization": f"Bearer {facts['token']}"}
    async with aiohttp.ClientSession() as session:
        client = Client(url, session, home)
        if not editors:
            new = headers | {"If-None-Match": "*"}
            await client.ask("PUT", f"{ROOT}/d", start(), headers=new, token=False)
            editors |= {f"c{n}": Editor(session, f"{url}{ROOT}/d", f"c{n}") for n in range(4)}
        _, found, _ = await client.ask("GET", f"{ROOT}/d", headers=headers, token=False)
        there = found["ui"].get("nodes", {}).get("n0", {})
        for editor in editors.values():
            assert set(editor.acks) <= set(there), "what was acknowledged is there"
            editor.session, editor.url, editor.token = session, f"{url}{ROOT}/d", facts["token"]
            editor.news = asyncio.Event()  # of this loop
            await editor.connect()
        for editor in editors.values():
            await editor.until(lambda editor=editor: not editor.pending)
            assert not editor.refused
        revisions = [ack["revision"] for editor in editors.values() for ack in editor.acks.values()]
        assert sorted(revisions) == list(range(2, len(revisions) + 2)), "each edit was done once, none is missing"
        loads = [asyncio.create_task(load(editor)) for editor in editors.values()]
        await asyncio.sleep(rng.random() * 0.4)
        server.process.kill()
        await asyncio.gather(*loads)
        for editor in editors.values():
            await editor.drop()


@long
def test_what_was_acknowledged_outlives_a_kill(tmp_path: Path) -> None:
    begun, rng, editors = time.monotonic(), random.Random(9), dict[str, Editor]()
    for _ in counted("servers killed under live edits", KILLS + 1):
        with serving(tmp_path) as server:
            in_loop(one_life)(server, tmp_path, editors, rng)
        for file in (tmp_path / "workflows").glob("*.json"):
            assert json.loads(file.read_text())["format"] == 1, "no file is torn"
    edits = sum(len(editor.acks) for editor in editors.values())
    assert edits > KILLS * 4
    record("servers killed under live edits", begun, kills=KILLS, clients=len(editors), edits=edits, lost=0, twice=0)
