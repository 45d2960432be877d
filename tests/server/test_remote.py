"""`loom run --server`, as a process, against a server that is another process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.kit import doc, link
from tests.server.kit import write_nodes
from tests.server.test_command import PICTURE, Process, serving
from tests.signals import heed_ctrl_c

PATIENCE = 120.0
SLOW = doc(
    thing=("t.make", {}),
    hold=("serve.hold", {"a": link("thing"), "seconds": 60.0}),
    save=("serve.value", {"a": link("hold")}),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    home = tmp_path_factory.mktemp("remote")
    write_nodes(home)
    with serving(home) as made:
        yield made


def loom(server: Process, folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """`loom run` in a folder, with nothing of the server's but its address and what is said here."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("LOOM_")}
    env |= {"LOOM_HOME": str(folder / "own"), **environment}
    command = [sys.executable, "-m", "engine.cli", "run", *arguments, "--server", server.facts()["url"]]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env=env, stdout=pipe, stderr=pipe, text=True, preexec_fn=heed_ctrl_c)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, output, errors."""
    out, errors = process.communicate(timeout=PATIENCE)
    return process.returncode, out, errors


def written(folder: Path, document: dict[str, Any], name: str = "w.json") -> str:
    """A workflow's file."""
    (folder / name).write_text(json.dumps(document))
    return name


def runs(server: Process) -> Any:
    """The runs, newest first."""
    return server.ask("/api/v1/runs")["runs"]


def until(server: Process, run: str, status: str) -> Any:
    """The run, once it has a status."""
    limit = time.monotonic() + PATIENCE
    while (shown := server.ask(f"/api/v1/runs/{run}"))["status"] != status:
        assert time.monotonic() < limit, shown
        time.sleep(0.02)
    return shown


def test_it_runs_there_and_the_files_come_here(server: Process, tmp_path: Path) -> None:
    token = tmp_path / "the-token"
    token.write_text((server.home / "token").read_text())
    file = written(tmp_path, PICTURE)
    options = ("--token-file", str(token), "--set", "mask.right=9", "--output", "pictures", "--json")
    code, out, errors = ended(loom(server, tmp_path, file, *options))
    assert (code, errors) == (0, "")
    first, last = out.splitlines()
    shown = json.loads(last)
    run = server.ask(f"/api/v1/runs/{shown['run']}")
    assert (run["set"], run["status"], shown["status"]) == ({"mask.right": 9}, "done", "done")
    assert shown["artifacts"] == [{"node": "save", "path": first, "digest": run["artifacts"][0]["digest"]}]
    saved = shown["nodes"]["save"]
    assert saved.pop("seconds") > 0
    assert saved == {"status": "ran", "steps_run": 1, "steps_cached": 0, "calls": 1}
    assert (tmp_path / first).read_bytes().startswith(b"\x89PNG")
    assert not (tmp_path / "own" / "cache").exists()  # nothing ran here
    code, again, _ = ended(loom(server, tmp_path, first, "--token-file", str(token), "--output", "pictures"))
    assert code == 0
    assert (tmp_path / again.strip()).name == "w-0002.png"  # no file is written over


def test_a_workflow_that_the_server_keeps_runs_by_its_name(server: Process, tmp_path: Path) -> None:
    token = (server.home / "token").read_text().strip()
    with_name = {"If-None-Match": "*"}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", **with_name}
    url = f"{server.facts()['url']}api/v1/workflows/kept"
    urllib.request.urlopen(urllib.request.Request(url, json.dumps(PICTURE).encode(), headers, method="PUT")).close()
    code, out, errors = ended(loom(server, tmp_path, "kept", "--set", "mask.right=11", LOOM_TOKEN=token))
    assert (code, errors) == (0, "")
    assert (tmp_path / out.strip()).is_file()
    assert runs(server)[0]["artifacts"]
    assert server.ask(f"/api/v1/runs/{runs(server)[0]['id']}")["set"] == {"mask.right": 11}


def test_what_is_wrong_has_its_exit_code_and_a_sentence(server: Process, tmp_path: Path) -> None:
    token = (server.home / "token").read_text().strip()
    file = written(tmp_path, PICTURE)
    cases: list[tuple[tuple[str, ...], dict[str, str], int, str]] = [
        ((file,), {}, 1, "LOOM_TOKEN"),
        ((file, "--set", "mask.rigth=3"), {"LOOM_TOKEN": token}, 2, "did you mean 'right'"),
        ((file,), {"LOOM_TOKEN": "another-token-that-is-wrong"}, 1, "token"),
        (("nowhere",), {"LOOM_TOKEN": token}, 2, "there is no workflow 'nowhere'"),
        (("nowhere.json",), {"LOOM_TOKEN": token}, 2, "nowhere.json"),
        ((file, "--device", "cpu"), {"LOOM_TOKEN": token}, 2, "--device"),
        ((file, "--token-file", "none"), {}, 2, "none cannot be read"),
        ((file, "--target", "nothing"), {"LOOM_TOKEN": token}, 2, "nothing"),
    ]
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "token").write_text("")
    before = len(runs(server))
    for arguments, environment, expected, sentence in cases:
        code, out, errors = ended(loom(server, tmp_path, *arguments, **environment))
        assert (code, out) == (expected, ""), (arguments, errors)
        assert sentence in errors, (arguments, errors)
        assert "Traceback" not in errors
    assert len(runs(server)) == before
    failing = doc(thing=("t.make", {}), bad=("t.fail", {"a": link("thing")}), save=("serve.value", {"a": link("bad")}))
    code, out, errors = ended(loom(server, tmp_path, written(tmp_path, failing), "--json", LOOM_TOKEN=token))
    shown = json.loads(out)
    assert (code, shown["status"], shown["node"]) == (1, "failed", "bad")
    assert "bad" in errors


def test_ctrl_c_cancels_this_run_alone(server: Process, tmp_path: Path) -> None:
    token = (server.home / "token").read_text().strip()
    other = server.ask("/api/v1/runs", {"workflow": SLOW, "set": {"hold.seconds": 1.5}})["id"]
    until(server, other, "running")
    process = loom(server, tmp_path, written(tmp_path, SLOW), LOOM_TOKEN=token)
    while runs(server)[0]["id"] == other:
        time.sleep(0.02)
    mine = runs(server)[0]["id"]
    until(server, mine, "running")
    after = server.ask("/api/v1/runs", {"workflow": SLOW, "set": {"hold.seconds": 0.1, "thing.value": 5}})["id"]
    process.send_signal(signal.SIGINT)
    code, out, errors = ended(process)
    assert (code, out) == (130, ""), errors
    assert "cancelled" in errors
    assert "Traceback" not in errors
    assert server.ask(f"/api/v1/runs/{mine}")["status"] == "cancelled"
    assert until(server, other, "done")["error"] is None
    assert until(server, after, "done")["error"] is None


def test_it_goes_on_when_the_server_comes_back(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write_nodes(home)
    counted = doc(
        thing=("t.make", {}),
        hold=("serve.hold", {"a": link("thing"), "seconds": 2.0}),
        save=("serve.value", {"a": link("hold")}),
    )
    with serving(home) as server:
        port = str(server.facts()["port"])
        token = (home / "token").read_text().strip()
        process = loom(server, tmp_path, written(tmp_path, counted), "--json", LOOM_TOKEN=token)
        while not (found := runs(server)):
            time.sleep(0.02)
        until(server, found[0]["id"], "running")
        assert server.end(signal.SIGTERM)[0] == 0
    with serving(home, "--port", port) as server:
        code, out, errors = ended(process)
        assert (code, json.loads(out.splitlines()[-1])["status"]) == (0, "done"), errors
        assert "the connection was lost; trying again" in errors
        assert len(runs(server)) == 1
