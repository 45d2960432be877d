"""The queue: nothing runs twice for nothing, everybody gets a share, what is asked again is answered the same."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from server.queue import queue
from tests.engine.kit import doc, inside, link, loop
from tests.server.kit import Client, in_loop, served
from tests.server.test_runs import SUM, slow, until

TRIVIAL = doc(a=("t.make@1", {"value": 1.0}), save=("serve.value@1", {"a": link("a")})) | {"name": "trivial"}
DIFFUSION = doc(
    text=("t.note@1", {"text": "A red circle"}),
    encoder=("t.read@1", {"note": link("text")}),
    noise=("t.make@1", {"value": 1.0}),
    steps=("t.upto@1", {"n": 4}),
    sample=loop(link("steps"), state=(link("noise"), link("step"))),
    cfg=inside("sample", "t.mix@1", {"low": link("encoder"), "high": link("sample.state"), "scale": 3.0}),
    step=inside("sample", "t.inc@1", {"a": link("cfg")}),
    save=("serve.value@1", {"a": link("sample.state")}),
)


async def post(client: Client, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """Status and body of an answer."""
    status, said, _ = await client.ask("POST", f"/api/v1/{path}", body if body is not None else {}, headers=headers)
    return status, said


async def all_ended(client: Client, runs: list[str]) -> list[dict[str, Any]]:
    """The runs, once all have ended."""
    return [await client.ended(run) for run in runs]


async def order_of(client: Client) -> list[str]:
    """The runs in the order in which they began."""
    found = []
    async with client.follow(None) as socket:
        while True:
            try:
                event = json.loads((await socket.receive(0.5)).data)
            except TimeoutError:
                return found
            if event["event"] == "RunStarted":
                found.append(event["run"])


@in_loop
async def test_a_sweep_runs_what_its_runs_share_once(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        sweep = {"cfg.scale": [3, 5, 7], "noise.value": [1, 2, 3]}
        status, made = await post(client, "runs", {"workflow": DIFFUSION, "sweep": sweep})
        assert (status, len(made["runs"])) == (201, 9)
        shown = await all_ended(client, made["runs"])
        assert {one["status"] for one in shown} == {"done"}
        assert {json.dumps(one["set"], sort_keys=True) for one in shown} == {
            json.dumps({"cfg.scale": s, "noise.value": v}) for s in (3, 5, 7) for v in (1, 2, 3)
        }
        ran = Counter(name for one in shown for name, node in one["nodes"].items() if node["status"] == "ran")
        assert (ran["text"], ran["encoder"], ran["noise"]) == (1, 1, 3)  # the least that is possible
        assert sum(one["steps_done"] for one in shown) == 9 * 4
        assert len((await client.get(f"/api/v1/runs?batch={made['batch']}"))["runs"]) == 9

        zipped = {"workflow": DIFFUSION, "mode": "zip", "sweep": {"cfg.scale": [3, 9], "noise.value": [1, 1]}}
        _, made = await post(client, "runs", zipped)
        assert [one["steps_done"] for one in await all_ended(client, made["runs"])] == [0, 4]  # one was there


@in_loop
async def test_inputs_that_more_depends_on_vary_more_slowly(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        await post(client, "queue/pause")
        sweep = {"cfg.scale": [3, 5], "noise.value": [1, 2], "text.text": ["a", "b"]}
        _, made = await post(client, "runs", {"workflow": DIFFUSION, "sweep": sweep})
        sets = [(await client.get(f"/api/v1/runs/{run}"))["set"] for run in made["runs"]]
        assert [one["text.text"] for one in sets] == ["a"] * 4 + ["b"] * 4
        assert [one["noise.value"] for one in sets] == [1, 1, 2, 2] * 2
        assert (await client.get("/api/v1/queue"))["order"] == made["runs"]
        await post(client, f"batches/{made['batch']}/cancel")
        assert {(await client.get(f"/api/v1/runs/{run}"))["status"] for run in made["runs"]} == {"cancelled"}


@in_loop
async def test_a_random_seed_is_drawn_once_and_a_retry_has_the_same(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        sets = [{"a.value": 1.0}, {"a.value": 2.0}]
        _, made = await post(client, "runs", {"workflow": TRIVIAL, "sets": sets, "set": {"a.value": 5.0}})
        shown = await all_ended(client, made["runs"])
        assert [one["set"] for one in shown] == sets
        status, again = await post(client, f"runs/{made['runs'][1]}/retry")
        assert (status, again["retry_of"]) == (201, made["runs"][1])
        ended = await client.ended(again["id"])
        assert (ended["set"], ended["artifacts"][0]["digest"]) == (sets[1], shown[1]["artifacts"][0]["digest"])
        running = await client.begin(slow(1.0))
        assert (await post(client, f"runs/{running}/retry"))[0] == 409


@in_loop
async def test_the_same_key_and_request_give_the_same_run(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        asked = {"workflow": TRIVIAL, "key": "mine"}
        answers = await asyncio.gather(*(post(client, "runs", asked) for _ in range(10)))
        assert sorted(status for status, _ in answers) == [200] * 9 + [201]
        assert len({made["id"] for _, made in answers}) == 1
        header = {"Idempotency-Key": "mine"}
        assert (await post(client, "runs", {"workflow": TRIVIAL}, **header))[0] == 200
        assert (await post(client, "runs", {"workflow": SUM}, **header))[0] == 409
        assert (await post(client, "runs", {"workflow": SUM}, **header, **{"X-Client": "other"}))[0] == 201
        batch = {"workflow": TRIVIAL, "sets": [{}, {"a.value": 2}], "key": "batch"}
        _, first = await post(client, "runs", batch)
        _, second = await post(client, "runs", batch)
        assert (first["runs"], len(first["runs"])) == (second["runs"], 2)
        assert len((await client.get("/api/v1/runs"))["runs"]) == 4


@in_loop
async def test_clients_take_turns_and_priority_goes_first(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        await post(client, "queue/pause")

        async def submit(who: str, value: float, priority: int = 0) -> str:
            asked = {"workflow": TRIVIAL, "set": {"a.value": value}, "priority": priority}
            return str((await post(client, "runs", asked, **{"X-Client": who}))[1]["id"])

        many = [await submit("ann", i) for i in range(6)]
        few = [await submit("bob", 10 + i) for i in range(2)]
        urgent = await submit("cid", 20, priority=5)
        expected = [urgent, many[0], few[0], many[1], few[1], *many[2:]]
        assert (await client.get("/api/v1/queue"))["order"] == expected

        assert (await post(client, f"runs/{many[5]}/move", {"before": many[2]}))[0] == 200
        assert (await post(client, f"runs/{many[0]}/move", {"after": many[4]}))[0] == 200
        moved = [urgent, many[1], few[0], many[5], few[1], many[2], many[3], many[4], many[0]]
        assert (await client.get("/api/v1/queue"))["order"] == moved
        for bad in ({}, {"before": many[0], "after": many[1]}, {"to": 1}):
            assert (await post(client, f"runs/{many[0]}/move", bad))[0] == 400
        assert (await post(client, f"runs/{many[0]}/move", {"before": "nobody"}))[0] == 404
        await post(client, "queue/resume")
        await all_ended(client, moved)
        assert await order_of(client) == moved
        assert (await post(client, "runs", {"workflow": TRIVIAL}, **{"X-Client": "no name"}))[0] == 400


@in_loop
async def test_a_paused_queue_begins_nothing_and_stays_paused_over_a_restart(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        assert (await post(client, "queue/pause"))[1]["paused"]
        run = await client.begin(TRIVIAL)
        await asyncio.sleep(0.1)
        assert (await client.get(f"/api/v1/runs/{run}"))["status"] == "queued"
    async with served(tmp_path) as client:
        state = await client.get("/api/v1/queue")
        assert (state["paused"], state["order"], state["running"]) == (True, [run], [])
        await post(client, "queue/resume")
        assert (await client.ended(run))["status"] == "done"
    async with served(tmp_path) as client:
        assert not (await client.get("/api/v1/queue"))["paused"]
        numbers = [event["number"] for event in await client.events(run)]
        assert numbers == list(range(1, len(numbers) + 1))


@in_loop
async def test_a_node_that_hears_nothing_is_stopped_with_its_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "GRACE", 0.3)
    async with served(tmp_path) as client:
        deaf = doc(a=("t.make@1", {}), held=("serve.deaf@1", {"a": link("a")}), s=("t.score@1", {"a": link("held")}))
        run = await client.begin(deaf)
        other = await client.begin(TRIVIAL)
        await until(client, run, "running")
        while (await client.get(f"/api/v1/runs/{run}"))["nodes"].get("held") != {"status": "running"}:
            await asyncio.sleep(0.02)
        await post(client, f"runs/{run}/cancel")
        assert (await client.ended(run))["status"] == "cancelled"
        assert (await client.ended(other))["status"] == "done"


@in_loop
async def test_a_run_whose_worker_dies_again_and_again_fails_and_says_where(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        dying = doc(a=("t.make@1", {}), bad=("serve.die@1", {"a": link("a")}), s=("t.score@1", {"a": link("bad")}))
        run = await client.begin(dying)
        shown = await client.ended(run)
        assert shown["status"] == "failed"
        assert "died 3 times at bad" in shown["error"]
        assert "signal 9" in shown["error"]
        deaths = [e["deaths"] for e in await client.events(run) if e["event"] == "WorkerRestarted"]
        assert deaths == [1, 2, 3] or deaths[-3:] == [1, 2, 3]
        assert (await client.ended(await client.begin(TRIVIAL)))["status"] == "done"


@in_loop
async def test_runs_are_listed_in_pages_and_by_what_they_are(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        runs = [await client.begin(TRIVIAL, set={"a.value": i}) for i in range(5)]
        await all_ended(client, runs)
        found, before = [], ""
        while True:
            page = await client.get(f"/api/v1/runs?limit=2{before}")
            found += [one["id"] for one in page["runs"]]
            if page["next"] is None:
                break
            before = f"&before={page['next']}"
        assert found == runs[::-1]
        done = (await client.get("/api/v1/runs?status=done&name=trivial"))["runs"]
        assert all(len(one["artifacts"]) == 1 for one in done)
        assert (await client.get("/api/v1/runs?status=failed"))["runs"] == []
        assert (await client.get(f"/api/v1/runs/{runs[0]}/workflow"))["name"] == "trivial"
        assert (await client.ask("GET", "/api/v1/runs?status=odd"))[0] == 400
        (tmp_path / "workflows").mkdir(exist_ok=True)
        (tmp_path / "workflows" / "kept.json").write_text(json.dumps(TRIVIAL))
        assert (await post(client, "runs", {"workflow": "kept"}))[1]["name"] == "trivial"


@in_loop
async def test_the_time_that_a_run_takes_is_known_from_the_last_ones(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        await client.ended(await client.begin(slow(1.0, 0.3)))
        run = await client.begin(slow(2.0, 0.3))
        (started,) = [event for event in await client.events(run) if event["event"] == "RunStarted"]
        assert 0.2 < started["eta"] < 3


@in_loop
async def test_two_devices_work_off_one_queue(tmp_path: Path) -> None:
    async with served(tmp_path, workers=2) as client:
        long = await client.begin(slow(1.0))
        short = [await client.begin(TRIVIAL, set={"a.value": i}) for i in range(4)]
        assert {one["status"] for one in await all_ended(client, short)} == {"done"}
        assert (await client.get("/api/v1/queue"))["running"] == [long]
        await post(client, f"runs/{long}/cancel")
        assert (await client.ended(long))["status"] == "cancelled"
