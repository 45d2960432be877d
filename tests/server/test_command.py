"""`loom serve` as a process: quick to listen, light until it works, orderly at the end."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main, parser
from server.queue import lock
from tests.engine.kit import doc, link
from tests.server import postgres

PICTURE = doc(
    mask=("mask.ellipse@1", {"width": 16, "height": 16, "left": 2, "top": 2, "right": 14, "bottom": 14}),
    picture=("mask.to_image@1", {"mask": link("mask")}),
    save=("image.save@1", {"image": link("picture")}),
)


class Process:
    """A running `loom serve`."""

    def __init__(self, home: Path, *options: str, **environment: str) -> None:
        command = [sys.executable, "-m", "engine.cli", "serve", "--port", "0", "--device", "cpu", *options]
        env = surroundings(home) | environment
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        self.worked = cpu_seconds(self.process.pid)
        self.home = home

    def facts(self) -> Any:
        """What it wrote for local clients."""
        return json.loads((self.home / "server.json").read_text())

    def ask(self, path: str, body: Any = None, method: str | None = None, more: dict[str, str] | None = None) -> Any:
        """The JSON that it answers."""
        facts = self.facts()
        headers = {"Authorization": f"Bearer {facts['token']}", "Content-Type": "application/json"} | (more or {})
        data = json.dumps(body).encode() if body is not None else None
        url = f"http://127.0.0.1:{facts['port']}{path}"
        with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=20) as got:
            return json.load(got)

    def loaded(self, library: str, pid: int | None = None) -> bool:
        """Whether the process, or another, has a shared library in its memory."""
        return library in Path(f"/proc/{pid or self.process.pid}/maps").read_text()

    def end(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        """Signal it, and wait: exit code, the rest of its output, its errors."""
        self.process.send_signal(number)
        self.process.wait(20)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        return self.process.returncode, self.said + self.process.stdout.read(), self.process.stderr.read()


def surroundings(home: Path) -> dict[str, str]:
    """The environment of a server with a state folder."""
    given = {k: v for k, v in os.environ.items() if k != "LOOM_TOKEN"} | {"LOOM_HOME": str(home)}
    database = postgres.for_home(home)
    return given | ({"LOOM_DATABASE": database.render_as_string(hide_password=False)} if database is not None else {})


def cpu_seconds(pid: int) -> float:
    """What a process has worked so far, where the system tells."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    return [int(one) for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()]


def resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def serving(home: Path, *options: str, **environment: str) -> Iterator[Process]:
    """A process that ends with the test in any case."""
    made = Process(home, *options, **environment)
    try:
        yield made
    finally:
        if made.process.poll() is None:
            made.process.kill()
            made.process.wait()
        for stream in (made.process.stdout, made.process.stderr):
            if stream is not None:
                stream.close()


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="looks into the process as Linux shows it")
def test_it_listens_at_once_and_leaves_torch_to_the_worker(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert server.said.startswith("Latent Loom is at http://127.0.0.1:")
        assert server.worked < 2, "seconds of work before it listens: twice what the benchmark measures by itself"
        assert server.ask("/api/v1/health")["status"] == "ok"
        assert any(one["type"] == "unet.denoise@1" for one in server.ask("/api/v1/nodes")["nodes"])
        assert server.ask("/api/v1/validate", {"workflow": PICTURE}) == {"valid": True, "problems": []}
        assert server.ask("/api/v1/plan", {"workflow": PICTURE})["nodes"]["save"]["status"] == "run"
        assert not server.loaded("libtorch")
        run = server.ask("/api/v1/runs", {"workflow": PICTURE})["id"]
        while (shown := server.ask(f"/api/v1/runs/{run}"))["status"] in ("queued", "running"):
            time.sleep(0.02)
        assert shown["status"] == "done", shown
        assert not server.loaded("libtorch")
        (worker,) = children(server.process.pid)
        assert server.loaded("libtorch", worker)
        assert resident(server.process.pid) < 120 << 20, "bytes of the HTTP process"

        facts = server.facts()
        assert facts["pid"] == server.process.pid
        assert stat.S_IMODE((tmp_path / "server.json").stat().st_mode) == 0o600
        code, out, errors = server.end()
        assert (code, errors) == (0, "")
        assert facts["token"] not in out
        assert not (tmp_path / "server.json").exists()


def test_it_ends_a_run_under_way(tmp_path: Path) -> None:
    nodes = tmp_path / "nodes"
    nodes.mkdir()
    (nodes / "slow.py").write_text(
        "import time\nfrom engine.context import INJECTED, Context\nfrom engine.node import node\n\n\n"
        "@node('my.slow')\ndef slow(*, ctx: Context = INJECTED) -> float:\n    '''Lasts.'''\n"
        "    for _ in range(6000):\n        ctx.check()\n        time.sleep(0.01)\n    return 1.0\n"
    )
    (nodes / "bad.py").write_text("import not_there_at_all\n")
    with serving(tmp_path) as server:
        run = server.ask("/api/v1/runs", {"workflow": doc(a=("my.slow@1", {})), "targets": ["a"]})["id"]
        while server.ask(f"/api/v1/runs/{run}")["nodes"].get("a") != {"status": "running"}:
            time.sleep(0.02)
        (failure,) = server.ask("/api/v1/nodes")["failures"]
        assert "not_there_at_all" in failure["error"]
        code, _, errors = server.end(signal.SIGTERM)
        assert code == 0
        assert errors.startswith("node package")
        assert "Traceback" not in errors
    with serving(tmp_path) as server:  # the run was not lost: it waited, and goes on
        begun = ["RunStarted", "NodeStarted"]
        expected = ["RunQueued", *begun, "RunSuspended", "RunResumed", *begun]
        while [one["event"] for one in server.ask(f"/api/v1/runs/{run}/events")["events"]] != expected:
            time.sleep(0.02)
        server.ask(f"/api/v1/runs/{run}/cancel", {})
        while server.ask(f"/api/v1/runs/{run}")["status"] != "cancelled":
            time.sleep(0.02)


def test_where_others_can_reach_it_the_token_is_said_once(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "0.0.0.0") as server:
        token = server.facts()["token"]
        code, out, _ = server.end()
        assert (code, out.count(token)) == (0, 1)
    with serving(tmp_path, "--host", "0.0.0.0", LOOM_TOKEN="chosen-by-the-person") as server:
        assert server.facts()["token"] == "chosen-by-the-person"
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"http://127.0.0.1:{server.facts()['port']}/api/v1/nodes")
        caught.value.close()
        assert caught.value.code == 401
        code, out, _ = server.end()
        assert (code, "chosen-by-the-person" in out) == (0, False)


def test_what_it_cannot_do_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOM_HOME", str(tmp_path))
    with serving(tmp_path / "other") as server:
        port = str(server.facts()["port"])
        assert main(["serve", "--port", port]) == 1
        assert "already in use" in capsys.readouterr().err
        monkeypatch.setattr(lock, "PATIENCE", 0.1)
        assert main(["serve", "--port", "0", "--home", str(tmp_path / "other")]) == 1
        assert "another server works in" in capsys.readouterr().err
    monkeypatch.setenv("LOOM_TOKEN", "weak")
    assert main(["serve", "--port", "0"]) == 2
    assert "LOOM_TOKEN" in capsys.readouterr().err
    for bad in ("65536", "-1", "x"):
        with pytest.raises(SystemExit) as caught:
            main(["serve", f"--port={bad}"])
        assert caught.value.code == 2
    assert not (tmp_path / "server.json").exists()


def test_help_lists_it_and_imports_nothing_heavy() -> None:
    assert "serve" in parser().format_help()
    code = (
        "import sys; from engine.cli import parser; parser().format_help();"
        "print(sorted({'aiohttp', 'pydantic', 'torch', 'asyncio', 'server.app'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


def test_a_command_that_cannot_be_imported_stops_nothing(tmp_path: Path) -> None:
    package = tmp_path / "another-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: another\nVersion: 1.0\n")
    commands = "broken = another_broken\ngreet = another_greet\nrun = another_greet\n"
    (package / "entry_points.txt").write_text(f"[latent_loom.commands]\n{commands}")
    (tmp_path / "another_broken.py").write_text("raise RuntimeError('on purpose')\n")
    (tmp_path / "another_greet.py").write_text(
        "'''Greet 100% of all.\n\nMore.\n'''\ndef add_arguments(parser): parser.add_argument('name')\n"
        "def main(options):\n    print('hello', options.name)\n    return 7\n"
    )
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}

    def loom(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "engine.cli", *arguments], capture_output=True, text=True, env=env, check=False
        )

    told = loom("--help")
    assert (told.returncode, "greet 100% of all" in told.stdout) == (0, True)
    told = loom("greet", "you")
    assert (told.returncode, told.stdout) == (7, "hello you\n")
    told = loom("broken", "--any", "x")
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == "loom: another_broken was not loaded: RuntimeError: on purpose\n"
    assert loom("run", "--help").stdout.startswith("usage: loom run")
