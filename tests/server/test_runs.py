"""Runs over HTTP: what is begun ends, what is asked is answered, what is cancelled stops — and only that."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

from PIL import Image

from tests.engine.kit import doc, link
from tests.server.kit import Client, in_loop, served

SUM = doc(a=("t.make@1", {"value": 2.0}), b=("t.inc@1", {"a": link("a"), "by": 3.0}), s=("t.score@1", {"a": link("b")}))
FILE = doc(a=("t.make@1", {"value": 1.0}), save=("serve.file@1", {"a": link("a"), "text": "words"})) | {"name": "mine"}


def slow(value: float, seconds: float = 30.0) -> dict[str, Any]:
    """A run that lasts."""
    return doc(
        a=("t.make@1", {"value": value}),
        held=("serve.hold@1", {"a": link("a"), "seconds": seconds}),
        save=("serve.file@1", {"a": link("held"), "text": "late"}),
    )


async def until(client: Client, run: str, status: str) -> None:
    """Wait until a run is in a state."""
    async with asyncio.timeout(60):
        while (await client.get(f"/api/v1/runs/{run}"))["status"] != status:
            await asyncio.sleep(0.01)


@in_loop
async def test_a_run_is_begun_watched_and_looked_at(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        run = await client.begin(FILE)
        events = await client.events(run)
        assert [e["number"] for e in events] == list(range(1, len(events) + 1))
        assert [e["event"] for e in events[:2]] == ["RunQueued", "RunStarted"]
        assert (events[-1]["event"], events[-1]["status"]) == ("RunDone", "done")
        assert (await client.get(f"/api/v1/runs/{run}/events"))["events"] == events

        shown = await client.get(f"/api/v1/runs/{run}")
        assert (shown["status"], shown["name"], shown["last"]) == ("done", "mine", len(events))
        assert shown["nodes"]["a"].pop("seconds") >= 0
        assert shown["nodes"]["a"] == {"status": "ran", "steps_run": 1, "steps_cached": 0, "calls": 1}
        (made,) = shown["artifacts"]
        assert made["name"] == "mine-0001.txt"
        assert (tmp_path / "output" / "mine-0001.txt").read_bytes() == b"words"
        assert str(tmp_path) not in str(events) + str(shown)  # no path of the machine leaves it
        assert [r["id"] for r in (await client.get("/api/v1/runs"))["runs"]] == [run]

        again = await client.ended(await client.begin(FILE))
        assert again["nodes"]["a"]["status"] == "cached"


@in_loop
async def test_inputs_are_set_and_targets_chosen(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        run = await client.begin(SUM, set={"b.by": 40.0}, targets=["s"])
        (scored,) = [e for e in await client.events(run) if e["event"] == "NodeDone" and e["node"] == "s"]
        assert scored["outputs"][0]["text"] == "42.0"


@in_loop
async def test_plan_and_why_say_what_a_run_would_do(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        asked = {"workflow": SUM, "targets": ["s"]}
        _, before, _ = await client.ask("POST", "/api/v1/plan", asked)
        assert {n: r["status"] for n, r in before["nodes"].items()} == {"a": "run", "b": "run", "s": "run"}
        await client.ended(await client.begin(SUM, targets=["s"]))
        _, after, _ = await client.ask("POST", "/api/v1/plan", asked | {"set": {"b.by": 4.0}})
        assert after["nodes"]["a"]["status"] == "cached"
        assert after["nodes"]["b"]["status"] == "run"
        _, why, _ = await client.ask("POST", "/api/v1/why", {"workflow": FILE, "node": "save"})
        assert why["reasons"] == {"save": "will run: never ran"}


@in_loop
async def test_an_invalid_workflow_is_answered_with_all_its_problems(tmp_path: Path) -> None:
    broken = doc(a=("t.mak@1", {}), b=("t.inc@1", {"a": link("nowhere"), "by": "much"}))
    async with served(tmp_path) as client:
        for path, expected in (
            ("validate", (200, {"valid": False})),
            ("plan", (200, {"nodes": {}})),
            ("why", (200, {"reasons": {}})),
            ("runs", (400, None)),  # a question has an answer; a run that cannot be is refused
        ):
            status, body, _ = await client.ask("POST", f"/api/v1/{path}", {"workflow": broken})
            problems = body.pop("problems")
            assert (status, None if status == 400 else body) == expected
            assert len(problems) >= 3, problems
            assert any(p["nearest"] == "t.make" for p in problems)
        assert (await client.get("/api/v1/runs"))["runs"] == []
        valid = (200, {"valid": True, "problems": []})
        assert (await client.ask("POST", "/api/v1/validate", {"workflow": SUM}))[:2] == valid


@in_loop
async def test_what_only_planning_finds_is_an_answer_too(tmp_path: Path) -> None:
    """One node refuses its value while planning, one stumbles over it; the node types alone know neither."""
    async with served(tmp_path) as client:
        for type, says in (("serve.refuse@1", "nothing is ever right"), ("serve.trip@1", "ZeroDivisionError: ")):
            faulty = doc(a=(type, {"value": 3}), b=("t.make@1", {"value": link("a")}))
            assert (await client.ask("POST", "/api/v1/validate", {"workflow": faulty}))[1]["valid"]
            for path, nothing in (("plan", {"nodes": {}}), ("why", {"reasons": {}})):
                asked = {"workflow": faulty} | ({"targets": ["b"]} if path == "plan" else {})
                status, body, _ = await client.ask("POST", f"/api/v1/{path}", asked)
                (problem,) = body.pop("problems")
                assert (status, body) == (200, nothing)
                assert (problem["node"], says in problem["message"]) == ("a", True), problem


@in_loop
async def test_bodies_that_are_no_request_are_refused_in_words(tmp_path: Path) -> None:
    table: list[tuple[Any, str]] = [
        (b"", "not json"),
        (b"{", "not json"),
        (b"[1]", "body: "),
        (b'{"workflow": NaN}', "nan"),
        (b'{"workflow": {}, "workflow": {}}', "twice"),
        (b"[" * 5000, "nested too deeply"),
        (b'{"workflow": {"nodes": "\xff"}}', "not json"),
        ({}, "workflow: field required"),
        ({"workflow": [1]}, "workflow"),
        ({"workflow": SUM, "sets": {}}, "sets: "),
        ({"workflow": SUM, "stes": {}}, "stes: extra"),
        ({"workflow": SUM, "set": ["b.by"]}, "set: "),
        ({"workflow": SUM, "set": {"c.by": 1}}, "there is no node 'c'"),
        ({"workflow": SUM, "set": {"b.bye": 1}}, "by"),
        ({"workflow": SUM, "targets": "s"}, "targets: "),
        ({"workflow": SUM, "targets": ["x"]}, "there is no node 'x'"),
        ({"workflow": SUM, "priority": 101}, "priority: "),
        ({"workflow": SUM, "key": ""}, "key: "),
        ({"workflow": SUM, "sweep": {}}, "sweep: "),
        ({"workflow": SUM, "sweep": {"b.by": []}}, "sweep: "),
        ({"workflow": SUM, "sweep": {"b.by": [1, "much"]}}, "by"),
        ({"workflow": SUM, "sweep": {"b.by": [1]}, "sets": [{}]}, "one of them"),
        ({"workflow": SUM, "sweep": {"b.by": [1, 2], "a.value": [1]}, "mode": "zip"}, "same number"),
        ({"workflow": SUM, "sweep": {"b.by": [*range(40)], "a.value": [*range(40)]}}, "1600 runs"),
    ]
    async with served(tmp_path) as client:
        for body, says in table:
            status, said, _ = await client.ask("POST", "/api/v1/runs", body)
            assert (status, says in said["detail"].lower()) == (400, True), (body, said)
        assert (await client.ask("POST", "/api/v1/runs", {"workflow": "nobody"}))[0] == 404
        status, said, _ = await client.ask("POST", "/api/v1/validate", b'"' + b"x" * (17 << 20) + b'"')
        assert status == 413, said


@in_loop
async def test_a_node_that_fails_is_named(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        failing = doc(a=("t.make@1", {}), bad=("t.fail@1", {"a": link("a")}))
        shown = await client.ended(await client.begin(failing, targets=["bad"]))
        assert (shown["status"], shown["node"]) == ("failed", "bad")
        assert "broken on purpose" in shown["error"]
        assert shown["nodes"]["bad"]["status"] == "failed"


@in_loop
async def test_cancelling_names_one_run_and_stops_only_that(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        first, second, third = [await client.begin(slow(v, s)) for v, s in ((1.0, 30.0), (2.0, 0.05), (3.0, 30.0))]
        await until(client, first, "running")
        status, body, _ = await client.ask("POST", f"/api/v1/runs/{third}/cancel", {})  # it waits: it never begins
        assert (status, body["status"]) == (200, "cancelled")
        await client.ask("POST", f"/api/v1/runs/{first}/cancel", {})
        assert (await client.ended(first))["status"] == "cancelled"
        assert (await client.ended(second))["status"] == "done"
        ended = await client.ended(third)
        assert (ended["status"], ended["artifacts"]) == ("cancelled", [])
        status, body, _ = await client.ask("POST", f"/api/v1/runs/{second}/cancel", {})
        assert (status, body["status"]) == (200, "done")
        assert (await client.ask("POST", "/api/v1/runs/0123456789abcdef/cancel", {}))[0] == 404


@in_loop
async def test_a_server_that_ends_stops_its_runs_and_tells_who_listens(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        run = await client.begin(slow(1.0))
        await until(client, run, "running")
        socket = await client.follow(run)
        begin = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - begin < 20  # the run would take 30
    assert socket.close_code in (None, 1001)


@in_loop
async def test_images_are_made_and_shown(tmp_path: Path) -> None:
    """One run of the node library's own types, with the registry that a user has."""
    from engine.registry import Registry

    document = doc(
        mask=("mask.ellipse@1", {"width": 32, "height": 24, "left": 4, "top": 4, "right": 28, "bottom": 20}),
        picture=("mask.to_image@1", {"mask": link("mask")}),
        save=("image.save@1", {"image": link("picture")}),
    )
    async with served(tmp_path, Registry.installed) as client:
        types = {one["type"]: one for one in (await client.get("/api/v1/nodes"))["nodes"]}
        assert types["image.save@1"]["inputs"]["quality"]["schema"]["maximum"] == 100
        shown = await client.ended(await client.begin(document))
        (made,) = shown["artifacts"]
        status, data, headers = await client.ask("GET", made["url"])
        assert (status, headers["Content-Type"]) == (200, "image/png")
        assert Image.open(io.BytesIO(data)).size == (32, 24)
