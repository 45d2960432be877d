"""`kill -9` of a real server under a load of edits: what was acknowledged is there, once, and no file is torn."""

from __future__ import annotations

import asyncio
import json
import os
import random
from pathlib import Path

import aiohttp

from tests.server.kit import Client, in_loop
from tests.server.live.editor import Editor
from tests.server.live.graphs import start
from tests.server.test_command import Process, serving

KILLS = 100 if os.environ.get("LOOM_SOAK") else 10
ROOT = "/api/v1/workflows"


def edit(n: int) -> dict[str, object]:
    return {"op": "set_look", "node": "n0", "key": f"k{n}", "value": n}


async def load(editor: Editor, numbers: list[int]) -> None:
    """Edit as fast as answers come, until the server is gone."""
    while not editor.socket.closed and len(editor.pending) < 40:
        numbers.append(len(numbers))
        await editor.do(edit(len(numbers)) | {"key": f"{editor.client}-{len(numbers)}"})
        await asyncio.sleep(0.001)


async def one_life(server: Process, home: Path, editors: dict[str, Editor], rng: random.Random) -> None:
    """Connect all, check what is there against what was acknowledged, go on until the kill."""
    facts = server.facts()
    url = f"http://127.0.0.1:{facts['port']}"
    async with aiohttp.ClientSession() as session:
        if not editors:
            client = Client(url, session, home)
            headers = {"Authorization": f"Bearer {facts['token']}", "If-None-Match": "*"}
            await client.ask("PUT", f"{ROOT}/d", start(), headers=headers, token=False)
            editors |= {f"c{n}": Editor(session, f"{url}{ROOT}/d", f"c{n}") for n in range(4)}
        for editor in editors.values():
            editor.session, editor.url, editor.token = session, f"{url}{ROOT}/d", facts["token"]
            await editor.connect()
        for editor in editors.values():
            await editor.until(lambda editor=editor: not editor.pending)
            assert not editor.refused, editor.refused
        look = next(iter(editors.values())).document.get("ui", {}).get("nodes", {}).get("n0", {})
        for editor in editors.values():
            for name in editor.acks:
                assert name in look, f"{name} was acknowledged"
        loads = [asyncio.create_task(load(editor, [0] * editor.count)) for editor in editors.values()]
        await asyncio.sleep(rng.random() * 0.4)
        server.process.kill()
        await asyncio.gather(*loads)
        for editor in editors.values():
            await editor.drop()


def test_what_was_acknowledged_outlives_a_kill(tmp_path: Path) -> None:
    rng, editors, acknowledged = random.Random(9), dict[str, Editor](), 0

    for number in range(KILLS + 1):
        with serving(tmp_path) as server:
            in_loop(one_life)(server, tmp_path, editors, rng)
        acknowledged = sum(len(editor.acks) for editor in editors.values())
        for file in (tmp_path / "workflows").glob("*.json"):
            assert json.loads(file.read_text())["format"] == 1, "no file is torn"
        for editor in editors.values():
            editor.news = asyncio.Event()  # of the next loop
        assert number == 0 or acknowledged > 0
    documents = [json.dumps(editor.document) for editor in editors.values()]
    assert acknowledged > KILLS
    assert documents
