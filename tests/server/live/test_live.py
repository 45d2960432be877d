"""One document, several clients, at once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text as sql

from server.live import connection, recent
from server.live.connection import Connection
from server.live.hub import HUB
from tests.server.kit import TOKEN, Client, in_loop, served
from tests.server.live.editor import Editor
from tests.server.live.graphs import raw_operation, start

ROOT = "/api/v1/workflows"


@asynccontextmanager
async def opened(home: Path, document: Any = None) -> AsyncIterator[tuple[Client, Any]]:
    """A server with a document `d`, and what makes editors of it."""
    async with served(home) as client:
        status, body, _ = await client.ask("PUT", f"{ROOT}/d", document or start(), headers={"If-None-Match": "*"})
        assert status in (201, 409), body
        editors: list[Editor] = []

        async def join(name: str) -> Editor:
            editors.append(await Editor(client.session, f"{client.url}{ROOT}/d", name).connect())
            return editors[-1]

        try:
            yield client, join
        finally:
            for editor in editors:
                await editor.close()


def value(n: Any, node: str = "n0", name: str = "value") -> dict[str, Any]:
    return {"op": "set_input", "node": node, "input": name, "value": n}


@in_loop
async def test_what_one_does_all_see(tmp_path: Path) -> None:
    async with opened(tmp_path) as (client, join):
        a, b = await join("a"), await join("b")
        assert (a.document, a.revision, a.heard[0]["client"]) == (start(), 1, "a")
        said = await a.done(await a.do(value(5), {"op": "rename_node", "node": "n3", "to": "sum"}))
        assert said == {"type": "ack", "id": "a-1", "revision": 2}
        await b.until(lambda: b.revision == 2)
        assert json.dumps(a.document) == json.dumps(b.document) == json.dumps(await client.get(f"{ROOT}/d"))
        heard = next(one for one in b.heard if one["type"] == "ops")
        assert (heard["client"], heard["id"], heard["kind"], heard["operations"][0]) == ("a", "a-1", "edit", value(5))
        refused = (await b.done(await b.do(value(1, "n3"))))["problem"]
        assert (refused["status"], refused["detail"]) == (409, "n3: there is no node 'n3'")
        assert refused["problems"][0]["node"] == "n3"
        status, _, _ = await client.ask("PUT", f"{ROOT}/d", start(), headers={"If-Match": '"2"'})
        assert status == 200, "a whole document reaches the editors as changes"
        await a.until(lambda: a.revision == 3)
        assert a.document["nodes"] == start()["nodes"]


@in_loop
async def test_the_last_writer_of_an_input_wins_and_no_other_input_is_touched(tmp_path: Path) -> None:
    async with opened(tmp_path) as (_, join):
        a, b = await join("a"), await join("b")
        names = [
            await a.do(value(1)),
            await a.do(value(1, "n3", "plus")),
            await b.do(value(2)),
            await b.do(value(2, "n2", "by")),
        ]
        for name in names:
            await (a if name[0] == "a" else b).done(name)
        await a.until(lambda: a.revision == 5)
        last = max((a.acks[names[0]]["revision"], 1), (b.acks[names[2]]["revision"], 2))[1]
        nodes = a.document["nodes"]
        assert (nodes["n0"]["inputs"]["value"], nodes["n3"]["inputs"]["plus"], nodes["n2"]["inputs"]["by"]) == (
            last,
            1,
            2,
        )


@in_loop
async def test_problems_are_told_after_each_edit_and_refuse_nothing(tmp_path: Path) -> None:
    document = {
        "nodes": {"a": {"type": "t.make@1", "inputs": {}}, "b": {"type": "t.inc@1", "inputs": {"a": {"from": "a"}}}}
    }
    async with opened(tmp_path, document) as (_, join):
        a, b = await join("a"), await join("b")
        await b.until(lambda: b.problems.get("revision") == 1)
        assert b.problems["problems"] == []
        await a.done(await a.do(value("much", "a")))
        await b.until(lambda: b.problems["revision"] == 2)
        (problem,) = b.problems["problems"]
        assert (problem["node"], problem["input"], b.problems["count"]) == ("a", "value", 1)
        for n in range(100):
            await a.do(value(n / 10, "a"))
        await a.until(lambda: a.problems["revision"] == 102 and not a.pending)
        assert sum(one["type"] == "problems" for one in a.heard) < 60, "many edits, few checks"
        assert a.problems["problems"] == []


@in_loop
async def test_who_was_away_catches_up_and_sends_what_it_did_meanwhile(tmp_path: Path) -> None:
    async with opened(tmp_path) as (client, join):
        a, b = await join("a"), await join("b")
        await a.done(await a.do(value(1)))
        await a.drop()
        lost = await a.do(value(2, "n3", "plus"))  # goes nowhere
        late = await a.do(value(3, "n2", "by"))
        for n in range(30):
            await b.do(value(n))
        await b.done(await b.do({"op": "remove_node", "node": "n2"}))
        await a.connect()
        assert "entries" in a.heard[-1] or a.heard[-1]["type"] != "hello"
        assert (await a.done(lost))["type"] == "ack"
        assert (await a.done(late))["problem"]["detail"] == "n2: there is no node 'n2'"
        await b.until(lambda: b.revision == a.revision)
        assert json.dumps(a.document) == json.dumps(b.document) == json.dumps(await client.get(f"{ROOT}/d"))


@in_loop
async def test_who_was_away_too_long_gets_the_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MOST", 20)
    async with opened(tmp_path) as (_, join):
        a, b = await join("a"), await join("b")
        await a.drop()
        for n in range(50):
            await b.do(value(n))
        await b.until(lambda: not b.pending)
        hellos = len([one for one in a.heard if one["type"] == "hello"])
        await a.connect()
        hello = [one for one in a.heard if one["type"] == "hello"][hellos]
        assert hello["document"] == b.document
        a.revision = 10**6  # from another life of this document
        await a.drop()
        await a.connect()
        assert a.revision == b.revision


@in_loop
async def test_an_id_that_comes_again_is_done_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as (_, join):
        a, twin = await join("a"), await join("a")
        paste = {"type": "ops", "id": "x", "operations": [{"op": "paste", "nodes": {"n0": {"type": "t.make@1"}}}]}
        for editor in (a, a, twin, a):
            await editor.socket.send_str(json.dumps(paste))
        await a.until(lambda: sum(one["type"] == "ack" for one in a.heard) == 3)
        await twin.until(lambda: "x" in twin.acks)
        assert {one["revision"] for one in a.heard if one["type"] == "ack"} == {2}
        assert a.acks["x"]["known"]
    async with opened(tmp_path) as (client, join):  # another server knows it too
        b = await join("a")
        await b.socket.send_str(json.dumps(paste))
        await b.until(lambda: "x" in b.acks)
        assert b.acks["x"] == {"type": "ack", "id": "x", "revision": 2, "known": True}
        assert len((await client.get(f"{ROOT}/d"))["nodes"]) == 6


@pytest.mark.parametrize("seed", range(2))
def test_undo_all_and_redo_all_give_identical_json_even_over_a_restart(tmp_path: Path, seed: int) -> None:
    async def edit() -> tuple[int, str]:
        rng = random.Random(seed)
        async with opened(tmp_path) as (_, join):
            a = await join("a")
            for _ in range(60):
                await a.done(await a.do(*(raw_operation(rng, a.document) for _ in range(rng.choice((1, 1, 2))))))
            return len(a.acks), json.dumps(a.document)

    async def undo_and_redo() -> None:
        async with opened(tmp_path) as (_, join):
            a = await join("a")
            a.count = 1000  # ids that were not used before
            for _ in range(edits):
                assert (await a.done(await a.say({"type": "undo"})))["type"] == "ack"
            assert json.dumps(a.document) == json.dumps(start())
            nothing = await a.done(await a.say({"type": "undo"}))
            assert nothing["problem"]["detail"] == "there is nothing to undo"
            for _ in range(edits):
                assert "kept" not in await a.done(await a.say({"type": "redo"}))
            assert json.dumps(a.document) == after
            assert (await a.done(await a.say({"type": "redo"})))["type"] == "refused"

    edits, after = asyncio.run(edit())
    assert edits > 20
    asyncio.run(undo_and_redo())


@in_loop
async def test_undo_is_each_clients_own(tmp_path: Path) -> None:
    async with opened(tmp_path) as (_, join):
        a, b = await join("a"), await join("b")
        await a.done(await a.do(value(1)))
        await b.done(await b.do(value(2, "n3", "plus")))
        await a.done(await a.do({"op": "move", "positions": {"n0": [9, 9], "n2": [9, 9]}}))
        await b.done(await b.do({"op": "move", "positions": {"n2": [8, 8]}}))
        said = await a.done(await a.say({"type": "undo"}))
        assert said["kept"] == ["ui.positions.n2"]
        await a.done(await a.say({"type": "undo"}))
        assert a.document["nodes"]["n0"] == start()["nodes"]["n0"]
        assert a.document["ui"]["positions"] == {"n0": [0, 0], "n2": [8, 8]}
        assert a.document["nodes"]["n3"]["inputs"]["plus"] == 2
        await a.done(await a.say({"type": "redo"}))
        await a.done(await a.do(value(7)))
        assert (await a.done(await a.say({"type": "redo"})))["type"] == "refused", "a new edit ends the way forward"


@in_loop
async def test_presence_is_told_and_forgotten(tmp_path: Path) -> None:
    async with opened(tmp_path) as (_, join):
        a, b = await join("a"), await join("b")
        for n in range(500):
            await a.socket.send_str(json.dumps({"type": "presence", "data": {"cursor": [n, n]}}))
        await b.until(lambda: b.presence.get("a") == {"cursor": [499, 499]})
        late = await join("c")
        await late.until(lambda: late.presence.get("a") == {"cursor": [499, 499]})
        await a.socket.send_str(json.dumps({"type": "presence", "data": {"x": "y" * 5000}}))
        await a.until(lambda: None in a.refused)
        await a.drop()
        await b.until(lambda: b.presence["a"] is None)
        assert b.revision == 1, "presence is no edit"


@in_loop
async def test_a_slow_client_is_told_to_catch_up_and_delays_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MOST_ENTRIES", 50)
    async with opened(tmp_path) as (_, join):
        a = await join("a")
        slow = await join("slow")
        transport = slow.socket._response.connection.transport
        transport.pause_reading()
        for n in range(5):  # more than the buffers of the sockets hold
            await a.done(await a.do(value("x" * 900_000 + str(n))))
        for n in range(300):
            await a.do(value(n))
        await a.until(lambda: not a.pending)
        transport.resume_reading()
        await slow.until(lambda: slow.revision == a.revision)
        assert any(one["type"] == "behind" for one in slow.heard)
        assert slow.document == a.document


def test_a_client_that_does_not_read_its_answers_is_let_go() -> None:
    one = Connection("a")
    for _ in range(connection.MOST_ANSWERS + 1):
        one.say({"type": "ack"})
    assert one.closed


@in_loop
async def test_an_edit_that_cannot_be_stored_is_refused_and_shown_to_nobody(tmp_path: Path) -> None:
    async with opened(tmp_path) as (client, join):
        a, b = await join("a"), await join("b")
        await a.done(await a.do(value(1)))
        hub = client.app[HUB]
        column = "INSERT INTO document_log SELECT name, 3, 'x', 'x', 'edit', 0, '[]', '[]' FROM documents"
        await hub.database.ask(lambda c: c.execute(sql(column)) and None)  # as if another server had been here
        await hub.database.ask(lambda c: c.execute(sql("UPDATE documents SET revision = 3")) and None)
        refused = await a.done(await a.do(value(2)))
        assert (refused["type"], refused["problem"]["status"]) == ("refused", 503)
        again = await a.done(await a.do(value(3)))
        assert again["revision"] == 4
        await b.until(lambda: b.revision == 4)
        assert b.document["nodes"]["n0"]["inputs"]["value"] == 3


# Frames that are none.

BAD = [
    "", "{", "null", "[]", "1", '"x"', "{}", '{"type": 1}', '{"type": "no"}', '{"type": "ops"}', '{"type": "undo"}',
    '{"type": "ops", "id": "x"}', '{"type": "ops", "id": 7, "operations": []}',
    '{"type": "ops", "id": "x", "operations": [[]]}',
    '{"type": "ops", "id": "x", "operations": [{"op": "set_input", "node": "n0", "input": "value", "value": NaN}]}',
    '{"type": "ops", "id": "x", "operations": [{"op": "move", "positions": {"n0": [1e999, 0]}}]}',
    '{"type": "ops", "id": "x", "operations": [{"op": "set_input", "node": "n0", "input": "value", "value": '
    + "[" * 95 + "]" * 95 + "}]}",
    "[" * 100_000, '{"a":' * 50_000, '{"type": "hello", "after": -1}', '{"type": "hello", "after": "x"}', "9" * 5000,
    '{"type": "presence", "data": 1}', '{"type": "hello", "type": "hello"}',
    '{"type": "ops", "id": "\\ud800", "operations": []}',
    '{"type": "ops", "id": "' + "x" * 100 + '", "operations": []}', "\u0000", '{"type": "undo", "id": null}',
    '{"type": "ops", "id": "x", "operations": [{"op": "replace", "document": {"nodes": 7}}]}',
    '{"type": "ops", "id": "x", "operations": [{"op": "replace", "document": {"ui": {"groups": {}}}}]}',
]  # fmt: skip


@in_loop
async def test_frames_that_make_no_sense_are_refused_and_end_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as (client, join):
        a, b = await join("a"), await join("b")
        for number, text in enumerate(BAD):
            await b.socket.send_str(text)
            await b.until(lambda number=number: sum(m["type"] == "refused" for m in b.heard) == number + 1)
            refused = [m for m in b.heard if m["type"] == "refused"][-1]
            assert refused["problem"]["status"] in (400, 409, 413, 422), (text[:100], refused)
        await b.socket.send_bytes(b"\x00\xff")
        await b.until(lambda: sum(m["type"] == "refused" for m in b.heard) == len(BAD) + 1)
        rng = random.Random(0)
        valid = json.dumps({"type": "ops", "id": "f", "operations": [value(1), {"op": "remove_node", "node": "n9"}]})
        for _ in range(200):
            cut = list(valid)
            for _ in range(rng.randint(1, 4)):
                cut[rng.randrange(len(cut))] = rng.choice('{}[]",:0n\x01é')
            await b.socket.send_str("".join(cut))
        await b.done(await b.do(value(8)))
        huge = await Editor(client.session, a.url, "huge").connect()
        with contextlib.suppress(ConnectionError):
            await huge.socket.send_str('"' + "x" * (9 << 20) + '"')
        await huge.until(lambda: huge.socket.closed)
        reader, writer = await asyncio.open_connection("127.0.0.1", int(client.url.rpartition(":")[2]))
        head = (
            f"GET {ROOT}/d/live HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nConnection: Upgrade\r\n"
        )
        writer.write(
            f"{head}Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {'A' * 22}==\r\n\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")
        writer.write(rng.randbytes(5000))  # no frames at all
        writer.close()
        await a.done(await a.do(value(9)))
        await b.until(lambda: b.revision == a.revision)
        assert a.document == b.document == await client.get(f"{ROOT}/d")


@in_loop
async def test_who_cannot_join_is_told_why(tmp_path: Path) -> None:
    async with opened(tmp_path) as (client, _):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        for path, status in (("none/live", 404), ("d/live?client=a b", 400), ("d/live?after=x", 400)):
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                await client.session.ws_connect(f"{client.url}{ROOT}/{path}", headers=headers)
            assert caught.value.status == status
        assert (await client.ask("GET", f"{ROOT}/d/live"))[0] == 426


@in_loop
async def test_an_undo_follows_a_rename_by_somebody_else(tmp_path: Path) -> None:
    async with opened(tmp_path) as (client, join):
        a, b = await join("a"), await join("b")
        await a.done(await a.do(value(5)))
        await b.done(await b.do({"op": "rename_node", "node": "n0", "to": "x"}))
        undone = await a.done(await a.say({"type": "undo"}))
        assert (undone["type"], "kept" in undone) == ("ack", False)
        await a.until(lambda: a.revision == 4)
        assert a.document["nodes"]["x"]["inputs"] == {"value": 2}
        assert "n0" not in a.document["nodes"]
        await b.done(await b.do({"op": "rename_node", "node": "x", "to": "y"}))
        await a.done(await a.say({"type": "redo"}))
        await a.until(lambda: a.revision == 6)
        assert a.document["nodes"]["y"]["inputs"] == {"value": 5}
        assert (await client.get(f"{ROOT}/d")) == a.document
