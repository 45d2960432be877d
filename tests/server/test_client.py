"""The Python client, against a real server: runs, events, files, workflows, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import LoomError
from engine.home import Home
from server.client import Client, ServerError
from server.client.find import where
from tests.engine.kit import doc
from tests.server.background import Served, in_background
from tests.server.kit import TOKEN
from tests.server.test_assets import picture
from tests.server.test_command import PICTURE


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with in_background(tmp_path_factory.mktemp("spoken")) as made:
        yield made


def test_a_script_runs_a_workflow_and_has_its_files(server: Served) -> None:
    with Client(server.url, TOKEN) as loom:
        run = loom.submit(PICTURE, set={"mask.right": 9})
        events = list(loom.events(run["id"]))
        assert [event["number"] for event in events] == list(range(1, len(events) + 1))
        assert events[-1]["event"] == "RunDone"
        assert list(loom.events(run["id"], after=2)) == events[2:]
        assert list(loom.events(run["id"], after=len(events))) == []
        shown = loom.wait(run["id"])
        assert shown["status"] == "done", shown
        (file,) = shown["artifacts"]
        assert loom.artifact(file["digest"]).startswith(b"\x89PNG")
        assert loom.cancel(run["id"])["status"] == "done"
        assert [one["digest"] for one in loom.ask("GET", "/gallery")["pictures"]] == [file["digest"]]


def test_a_script_uploads_a_picture_and_a_workflow_uses_it(server: Served) -> None:
    with Client(server.url, TOKEN) as loom:
        kept = loom.upload(picture(), "my picture.png")
        assert kept["name"] == "my picture.png"
        nodes = {
            "load": ("image.load@1", {"file": kept["input"]}),
            "save": ("image.save@1", {"image": {"from": "load"}}),
        }
        shown = loom.wait(loom.submit(doc(**nodes))["id"])
        assert (shown["status"], len(shown["artifacts"])) == ("done", 1), shown
        with pytest.raises(ServerError) as refused:
            loom.ask("DELETE", f"/gallery/{kept['digest']}")
        assert refused.value.status == 409


def test_a_script_keeps_a_workflow(server: Served) -> None:
    with Client(server.url, TOKEN) as loom:
        made = loom.put_workflow("mine", PICTURE)
        assert loom.workflow("mine")["nodes"] == PICTURE["nodes"]
        loom.put_workflow("mine", {**PICTURE, "description": "better"}, made["revision"])
        for old in (None, made["revision"]):
            with pytest.raises(ServerError) as refused:
                loom.put_workflow("mine", PICTURE, old)
            assert refused.value.status == 409
        assert loom.wait(loom.submit("mine")["id"])["status"] == "done"


def test_what_is_refused_is_said(server: Served) -> None:
    with Client(server.url, TOKEN) as loom:
        with pytest.raises(ServerError) as refused:
            loom.submit(doc(a=("no.such@1", {})))
        assert (refused.value.status, bool(refused.value.problems)) == (400, True)
        for ask in (loom.run, loom.artifact, lambda name: list(loom.events(name))):
            with pytest.raises(ServerError) as refused:
                ask("../../etc")
            assert refused.value.status == 404
    with Client(server.url, "wrong-token-wrong-token") as loom, pytest.raises(ServerError) as refused:
        loom.run("x")
    assert refused.value.status == 401


def test_the_server_of_this_user_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOOM_TOKEN", raising=False)
    home = Home(tmp_path)
    with pytest.raises(LoomError, match="loom serve"):
        where(None, home)
    (tmp_path / "server.json").write_text(json.dumps({"url": "http://127.0.0.1:1/", "token": "session"}))
    (tmp_path / "token").write_text("kept\n")
    assert where(None, home) == ("http://127.0.0.1:1/", "session")
    assert where("http://localhost:2", home) == ("http://localhost:2", "kept")
    with pytest.raises(LoomError, match="LOOM_TOKEN"):
        where("https://elsewhere.example", home)  # the token of this machine is not sent there
    monkeypatch.setenv("LOOM_TOKEN", "told")
    assert where("https://elsewhere.example", home) == ("https://elsewhere.example", "told")
