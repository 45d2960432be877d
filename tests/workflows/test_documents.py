"""The example workflows as documents: complete, commented, laid out to be read, and found by the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli import main
from engine.registry import Registry
from engine.validate import build
from engine.workflow import Workflow, interface_inputs, interface_targets

WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"
EXAMPLES = sorted(WORKFLOWS.glob("*.json"), key=lambda file: file.stem)

examples = pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry.installed(tmp_path_factory.mktemp("nodes"))


@examples
def test_is_valid(file: Path, registry: Registry):
    graph = build(Workflow.load(file).data, registry)
    assert graph.targets(), "makes no file"


@examples
def test_says_what_it_is(file: Path):
    data = Workflow.load(file).data
    assert data["name"] == file.stem
    assert data["description"].endswith(".")
    [note] = data["ui"]["notes"]
    assert note["text"].count(". ") == 1
    assert note["text"].endswith(".")


@examples
def test_its_interface_names_inputs_and_outputs_that_are_there(file: Path):
    data = Workflow.load(file).data
    inputs = interface_inputs(data)
    assert inputs
    for entry in inputs.values():
        for path in interface_targets(entry):
            node, _, name = path.partition(".")
            assert name in data["nodes"][node]["inputs"]
            assert not isinstance(data["nodes"][node]["inputs"][name], dict), f"{path} is linked"
    for entry in data["interface"]["outputs"].values():
        assert entry["from"].partition(".")[0] in data["nodes"]


@examples
def test_says_where_each_node_stands(file: Path):
    """That no card lies on another is up to the editor, which knows how large they are: its own tests look at that."""
    data = Workflow.load(file).data
    assert data["ui"]["positions"].keys() == data["nodes"].keys()


@examples
def test_a_copy_of_it_has_its_inputs_beside_it(file: Path, tmp_path: Path):
    assert main(["new", str(tmp_path / "made" / "mine.json"), "--from", file.stem]) == 0
    named = [value for node in json.loads(file.read_text())["nodes"].values() for value in node["inputs"].values()]
    for name in (value for value in named if isinstance(value, str) and value.endswith(".png")):
        assert (tmp_path / "made" / name).read_bytes() == (WORKFLOWS / name).read_bytes()


@examples
def test_the_docs_show_it(file: Path):
    docs = WORKFLOWS.parent / "docs"
    page = (docs / "workflows.md").read_text()
    _, heading, rest = page.partition(f"\n## {file.stem}\n")
    assert heading
    assert f"(pictures/{file.stem}.png)" in rest.partition("\n## ")[0]
    assert (docs / "pictures" / f"{file.stem}.png").stat().st_size <= 60 << 10
    row = next(line for line in page.splitlines() if line.startswith(f"| [{file.stem}](#{file.stem}) |"))
    inputs = row.split("|")[2].replace("`", "").split()
    assert sorted(inputs) == sorted(interface_inputs(Workflow.load(file).data))
