"""Events: numbered, whole after a dropped connection, the same for every client."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import aiohttp
from PIL import Image

from engine.registry import Registry
from tests.engine.kit import doc, link
from tests.server.kit import TOKEN, Client, in_loop, registry, served


def steps(count: int, seconds: float) -> dict[str, Any]:
    """A run with a frame of steps that take a while."""
    made = doc(
        zero=("t.make@1", {"value": 0.0}),
        list=("t.upto@1", {"n": count}),
        loop={"type": "flow.loop@1", "inputs": {"over": link("list")}},
        held={"type": "serve.hold@1", "in": "loop", "inputs": {"a": link("loop.x"), "seconds": seconds}},
        more={"type": "t.inc@1", "in": "loop", "inputs": {"a": link("held")}},
        save=("serve.file@1", {"a": link("loop.x"), "text": "end"}),
    )
    made["nodes"]["loop"]["carry"] = {"x": {"first": link("zero"), "next": link("more")}}
    return made


async def some(client: Client, run: str, after: int, count: int) -> list[dict[str, Any]]:
    """The next events, then the connection is torn without a farewell."""
    async with client.follow(run, after) as socket:
        got = [json.loads((await socket.receive(60)).data) for _ in range(count)]
        socket._response.close()  # the connection is torn: no farewell is said
    return got


@in_loop
async def test_a_client_that_lost_its_connection_misses_nothing(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        run = await client.begin(steps(20, 0.02))
        got: list[dict[str, Any]] = []
        for count in (2, 1, 5, 3):
            got += await some(client, run, got[-1]["number"] if got else 0, count)
            await asyncio.sleep(0.03)
        got += await client.events(run, got[-1]["number"])
        assert [e["number"] for e in got] == list(range(1, len(got) + 1))
        assert sum(e["event"] == "StepDone" for e in got) == 20
        assert got[-1]["event"] == "RunDone"
        assert got == (await client.get(f"/api/v1/runs/{run}/events"))["events"]
        assert (await client.get(f"/api/v1/runs/{run}"))["steps_done"] == 20


@in_loop
async def test_clients_see_the_same_events_also_one_that_comes_late(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        run = await client.begin(steps(10, 0.01))
        early = [asyncio.create_task(client.events(run)) for _ in range(3)]
        seen = [await task for task in early]
        late = await client.events(run)
        assert all(events == late for events in seen)
        assert await client.events(run, late[-1]["number"]) == []
        assert (await client.get(f"/api/v1/runs/{run}/events?after={late[-3]['number']}"))["events"] == late[-2:]


@in_loop
async def test_two_clients_with_two_runs_hear_of_their_own(tmp_path: Path) -> None:
    async with served(tmp_path) as client, aiohttp.ClientSession() as session:
        other = Client(client.url, session, tmp_path)
        mine, theirs = await client.begin(steps(5, 0.01)), await other.begin(steps(6, 0.01))
        heard, overheard = await asyncio.gather(client.events(mine), other.events(theirs))
        assert {e["run"] for e in heard} == {mine}
        assert {e["run"] for e in overheard} == {theirs}
        assert heard[-1]["status"] == overheard[-1]["status"] == "done"


@in_loop
async def test_a_browser_shows_its_token_as_a_subprotocol(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        run = await client.begin(steps(1, 0.0))
        offers = ("loom", f"bearer.{TOKEN}")
        own = {"Origin": client.url}
        async with client.session.ws_connect(
            f"{client.url}/api/v1/runs/{run}/events", protocols=offers, headers=own
        ) as s:
            assert s.protocol == "loom"  # the token is not said back
            assert [json.loads(m.data)["event"] async for m in s][-1] == "RunDone"


@in_loop
async def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        run = await client.begin(steps(1, 0.0))
        for after in ("x", "-1", "1.5", "99999999999999999999", "%C2%B2", ""):
            status, body, _ = await client.ask("GET", f"/api/v1/runs/{run}/events?after={after}")
            assert (status, "after" in body["detail"]) == (400, True), after
        assert (await client.ask("GET", "/api/v1/runs/none/events"))[0] == 404


@in_loop
async def test_all_runs_are_one_stream_that_is_resumed_by_its_number(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        runs = [await client.begin(steps(3, 0.01)) for _ in range(3)]
        got: list[dict[str, Any]] = []
        while sum(e["event"] == "RunDone" for e in got) < 3:  # the connection is torn after every few events
            async with client.follow(None, got[-1]["id"] if got else 0) as socket:
                got += [json.loads((await socket.receive(60)).data) for _ in range(3 if len(got) < 20 else 1)]
                socket._response.close()
        assert [e["id"] for e in got] == list(range(1, len(got) + 1))
        assert {e["run"] for e in got} == set(runs)
        page = await client.get(f"/api/v1/events?after={got[4]['id']}")
        assert page["events"] == got[5:]
        assert page["last"] == got[-1]["id"]
    async with served(tmp_path) as client:  # the numbers go on after a restart
        assert (await client.get("/api/v1/events"))["events"] == got
        await client.ended(await client.begin(steps(1, 0.0)))
        after = (await client.get(f"/api/v1/events?after={got[-1]['id']}"))["events"]
        assert after[0]["id"] == got[-1]["id"] + 1


@in_loop
async def test_server_sent_events_are_the_same_and_resume_by_their_last_id(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        run = await client.begin(steps(5, 0.01))
        whole = await client.events(run)
        headers = {"Authorization": f"Bearer {TOKEN}", "Accept": "text/event-stream", "Last-Event-ID": "2"}
        async with client.session.get(f"{client.url}/api/v1/runs/{run}/events", headers=headers) as response:
            assert response.content_type == "text/event-stream"
            text = await response.text()
        parts = [part.split("\n") for part in text.strip().split("\n\n")]
        assert [json.loads(data.removeprefix("data: ")) for _, data in parts] == whole[2:]
        assert [name for name, _ in parts] == [f"id: {e['number']}" for e in whole[2:]]


@in_loop
async def test_a_client_that_does_not_read_delays_nobody(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        async with client.follow(None, receive_timeout=None) as idle:
            idle._response.connection.transport.pause_reading()  # type: ignore[union-attr]
            for _ in range(3):
                run = await client.begin(steps(100, 0.0), set={"zero.value": float(_)})
                await asyncio.wait_for(client.events(run), 20)
            idle._response.close()
        assert (await client.get("/api/v1/health"))["status"] == "ok"


@in_loop
async def test_previews_are_pictures_with_a_header_and_only_for_who_asks(tmp_path: Path) -> None:
    (tmp_path / "nodes").mkdir()
    (tmp_path / "nodes" / "latent.py").write_text(
        "from __future__ import annotations\nimport time\nfrom dataclasses import dataclass\n"
        "from engine.lazy import lazy\nfrom engine.node import node\ntorch = lazy('torch')\n\n\n"
        "@dataclass(frozen=True)\nclass Latent:\n    value: torch.Tensor\n\n\n"
        "@node('my.zero')\ndef zero() -> Latent:\n    '''Nothing.'''\n    return Latent(torch.zeros(1, 4, 8, 8))\n\n\n"
        "@node('my.more')\ndef more(a: Latent) -> Latent:\n    '''More.'''\n    time.sleep(0.05)\n"
        "    return Latent(a.value + torch.arange(8.0))\n\n\n"
        "@node('my.mean')\ndef mean(a: Latent) -> float:\n    '''Its mean.'''\n    return float(a.value.mean())\n"
    )
    nodes: dict[str, Any] = {
        "zero": {"type": "my.zero@1"},
        "list": {"type": "t.upto@1", "inputs": {"n": 20}},
        "loop": {"type": "flow.loop@1", "inputs": {"over": link("list")}},
        "more": {"type": "my.more@1", "in": "loop", "inputs": {"a": link("loop.x")}},
        "mean": {"type": "my.mean@1", "inputs": {"a": link("loop.x")}},
    }
    nodes["loop"]["carry"] = {"x": {"first": link("zero"), "next": link("more")}}

    def types() -> Registry:
        made = registry()
        made.add_file(tmp_path / "nodes" / "latent.py")
        return made

    async with served(tmp_path, types) as client:
        run = await client.begin({"format": 1, "nodes": nodes})
        pictures, texts = [], []
        headers = {"Authorization": f"Bearer {TOKEN}"}
        path = f"{client.url}/api/v1/runs/{run}/events?previews=true"
        async with client.session.ws_connect(path, headers=headers) as socket:
            async for message in socket:
                (pictures if message.type == aiohttp.WSMsgType.BINARY else texts).append(message.data)
        assert sum(json.loads(text)["event"] == "StepDone" for text in texts) == 20
        assert 1 <= len(pictures) <= 20
        size = int.from_bytes(pictures[0][:4], "big")
        header = json.loads(pictures[0][4 : 4 + size])
        assert (header["run"], header["node"], header["mime"]) == (run, "loop", "image/png")
        assert Image.open(io.BytesIO(pictures[0][4 + size :])).size == (64, 64)
