"""Whatever is killed, at whatever moment: no run is lost, none is completed twice, and all go on where they were."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
import urllib.error
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.api import Engine
from tests.engine.kit import doc, inside, link, loop
from tests.server.kit import registry, write_nodes
from tests.server.test_command import Process, children, serving

SOAK = bool(os.environ.get("LOOM_SOAK"))
TRIVIAL = doc(a=("t.make@1", {"value": 1.0}), save=("serve.value@1", {"a": link("a")})) | {"name": "trivial"}


def walk(count: int, seconds: float) -> dict[str, Any]:
    """A loop whose every step takes a while; its result depends on every step."""
    made = doc(
        zero=("t.make@1", {"value": 0.1}),
        list=("t.upto@1", {"n": count}),
        loop=loop(link("list"), x=(link("zero"), link("step"))),
        held=inside("loop", "serve.hold@1", {"a": link("loop.x"), "seconds": seconds}),
        step=inside("loop", "t.mix@1", {"low": link("held"), "high": link("zero"), "scale": 0.7}),
        save=("serve.value@1", {"a": link("loop.x")}),
    )
    return made | {"name": "walk"}


def calm(home: Path, document: dict[str, Any], **changes: Any) -> bytes:
    """The file of an undisturbed run."""
    with Engine(home=home, device="cpu", dtype="fp32", threads=1, registry=registry()) as engine:
        return engine.run(document, set=changes).artifacts[0]


def events_of(server: Process, run: str) -> list[dict[str, Any]]:
    """All events of a run."""
    found: list[dict[str, Any]] = []
    while True:
        page = server.ask(f"/api/v1/runs/{run}/events?after={found[-1]['number'] if found else 0}")["events"]
        if not page:
            return found
        found += page


def ended(server: Process, run: str, seconds: float = 60.0) -> dict[str, Any]:
    """A run, once it has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        shown: dict[str, Any] = server.ask(f"/api/v1/runs/{run}")
        if shown["status"] in ("done", "failed", "cancelled"):
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


def test_workers_are_killed_mid_run_and_every_run_has_the_bits_of_an_undisturbed_one(tmp_path: Path) -> None:
    kills, chance, steps = 20 if SOAK else 5, random.Random(7), 12
    write_nodes(tmp_path)
    document = walk(steps, 0.03)
    with serving(tmp_path, "--threads", "1") as server:
        for i in range(kills):
            value = 1.0 + i
            asked = {"workflow": document, "set": {"zero.value": value}}
            run = server.ask("/api/v1/runs", asked)["id"]
            wanted = chance.randrange(steps - 1)
            while server.ask(f"/api/v1/runs/{run}")["steps_done"] < wanted:
                time.sleep(0.005)
            time.sleep(chance.random() * 0.03)
            os.kill(worker_of(server), signal.SIGKILL)
            shown, told = ended(server, run), events_of(server, run)
            assert (shown["status"], shown["steps_done"], shown["error"]) == ("done", steps, None)
            expected = calm(tmp_path / f"calm{i}", document, **{"zero.value": value})
            (made,) = shown["artifacts"]
            assert (tmp_path / "output" / made["name"]).read_bytes() == expected
            assert [e["number"] for e in told] == list(range(1, len(told) + 1))
            assert sum(e["event"] == "RunDone" for e in told) == 1
            done = [e for e in told if e["event"] == "StepDone"]
            assert sum("repeated" not in e for e in done) == steps
            if any(e["event"] == "WorkerRestarted" for e in told):
                assert len(done) <= steps + 3, "it went on near where it was"
    assert len(list((tmp_path / "output").iterdir())) == kills


class Load:
    """Submits runs, each with a key, and keeps on asking until the answer is there, whatever happens to the server."""

    def __init__(self, home: Path) -> None:
        self.home, self.end = home, threading.Event()
        self.acknowledged: dict[str, str] = {}
        self.thread = threading.Thread(target=self._submit)

    def _submit(self) -> None:
        i = 0
        while not self.end.is_set():
            i += 1
            body = {"workflow": TRIVIAL, "set": {"a.value": i / 1000}, "key": f"run {i}"}
            while not self.end.is_set():
                with contextlib.suppress(urllib.error.URLError, OSError, ValueError):
                    self.acknowledged[f"run {i}"] = Asker(self.home).ask("/api/v1/runs", body)["id"]
                    break
                time.sleep(0.02)
            time.sleep(0.01)


class Asker(Process):
    """Asks the server of a home, whichever process it is."""

    def __init__(self, home: Path) -> None:
        self.home = home


@contextlib.contextmanager
def loaded(home: Path) -> Iterator[Load]:
    """While submissions come in."""
    load = Load(home)
    load.thread.start()
    try:
        yield load
    finally:
        load.end.set()
        load.thread.join()


def test_the_server_is_killed_under_load_and_no_run_is_lost_or_completed_twice(tmp_path: Path) -> None:
    kills, chance, steps = 100 if SOAK else 10, random.Random(11), 100 if SOAK else 40
    write_nodes(tmp_path)
    long = ""
    with loaded(tmp_path) as load:
        for _ in range(kills):
            with serving(tmp_path, "--threads", "1") as server:
                if not long:
                    body = {"workflow": walk(steps, 0.05), "priority": 9, "key": "long"}
                    long = server.ask("/api/v1/runs", body)["id"]
                wanted = len(load.acknowledged) + chance.randrange(1, 8)
                while len(load.acknowledged) < wanted:
                    time.sleep(0.002)
                time.sleep(chance.random() * 0.5)
                server.process.kill()
    with serving(tmp_path, "--threads", "1") as server:
        shown, told = ended(server, long), events_of(server, long)
        # a step that was stored, and whose report the dead server never wrote down, is found in the cache
        assert (shown["status"], shown["steps_done"] + shown["steps_cached"]) == ("done", steps)
        assert shown["steps_done"] >= steps - 3 * kills
        repeated = sum(e["event"] == "StepDone" for e in told) - steps
        assert repeated <= 3 * sum(e["event"] == "RunResumed" for e in told)
        assert len(load.acknowledged) >= kills
        for run in load.acknowledged.values():
            assert ended(server, run)["status"] == "done"
        while (state := server.ask("/api/v1/queue"))["waiting"] or state["running"]:  # not all were acknowledged
            time.sleep(0.02)
        runs, before = [], ""
        while before is not None:
            page = server.ask(f"/api/v1/runs?limit=200{before}")
            runs += page["runs"]
            before = f"&before={page['next']}" if page["next"] else None
        everything: list[dict[str, Any]] = []
        while page := server.ask(f"/api/v1/events?after={everything[-1]['id'] if everything else 0}")["events"]:
            everything += page
        assert server.end()[0] == 0
    assert [e["id"] for e in everything] == list(range(1, len(everything) + 1))
    assert set(load.acknowledged.values()) <= {run["id"] for run in runs}
    assert set(Counter(e["run"] for e in everything if e["event"] == "RunDone").values()) == {1}
    files = sorted(file.name for file in (tmp_path / "output").iterdir())
    assert files == sorted(made["name"] for run in runs for made in run["artifacts"])
    assert all(len(run["artifacts"]) == 1 for run in runs)
