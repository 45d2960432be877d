"""The gallery: what runs made, found by what their records say; favourites; deleted when nothing needs it."""

from __future__ import annotations

import json
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from engine.record import embed
from server.database import Database
from server.database_url import in_file
from server.queue.tables import run_artifacts, run_workflows, runs
from tests.server import postgres
from tests.server.kit import Client, in_loop, served
from tests.server.test_assets import FILE, picture

DAY = 86400.0


def record(name: str, prompt: str, model: str) -> dict[str, Any]:
    """The record of a run."""
    nodes = {
        "model": {"type": "model.load@1", "inputs": {"model": model}},
        "positive": {"type": "text.encode@1", "inputs": {"encoder": {"from": "model"}, "text": prompt}},
    }
    return {"format": 1, "workflow": {"format": 1, "name": name, "nodes": nodes}, "models": {"model.unet": "sha256:ab"}}


def opened(home: Path) -> Database:
    """The database of the server with this state folder."""
    return Database.open(postgres.for_home(home) or in_file(home / "server.db"))


async def made(home: Path, *pictures: tuple[str, str, str, float]) -> list[str]:
    """What runs with these workflows, prompts and models made, at these times; the digests."""
    (home / "output").mkdir(exist_ok=True)
    database = opened(home)
    rows = []
    for i, (name, prompt, model, created) in enumerate(pictures):
        data = embed(picture(colour=f"#{i:06x}"), record(name, prompt, model))
        path = f"{name}-{i:04d}.png"
        (home / "output" / path).write_bytes(data)
        rows.append(
            {
                "run": f"{i:016x}",
                "position": 0,
                "node": "save",
                "name": path,
                "path": path,
                "mime": "image/png",
                "digest": f"sha256:{sha256(data).hexdigest()}",
                "bytes": len(data),
                "created": created,
            }
        )
    await database.ask(lambda connection: connection.execute(insert(run_artifacts), rows) and None)
    await database.close()
    return [str(row["digest"]) for row in rows]


async def names(client: Client, query: str = "") -> list[str]:
    """The names in a page of the gallery."""
    return [one["name"] for one in (await client.get(f"/api/v1/gallery{query}"))["pictures"]]


@in_loop
async def test_pictures_are_found_by_what_their_records_say(tmp_path: Path) -> None:
    await made(
        tmp_path,
        ("dot", "a red circle", "shapes", DAY),
        ("dot", "A BLUE square, 100% ÜBER", "shapes", 2 * DAY),
        ("star", "a red star\non white", "other/model", 3 * DAY),
    )
    async with served(tmp_path) as client:
        dot, blue, star = "dot-0000.png", "dot-0001.png", "star-0002.png"
        assert await names(client) == [star, blue, dot]
        table = {
            "?workflow=dot": [blue, dot], "?workflow=do": [], "?text=red": [star, dot], "?text=STAR%20red": [star],
            "?text=blue%20red": [], "?text=100%25": [blue], "?text=%25": [blue], "?text=_": [],
            "?text=%C3%BCber": [blue], "?text=": [star, blue, dot], "?page=2": [],
            "?model=shapes": [blue, dot], "?model=shape": [], "?model=sha256:ab": [star, blue, dot],
            "?model=other/model": [star], f"?after={2 * DAY}": [star, blue], f"?before={2 * DAY}": [dot],
            f"?after={DAY}&before={3 * DAY}&text=blue": [blue], "?favourite=true": [],
        }  # fmt: skip
        for query, expected in table.items():
            assert await names(client, query) == expected, query
        (found,) = (await client.get("/api/v1/gallery?text=star"))["pictures"]
        assert (found["workflow"], found["text"], found["models"]) == (
            "star", "a red star\non white", ["sha256:ab", "other/model"],
        )  # fmt: skip
        assert (await client.ask("GET", found["url"]))[0] == 200
        assert (await client.ask("GET", found["thumbnail"]))[0] == 200
        for wrong in (
            "?page=0",
            "?page=x",
            "?after=nan",
            "?after=inf",
            "?favourite=2",
            "?colour=red",
            "?text=a&text=b",
        ):
            assert (await client.ask("GET", f"/api/v1/gallery{wrong}"))[0] == 400, wrong


@in_loop
async def test_a_favourite_stays_one(tmp_path: Path) -> None:
    first, _ = await made(tmp_path, ("a", "one", "m", DAY), ("b", "two", "m", 2 * DAY))
    async with served(tmp_path) as client:
        path = f"/api/v1/gallery/{first}/favourite"
        assert (await client.ask("PUT", path, {"favourite": True}))[:2] == (200, {"digest": first, "favourite": True})
        for wrong in ({}, {"favourite": "perhaps"}, {"favourite": True, "x": 1}, [], None):
            assert (await client.ask("PUT", path, wrong))[0] == 400
        assert (await client.ask("PUT", path.replace(first, "sha256:" + "0" * 64), {"favourite": True}))[0] == 404
    async with served(tmp_path) as client:
        assert await names(client, "?favourite=true") == ["a-0000.png"]
        await client.ask("PUT", path, {"favourite": False})
        assert await names(client, "?favourite=true") == []


@in_loop
async def test_a_deleted_picture_is_gone_and_comes_back_when_it_is_made_again(tmp_path: Path) -> None:
    first, second = await made(tmp_path, ("a", "one", "m", DAY), ("b", "two", "m", 2 * DAY))
    async with served(tmp_path) as client:
        assert (await client.ask("GET", f"/api/v1/artifacts/{first}/thumbnail"))[0] == 200
        assert (await client.ask("DELETE", f"/api/v1/gallery/{first}"))[:2] == (200, {"digest": first, "removed": True})
        assert not (tmp_path / "output" / "a-0000.png").exists()
        assert not list((tmp_path / "thumbnails").iterdir())
        assert await names(client) == ["b-0001.png"]
        assert (await client.ask("GET", f"/api/v1/artifacts/{first}"))[0] == 410
        assert (await client.ask("PUT", f"/api/v1/gallery/{first}/favourite", {"favourite": True}))[0] == 404
        assert (await client.ask("DELETE", f"/api/v1/gallery/{'0' * 64}"))[0] == 404
        assert (await client.ask("GET", f"/api/v1/artifacts/{second}"))[0] == 200
    database = opened(tmp_path)
    row = {"run": "f" * 16, "position": 0, "node": "save", "name": "a-0002.png", "path": "a-0002.png"}
    row |= {"mime": "image/png", "digest": first, "bytes": 1, "created": time.time() + 1}  # type: ignore[dict-item]
    await database.ask(lambda connection: connection.execute(insert(run_artifacts), row) and None)
    await database.close()
    async with served(tmp_path) as client:
        assert await names(client) == ["a-0002.png", "b-0001.png"]


def enter_run(connection: Connection, document: str, changes: str = "{}") -> None:
    """A run of a document in the queue."""
    connection.execute(insert(run_workflows).values(digest="d" * 64, document=document))
    row = {"id": "e" * 16, "client": "", "name": "x", "status": "done", "priority": 0, "place": 0.0, "created": 0.0}
    connection.execute(insert(runs).values({**row, "workflow": "d" * 64, "changes": changes}))


@in_loop
async def test_an_upload_that_a_run_or_a_document_names_is_not_deleted(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        _, used, _ = await client.ask("POST", "/api/v1/assets", picture(), headers=FILE)
        _, free, _ = await client.ask("POST", "/api/v1/assets", picture(colour="blue"), headers=FILE)
    database = opened(tmp_path)
    await database.ask(lambda connection: enter_run(connection, f'{{"file":"{used["input"]}"}}'))
    await database.close()
    async with served(tmp_path) as client:
        status, body, _ = await client.ask("DELETE", f"/api/v1/gallery/{used['digest']}")
        assert (status, body["held_by"]) == (409, [f"run {'e' * 16}"])
        assert (tmp_path / "inputs" / used["input"]).exists()
        (tmp_path / "workflows").mkdir(exist_ok=True)
        (tmp_path / "workflows" / "mine.json").write_text(
            json.dumps({"nodes": {"a": {"inputs": {"file": free["input"]}}}})
        )
        status, body, _ = await client.ask("DELETE", f"/api/v1/gallery/{free['digest']}")
        assert (status, body["held_by"]) == (409, ["document mine"])
        (tmp_path / "workflows" / "mine.json").unlink()
        assert (await client.ask("DELETE", f"/api/v1/gallery/{free['digest']}"))[0] == 200
        assert not (tmp_path / "inputs" / free["input"]).exists()
        assert (await client.get("/api/v1/assets"))["total"] == 1
