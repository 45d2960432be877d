"""Documents: whole or not at all, and never a lost update."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from server.answers import Refusal
from server.documents import Documents, revision
from tests.server.kit import in_loop, served

NEW = {"If-None-Match": "*"}


def document(n: int) -> dict[str, Any]:
    """A document that no engine knows the nodes of."""
    return {"format": 1, "nodes": {"x": {"type": "not.there@1", "inputs": {"n": n}}}, "future": "kept"}


@in_loop
async def test_a_document_is_written_read_and_listed(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        assert await client.get("/api/v1/documents") == {"documents": []}
        status, made, headers = await client.ask("PUT", "/api/v1/documents/mine", document(1), headers=NEW)
        assert (status, headers["ETag"]) == (201, f'"{made["revision"]}"')
        status, shown, headers = await client.ask("GET", "/api/v1/documents/mine")
        assert (shown, headers["ETag"]) == (document(1), f'"{made["revision"]}"')
        (listed,) = (await client.get("/api/v1/documents"))["documents"]
        assert (listed["name"], listed["revision"]) == ("mine", made["revision"])
        assert json.loads((tmp_path / "workflows" / "mine.json").read_text()) == document(1)
        assert (await client.ask("GET", "/api/v1/documents/other"))[0] == 404


@in_loop
async def test_a_write_over_something_unseen_is_a_conflict(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        _, first, _ = await client.ask("PUT", "/api/v1/documents/d", document(1), headers=NEW)
        seen = {"If-Match": f'"{first["revision"]}"'}
        status, second, _ = await client.ask("PUT", "/api/v1/documents/d", document(2), headers=seen)
        assert (status, second["name"]) == (200, "d")
        for headers in (seen, NEW, {"If-Match": '"' + "0" * 64 + '"'}):
            status, body, _ = await client.ask("PUT", "/api/v1/documents/d", document(3), headers=headers)
            assert (status, body["revision"]) == (409, second["revision"])
        status, body, _ = await client.ask("PUT", "/api/v1/documents/gone", document(3), headers=seen)
        assert (status, body["revision"]) == (409, None)
        for headers in ({}, {"If-Match": "*"}, {"If-Match": "W/" + seen["If-Match"]}, {**NEW, **seen}):
            assert (await client.ask("PUT", "/api/v1/documents/d", document(3), headers=headers))[0] == 428
        (tmp_path / "workflows" / "d.json").write_text("{}")  # somebody's text editor
        now = {"If-Match": f'"{second["revision"]}"'}
        assert (await client.ask("PUT", "/api/v1/documents/d", document(3), headers=now))[0] == 409
        assert (tmp_path / "workflows" / "d.json").read_text() == "{}"


@in_loop
async def test_of_many_writers_at_once_one_wins(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        asks = [client.ask("PUT", "/api/v1/documents/d", document(n), headers=NEW) for n in range(12)]
        answers = await asyncio.gather(*asks)
        won = [body["revision"] for status, body, _ in answers if status == 201]
        assert (len(won), {status for status, _, _ in answers}) == (1, {201, 409})
        assert (await client.get("/api/v1/documents"))["documents"][0]["revision"] == won[0]


def test_writers_in_other_threads_and_servers_lose_no_update(tmp_path: Path) -> None:
    """Each adds its number to what it saw, and tries again after a conflict: at the end, all are there."""

    def add(n: int) -> None:
        documents = Documents(tmp_path)  # as another process has it: they share the folder, nothing else
        while True:
            try:
                before = documents.read("d")
                seen, numbers = revision(before), json.loads(before)["numbers"]
            except Refusal:
                seen, numbers = None, []
            try:
                documents.write("d", json.dumps({"numbers": [*numbers, n]}).encode(), seen)
                return
            except Refusal as error:
                if error.status != 409:
                    raise

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(20)))
    assert sorted(json.loads(Documents(tmp_path).read("d"))["numbers"]) == list(range(20))


@in_loop
async def test_names_that_are_no_names_reach_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "server.json"
    secret.write_text("{}")
    names = [
        "..%2Fserver", "%2e%2e%2fserver", "..%5Cserver", "%2Fetc%2Fpasswd", "a%2Fb", "server.json", ".lock", "a%00",
        "..", "A", "%C3%A4", "con", "nul", "-a", "a" * 65, "a.b", "a%20", "%E2%80%A5", "a%0A", "%252e%252e%252fserver",
    ]  # fmt: skip
    async with served(tmp_path) as client:
        for name in names:
            for method, headers in (("GET", {}), ("PUT", NEW)):
                status, _, _ = await client.ask(method, f"/api/v1/documents/{name}", document(1), headers=headers)
                assert status in (404, 405), (name, status)
        assert not (tmp_path / "workflows").exists()
    assert secret.read_text() == "{}"


@pytest.mark.skipif(not hasattr(Path, "symlink_to"), reason="needs links")
@in_loop
async def test_a_link_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    home, outside = tmp_path / "home", tmp_path / "outside.json"
    outside.write_text('{"secret": 1}')
    (home / "workflows").mkdir(parents=True)
    (home / "workflows" / "link.json").symlink_to(outside)
    async with served(home) as client:
        status, body, _ = await client.ask("GET", "/api/v1/documents/link")
        assert (status, "secret" in str(body)) == (400, False)
        assert (await client.ask("PUT", "/api/v1/documents/link", document(1), headers=NEW))[0] == 400
    assert outside.read_text() == '{"secret": 1}'


@in_loop
async def test_what_is_no_document_is_not_written(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for body in (b"", b"[]", b"{", b'{"a": 1, "a": 2}', b'{"a": NaN}', b'{"a": "\\ud800"}', b"{" * 200):
            status, said, _ = await client.ask("PUT", "/api/v1/documents/d", body, headers=NEW)
            assert (status, bool(said["detail"])) == (400, True), body
        assert await client.get("/api/v1/documents") == {"documents": []}
