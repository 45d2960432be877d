"""The example workflows as documents: complete, commented, laid out to be read, and found by the command line."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from engine.registry import Registry
from engine.validate import build
from engine.workflow import LOOP, Workflow, interface_inputs, interface_targets

WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"
PREPARED = Path(__file__).parent / "prepared"  # examples whose models are not there yet, see `test_prepared`
EXAMPLES = sorted(WORKFLOWS.glob("*.json"), key=lambda file: file.stem)
DOCUMENTS = [*EXAMPLES, *sorted(PREPARED.glob("*.json"), key=lambda file: file.stem)]
WIDE, HIGH = 300, 200  # a node on the canvas

documents = pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: f"{file.parent.name}-{file.stem}")
examples = pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry.installed(tmp_path_factory.mktemp("nodes"))


def is_frame(node: dict[str, Any]) -> bool:
    return bool(node["type"].startswith(LOOP))


def sources(node: dict[str, Any]) -> list[str]:
    """The nodes that a node is linked to, the back edge of a carry left out."""
    values = [*node["inputs"].values(), *(carry["first"] for carry in node.get("carry", {}).values())]
    links = [part for value in values for part in (value if isinstance(value, list) else [value])]
    return [link["from"].partition(".")[0] for link in links if isinstance(link, dict) and "from" in link]


@documents
def test_is_valid(file: Path, registry: Registry):
    graph = build(Workflow.load(file).data, registry)
    assert graph.targets(), "makes no file"


@documents
def test_says_what_it_is(file: Path):
    data = Workflow.load(file).data
    assert data["name"] == file.stem
    assert data["description"].endswith(".")
    [note] = data["ui"]["notes"]
    assert note["text"].count(". ") == 1
    assert note["text"].endswith(".")


@documents
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


@documents
def test_no_node_lies_on_another(file: Path):
    data = Workflow.load(file).data
    positions, nodes = data["ui"]["positions"], data["nodes"]
    assert positions.keys() == nodes.keys()
    for a, b in combinations([name for name in nodes if not is_frame(nodes[name])], 2):
        (ax, ay), (bx, by) = positions[a], positions[b]
        assert abs(ax - bx) >= WIDE or abs(ay - by) >= HIGH, f"{a} and {b}"
    [note] = data["ui"]["notes"]
    assert note["position"][1] + note["size"][1] <= min(y for _, y in positions.values())


@documents
def test_reads_from_left_to_right(file: Path):
    data = Workflow.load(file).data
    positions, nodes = data["ui"]["positions"], data["nodes"]
    for name, node in nodes.items():
        for source in sources(node):
            assert positions[source][0] < positions[name][0], f"{source} → {name}"


@documents
def test_a_frame_holds_its_nodes_and_no_others(file: Path):
    data = Workflow.load(file).data
    positions, nodes = data["ui"]["positions"], data["nodes"]
    for frame in filter(lambda name: is_frame(nodes[name]), nodes):

        def inside(name: str, frame: str = frame) -> bool:
            outer = nodes[name].get("in")
            return outer is not None and (outer == frame or inside(outer))

        body = [positions[name] for name in nodes if inside(name)]
        left, top = positions[frame]
        right, bottom = max(x for x, _ in body) + WIDE, max(y for _, y in body) + HIGH
        assert all(x > left and y > top for x, y in body)
        for name, (x, y) in positions.items():
            if name != frame and not inside(name) and not is_frame(nodes[name]):
                apart = x >= right or x + WIDE <= left or y >= bottom or y + HIGH <= top
                assert apart, f"{name} lies in {frame}"


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
