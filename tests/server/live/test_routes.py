"""Workflows over HTTP: never a lost update, a history of everything, and the way back."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from engine.record import embed
from tests.server.kit import Client, in_loop, served
from tests.server.live.graphs import start

NEW = {"If-None-Match": "*"}
ROOT = "/api/v1/workflows"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63600000000200014873a8690000000049454e44ae426082"
)


def document(n: int) -> dict[str, Any]:
    """A document that no engine knows the nodes of."""
    return {"format": 1, "nodes": {"x": {"type": "not.there@1", "inputs": {"n": n}}}, "future": "kept"}


async def put(client: Client, name: str, body: Any, seen: int | None = None) -> int:
    headers = NEW if seen is None else {"If-Match": f'"{seen}"'}
    status, made, told = await client.ask("PUT", f"{ROOT}/{name}", body, headers=headers)
    assert status == (201 if seen is None else 200), made
    assert told["ETag"] == f'"{made["revision"]}"'
    return int(made["revision"])


async def post(client: Client, path: str, body: Any) -> Any:
    status, made, _ = await client.ask("POST", f"{ROOT}/{path}", body)
    assert status in (200, 201), made
    return made


@in_loop
async def test_a_document_is_written_read_and_listed(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        assert await client.get(ROOT) == {"workflows": []}
        assert await put(client, "mine", document(1)) == 1
        status, shown, headers = await client.ask("GET", f"{ROOT}/mine")
        assert (status, shown, headers["ETag"]) == (200, document(1), '"1"')
        assert (await client.ask("GET", f"{ROOT}/mine", headers={"If-None-Match": '"1"'}))[0] == 304
        (listed,) = (await client.get(ROOT))["workflows"]
        assert (listed["name"], listed["revision"], listed["nodes"]) == ("mine", 1, 1)
        assert (await client.ask("GET", f"{ROOT}/other"))[0] == 404
        _, body, headers = await client.ask("GET", f"{ROOT}/mine/export")
        assert (body, headers["Content-Disposition"]) == (document(1), 'attachment; filename="mine.json"')


@in_loop
async def test_a_write_over_something_unseen_is_a_conflict(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        first = await put(client, "d", document(1))
        second = await put(client, "d", document(2), first)
        for headers in ({"If-Match": f'"{first}"'}, NEW, {"If-Match": '"99"'}):
            status, body, _ = await client.ask("PUT", f"{ROOT}/d", document(3), headers=headers)
            assert (status, body["revision"]) == (409, second)
        status, body, _ = await client.ask("PUT", f"{ROOT}/gone", document(3), headers={"If-Match": '"1"'})
        assert (status, body["revision"]) == (409, None)
        for headers in ({}, {"If-Match": "*"}, {"If-Match": 'W/"2"'}, {**NEW, "If-Match": '"2"'}):
            assert (await client.ask("PUT", f"{ROOT}/d", document(3), headers=headers))[0] == 428
        assert (await client.ask("DELETE", f"{ROOT}/d", headers={"If-Match": '"1"'}))[0] == 409
        assert await client.get(f"{ROOT}/d") == document(2)


@in_loop
async def test_of_many_writers_at_once_one_wins(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        asks = [client.ask("PUT", f"{ROOT}/d", document(n), headers=NEW) for n in range(12)]
        answers = await asyncio.gather(*asks)
        assert sorted(status for status, _, _ in answers) == [201] + [409] * 11


@in_loop
async def test_what_is_no_document_is_not_written(tmp_path: Path) -> None:
    bad = (b"", b"[]", b"{", b'{"a": 1, "a": 2}', b'{"a": NaN}', b"{" * 200, b'{"nodes": []}', b'{"nodes": {"x": 1}}')
    async with served(tmp_path) as client:
        for body in bad:
            status, said, _ = await client.ask("PUT", f"{ROOT}/d", body, headers=NEW)
            assert (status, bool(said["detail"])) == (400, True), body
        assert await client.get(ROOT) == {"workflows": []}
        assert await put(client, "half", b'{"nodes": {}, "a": "\\ud800"}') == 1
        assert await client.get(f"{ROOT}/half") == {"nodes": {}, "a": "\ud800"}


@in_loop
async def test_names_that_are_no_names_reach_no_file(tmp_path: Path) -> None:
    names = [
        "..%2Fserver", "%2e%2e%2fserver", "..%5Cserver", "%2Fetc%2Fpasswd", "a%2Fb", "server.json", ".lock", "a%00",
        "..", "A", "%C3%A4", "con", "nul", "-a", "a" * 65, "a.b", "a%20", "%E2%80%A5", "a%0A", "%252e%252e%252fserver",
    ]  # fmt: skip
    async with served(tmp_path) as client:
        for name in names:
            for method, headers in (("GET", {}), ("PUT", NEW), ("DELETE", {})):
                status, _, _ = await client.ask(method, f"{ROOT}/{name}", document(1), headers=headers)
                assert status in (404, 405), (name, status)
            for path in ("history", "revisions/1", "diff?from=1", "live", "export"):
                assert (await client.ask("GET", f"{ROOT}/{name}/{path}"))[0] in (404, 405)
        assert not (tmp_path / "workflows").exists()


@in_loop
async def test_edits_by_a_script_are_taken_or_refused_one_by_one_and_done_once(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        await put(client, "d", start())
        named = {"op": "set_meta", "key": "name", "value": "N"}
        edits = [
            {"id": "a", "operations": [{"op": "set_input", "node": "n0", "input": "value", "value": 5}]},
            {"id": "b", "operations": [{"op": "remove_node", "node": "gone"}]},
            {"id": "c", "operations": [{"op": "rename_node", "node": "n0", "to": "x"}, named]},
        ]
        made = await post(client, "d/operations", {"client": "me", "edits": edits})
        assert [one.get("revision") for one in made["results"]] == [2, None, 3]
        assert made["results"][1]["refused"]["detail"] == "gone: there is no node 'gone'"
        assert made["results"][1]["refused"]["status"] == 409
        again = await post(client, "d/operations", {"client": "me", "edits": [edits[2], edits[0]]})
        assert [(one["revision"], one["known"]) for one in again["results"]] == [(3, True), (2, True)]
        other = await post(client, "d/operations", {"client": "you", "edits": [edits[0]]})
        assert "refused" in other["results"][0], "another client's id is another id"
        assert (await client.get(f"{ROOT}/d"))["nodes"]["x"]["inputs"] == {"value": 5}
        for bad in (
            {},
            {"edits": []},
            {"edits": [{"id": "x", "operations": [{"op": "no"}]}]},
            {"edits": [{"id": "", "operations": []}]},
        ):
            assert (await client.ask("POST", f"{ROOT}/d/operations", bad))[0] == 400
        said = (await client.get(f"{ROOT}/d/history"))["history"]
        assert [(one["revision"], one["kind"], one["client"]) for one in said] == [
            (3, "edit", "me"),
            (2, "edit", "me"),
            (1, "create", "http"),
        ]
        assert said[0]["did"] == ["rename node n0 to x", "set meta"]
        page = (await client.get(f"{ROOT}/d/history?before=3&limit=1"))["history"]
        assert [one["revision"] for one in page] == [2]


@in_loop
async def test_any_revision_can_be_seen_compared_and_restored_even_of_what_was_deleted(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        await put(client, "d", start())
        for n in range(450):  # over more than one whole copy in the log
            edit = {"id": str(n), "operations": [{"op": "set_input", "node": "n0", "input": "value", "value": n}]}
            await post(client, "d/operations", {"edits": [edit]}) if n % 150 == 0 else None
            if n % 150:
                continue
            many = [
                {"id": f"{n}-{i}", "operations": edit["operations"] + [{"op": "move", "positions": {"n0": [n, i]}}]}
                for i in range(149)
            ]
            await post(client, "d/operations", {"edits": many})
        rename = {"id": "r", "operations": [{"op": "rename_node", "node": "n0", "to": "first"}]}
        last = (await post(client, "d/operations", {"edits": [rename]}))["revision"]
        shot = await client.get(f"{ROOT}/d/revisions/1")
        assert (shot["revision"], shot["document"]) == (1, start())
        assert (await client.get(f"{ROOT}/d/revisions/200"))["document"]["nodes"]["n0"]["inputs"]["value"] == 150
        found = await client.get(f"{ROOT}/d/diff?from=1")
        assert (found["renamed"], found["moved"], found["to"]) == ([{"node": "n0", "to": "first"}], ["first"], last)
        assert found["inputs"] == [{"node": "first", "input": "value", "before": 2, "after": 300}]
        assert not found["links"]
        back = await client.get(f"{ROOT}/d/diff?from={last}&to=1")
        assert back["renamed"] == [{"node": "first", "to": "n0"}]
        for path in ("revisions/0", "revisions/9999", "revisions/x", "diff?from=9999", "diff?from=x", "diff"):
            assert (await client.ask("GET", f"{ROOT}/d/{path}"))[0] == (
                200 if path == "revisions/0" else 404 if "9" in path or "/x" in path else 400
            )
        assert (await client.ask("DELETE", f"{ROOT}/d", headers={"If-Match": f'"{last}"'}))[0] == 200
        assert (await client.ask("GET", f"{ROOT}/d"))[0] == 404
        assert await client.get(ROOT) == {"workflows": []}
        (gone,) = (await client.get(f"{ROOT}?deleted=true"))["workflows"]
        assert (gone["name"], (await client.get(f"{ROOT}/d/history"))["deleted"]) == ("d", True)
        made = await post(client, "d/restore", {"revision": 1})
        assert made["revision"] == last + 2
        assert await client.get(f"{ROOT}/d") == start()
        assert (await client.ask("POST", f"{ROOT}/d/restore", {"revision": 10**6}))[0] == 404
    async with served(tmp_path) as client:  # another server
        assert json.dumps(await client.get(f"{ROOT}/d")) == json.dumps(start())


@in_loop
async def test_a_file_or_a_picture_becomes_a_workflow(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        raw = {"Content-Type": "application/octet-stream"}
        picture = embed(PNG, {"workflow": document(7)})
        for name, body in (("a", json.dumps(document(6)).encode()), ("b", picture)):
            status, made, _ = await client.ask("POST", f"{ROOT}/{name}/import", body, headers=raw)
            assert (status, made["revision"]) == (201, 1), made
        assert (await client.get(f"{ROOT}/a"), await client.get(f"{ROOT}/b")) == (document(6), document(7))
        assert (await client.ask("POST", f"{ROOT}/b/import", picture, headers=raw))[0] == 409
        for body in (PNG, b"GIF89a", b"", picture[:70], b'{"workflow": {}}'):
            assert (await client.ask("POST", f"{ROOT}/c/import", body, headers=raw))[0] == 400


# The files in the folder.


async def eventually(true: Any) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.02)


@in_loop
async def test_the_folder_shows_the_documents(tmp_path: Path) -> None:
    file = tmp_path / "workflows" / "d.json"
    async with served(tmp_path) as client:
        await put(client, "d", document(1))
        await eventually(file.exists)
        assert json.loads(file.read_text()) == document(1)
        await put(client, "d", document(2), 1)
        await put(client, "e", document(3))
    assert json.loads(file.read_text()) == document(2), "what was under way is written at the end"
    assert json.loads((tmp_path / "workflows" / "e.json").read_text()) == document(3)
    async with served(tmp_path) as client:
        assert (await client.ask("DELETE", f"{ROOT}/d"))[0] == 200
        await eventually(lambda: not file.exists())
    assert sorted(one.name for one in file.parent.iterdir()) == ["e.json"]


@in_loop
async def test_what_a_text_editor_writes_is_taken_up(tmp_path: Path) -> None:
    folder = tmp_path / "workflows"
    folder.mkdir()
    (folder / "old.json").write_text(json.dumps(start()))
    (folder / "Not a name.json").write_text("{}")
    async with served(tmp_path) as client:
        (listed,) = (await client.get(ROOT))["workflows"]
        assert (listed["name"], listed["revision"]) == ("old", 1)
        assert json.loads((folder / "old.json").read_text()) == start()
        edit = {"id": "1", "operations": [{"op": "set_input", "node": "n3", "input": "plus", "value": 1}]}
        await post(client, "old/operations", {"edits": [edit]})
        changed = start()
        changed["nodes"]["n0"]["inputs"]["value"] = 77
        (folder / "old.json").write_text(json.dumps(changed, indent=4))
        found = await client.get(f"{ROOT}/old")
        assert (found["nodes"]["n0"]["inputs"]["value"], found["nodes"]["n3"]["inputs"]["plus"]) == (77, 1), (
            "both edits"
        )
        assert (await client.get(f"{ROOT}/old/history"))["history"][0]["kind"] == "file"
        await eventually(lambda: json.loads((folder / "old.json").read_text()) == found)
        (folder / "old.json").write_text('{"nodes": {"half')
        assert await client.get(f"{ROOT}/old") == found
        await put(client, "old", document(1), 3)
        await eventually(lambda: "half" not in (folder / "old.json").read_text())
        (kept,) = folder.glob("old.unreadable-*.json")
        assert kept.read_text() == '{"nodes": {"half'
    (folder / "old.json").write_text(json.dumps(document(5)))  # while no server runs
    (folder / "new.json").write_text(json.dumps(document(6)))
    async with served(tmp_path) as client:
        assert (await client.get(f"{ROOT}/old"), await client.get(f"{ROOT}/new")) == (document(5), document(6))


@in_loop
async def test_a_link_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    home, outside = tmp_path / "home", tmp_path / "outside.json"
    outside.write_text('{"secret": 1}')
    (home / "workflows").mkdir(parents=True)
    (home / "workflows" / "link.json").symlink_to(outside)
    async with served(home) as client:
        status, body, _ = await client.ask("GET", f"{ROOT}/link")
        assert (status, "secret" in str(body)) == (400, False)
        assert (await client.ask("PUT", f"{ROOT}/link", document(1), headers=NEW))[0] == 400
        assert await client.get(ROOT) == {"workflows": []}
    assert outside.read_text() == '{"secret": 1}'
