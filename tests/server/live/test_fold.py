"""A log that grows long is folded, and keeps its promises about what is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from server.live import fold, store
from tests.server.kit import in_loop
from tests.server.live.test_live import ROOT, opened, value


@in_loop
async def test_old_revisions_are_folded_into_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold, "KEPT", 50)
    monkeypatch.setattr(fold, "SPARSE", 60)
    monkeypatch.setattr(store, "EVERY", 20)
    async with opened(tmp_path) as (client, join):
        a, b = await join("a"), await join("b")
        await b.done(await b.do(value(1000, "n2", "by")))
        for n in range(3, 201):
            said = await a.done(await a.do(value(n)))
            assert said["revision"] == n
        await a.until(lambda: a.revision == 200)

        shown = await client.get(f"{ROOT}/d/history?limit=500")
        numbers = [step["revision"] for step in shown["history"]]
        assert numbers == list(range(200, shown["folded"], -1))
        assert 100 <= shown["folded"] <= 150
        assert len(shown["kept"]) <= 3
        assert shown["kept"][-1] == shown["folded"]
        assert shown["kept"][0] < 60
        for number in (*range(shown["folded"], 201, 7), 200, *shown["kept"]):
            found = await client.get(f"{ROOT}/d/revisions/{number}")
            assert value_of(found["document"]) == number
        for number in (1, shown["folded"] - 1):
            status, said, _ = await client.ask("GET", f"{ROOT}/d/revisions/{number}")
            assert (status, "folded" in said["detail"]) == (410, True)
            status, _, _ = await client.ask("POST", f"{ROOT}/d/restore", {"revision": number})
            assert status == 410

        refused = await b.done(await b.say({"type": "undo"}))  # in memory it is still the last that b did
        assert "too long ago" in refused["problem"]["detail"]
        for n in range(199, 160, -1):
            assert (await a.done(await a.say({"type": "undo"})))["type"] == "ack"
            await a.until(lambda n=n: value_of(a.document) == n)  # type: ignore[misc]
        status, restored, _ = await client.ask("POST", f"{ROOT}/d/restore", {"revision": shown["kept"][0]})
        assert status == 200
        difference = await client.get(f"{ROOT}/d/diff?from={shown['kept'][0]}&to={restored['revision']}")
        assert difference["inputs"] == []

    async with opened(tmp_path) as (client, join):  # after a restart it is the same, from what is left
        a, b = await join("a"), await join("b")
        assert (await client.get(f"{ROOT}/d")) == a.document
        refused = await b.done(await b.say({"type": "undo"}))
        assert refused["problem"]["detail"] == "there is nothing to undo"
        file = json.loads((tmp_path / "workflows" / "d.json").read_text())
        assert file == a.document


def value_of(document: Any) -> Any:
    return document["nodes"]["n0"]["inputs"]["value"]
