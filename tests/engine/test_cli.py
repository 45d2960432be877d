"""The `loom` command: what it prints, what it writes, how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from engine.registry import Registry
from engine.settings import literal
from engine.workflow import Workflow
from tests.engine.broken import good, link
from tests.signals import heed_ctrl_c

ROOT = Path(__file__).parents[2]
SLOW = '''
import time
from engine.node import node

@node("u.wait")
def wait(a: float, *, seconds: float = 0.05) -> float:
    """Takes its time."""
    time.sleep(seconds)
    return a + 1

@node("u.fail")
def fail(*, a: float = 1.0) -> float:
    """Raises."""
    raise RuntimeError("broken on purpose")
'''


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a good document, and a home of its own."""
    monkeypatch.setenv("LOOM_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.json").write_text(json.dumps(good()))
    return tmp_path


@pytest.fixture
def loom(place: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the command in this process: (exit code, lines on stdout, lines on stderr)."""

    def call(*arguments: str) -> tuple[int, list[str], list[str]]:
        capsys.readouterr()
        threads = ("--threads", "1") if arguments[0] in ("run", "plan", "why") else ()
        code = main([*arguments, *threads])
        said = capsys.readouterr()
        return code, said.out.splitlines(), said.err.splitlines()

    return call


def nodes_of(answer: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer)["nodes"]
    return found


# run


def test_a_run_prints_the_picture_it_made(place: Path, loom: Any):
    code, out, err = loom("run", "w.json")
    assert (code, out, err) == (0, ["output/good-0001.png"], [])
    assert (place / "output/good-0001.png").read_bytes().startswith(b"\x89PNG")


def test_json_is_the_last_line_and_has_the_promised_shape(place: Path, loom: Any):
    code, out, _ = loom("run", "w.json", "--json")
    assert code == 0
    answer = json.loads(out[-1])
    assert list(answer) == ["run", "status", "seconds", "nodes", "artifacts"]
    assert answer["status"] == "done"
    assert isinstance(answer["seconds"], float)
    assert answer["nodes"]["mask"] == {"status": "ran", "steps_run": 1, "steps_cached": 0}
    assert answer["nodes"]["more"] == {"status": "skipped", "steps_run": 0, "steps_cached": 0}
    (artifact,) = answer["artifacts"]
    assert set(artifact) == {"node", "path", "digest"}
    assert artifact["node"] == "save"
    assert artifact["path"] == out[0]
    assert artifact["digest"] == "sha256:" + sha256((place / out[0]).read_bytes()).hexdigest()


def test_a_second_run_is_cached_and_still_delivers_another_file_of_equal_bytes(place: Path, loom: Any):
    loom("run", "w.json")
    code, out, _ = loom("run", "w.json", "--json")
    assert (code, out[0]) == (0, "output/good-0002.png")
    assert {n["status"] for n in nodes_of(out[-1]).values()} <= {"cached", "skipped"}
    one, two = ((place / f"output/good-000{i}.png").read_bytes() for i in (1, 2))
    assert one == two


def test_no_cache_reads_nothing_and_stores_nothing(place: Path, loom: Any):
    loom("run", "w.json")
    before = sorted((place / "home").rglob("*"))
    code, out, _ = loom("run", "w.json", "--no-cache", "--json")
    assert code == 0
    assert nodes_of(out[-1])["mask"]["status"] == "ran"
    assert sorted((place / "home").rglob("*")) == before


def test_nothing_is_ever_overwritten(place: Path, loom: Any):
    (place / "out").mkdir()
    (place / "out/good-0001.png").write_text("mine")
    (place / "out/fixed.png").write_text("mine")
    assert loom("run", "w.json", "--output", "out")[1] == ["out/good-0002.png"]
    assert loom("run", "w.json", "--output", "out", "--set", "save.name=fixed")[1] == ["out/fixed-0001.png"]
    assert (place / "out/good-0001.png").read_text() == (place / "out/fixed.png").read_text() == "mine"


def test_a_picture_repeats_itself(place: Path, loom: Any):
    loom("run", "w.json", "--set", "mask.right=12")
    (place / "w.json").unlink()
    code, out, _ = loom("run", "output/good-0001.png")
    assert code == 0
    assert (place / out[0]).read_bytes() == (place / "output/good-0001.png").read_bytes()


def test_a_setting_changes_the_picture(place: Path, loom: Any):
    loom("run", "w.json")
    loom("run", "w.json", "--set", "mask.right=12", "--set", "side.value=24")
    one, two = ((place / f"output/good-000{i}.png").read_bytes() for i in (1, 2))
    assert one != two


@pytest.mark.parametrize(
    ("text", "value"),
    [("7", 7), ("true", True), ("1.5", 1.5), ("red", "red"), ('{"curve": [[0, 1]]}', {"curve": [[0, 1]]})],
)
def test_a_setting_is_typed_by_its_input(text: str, value: Any):
    registry = Registry.installed()
    types = {"a": "value.text", "i": "value.int", "f": "value.float", "b": "value.bool"}
    workflow = Workflow({"nodes": {name: {"type": type} for name, type in types.items()}})
    assert literal(workflow, "a.value", text, registry) == (value if isinstance(value, dict) else text)
    for name, kind in (("i", int), ("f", float), ("b", bool)):
        if type(value) is kind:
            found = literal(workflow, f"{name}.value", text, registry)
            assert (type(found), found) == (kind, value)


def test_a_setting_by_the_name_of_the_interface(place: Path, loom: Any):
    document = good() | {"interface": {"inputs": {"file": {"to": "save.name"}, "size": {"to": ["side.value"]}}}}
    (place / "w.json").write_text(json.dumps(document))
    assert loom("run", "w.json", "--set", "file=7", "--set", "size=32")[1] == ["output/7.png"]


def test_a_target_runs_alone(loom: Any):
    code, out, _ = loom("run", "w.json", "--target", "steps", "--json")
    assert code == 0
    assert len(out) == 1
    nodes = nodes_of(out[0])
    assert nodes["save"]["status"] == nodes["mask"]["status"] == "skipped"


def test_a_node_that_fails_is_exit_1_and_one_line(place: Path, loom: Any):
    (place / "home/nodes").mkdir(parents=True)
    (place / "home/nodes/slow.py").write_text(SLOW)
    (place / "w.json").write_text(json.dumps({"nodes": {"bad": {"type": "u.fail@1"}}}))
    code, out, err = loom("run", "w.json", "--json")
    assert (code, err) == (1, ["loom: bad (u.fail@1): RuntimeError: broken on purpose"])
    answer = json.loads(out[-1])
    assert (answer["status"], answer["node"]) == ("failed", "bad")


def test_a_folder_that_cannot_be_written_is_exit_1_and_one_line(place: Path, loom: Any):
    (place / "taken").write_text("a file")
    code, _, err = loom("run", "w.json", "--output", "taken")
    assert code == 1
    assert len(err) == 1
    assert "cannot write to taken" in err[0]


@pytest.mark.parametrize("options", [("--device", "cuda:77"), ("--device", "tpu"), ("--threads", "0")])
def test_a_device_that_is_not_there_is_exit_2(
    place: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, str]
):
    assert main(["run", "w.json", *options]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_control_c_is_exit_130_within_a_step_and_keeps_what_was_done(place: Path):
    (place / "home/nodes").mkdir(parents=True)
    (place / "home/nodes/slow.py").write_text(SLOW)
    nodes = {
        "items": {"type": "list.range@1", "inputs": {"stop": 1000}},
        "frame": {"type": "flow.loop@1", "inputs": {"over": link("items")}, "collect": {"all": link("wait")}},
        "wait": {"type": "u.wait@1", "in": "frame", "inputs": {"a": link("frame.item")}},
    }
    (place / "w.json").write_text(json.dumps({"nodes": nodes}))
    command = [sys.executable, "-m", "engine.cli", "run", "w.json", "--json", "--target", "frame", "--threads", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdout=pipe, stderr=pipe, env=environment, preexec_fn=heed_ctrl_c)
    while not (place / "home/cache").exists():
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    begin = time.perf_counter()
    out, err = process.communicate(timeout=20)
    assert time.perf_counter() - begin < 3
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    assert json.loads(out)["status"] == "cancelled"


# plan, why, validate


def test_plan_says_what_would_run_without_running(place: Path, loom: Any):
    code, out, _ = loom("plan", "w.json")
    assert code == 0
    words = {line.split()[0]: line.split()[1] for line in out}
    assert (words["save"], words["mask"], words["more"]) == ("run", "run", "skipped")
    assert not (place / "output").exists()
    loom("run", "w.json")
    assert json.loads(loom("plan", "w.json", "--json")[1][0])["save"]["status"] == "cached"


def test_why_says_what_changed(loom: Any):
    assert loom("why", "w.json", "mask")[1] == ["mask  will run: never ran"]
    loom("run", "w.json")
    assert loom("why", "w.json", "mask")[1][0].startswith("mask  cached")
    assert loom("why", "w.json", "mask", "--set", "mask.right=12")[1] == ["mask  will run: right 8 → 12"]
    code, _, err = loom("why", "w.json", "masc")
    assert (code, err) == (2, ["loom: there is no node 'masc' (did you mean 'mask'?)"])


def test_validate_takes_many_files_and_names_each(place: Path, loom: Any):
    bad = good()
    bad["nodes"]["picture"]["inputs"]["mask"] = link("masq")
    (place / "bad.json").write_text(json.dumps(bad))
    code, out, err = loom("validate", "w.json", "bad.json")
    assert (code, out) == (2, ["w.json: valid"])
    assert err == ["bad.json: picture.mask: there is no node 'masq' (did you mean 'mask'?)"]
    code, out, _ = loom("validate", "w.json", "bad.json", "--json")
    answer = json.loads(out[0])
    assert answer["w.json"] == []
    assert answer["bad.json"][0]["nearest"] == "mask"
    assert not (place / "home").exists()


# nodes, cache, new


def test_nodes_are_listed_and_described(loom: Any):
    code, out, _ = loom("nodes")
    assert code == 0
    assert any(line.startswith("image.save ") for line in out)
    text = "\n".join(loom("nodes", "guidance.cfg")[1])
    assert "Classifier-free guidance" in text
    assert "scale: float" in text
    (line,) = loom("nodes", "guidance.cfg", "--json")[1]
    (described,) = json.loads(line)
    assert described["inputs"]["scale"]["schema"]["x-loom"]["widget"] == "slider"
    code, _, err = loom("nodes", "guidance.cgf")
    assert code == 2
    assert "did you mean 'guidance.cfg'?" in err[0]


def test_every_node_can_be_described(loom: Any):
    code, out, _ = loom("nodes", "--json")
    assert code == 0
    assert all(described["title"] for described in json.loads(out[0]))


def test_the_cache_is_shown_cleared_and_collected(place: Path, loom: Any):
    loom("run", "w.json")
    code, out, _ = loom("cache", "info", "--json")
    assert code == 0
    info = json.loads(out[0])
    assert info["home"] == str(place / "home")
    assert info["disk"]["values"] > 0
    assert loom("cache", "info")[1][0] == f"home    {place / 'home'}"
    assert loom("cache", "gc")[0] == 0
    assert loom("cache", "clear")[0] == 0
    assert json.loads(loom("cache", "info", "--json")[1][0])["disk"]["values"] == 0
    assert loom("run", "w.json")[1] == ["output/good-0002.png"]


def test_new_copies_an_example_and_never_over_a_file(place: Path, loom: Any):
    assert "text_to_image" in " ".join(loom("new")[1])
    assert loom("new", "mine.json")[0] == 0
    assert json.loads((place / "mine.json").read_text())["name"] == "mine"
    code, _, err = loom("new", "mine.json")
    assert (code, err) == (1, ["loom: mine.json is there already; it was not touched"])
    code, _, err = loom("new", "other.json", "--from", "text_to_imag")
    assert code == 2
    assert "did you mean 'text_to_image'?" in err[0]


# help


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]):
    assert main([]) == 2
    assert "examples:" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["run", "plan", "why", "validate", "nodes", "cache", "new"])
def test_every_command_has_a_help_with_an_example(capsys: pytest.CaptureFixture[str], command: str):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"loom {command}" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["fly"], ["run"], ["run", "w.json", "--dtype", "fp7"], ["cache", "eat"]])
def test_what_the_command_does_not_know_is_exit_2(arguments: list[str]):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_the_version(capsys: pytest.CaptureFixture[str]):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("loom ")


def test_a_reader_that_goes_away_is_no_traceback(place: Path):
    command = f"{sys.executable} -m engine.cli nodes --json | head -c 10"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, shell=True, capture_output=True, timeout=30, env=environment, check=False)
    assert b"Traceback" not in done.stderr


def test_python_prints_a_program_and_reads_it_back(loom: Any, place: Path):
    code, lines, _ = loom("python", "w.json")
    assert (code, lines[0]) == (0, "from engine.builder import Builder")
    document = Workflow.load("w.json").data | {"ui": {"positions": {key: [1, 2] for key in good()["nodes"]}}}
    (place / "w.json").write_text(json.dumps(document))
    (place / "w.py").write_text("\n".join(lines) + "\n")
    code, lines, _ = loom("python", "w.json", "--read", "w.py")
    assert code == 0
    assert json.loads("\n".join(lines)) == document
    (place / "w.py").write_text("import os\nx = 1 +")
    code, lines, said = loom("python", "--read", "w.py")
    assert (code, lines) == (2, [])
    assert said == ["loom: line 2, column 8: not Python: invalid syntax"]
    assert loom("python")[0] == loom("python", "--read", "gone.py")[0] == 2
