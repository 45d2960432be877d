"""What an editor is told of node types: names, equations, stages, widgets, and which types fit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from engine.builtin import builtin
from engine.describe import describe
from engine.lattice import value_types
from engine.registry import Registry
from engine.widget import widget_of

STAGES = {"text", "noise", "unet", "solver", "guidance", "vae", "control", "refine"}
STATED = re.compile(r"[εx]\S* = |W' = ")  # an equation in the first line of a docstring


@pytest.fixture(scope="module")
def nodes() -> dict[str, dict[str, Any]]:
    registry = Registry.installed()
    return {name: describe(registry, name) for name in registry.specs}


def test_every_stage_has_nodes_and_each_has_an_equation_and_a_paper(nodes: dict[str, dict[str, Any]]) -> None:
    by_stage: dict[str, list[dict[str, Any]]] = {}
    for node in nodes.values():
        if node["stage"] is not None:
            by_stage.setdefault(node["stage"], []).append(node)
    assert set(by_stage) == STAGES
    for stage in STAGES - {"refine"}:  # the refiner hands over; its equations are the other stages'
        assert any(node["formula"] for node in by_stage[stage]), stage
    for stage in STAGES:
        assert any(node["paper"] for node in by_stage[stage]), stage


def test_an_equation_in_a_docstring_is_there_for_the_eye_too(nodes: dict[str, dict[str, Any]]) -> None:
    for name, node in nodes.items():
        assert node["label"], name
        if STATED.search(node["title"]):
            assert node["formula"], name


def test_every_equation_is_whole(nodes: dict[str, dict[str, Any]]) -> None:
    for name, node in nodes.items():
        if (formula := node["formula"]) is not None:
            assert formula["line"].isprintable(), name
            tex = formula["tex"]
            assert tex.count("{") == tex.count("}") > 0 or "{" not in tex, name
            assert all(ord(character) < 128 for character in tex), name
            for opening, closing in ((r"\Big(", r"\Big)"), (r"\big(", r"\big)"), (r"\lVert", r"\rVert")):
                assert tex.count(opening) == tex.count(closing), name
        if node["paper"] is not None:
            assert re.fullmatch(r".+ (19|20)\d\d, .+", node["paper"]["text"]), name
            assert node["paper"]["url"].startswith("https://"), name


def test_what_is_drawn_for_an_input_follows_from_its_type(nodes: dict[str, dict[str, Any]]) -> None:
    def widget(name: str, key: str) -> dict[str, Any]:
        found: dict[str, Any] = nodes[name]["inputs"][key]["widget"]
        return found

    scale = widget("guidance.cfg", "scale")
    assert (scale["kind"], scale["minimum"], scale["maximum"], scale["step"]) == ("slider", 0, 30, 0.1)
    width = widget("noise.gaussian", "width")
    assert (width["kind"], width["step"], width["unit"]) == ("number", 1, "px")
    assert widget("text.encode", "text")["kind"] == "multiline"
    assert (widget("text.encode", "second")["kind"], widget("text.encode", "second")["optional"]) == ("multiline", True)
    assert widget("model.load", "model")["source"] == "models"
    assert widget("schedule.make", "spacing")["choices"] == ["model", "linspace", "leading", "trailing"]
    assert widget("value.seed", "value")["kind"] == "seed"
    assert widget("value.bool", "value")["kind"] == "toggle"
    assert widget("list.floats", "values")["kind"] == "list"
    assert nodes["guidance.cfg"]["inputs"]["cond"]["widget"] is None
    for node in nodes.values():
        for key, one in node["inputs"].items():
            assert one["socket"] or one["widget"] is not None, (node["type"], key)


def test_bounds_that_are_not_reached_are_moved_inwards() -> None:
    found = widget_of({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 10})
    assert (found["minimum"], found["maximum"]) == (1, 9)
    found = widget_of({"type": "number", "exclusiveMinimum": 0})
    assert (found["minimum"], found["maximum"]) == (1e-3, None)


def test_which_types_fit_which() -> None:
    types = {one["type"]: one for one in value_types(Registry.installed())}
    assert {"float", "int"} <= set(types["int"]["fits"])
    assert "int" not in types["float"]["fits"]
    assert types["State"]["converts"] == ["Latent"]
    assert types["Latent"]["fits"] == ["Latent"]
    assert "Rng" in types["int"]["converts"]
    assert types["Latent"]["title"].startswith("Latents [B, C, h, w]")
    assert not any(name == "T" or "[T]" in name for name in types)


def test_examples_are_there_to_be_named() -> None:
    folder = builtin("workflows")
    assert folder is not None
    assert (Path(folder) / "text_to_image.json").is_file()
