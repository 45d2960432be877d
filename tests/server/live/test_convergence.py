"""Fifty clients, drops and delays: in the end all have the same document, and it is the server's and the log's."""

from __future__ import annotations

import asyncio
import json
import random
import time
from pathlib import Path

from server.live import store
from server.live.changes import replayed
from server.live.cycles import has_cycle
from server.live.hub import HUB
from server.live.limits import check_document
from server.live.references import dangling
from tests.server.kit import in_loop, served
from tests.server.live.editor import Editor
from tests.server.live.graphs import raw_operation, start
from tests.server.soak import count, long, record

CLIENTS = 50
OPERATIONS = count(2000)


async def work(editor: Editor, rng: random.Random, edits: int) -> None:
    """Edit, wait, undo, and lose the connection now and then."""
    await editor.connect()
    for _ in range(edits):
        chance = rng.random()
        if chance < 0.1:
            await editor.say({"type": rng.choice(("undo", "redo"))})
        else:
            await editor.do(*(raw_operation(rng, editor.document) for _ in range(rng.choice((1, 1, 1, 2)))))
        await asyncio.sleep(rng.random() * rng.choice((0, 0, 0.01, 0.05)))
        if rng.random() < 0.08:
            await editor.drop()
            if rng.random() < 0.5:
                await editor.do(raw_operation(rng, editor.document))  # while it is offline
            await asyncio.sleep(rng.random() * 0.1)
            await editor.connect()


@long
@in_loop
async def test_all_clients_converge_to_the_document_of_the_log(tmp_path: Path) -> None:
    begun, rng = time.monotonic(), random.Random(4)
    async with served(tmp_path) as client:
        url = f"{client.url}/api/v1/workflows/d"
        await client.ask("PUT", "/api/v1/workflows/d", start(), headers={"If-None-Match": "*"})
        editors = [Editor(client.session, url, f"c{n}") for n in range(CLIENTS)]
        share = OPERATIONS // CLIENTS
        await asyncio.gather(*(work(editor, random.Random(rng.random()), share) for editor in editors))
        for editor in editors:
            await editor.until(lambda editor=editor: not editor.pending)
        last = max(ack["revision"] for editor in editors for ack in editor.acks.values())
        for editor in editors:
            await editor.until(lambda editor=editor: editor.revision == last)
            assert json.dumps(editor.document) == json.dumps(editors[0].document)
        sent = sum(len(editor.acks) + len(editor.refused) for editor in editors)
        taken = {ack["revision"] for editor in editors for ack in editor.acks.values()}
        assert sent >= OPERATIONS
        assert taken == set(range(2, last + 1)), "every revision is one acknowledged edit"
        document = await client.get("/api/v1/workflows/d")
        assert json.dumps(document) == json.dumps(editors[0].document)
        steps = await client.app[HUB].database.ask(lambda c: store.changes_between(c, "d", 0, last))
        assert json.dumps(replayed({}, [change for step in steps for change in step])) == json.dumps(document)
        check_document(document)
        assert not dangling(document)
        assert not has_cycle(document)
        for editor in editors:
            await editor.close()
        record(
            "clients converge",
            begun,
            clients=CLIENTS,
            operations=sent,
            revisions=last,
            drops=sum(e.drops for e in editors),
        )
