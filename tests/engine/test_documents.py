"""Documents: read strictly, written whole, edited, migrated — and subgraphs, which are their contents in place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.api import Engine, load_workflow
from engine.errors import InvalidWorkflow, LoomError
from engine.node import node
from engine.record import read_record
from engine.workflow import Workflow, parse_json, write_durably
from tests.engine.kit import RAN, Bench, Thing, doc, inside, link, loop

# Reading and writing.


def odd() -> dict[str, Any]:
    return {
        "format": 1,
        "name": "odd",
        "x-mine": {"kept": [1, 2.5, None, "é"]},
        "nodes": {
            "b": {"type": "gone.type@7", "inputs": {"x": {"from": "a.y"}}, "colour": "red"},
            "a": {"type": "t.make"},
        },
        "ui": {"positions": {"a": [1, 2]}},
    }


def test_what_is_not_known_survives_a_round_trip_in_its_order(tmp_path: Path):
    Workflow(odd()).save(tmp_path / "w.json")
    again = Workflow.load(tmp_path / "w.json")
    assert again.data == odd()
    assert json.dumps(again.data) == json.dumps(odd())
    again.save(tmp_path / "v.json")
    assert (tmp_path / "v.json").read_bytes() == (tmp_path / "w.json").read_bytes()


def test_a_file_gives_a_workflow_without_a_name_its_own(tmp_path: Path):
    (tmp_path / "mine.json").write_text('{"nodes": {}}')
    assert Workflow.load(tmp_path / "mine.json").name == "mine"
    assert load_workflow(tmp_path / "mine.json").name == "mine"


@pytest.mark.parametrize(
    "text", ["[NaN]", "[Infinity]", "[1e999]", '{"a": 1, "a": 2}', "[" * 101 + "]" * 101, "[1,]", "'a'", ""]
)
def test_json_is_read_strictly(text: str):
    with pytest.raises(InvalidWorkflow):
        parse_json(text)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "w.json"
    Workflow({"nodes": {}, "name": "old"}).save(file)
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(LoomError, match="No space left"):
        Workflow({"nodes": {}, "name": "new"}).save(file)
    assert Workflow.load(file).name == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_value_that_is_no_json_is_not_written(tmp_path: Path):
    with pytest.raises(ValueError, match="JSON"):
        Workflow({"nodes": {"a": float("nan")}}).save(tmp_path / "w.json")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_made_for_a_file(tmp_path: Path):
    write_durably(tmp_path / "a/b/c.json", b"x")
    assert (tmp_path / "a/b/c.json").read_bytes() == b"x"


# Editing.


def test_setting_an_input_leaves_the_original_alone():
    workflow = Workflow(doc(a=("t.make", {"value": 1.0})))
    changed = workflow.set("a.value", 2.0)
    assert workflow.nodes["a"]["inputs"] == {"value": 1.0}
    assert changed.nodes["a"]["inputs"] == {"value": 2.0}


def test_an_input_of_the_interface_feeds_all_its_targets():
    data = doc(a=("t.make", {}), b=("t.make", {})) | {"interface": {"inputs": {"n": {"to": ["a.value", "b.value"]}}}}
    changed = Workflow(data).set("n", 5.0)
    assert [changed.nodes[name]["inputs"]["value"] for name in "ab"] == [5.0, 5.0]


@pytest.mark.parametrize(("target", "nearest"), [("aa.value", "'a'"), ("valu", None)])
def test_setting_what_is_not_there_names_what_is(target: str, nearest: str | None):
    with pytest.raises(InvalidWorkflow, match=f"did you mean {nearest}" if nearest else "there is no input 'valu'"):
        Workflow(doc(a=("t.make", {}))).set(target, 1)


# Older versions.


@node("v.made", version=3)
def made(*, amount: float = 1.0, sign: int = 1) -> Thing:
    """Third form: an amount and a sign."""
    RAN.append(f"made {amount:g} {sign}")
    return Thing(amount * sign)


@made.migrate(1)
def _(inputs: dict[str, Any]) -> dict[str, Any]:
    return {"number": inputs.get("value", 1.0)}


@made.migrate(2)
def _(inputs: dict[str, Any]) -> dict[str, Any]:
    return {"amount": abs(inputs["number"]), "sign": -1 if inputs["number"] < 0 else 1}


@node("v.stuck", version=2)
def stuck() -> Thing:
    """Has no way from its first form."""
    return Thing(0)


FORMS = [
    {"type": "v.made@1", "inputs": {"value": -4.0}},
    {"type": "v.made@2", "inputs": {"number": -4.0}},
    {"type": "v.made@3", "inputs": {"amount": 4.0, "sign": -1}},
    {"type": "v.made", "inputs": {"amount": 4.0, "sign": -1}},
]


def test_every_form_of_a_node_that_ever_was_still_runs_and_shares_its_result():
    bench = Bench()
    bench.registry.add(made)
    ran = []
    for form in FORMS:
        assert bench.value({"nodes": {"a": form}}, "a") == Thing(-4)
        ran += RAN
    assert ran == ["made 4 -1"]


def test_a_form_without_a_way_to_today_is_refused():
    bench = Bench()
    bench.registry.add(stuck)
    with pytest.raises(InvalidWorkflow, match="no migration from version 1"):
        bench.run({"nodes": {"a": {"type": "v.stuck@1"}}})


# Subgraphs.


def adder(depth: int) -> dict[str, Any]:
    """A document of `depth` subgraphs in one another, each adding 1 to what is in it."""
    graph: dict[str, Any] = {
        "nodes": {"add": {"type": "t.inc", "inputs": {"a": 0.0}}},
        "interface": {"inputs": {"x": {"to": "add.a"}}, "outputs": {"y": link("add")}},
    }
    for _ in range(depth - 1):
        graph = {
            "nodes": {
                "inner": {"type": "inner", "inputs": {}},
                "add": {"type": "t.inc", "inputs": {"a": link("inner.y")}},
            },
            "interface": {"inputs": {"x": {"to": "inner.x"}}, "outputs": {"y": link("add")}},
            "subgraphs": {"inner": graph},
        }
    nodes = {
        "start": {"type": "t.make", "inputs": {"value": 5.0}},
        "use": {"type": "outer", "inputs": {"x": link("start")}},
    }
    return {"nodes": {**nodes, "end": {"type": "t.inc", "inputs": {"a": link("use")}}}, "subgraphs": {"outer": graph}}


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_a_subgraph_is_its_nodes_in_place_keys_included(depth: int):
    bench = Bench()
    assert bench.value(adder(depth), "end") == Thing(5 + depth + 1)
    flat: dict[str, Any] = {"n0": ("t.make", {"value": 5.0})}
    flat |= {f"n{i + 1}": ("t.inc", {"a": link(f"n{i}")}) for i in range(depth + 1)}
    assert bench.value(doc(**flat), f"n{depth + 1}") == Thing(5 + depth + 1)
    assert RAN == []


def test_a_subgraph_used_twice_runs_once_for_the_same_input():
    bench = Bench()
    document = adder(1)
    document["nodes"]["again"] = {"type": "outer", "inputs": {"x": link("start")}}
    document["nodes"]["end"] = {"type": "t.add", "inputs": {"a": link("use.y"), "b": link("again.y")}}
    assert bench.value(document, "end") == Thing(12)
    assert RAN.count("inc 5+1") == 1


def test_a_subgraph_in_a_frame_is_in_that_frame():
    bench = Bench()
    document = doc(
        start=("t.make", {"value": 0.0}),
        frame=loop([0, 1, 2], state=(link("start"), link("use"))),
        use=inside("frame", "outer", {"x": link("frame.state")}),
    )
    assert bench.value(document | {"subgraphs": adder(2)["subgraphs"]}, "frame") == Thing(6)


def test_a_frame_in_a_subgraph():
    bench = Bench()
    graph = doc(
        frame=loop([0, 1, 2], state=(0.0, link("next"))),
        next=inside("frame", "t.inc", {"a": link("frame.state")}),
    ) | {"interface": {"inputs": {"over": {"to": "frame.over"}}, "outputs": {"sum": link("frame.state")}}}
    graph["nodes"]["first"] = {"type": "t.make", "inputs": {"value": 0.0}}
    graph["nodes"]["frame"]["carry"]["state"]["first"] = link("first")
    document = doc(use=("sum", {"over": [1, 2, 3, 4, 5]}), end=("t.inc", {"a": link("use.sum")}))
    assert bench.value(document | {"subgraphs": {"sum": graph}}, "end") == Thing(6)


def test_a_muted_subgraph_does_not_run():
    bench = Bench()
    document = adder(2)
    document["nodes"]["use"]["mode"] = "mute"
    assert bench.run(document, "end").values["end"] == (None,)
    assert RAN == []


# Seeds.


@node("v.seeded")
def seeded(*, seed: int = 0) -> Thing:
    """Stands for noise."""
    return Thing(seed)


def random_document() -> dict[str, Any]:
    graph = doc(n=("v.seeded", {"seed": 1}), m=("v.seeded", {"seed": "random"}), k=("v.seeded", {"seed": 2}))
    graph["interface"] = {"inputs": {"seed": {"to": ["n.seed", "k.seed"]}}, "outputs": {"y": link("sum")}}
    graph["nodes"]["sum"] = {"type": "t.total", "inputs": {"many": [link("n"), link("m"), link("k")]}}
    top = doc(a=("v.seeded", {"seed": "random"}), use=("g", {"seed": "random"}))
    top["nodes"]["end"] = {"type": "t.total", "inputs": {"many": [link("a"), link("use.y")]}}
    return top | {"subgraphs": {"g": graph}}


def test_a_random_seed_is_drawn_once_and_recorded_so_that_the_run_repeats(tmp_path: Path):
    bench = Bench()
    bench.registry.add(seeded)
    with Engine(home=tmp_path, disk=False, registry=bench.registry) as engine:
        first = engine.run(random_document(), targets=["end"])
        recorded = first.record["workflow"]
        assert set(recorded["seeds"]) == {"use/m.seed"}
        assert [type(recorded["nodes"][name]["inputs"]["seed"]) for name in ("a", "use")] == [int, int]
        second = engine.run(random_document(), targets=["end"])
        assert second["end"] != first["end"]
        again = engine.run(first.record["workflow"], targets=["end"])
        assert again["end"] == first["end"]
        assert again.record["workflow"] == first.record["workflow"]


def test_a_seed_given_to_a_subgraph_is_one_number_for_all_it_feeds():
    bench = Bench()
    bench.registry.add(seeded)
    outcome = bench.run(random_document(), "end")
    calls = {call.node.id: call.args["seed"].value for call in outcome.plan.resolver.calls if "seed" in call.args}
    assert calls["use/n"] == calls["use/k"] != calls["use/m"]


def test_a_picture_without_a_record_is_refused():
    with pytest.raises(InvalidWorkflow, match="carries no workflow"):
        read_record(b"\x89PNG\r\n\x1a\n" + bytes(12))
