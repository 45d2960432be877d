"""Whatever is killed, at whatever moment: no run is lost, none is completed twice, and all go on where they were."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any

from engine.api import Engine
from server.queue.store import KEPT_EVENTS
from tests.engine.kit import doc, inside, link, loop
from tests.server.kit import registry, write_nodes
from tests.server.soak import SOAK, count, counted, long, record
from tests.server.test_command import Process, children, serving, surroundings

TRIVIAL = doc(a=("t.make@1", {"value": 1.0}), save=("serve.value@1", {"a": link("a")})) | {"name": "trivial"}
EDITED = "/api/v1/workflows/edited"
OVER = ("done", "failed", "cancelled")


def walk(number: int, seconds: float) -> dict[str, Any]:
    """A loop whose every step takes a while; its result depends on every step."""
    made = doc(
        zero=("t.make@1", {"value": 0.1}),
        list=("t.upto@1", {"n": number}),
        loop=loop(link("list"), x=(link("zero"), link("step"))),
        held=inside("loop", "serve.hold@1", {"a": link("loop.x"), "seconds": seconds}),
        step=inside("loop", "t.mix@1", {"low": link("held"), "high": link("zero"), "scale": 0.7}),
        save=("serve.value@1", {"a": link("loop.x")}),
    )
    return made | {"name": "walk"}


def calm(document: dict[str, Any], **changes: Any) -> bytes:
    """The file of an undisturbed run, by an engine that stores nothing."""
    with Engine(disk=False, device="cpu", dtype="fp32", threads=1, registry=registry()) as engine:
        return engine.run(document, set=changes).artifacts[0]


def events_of(server: Process, run: str | None = None) -> list[dict[str, Any]]:
    """All events of a run, or of all runs."""
    path, number = (f"/api/v1/runs/{run}/events", "number") if run is not None else ("/api/v1/events", "id")
    found: list[dict[str, Any]] = []
    while page := server.ask(f"{path}?after={found[-1][number] if found else 0}")["events"]:
        found += page
    return found


def all_runs(server: Process) -> list[dict[str, Any]]:
    """All runs that the server knows."""
    found: list[dict[str, Any]] = []
    before: str | None = ""
    while before is not None:
        page = server.ask(f"/api/v1/runs?limit=200{before}")
        found += page["runs"]
        before = f"&before={page['next']}" if page["next"] else None
    return found


def ended(server: Process, run: str, seconds: float = 60.0) -> dict[str, Any]:
    """A run, once it has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        shown: dict[str, Any] = server.ask(f"/api/v1/runs/{run}")
        if shown["status"] in OVER:
            return shown
        time.sleep(0.02)
    raise AssertionError(server.ask(f"/api/v1/runs/{run}"))


def worker_of(server: Process) -> int:
    """The worker's process id, once there is one."""
    while True:
        found = children(server.process.pid)
        if found:
            return found[0]
        time.sleep(0.01)


@long
def test_workers_are_killed_mid_run_and_every_run_has_the_bits_of_an_undisturbed_one(tmp_path: Path) -> None:
    """Before its first step, between any two, and after its last, when its file is about to be written."""
    begun, kills, chance, steps = time.monotonic(), count(20), random.Random(7), 10
    restarts = again = 0
    write_nodes(tmp_path)
    document = walk(steps, 0.02)
    with serving(tmp_path, "--threads", "1") as server:
        for i in counted("workers killed", kills):
            value = 1.0 + i
            run = server.ask("/api/v1/runs", {"workflow": document, "set": {"zero.value": value}})["id"]
            wanted = i * (steps - 1) // (kills - 1)
            while (shown := server.ask(f"/api/v1/runs/{run}"))["steps_done"] < wanted and shown["status"] not in OVER:
                time.sleep(0.005)
            time.sleep(chance.random() * 0.03)
            os.kill(worker_of(server), signal.SIGKILL)
            shown, told = ended(server, run), events_of(server, run)
            assert (shown["status"], shown["steps_done"] + shown["steps_cached"]) == ("done", steps), shown
            (made,) = shown["artifacts"]
            assert (tmp_path / "output" / made["name"]).read_bytes() == calm(document, **{"zero.value": value})
            assert [e["number"] for e in told] == list(range(1, len(told) + 1))
            assert sum(e["event"] == "RunDone" for e in told) == 1
            done = [e for e in told if e["event"] == "StepDone"]
            assert sum("repeated" not in e for e in done) == shown["steps_done"]
            restarted = sum(e["event"] == "WorkerRestarted" for e in told)
            assert len(done) - steps <= 3 * restarted, "it went on near where it was"
            restarts, again = restarts + restarted, again + max(0, len(done) - steps)
    made_files = [path for path in (tmp_path / "output").iterdir() if not path.name.startswith(".loom-")]
    assert len(made_files) == kills, "what was being written when a worker died has no name of its own yet"
    assert restarts >= kills // 2, "most of the kills came while the run was under way"
    record("workers killed", begun, kills=kills, mid_run=restarts, steps_repeated=again, bits="equal")


class Load:
    """Submits runs and edits a workflow, each with a key of its own, and asks on until the answer is there, whatever
    happens to the server. Seven of eight runs are done at once, one takes a while."""

    def __init__(self, home: Path) -> None:
        self.home, self.end = home, threading.Event()
        self.runs: dict[str, str] = {}
        self.edits: dict[str, int] = {}
        self.threads = [threading.Thread(target=self._submit), threading.Thread(target=self._edit)]

    def _submit(self) -> None:
        i = 0
        while not self.end.is_set():
            i += 1
            what = (TRIVIAL, "a.value") if i % 8 else (walk(3, 0.01), "zero.value")
            said = self._insist("/api/v1/runs", {"workflow": what[0], "set": {what[1]: i / 1000}, "key": f"run {i}"})
            if said is not None:
                self.runs[f"run {i}"] = said["id"]
            time.sleep(0.03)

    def _edit(self) -> None:
        i = 0
        while not self.end.is_set():
            i += 1
            operation = {"op": "set_look", "node": "a", "key": f"edit-{i}", "value": i}
            edit = {"id": f"edit-{i}", "operations": [operation]}
            said = self._insist(f"{EDITED}/operations", {"client": "load", "edits": [edit]})
            if said is not None:
                self.edits[f"edit-{i}"] = said["results"][0]["revision"]
            time.sleep(0.03)

    def _insist(self, path: str, body: Any) -> Any:
        while not self.end.is_set():
            with contextlib.suppress(urllib.error.URLError, OSError, ValueError, HTTPException):
                return Asker(self.home).ask(path, body)
            time.sleep(0.02)
        return None


class Asker(Process):
    """Asks the server of a home, whichever process it is."""

    def __init__(self, home: Path) -> None:
        self.home = home


@contextlib.contextmanager
def loaded(home: Path) -> Iterator[Load]:
    """While submissions and edits come in."""
    load = Load(home)
    for thread in load.threads:
        thread.start()
    try:
        yield load
    finally:
        load.end.set()
        for thread in load.threads:
            thread.join()


def kill_while_it_starts(home: Path, chance: random.Random) -> None:
    """Between its first instruction and its first answers."""
    command = [sys.executable, "-m", "engine.cli", "serve", "--port", "0", "--device", "cpu", "--threads", "1"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet, env=surroundings(home)) as process:
        time.sleep(0.2 + chance.random())
        process.kill()


@long
def test_the_server_is_killed_under_load_and_no_run_is_lost_or_completed_twice(tmp_path: Path) -> None:
    """Four of six kills come while it answers, one while it starts, one while it ends as it was told to."""
    begun, kills, chance, steps = time.monotonic(), count(100), random.Random(11), 100 if SOAK else 30
    write_nodes(tmp_path)
    long = ""
    phases: Counter[str] = Counter()
    with loaded(tmp_path) as load:
        for i in counted("servers killed", kills):
            phase = ("answering", "starting", "answering", "answering", "ending", "answering")[i % 6]
            phases[phase] += 1
            if phase == "starting":
                kill_while_it_starts(tmp_path, chance)
                continue
            with serving(tmp_path, "--threads", "1") as server:
                if not long:
                    server.ask(EDITED, TRIVIAL, "PUT", {"If-None-Match": "*"})
                    body = {"workflow": walk(steps, 0.05), "priority": 9, "key": "long"}
                    long = server.ask("/api/v1/runs", body)["id"]
                wanted = len(load.runs) + chance.randrange(1, 8)
                while len(load.runs) < wanted:
                    time.sleep(0.002)
                time.sleep(chance.random() * 0.3)
                if phase == "ending":
                    server.process.terminate()
                    time.sleep(chance.random() * 0.3)
                server.process.kill()
    with serving(tmp_path, "--threads", "1") as server:
        shown, told = ended(server, long, 120), events_of(server, long)
        while (state := server.ask("/api/v1/queue"))["waiting"] or state["running"]:  # not all were acknowledged
            time.sleep(0.05)
        runs, everything, document = all_runs(server), events_of(server), server.ask(EDITED)
        assert server.end()[0] == 0
    # a step that was stored, and whose report the dead server never wrote down, is found in the cache
    assert (shown["status"], shown["steps_done"] + shown["steps_cached"]) == ("done", steps)
    repeated = sum(e["event"] == "StepDone" for e in told) - shown["steps_done"]
    resumed = sum(e["event"] == "RunResumed" for e in told)
    assert repeated <= 3 * resumed
    numbers = [e["id"] for e in everything]
    assert numbers == sorted(set(numbers))
    assert len(runs) > KEPT_EVENTS or numbers == list(range(1, len(numbers) + 1)), "of more, old ones are forgotten"
    assert set(load.runs.values()) <= {run["id"] for run in runs}
    assert {run["status"] for run in runs} == {"done"}
    assert set(Counter(e["run"] for e in everything if e["event"] == "RunDone").values()) == {1}
    files = sorted(file.name for file in (tmp_path / "output").iterdir())
    assert files == sorted(made["name"] for run in runs for made in run["artifacts"])
    assert all(len(run["artifacts"]) == 1 for run in runs)
    looks = document["ui"]["nodes"]["a"]
    assert all(looks[name] == int(name.removeprefix("edit-")) for name in load.edits), "acknowledged edits are there"
    revisions = list(load.edits.values())
    assert revisions == sorted(set(revisions)), "each was done once, in its order"
    for file in (tmp_path / "workflows").glob("*.json"):
        assert json.loads(file.read_text())["format"] == 1, "no file is torn"
    counts = {"kills": kills, **phases, "runs": len(load.runs), "edits": len(load.edits)}
    record("servers killed under load", begun, **counts, resumed=resumed, steps_repeated=repeated, lost=0, twice=0)
