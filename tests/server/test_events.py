"""Events: numbered, whole after a dropped connection, the same for every client."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp

from tests.engine.kit import doc, link
from tests.server.kit import TOKEN, Client, in_loop, served


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
        got = [json.loads((await socket.receive(10)).data) for _ in range(count)]
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
