"""A database that cannot be written: nothing is told that is not kept, and /health says so."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from server.database import DATABASE
from server.queue import journal
from server.queue.queue import QUEUE
from server.queue.trouble import Trouble, after
from tests.server import full
from tests.server.kit import Client, in_loop, served

HEALTH = "/api/v1/health"


async def told(client: Client) -> Any:
    """What anybody is told."""
    status, found, _ = await client.ask("GET", HEALTH, token=False)
    assert status == 200
    return found


def test_attempts_are_further_and_further_apart() -> None:
    trouble = None
    pauses = []
    for _ in range(9):
        trouble = after(ValueError("secret"), trouble)
        pauses.append(trouble.pause)
    assert trouble is not None
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert (trouble.attempts, trouble.reason) == (9, "ValueError")
    assert Trouble("x", 10**6, 0.0).pause == 60


@in_loop
async def test_health_is_degraded_until_the_commit_succeeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "PATIENCE", 0.3)
    async with served(tmp_path) as client:
        assert (await told(client))["status"] == "ok"
        begin = time.time()
        await client.app[DATABASE].ask(lambda c: full.refuse(c, "queue_settings"))
        status, said, _ = await client.ask("POST", "/api/v1/queue/pause", {})
        assert (status, "no more room" in said["detail"]) == (503, True)
        await asyncio.sleep(1.0)
        found = await told(client)
        (problem,) = found["problems"]
        assert (found["status"], "no more room" in problem["reason"]) == ("degraded", True)
        assert problem["attempts"] >= 2
        assert begin <= problem["since"] <= time.time()
        await client.app[DATABASE].ask(lambda c: full.allow(c, "queue_settings"))
        while (found := await told(client))["status"] != "ok":
            await asyncio.sleep(0.05)
        assert found["problems"] == []
        assert client.app[QUEUE].paused  # what was asked for was done when it could be


@in_loop
async def test_a_server_ends_though_its_last_commit_never_succeeds(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        await client.app[DATABASE].ask(lambda c: full.refuse(c, "queue_settings"))
        asking = asyncio.create_task(client.ask("POST", "/api/v1/queue/pause", {}))
        while (await told(client))["status"] == "ok":
            await asyncio.sleep(0.05)
        begin = time.monotonic()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert time.monotonic() - begin < 20
    async with served(tmp_path) as client:
        await client.app[DATABASE].ask(lambda c: full.allow(c, "queue_settings"))
        assert (await told(client))["status"] == "ok"
        assert not (await client.get("/api/v1/queue"))["paused"]
