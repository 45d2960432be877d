"""A server at work: what is cancelled, what a sweep costs, how it ends, how it starts anew."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from engine.registry import Registry
from server.reload import Sources, changed
from tests.server.kit import Client, in_loop, served, write_nodes
from tests.server.test_command import serving
from tests.server.test_crashes import ended, events_of, walk

EXAMPLE = Path(__file__).parents[2] / "workflows" / "text_to_image.json"


async def submit(client: Client, who: str, document: Any, **more: Any) -> str:
    """A run of a client."""
    body = {"workflow": document, **more}
    status, made, _ = await client.ask("POST", "/api/v1/runs", body, headers={"X-Client": who})
    assert status == 201, made
    return str(made["id"])


async def steps(client: Client, run: str) -> int:
    """How many steps of a run have been told."""
    found = (await client.get(f"/api/v1/runs/{run}/events"))["events"]
    return sum(one["event"] == "StepDone" for one in found)


@in_loop
async def test_cancelling_stops_one_run_within_a_step_while_anothers_goes_on(tmp_path: Path) -> None:
    async with served(tmp_path, workers=2) as client:
        mine = await submit(client, "me", walk(400, 0.05), set={"zero.value": 0.25})
        other = await submit(client, "you", walk(12, 0.25), set={"zero.value": 0.75})
        while not (await steps(client, mine) and await steps(client, other)):
            await asyncio.sleep(0.02)
        assert (await client.get(f"/api/v1/runs/{other}"))["status"] == "running"
        status, _, _ = await client.ask("POST", f"/api/v1/runs/{mine}/cancel", {})
        before = await steps(client, mine)
        assert status == 200
        assert (await client.ended(mine))["status"] == "cancelled"
        assert await steps(client, mine) - before <= 1
        shown = await client.ended(other)
        assert (shown["status"], shown["steps_done"], shown["error"]) == ("done", 12, None)


@in_loop
async def test_a_sweep_over_guidance_and_seed_encodes_the_texts_once(tmp_path: Path) -> None:
    async with served(tmp_path, lambda: Registry.installed(tmp_path / "nodes")) as client:
        document = json.loads(EXAMPLE.read_text())
        body = {
            "workflow": document,
            "set": {"schedule.steps": 2},
            "sweep": {"cfg.scale": [2.0, 3.0, 4.0], "noise.seed": [1, 2, 3]},
        }
        status, made, _ = await client.ask("POST", "/api/v1/runs", body)
        assert (status, len(made["runs"])) == (201, 9)
        ran: Counter[str] = Counter()
        for run in made["runs"]:
            assert (await client.ended(run))["status"] == "done"
            for one in (await client.get(f"/api/v1/runs/{run}/events"))["events"]:
                if one["event"] == "NodeDone":
                    ran[one["node"]] += 1
        encoders = [name for name, node in document["nodes"].items() if node["type"].startswith("text.encode")]
        assert {name: ran[name] for name in encoders} == dict.fromkeys(encoders, 1)
        assert ran["noise"] == 3
        assert ran["save"] == ran["image"] == 9
        gallery = await client.get("/api/v1/gallery")
        assert gallery["total"] == 9  # nine different pictures


def test_a_server_that_is_told_to_end_keeps_the_step(tmp_path: Path) -> None:
    write_nodes(tmp_path)
    with serving(tmp_path, "--threads", "1") as server:
        run = server.ask("/api/v1/runs", {"workflow": walk(10, 0.3)})["id"]
        while sum(one["event"] == "StepDone" for one in events_of(server, run)) < 3:
            time.sleep(0.02)
        code, _, errors = server.end(signal.SIGTERM)
        assert (code, errors) == (0, "")
    with serving(tmp_path, "--threads", "1") as server:
        shown = ended(server, run)
        told = events_of(server, run)
        names = [one["event"] for one in told]
        assert shown["status"] == "done", shown
        assert names.count("RunSuspended") == names.count("RunResumed") == 1
        done = [one["index"] for one in told if one["event"] == "StepDone"]
        assert done == list(range(10)), "each step was done once: what was done before the end was stored"
        assert not any(one.get("repeated") for one in told)
        second = [one for one in told if one["event"] == "RunStarted"][1]
        first = names.index("RunSuspended")
        assert second["steps"] == 10 - sum(one["event"] == "StepDone" for one in told[:first])


NODE = "from engine.node import node\n\n\n@node('my.{name}')\ndef {name}() -> float:\n    '''One.'''\n    return 1.0\n"


def test_it_starts_anew_when_source_changes(tmp_path: Path) -> None:
    nodes = tmp_path / "nodes"
    nodes.mkdir()
    (nodes / "mine.py").write_text(NODE.format(name="first"))
    with serving(tmp_path, "--dev") as server:
        pid = server.process.pid
        assert "my.first@1" in types(server)
        (nodes / "mine.py").write_text(NODE.format(name="second") + "def broken(:\n")
        time.sleep(1.5)
        assert "my.first@1" in types(server)  # what does not compile starts nothing
        (nodes / "mine.py").write_text(NODE.format(name="second"))
        assert server.process.stdout is not None
        lines = iter(server.process.stdout.readline, "")
        assert next(line for line in lines if line.startswith("Latent Loom is at"))
        found = types(server)
        assert ("my.first@1" in found, "my.second@1" in found) == (False, True)
        assert (server.process.pid, server.facts()["pid"], server.process.poll()) == (pid, pid, None)
        code, _, errors = server.end()
        assert code == 0
        assert "waiting for the next change" in errors
        assert "mine.py changed: starting anew" in errors


def types(server: Any) -> set[str]:
    """The node types that a server knows."""
    return {one["type"] for one in server.ask("/api/v1/nodes")["nodes"]}


@in_loop
async def test_every_change_of_a_source_is_seen(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.py").write_text("x = 1\n")
    sources = Sources([tmp_path, tmp_path / "none"])
    assert sources.changed() == []
    (tmp_path / "a" / "c.py").write_text("x = 1\n")
    (tmp_path / "a" / "d.txt").write_text("no source")
    assert sources.changed() == [tmp_path / "a" / "c.py"]
    (tmp_path / "a" / "c.py").unlink()
    (tmp_path / "a" / "b.py").write_text("x = 12\n")
    assert sources.changed() == [tmp_path / "a" / "b.py", tmp_path / "a" / "c.py"]
    waiting = asyncio.create_task(changed(sources))
    await asyncio.sleep(0.1)
    (tmp_path / "a" / "b.py").write_text("x = (\n")
    await asyncio.sleep(1.2)
    (tmp_path / "e.py").write_text("x = 1\n")  # another one is good; the first is still broken
    await asyncio.sleep(1.2)
    assert not waiting.done()
    (tmp_path / "a" / "b.py").write_text("x = 2\n")
    await asyncio.wait_for(waiting, 10)
