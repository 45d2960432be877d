"""Broken documents: one clear line per problem, exit code 2, no traceback, and nothing is written."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.api import Engine
from engine.cli import main
from engine.errors import InvalidWorkflow, LoomError, Problem
from engine.registry import Registry
from engine.validate import build
from engine.workflow import Workflow
from tests.engine.broken import DOCUMENTS, GOOD, TEXTS, good, link

# refused when planned: whether a file is there is no question of the document
PLANNED = {"image_file_missing", "model_missing", "image_file_empty", "image_file_of_a_home"}
SOAK = 10 if os.environ.get("LOOM_SOAK") else 1


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.installed()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder and a home in which nothing is yet."""
    monkeypatch.setenv("LOOM_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(
    place: Path, capsys: pytest.CaptureFixture[str], *arguments: str, planned: bool = False
) -> tuple[list[str], dict[str, Any]]:
    """The lines and the JSON object of `loom …`, which must end with 2 and leave no trace."""
    before = sorted(place.rglob("*"))
    capsys.readouterr()
    assert main([*arguments, "--json"]) == 2
    said = capsys.readouterr()
    home = place / "home"
    after = [path for path in sorted(place.rglob("*")) if not (planned and home in (path, *path.parents))]
    assert after == before, "something was written"
    assert "Traceback" not in said.err
    lines = said.err.splitlines()
    assert lines
    assert all(line.startswith("loom: ") and line.isprintable() and len(line) < 1000 for line in lines), lines
    (answer,) = said.out.splitlines()
    return lines, json.loads(answer)


def test_the_good_document_is_good(registry: Registry):
    assert build(GOOD, registry).targets() == ["save"]


@pytest.mark.parametrize("name", sorted(DOCUMENTS.keys() - PLANNED))
def test_a_broken_document_is_refused_by_the_library(registry: Registry, name: str):
    document, says = DOCUMENTS[name]
    with pytest.raises(InvalidWorkflow) as caught:
        build(copy.deepcopy(document), registry)
    assert all(text in str(caught.value) for text in says), str(caught.value)
    assert len(caught.value.problems) == (2 if name in ("two_cycles", "subgraphs_containing_each_other") else 1), (
        "one mistake is one message:\n" + str(caught.value)
    )


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_a_broken_document_is_refused_by_the_command(place: Path, capsys: pytest.CaptureFixture[str], name: str):
    document, says = DOCUMENTS[name]
    (place / "w.json").write_text(json.dumps(document))
    lines, answer = refused(place, capsys, "run", "w.json", planned=name in PLANNED)
    assert all(text in "\n".join(lines) for text in says), lines
    assert set(answer) >= {"run", "status", "seconds", "nodes", "artifacts", "error", "problems"}
    assert answer["status"] == "invalid"
    assert len(answer["problems"]) == len(lines)


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_file_that_is_no_workflow_is_refused(place: Path, capsys: pytest.CaptureFixture[str], name: str):
    data, says = TEXTS[name]
    (place / "w.json").write_bytes(data)
    lines, _ = refused(place, capsys, "run", "w.json")
    assert len(lines) == 1
    assert says in lines[0]
    with pytest.raises(InvalidWorkflow):
        Workflow.load(place / "w.json") if name != "picture_without_a_record" else Workflow.loads(data)


@pytest.mark.parametrize(
    ("file", "says"), [("gone.json", "No such file"), (".", "directory"), ("a\0b", "null"), ("", "")]
)
def test_a_file_that_cannot_be_read_is_refused(place: Path, capsys: pytest.CaptureFixture[str], file: str, says: str):
    lines, _ = refused(place, capsys, "run", file)
    assert len(lines) == 1
    assert "cannot read" in lines[0]
    assert says in lines[0]


@pytest.mark.parametrize("command", ["plan", "why", "run"])
def test_every_command_refuses_alike(place: Path, capsys: pytest.CaptureFixture[str], command: str):
    (place / "w.json").write_text(json.dumps(DOCUMENTS["dangling_link"][0]))
    lines, answer = refused(place, capsys, command, "w.json")
    assert lines == ["loom: picture.mask: there is no node 'masq' (did you mean 'mask'?)"]
    assert answer["problems"][0]["nearest"] == "mask"


def test_all_problems_are_reported_at_once(place: Path, capsys: pytest.CaptureFixture[str]):
    document = good()
    nodes = document["nodes"]
    nodes["side"]["inputs"]["value"] = 5.9
    nodes["picture"]["inputs"]["mask"] = link("masq")
    nodes["save"]["inputs"] = {"image": link("mask"), "qualty": 3, "format": "tiff"}
    nodes["more"]["in"] = "stpes"
    nodes["other"] = {"type": "image.sav@1", "inputs": {"image": link("gone")}}
    nodes["odd"] = {"type": [], "in": {}, "inputs": 5}
    (place / "w.json").write_text(json.dumps(document))
    lines, answer = refused(place, capsys, "run", "w.json")
    found = {(p["node"], p["input"]) for p in answer["problems"]}
    assert found >= {
        ("side", "value"),
        ("picture", "mask"),
        ("save", "image"),
        ("save", "qualty"),
        ("save", "format"),
        ("more", "in"),
        ("other", "type"),
        ("other", "image"),
        ("odd", "type"),
        ("odd", "in"),
        ("odd", "inputs"),
    }
    assert len(lines) == len(answer["problems"])


def test_a_broken_node_does_not_break_what_reads_it(registry: Registry):
    document = good()
    document["nodes"]["mask"] = {"type": 5}
    with pytest.raises(InvalidWorkflow) as caught:
        build(document, registry)
    assert [p.node for p in caught.value.problems] == ["mask"]


@pytest.mark.parametrize("setting", ["mask.height", "=3", "masq.height=3", "mask.height=x", "mask.hight=3", "height=3"])
def test_a_setting_that_fits_nothing_is_refused(place: Path, capsys: pytest.CaptureFixture[str], setting: str):
    (place / "w.json").write_text(json.dumps(GOOD))
    lines, _ = refused(place, capsys, "run", "w.json", "--set", setting)
    assert len(lines) == 1


@pytest.mark.parametrize("interface", [[], 5, {"inputs": []}, {"inputs": {"h": 5}}, {"inputs": {"h": {"to": [5]}}}])
@pytest.mark.parametrize("setting", ["h=3", "mask.height=3"])
def test_a_setting_on_a_broken_interface_is_refused(
    place: Path, capsys: pytest.CaptureFixture[str], interface: Any, setting: str
):
    (place / "w.json").write_text(json.dumps(GOOD | {"interface": interface}))
    refused(place, capsys, "run", "w.json", "--set", setting) if interface or interface == [] else None


@pytest.mark.parametrize("target", ["savee", "more", "", "steps.sum.x", "../x"])
def test_a_target_that_is_none_is_refused(place: Path, registry: Registry, target: str):
    with Engine(home=place / "home", disk=False, registry=registry) as engine, pytest.raises(InvalidWorkflow):
        engine.plan(GOOD, [target])


SUBPROCESSES = ("cycle_of_three", "image_file_above", "name_with_half_a_character", "deep_nesting", "binary_file")


@pytest.mark.parametrize("name", SUBPROCESSES)
def test_the_installed_command_refuses_alike(place: Path, name: str):
    data = json.dumps(DOCUMENTS[name][0]).encode() if name in DOCUMENTS else TEXTS[name][0]
    (place / "w.json").write_bytes(data)
    before = sorted(place.rglob("*"))
    command = [sys.executable, "-m", "engine.cli", "run", "w.json", "--json"]
    root = str(Path(__file__).parent.parent.parent)
    done = subprocess.run(command, capture_output=True, timeout=60, env={**os.environ, "PYTHONPATH": root}, check=False)
    assert done.returncode == 2, done.stderr
    assert b"Traceback" not in done.stderr
    assert all(line.startswith(b"loom: ") for line in done.stderr.splitlines())
    assert json.loads(done.stdout)["status"] == "invalid"
    assert sorted(place.rglob("*")) == before


def test_ten_thousand_mistakes_take_no_minute(registry: Registry):
    nodes = {f"n{i}": {"type": f"image.sav{i}@1", "inputs": {"x": link(f"m{i}")}} for i in range(5_000)}
    nodes |= {
        f"p{i}": {"type": "math.add@1", "inputs": {"aa": link(f"q{i}"), "b": link(f"r{i}")}} for i in range(5_000)
    }
    with pytest.raises(InvalidWorkflow) as caught:
        build({"nodes": nodes}, registry)
    assert len(caught.value.problems) > 10_000


# Anything at any place.

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["steps", "mask", "more", "flow.loop@1", "inner", "item", "from", "save.image"])
    | st.sampled_from([link("mask"), link("more"), link("steps.sum"), link("i.y"), {"curve": [[0, 1], [1, 2]]}]),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=6), children, max_size=3),
    max_leaves=8,
)


def _whole() -> dict[str, Any]:
    document = good()
    nodes = document["nodes"]
    nodes["i"] = {"type": "inner", "inputs": {"x": link("steps.sum")}}
    nodes["pick"] = {"type": "flow.switch@1", "inputs": {"on": True, "yes": link("i.y"), "no": {"value": 3.0}}}
    nodes["steps"]["until"] = link("stop")
    nodes["stop"] = {"type": "math.compare@1", "in": "steps", "inputs": {"a": link("more"), "b": 3.0}}
    add = {"type": "math.add@1", "inputs": {"a": 1.0, "b": 2.0}}
    interface = {"inputs": {"x": {"to": ["n.a"]}}, "outputs": {"y": link("n")}}
    document["subgraphs"] = {"inner": {"nodes": {"n": add}, "interface": interface}}
    document["interface"] = {"inputs": {"height": {"to": "mask.height"}}, "outputs": {"image": link("picture")}}
    return document


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in children for place in _places(child, (*path, key)))]


WHOLE = _whole()
PLACES = _places(WHOLE)[1:]


@settings(max_examples=300 * SOAK, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(["replace", "remove", "add"]), JSON), max_size=4))
def test_a_document_with_anything_anywhere_is_built_or_refused(
    registry: Registry, changes: list[tuple[tuple[Any, ...], str, Any]]
):
    document = copy.deepcopy(WHOLE)
    for path, action, value in changes:
        at: Any = document
        try:
            for key in path[:-1]:
                at = at[key]
            if action == "remove":
                del at[path[-1]]
            elif action == "replace" or not isinstance(at, dict):
                at[path[-1]] = value
            else:
                at[str(value)[:8]] = value
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    problems = _problems(document, registry)
    assert all(str(problem).isprintable() for problem in problems)
    if not problems:
        with Engine(disk=False, registry=registry) as engine, contextlib.suppress(LoomError):
            engine.plan(document)


def _problems(document: dict[str, Any], registry: Registry) -> Sequence[Problem]:
    """What is wrong with a document: some problems, or nothing."""
    try:
        build(document, registry)
    except InvalidWorkflow as refusal:
        return refusal.problems or pytest.fail("refused without a reason")
    return ()


def test_the_whole_document_is_good(registry: Registry):
    assert build(WHOLE, registry).targets() == ["save"]
