"""Two versions beside each other: revisions, other workflows and documents, with what happened inside subgraphs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.server.kit import Client, in_loop, served
from tests.server.live.graphs import start

ROOT = "/api/v1/workflows"


async def put(client: Client, name: str, body: Any) -> None:
    status, made, _ = await client.ask("PUT", f"{ROOT}/{name}", body, headers={"If-None-Match": "*"})
    assert status == 201, made


async def compared(client: Client, old: Any, new: Any, status: int = 200) -> Any:
    got, body, _ = await client.ask("POST", "/api/v1/compare", {"old": old, "new": new})
    assert got == status, body
    return body


def with_subgraph(value: int) -> dict[str, Any]:
    inner = {"nodes": {"deep": {"type": "t.make@1", "inputs": {"value": value}}}}
    return {
        "nodes": {"use": {"type": "part", "inputs": {}}},
        "subgraphs": {"part": {"nodes": {"in": {"type": "inner", "inputs": {}}}, "subgraphs": {"inner": inner}}},
    }


@in_loop
async def test_revisions_of_a_workflow_are_compared_with_what_the_log_knows_of_renames(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        await put(client, "d", start())
        operations = [
            {"op": "rename_node", "node": "n0", "to": "first"},
            {"op": "set_input", "node": "first", "input": "value", "value": 5},
            {"op": "remove_node", "node": "n4"},
            {"op": "add_node", "node": "new", "body": {"type": "t.make@1", "inputs": {}}},
            {"op": "link", "node": "n3", "input": "b", "source": "new"},
        ]
        status, _, _ = await client.ask(
            "POST", f"{ROOT}/d/operations", {"edits": [{"id": "1", "operations": operations}]}
        )
        assert status == 200
        found = await compared(client, {"workflow": "d", "revision": 1}, {"workflow": "d"})
        assert (found["old"]["revision"], found["new"]["revision"]) == (1, 2)
        assert found["old"]["document"] == start()
        differs = found["difference"]
        assert (differs["added"], differs["removed"]) == (["new"], ["n4"])
        assert differs["renamed"] == [{"node": "n0", "to": "first"}]
        assert differs["inputs"] == [{"node": "first", "input": "value", "before": 2, "after": 5}]
        assert differs["links"] == [{"node": "n3", "input": "b", "before": {"from": "first"}, "after": {"from": "new"}}]
        back = (await compared(client, {"workflow": "d"}, {"workflow": "d", "revision": 1}))["difference"]
        assert (back["added"], back["removed"]) == (["n4"], ["new"])
        assert back["renamed"] == [{"node": "first", "to": "n0"}]


@in_loop
async def test_other_workflows_and_documents_of_the_client_are_compared_by_name(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        await put(client, "d", start())
        await put(client, "other", {"nodes": {"n0": {"type": "t.make@1", "inputs": {"value": 9}}}})
        found = (await compared(client, {"workflow": "d"}, {"workflow": "other"}))["difference"]
        assert found["removed"] == ["n1", "n2", "n3", "n4"]
        assert found["inputs"] == [{"node": "n0", "input": "value", "before": 2, "after": 9}]
        given = await compared(client, {"document": start()}, {"workflow": "d"})
        assert given["old"]["revision"] is None
        assert not any(given["difference"][key] for key in ("added", "removed", "inputs", "links", "changed", "other"))


@in_loop
async def test_what_changed_inside_subgraphs_is_told_at_each_depth(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        found = (await compared(client, {"document": with_subgraph(1)}, {"document": with_subgraph(2)}))["difference"]
        assert (found["inputs"], found["other"]) == ([], ["subgraphs"])
        inner = found["subgraphs"]["part"]["subgraphs"]["inner"]
        assert inner["inputs"] == [{"node": "deep", "input": "value", "before": 1, "after": 2}]


@in_loop
async def test_what_is_not_there_or_is_no_workflow_is_said(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        await put(client, "d", start())
        here = {"workflow": "d"}
        assert "gone" in (await compared(client, here, {"workflow": "gone"}, 404))["detail"]
        assert "no revision 9" in (await compared(client, {"workflow": "d", "revision": 9}, here, 404))["detail"]
        assert "no workflow" in (await compared(client, here, {"document": {"some": "json"}}, 400))["detail"]
        for bad in ({}, {"workflow": "d", "document": {}}, {"document": []}, {"workflow": "d", "revision": -1}):
            assert (await client.ask("POST", "/api/v1/compare", {"old": here, "new": bad}))[0] == 400
