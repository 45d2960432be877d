"""Where the seconds went: each node's time in the last run that ran it, its steps, and what the cache saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.engine.kit import doc, inside, link, loop
from tests.server.kit import Client, in_loop, served

NAP = 0.05


def napping(count: int, seed: float = 1.0, name: str = "naps") -> dict[str, Any]:
    """A loop in which one node takes its time in every step, and a slow and a quick node before it."""
    return doc(
        start=("t.make@1", {"value": seed}),
        long=("serve.deaf@1", {"a": link("start"), "seconds": 4 * NAP}),
        way=loop(list(range(count)), at=(link("long"), link("nap"))),
        next=inside("way", "t.inc@1", {"a": link("way.at")}),
        nap=inside("way", "serve.deaf@1", {"a": link("next"), "seconds": NAP}),
        save=("serve.value@1", {"a": link("way.at")}),
    ) | {"name": name}


async def times(client: Client, run: str) -> Any:
    """The times of a run that has ended."""
    await client.ended(run)
    return await client.get(f"/api/v1/runs/{run}/times")


def ranked(told: Any) -> list[str]:
    """Nodes that are no loops, the dearest first."""
    nodes = {name: node["seconds"] for name, node in told["nodes"].items() if node["steps"] is None}
    return sorted(nodes, key=lambda name: -nodes[name])


@in_loop
async def test_the_times_of_a_run_are_its_nodes_and_steps(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        run = await client.begin(napping(6))
        told = await times(client, run)
        nodes = told["nodes"]
        assert ranked(told)[:2] == ["nap", "long"]
        assert nodes["nap"]["calls"] == 6
        assert nodes["nap"]["seconds"] >= 6 * NAP
        assert {node["run"] for node in nodes.values()} == {run}
        assert [step["index"] for step in nodes["way"]["steps"]] == list(range(6))
        assert all(NAP <= step["seconds"] < 3 * NAP for step in nodes["way"]["steps"][:1]), "what was before is no step"
        inner = nodes["nap"]["seconds"] + nodes["next"]["seconds"]
        assert abs(nodes["way"]["seconds"] - inner) < 1e-4, "a loop takes what its nodes take"
        assert told["seconds"] >= nodes["long"]["seconds"] + nodes["way"]["seconds"]


@in_loop
async def test_what_came_from_the_cache_has_the_time_of_the_run_that_ran_it(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        first = await client.begin(napping(4))
        one = await times(client, first)
    async with served(tmp_path) as client:
        second = await client.begin(napping(6))
        two = await times(client, second)
        assert two["nodes"]["long"] == one["nodes"]["long"] | {"cached": 1, "saved": one["nodes"]["long"]["seconds"]}
        nap = two["nodes"]["nap"]
        assert (nap["run"], nap["calls"], nap["cached"]) == (second, 2, 4)
        assert abs(nap["saved"] - 2 * nap["seconds"]) < 1e-4, "four steps, at what the two took"
        assert [step["index"] for step in two["nodes"]["way"]["steps"]] == [4, 5]
        third = await times(client, await client.begin(napping(6)))
        assert {name: node["run"] for name, node in third["nodes"].items()} == {
            "start": first, "long": first, "next": second, "nap": second, "way": second, "save": second,
        }  # fmt: skip


@in_loop
async def test_a_node_of_another_type_or_workflow_or_run_that_was_cut_off_lends_no_time(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        await client.ended(await client.begin(napping(2, seed=2.0, name="others")))
        await client.ended(await client.begin(napping(2)))
        changed = napping(2)
        changed["nodes"]["save"] = {"type": "t.score@1", "inputs": {"a": {"from": "way.at"}}}
        told = await times(client, await client.begin(changed, targets=["way"]))
        assert "save" not in told["nodes"], "it was never run as it is now"
        elsewhere = napping(2, seed=2.0, name="elsewhere")
        told = await times(client, await client.begin(elsewhere))
        assert "long" not in told["nodes"], "another workflow's run is not asked"

        run = await client.begin(napping(200, seed=7.0))
        async with client.follow(run) as socket:
            async for message in socket:
                if '"StepDone"' in message.data:
                    break
            await client.ask("POST", f"/api/v1/runs/{run}/cancel")
        told = await times(client, run)
        assert told["nodes"]["long"]["run"] == run
        assert told["nodes"]["nap"]["run"] != run
        assert told["nodes"]["way"]["run"] != run


@in_loop
async def test_times_are_of_runs_that_are_there(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        status, body, _ = await client.ask("GET", "/api/v1/runs/none/times")
        assert (status, body["detail"]) == (404, "there is no such run")
