"""The tree of states: branches that were undone are there, after a restart too, with the pictures of their runs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from server.live import fold
from server.states.digest import digest
from server.states.pictures import Graphs
from tests.server.kit import Client, in_loop, served
from tests.server.live.editor import Editor
from tests.server.live.graphs import start

ROOT = "/api/v1/workflows"


@asynccontextmanager
async def edited(home: Path) -> AsyncIterator[tuple[Client, Any]]:
    """A server with a document `d`, and what makes editors of it."""
    async with served(home) as client:
        status, body, _ = await client.ask("PUT", f"{ROOT}/d", start(), headers={"If-None-Match": "*"})
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


def value(n: Any, node: str = "n0") -> dict[str, Any]:
    return {"op": "set_input", "node": node, "input": "value", "value": n}


async def step(editor: Editor, kind: str) -> None:
    assert (await editor.done(await editor.say({"type": kind})))["type"] == "ack"


def shape(told: Any) -> dict[int, int | None]:
    return {one["state"]: one["parent"] for one in told["states"]}


@in_loop
async def test_what_was_undone_is_a_branch_and_stays_one_over_a_restart(tmp_path: Path) -> None:
    async with edited(tmp_path) as (client, join):
        a = await join("a")
        await a.done(await a.do(value(5)))  # 2
        await a.done(await a.do(value(6)))  # 3
        await step(a, "undo")  # 4 is 2
        await step(a, "undo")  # 5 is 1
        told = await client.get(f"{ROOT}/d/states")
        assert (shape(told), told["now"], told["revision"], told["first"]) == ({1: None, 2: 1, 3: 2}, 1, 5, 1)
        await step(a, "redo")  # 6 is 2
        await a.done(await a.do(value(7), {"op": "move", "positions": {"n0": [9, 9]}}))  # 7, beside 3
        await a.done(await a.do({"op": "move", "positions": {"n2": [1, 1]}}))  # 8
        before = await client.get(f"{ROOT}/d/states")
        assert (shape(before), before["now"]) == ({1: None, 2: 1, 3: 2, 7: 2, 8: 7}, 8)
        two, three, seven, eight = before["states"][1:]
        assert (three["client"], three["did"], three["value"]) == ("a", ["set input n0.value"], [5, 6])
        assert (two["value"], seven["value"], seven["looks"], eight["looks"]) == ([2, 5], None, False, True)
        news = await client.get(f"{ROOT}/d/states?after=3")
        assert (shape(news), news["now"]) == ({7: 2, 8: 7}, 8)
    async with edited(tmp_path) as (client, _):  # another server
        assert await client.get(f"{ROOT}/d/states") == before
        status, _, _ = await client.ask("POST", f"{ROOT}/d/restore", {"revision": 3})
        assert status == 200
        there = await client.get(f"{ROOT}/d/states")
        assert (shape(there), there["now"]) == (shape(before), 3), "a state that is there already is no new one"


@in_loop
async def test_every_state_can_be_gone_to_by_two_who_edit_at_once(tmp_path: Path) -> None:
    async with edited(tmp_path) as (client, join):
        a, b = await join("a"), await join("b")
        await a.done(await a.do(value(5)))
        await b.done(await b.do({"op": "remove_node", "node": "n4"}))
        await step(a, "undo")  # b's edit stays: a state that nobody had before
        told = await client.get(f"{ROOT}/d/states")
        assert (shape(told), told["now"]) == ({1: None, 2: 1, 3: 2, 4: 3}, 4)
        assert told["states"][-1]["did"] == ["undo of 2"]
        for state in (1, 3, 2, 4):
            shot = (await client.get(f"{ROOT}/d/revisions/{state}"))["document"]
            await a.done(await a.do({"op": "replace", "document": shot}))
            now = await client.get(f"{ROOT}/d/states")
            assert (now["now"], shape(now)) == (state, shape(told))
            await b.until(lambda: b.revision == a.revision)
            assert json.dumps(a.document) == json.dumps(b.document)
        await step(a, "undo")
        assert (await client.get(f"{ROOT}/d/states"))["now"] == 2, "going somewhere is an edit like any other"


@in_loop
async def test_of_a_folded_log_what_is_left_is_a_tree(tmp_path: Path) -> None:
    kept = fold.KEPT
    fold.KEPT = 250
    try:
        async with edited(tmp_path) as (client, _):
            for first in range(0, 800, 100):
                edits = [{"id": str(n), "operations": [value(n)]} for n in range(first, first + 100)]
                assert (await client.ask("POST", f"{ROOT}/d/operations", {"edits": edits}))[0] == 200
                if first == 100:
                    early = await client.get(f"{ROOT}/d/states")
                    assert early["first"] == 1
            told = await client.get(f"{ROOT}/d/states")
            assert told["first"] > 100
            assert (told["states"][0]["kind"], told["states"][0]["parent"]) == ("earlier", None)
            assert (await client.ask("GET", f"{ROOT}/d/revisions/{told['first']}"))[0] == 200
    finally:
        fold.KEPT = kept


@in_loop
async def test_who_may_not_see_a_workflow_learns_nothing_of_its_states(tmp_path: Path) -> None:
    async with edited(tmp_path) as (client, _):
        assert (await client.ask("GET", f"{ROOT}/gone/states"))[0] == 404
        assert (await client.ask("GET", f"{ROOT}/d/states", token=False))[0] == 401
        assert (await client.ask("GET", f"{ROOT}/d/states?after=-1"))[0] == 400


def test_a_picture_is_that_of_the_graph_that_its_run_had_with_all_that_was_set() -> None:
    document = {"name": "d", "nodes": {"n": {"type": "t@1", "inputs": {"seed": "random", "scale": 7}}}}
    other = {**document, "nodes": {"n": {"type": "t@1", "inputs": {"seed": "random", "scale": 5}}}}
    made = [
        ("newest", "w", {"n.seed": 3}, "sha256:b"),
        ("older", "w", {"n.seed": 1}, "sha256:a"),
        ("swept", "w", {"n.seed": 1, "n.scale": 5}, "sha256:c"),
        ("unknown", "w", {"prompt": "by the interface"}, "sha256:d"),
    ]
    rows = [
        SimpleNamespace(id=run, workflow=workflow, changes=json.dumps(changes), digest=of, created=0.0)
        for run, workflow, changes, of in made
    ]
    graphs = Graphs()
    assert graphs.unknown(rows) == {"w"}
    ran = {**document, "ui": {"positions": {"n": [1, 2]}}, "seeds": {"deep/n.seed": 9}}
    found = graphs.of(rows, {"w": json.dumps(ran)})
    assert {one.graph: one.run for one in found} == {digest(document).graph: "newest", digest(other).graph: "swept"}
    assert graphs.unknown(rows) == set()
    assert [one.run for one in graphs.of(rows[1:], {})] == ["older", "swept"]
