"""The steps of a run's loops over HTTP: which came from the cache, how long the others took, and their pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.engine.kit import doc, inside, link, loop
from tests.server.kit import Client, in_loop, served

PNG = b"\x89PNG\r\n\x1a\n"


def walking(count: int = 3, by: float = 1.0) -> dict[str, Any]:
    """A loop that walks from 0, and shows where it aims."""
    return doc(
        start=("t.make@1", {"value": 0.0}),
        way=loop(list(range(count)), at=(link("start"), link("next"))),
        next=inside("way", "t.walk@1", {"a": link("way.at"), "by": by}),
        save=("t.file@1", {"a": link("way.at")}),
    )


async def steps(client: Client, run: str, query: str = "loop=way") -> Any:
    """The steps of a run's loop."""
    return await client.get(f"/api/v1/runs/{run}/steps?{query}")


async def pictures(client: Client, listed: Any, name: str) -> list[bytes]:
    """The pictures of all steps."""
    found = []
    for step in listed["steps"]:
        status, body, _ = await client.ask("GET", step["pictures"][name])
        assert status == 200, body
        found.append(body.removeprefix(PNG))
    return found


@in_loop
async def test_the_steps_of_a_run_and_their_pictures(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        run = (await client.ended(await client.begin(walking())))["id"]
        listed = await steps(client, run)
        assert (listed["turns"], listed["path"]) == (1, [])
        assert listed["sights"] == [{"name": "at", "label": "thing"}, {"name": "aim", "label": "aim ×10"}]
        assert [(step["index"], step["cached"]) for step in listed["steps"]] == [(0, False), (1, False), (2, False)]
        assert all(step["seconds"] >= 0 for step in listed["steps"])
        assert await pictures(client, listed, "at") == [b"1", b"2", b"3"]
        assert await pictures(client, listed, "aim") == [b"10", b"11", b"12"]


@in_loop
async def test_steps_from_the_cache_say_so_and_have_the_same_pictures_after_a_restart(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        run = (await client.ended(await client.begin(walking())))["id"]
        first = await steps(client, run)
    async with served(tmp_path) as client:
        again = (await client.ended(await client.begin(walking())))["id"]
        longer = (await client.ended(await client.begin(walking(5))))["id"]
        whole, more = await steps(client, again), await steps(client, longer)
        assert [(step["cached"], step["seconds"]) for step in whole["steps"]] == [(True, None)] * 3
        assert [step["cached"] for step in more["steps"]] == [True, True, True, False, False]
        assert await pictures(client, await steps(client, run), "aim") == [b"10", b"11", b"12"]
        assert await pictures(client, whole, "aim") == [b"10", b"11", b"12"]
        for name in ("at", "aim"):
            keys = [[key_in(step["pictures"][name]) for step in one["steps"][:3]] for one in (first, whole, more)]
            assert keys[0] == keys[1] == keys[2]


def key_in(address: str) -> str:
    """The key of a picture, of its address."""
    return address.rpartition("/")[2].partition("?")[0]


@in_loop
async def test_a_picture_is_sent_once(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        run = (await client.ended(await client.begin(walking())))["id"]
        address = (await steps(client, run))["steps"][0]["pictures"]["at"]
        _, _, headers = await client.ask("GET", address)
        assert headers["ETag"] == f'"{key_in(address)}"'
        assert headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert headers["Content-Type"] == "image/png"
        status, body, _ = await client.ask("GET", address, headers={"If-None-Match": headers["ETag"]})
        assert (status, body) == (304, b"")


@in_loop
async def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        run = (await client.ended(await client.begin(walking())))["id"]
        other = (await client.ended(await client.begin(walking(by=2.0))))["id"]
        address = (await steps(client, run))["steps"][0]["pictures"]["at"]
        for path, status in (
            (f"/api/v1/runs/{run}/steps?loop=none", 404),
            (f"/api/v1/runs/{run}/steps?loop=next", 404),
            (f"/api/v1/runs/{run}/steps", 400),
            (f"/api/v1/runs/{run}/steps?loop=way&turn=x", 400),
            ("/api/v1/runs/none/steps?loop=way", 404),
            (address.replace(run, other), 404),  # a key of another run
            (address.replace(key_in(address), "0" * 64), 404),
            (address.replace(key_in(address), "not-a-key"), 404),
        ):
            got, body, _ = await client.ask("GET", path)
            assert got == status, (path, got, body)
        assert (await steps(client, run, "loop=way&turn=7"))["steps"] == []


@in_loop
async def test_a_run_that_failed_shows_the_steps_that_it_came_to(tmp_path: Path) -> None:
    document = walking()
    document["nodes"]["end"] = {"type": "t.fail@1", "inputs": {"a": link("way.at")}}
    document["nodes"]["save"]["inputs"]["a"] = link("end")
    async with served(tmp_path) as client:
        shown = await client.ended(await client.begin(document))
        assert shown["status"] == "failed"
        listed = await steps(client, shown["id"])
        assert [step["cached"] for step in listed["steps"]] == [False, False, False]
        assert await pictures(client, listed, "at") == [b"1", b"2", b"3"]


@in_loop
async def test_while_a_run_goes_on_its_steps_are_those_of_the_turn_that_it_is_at(tmp_path: Path) -> None:
    document = doc(  # three turns of many steps, each of which takes a while
        start=("t.make@1", {"value": 0.0}),
        days=loop([0, 1, 2], at=(link("start"), link("way.at"))),
        way={**loop(list(range(300)), at=(link("days.at"), link("next"))), "in": "days"},
        rest=inside("way", "serve.hold@1", {"a": link("way.at"), "seconds": 0.05}),
        next=inside("way", "t.walk@1", {"a": link("rest")}),
        save=("t.file@1", {"a": link("days.at")}),
    )
    async with served(tmp_path) as client:
        run = await client.begin(document)
        async with client.follow(run) as socket:
            done = 0
            async for message in socket:
                done += message.json()["event"] == "StepDone" and message.json()["frame"] == "way"
                if done == 2:
                    break
        listed = await steps(client, run)
        assert (listed["turns"], listed["path"]) == (3, [["days", 0]])
        assert [step["cached"] for step in listed["steps"]][:2] == [False, False]
        assert await pictures(client, {"steps": listed["steps"][:2]}, "at") == [b"1", b"2"]
        assert await pictures(client, {"steps": listed["steps"][:2]}, "aim") == [b"10", b"11"]
        last = await steps(client, run, "loop=way&turn=-1")
        assert (last["path"], {step["cached"] for step in last["steps"]}) == ([["days", 2]], {None})
        for address in last["steps"][0]["pictures"].values():
            assert (await client.ask("GET", address))[0] == 404  # not yet
        assert (await client.get(f"/api/v1/runs/{run}"))["status"] == "running"

        await client.ask("POST", f"/api/v1/runs/{run}/cancel", {})
        assert (await client.ended(run))["status"] == "cancelled"
        ended = await steps(client, run)
        assert (ended["path"], {step["pictures"]["at"] for step in ended["steps"]}) == ([["days", 2]], {None})


@in_loop
async def test_a_run_that_cannot_be_planned_any_more_has_no_steps_to_see(tmp_path: Path) -> None:
    number = tmp_path / "number"
    number.write_text("0")
    async with served(tmp_path) as client:
        document = walking()
        document["nodes"]["value"] = {"type": "serve.read@1", "inputs": {"file": str(number)}}
        document["nodes"]["start"]["inputs"]["value"] = link("value")
        run = (await client.ended(await client.begin(document)))["id"]
        address = (await steps(client, run))["steps"][0]["pictures"]["at"]
        number.unlink()
        assert await steps(client, run) == {"turns": 0, "path": [], "sights": [], "steps": []}
        assert (await client.ask("GET", address.replace(key_in(address), "0" * 64)))[0] == 404
