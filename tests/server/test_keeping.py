"""Runs are kept before they are acknowledged: many at once, again and again with one key, and when that takes long."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from server.database import DATABASE
from server.queue import journal
from tests.server import full
from tests.server.kit import Client, in_loop, served
from tests.server.test_queue import TRIVIAL


async def submit(client: Client, **asked: Any) -> tuple[int, Any]:
    """Status and body of the answer."""
    status, said, _ = await client.ask("POST", "/api/v1/runs", {"workflow": TRIVIAL, **asked})
    return status, said


@in_loop
async def test_many_at_once_are_all_there_and_those_with_one_key_are_one_run(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        await client.ask("POST", "/api/v1/queue/pause", {})
        asked = [{"set": {"a.value": i}, **({"key": f"k{i % 3}"} if i >= 30 else {})} for i in range(30)]
        asked += [{"key": f"k{i % 3}"} for i in range(30)]
        answers = await asyncio.gather(*(submit(client, **one) for one in asked))
        assert [status for status, _ in answers[:30]] == [201] * 30
        assert sorted(status for status, _ in answers[30:]) == [200] * 27 + [201] * 3
        assert len({said["id"] for _, said in answers[30:]}) == 3
        listed = await client.get("/api/v1/runs?limit=200")
        assert {one["id"] for one in listed["runs"]} == {said["id"] for _, said in answers}
        events = (await client.get("/api/v1/events"))["events"]
        assert [one["id"] for one in events] == list(range(1, 34))
        assert {one["run"] for one in events} == {said["id"] for _, said in answers}


@in_loop
async def test_what_could_not_be_kept_in_time_is_one_run_however_often_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "PATIENCE", 0.2)
    async with served(tmp_path) as client:
        await client.app[DATABASE].ask(lambda c: full.refuse(c, "runs"))
        for _ in range(3):
            status, said = await submit(client, key="mine")
            assert (status, "no more room" in said["detail"]) == (503, True)
        await client.app[DATABASE].ask(lambda c: full.allow(c, "runs"))
        while (answer := await submit(client, key="mine"))[0] == 503:
            pass
        status, said = answer
        assert status == 200
        assert [one["id"] for one in (await client.get("/api/v1/runs"))["runs"]] == [said["id"]]
        assert (await client.ended(said["id"]))["status"] == "done"


@in_loop
async def test_a_name_that_no_database_takes_stops_nothing(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        odd = await client.begin(TRIVIAL | {"name": "half \ud800"})
        assert (await client.ended(odd))["status"] == "done"
        assert (await client.ended(await client.begin(TRIVIAL)))["status"] == "done"
