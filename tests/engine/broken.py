"""Broken documents, by name: each with what its messages must say.

`DOCUMENTS` are JSON objects made from a good document by one change; `TEXTS` are files that hold no such object.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

Document = dict[str, Any]

GOOD: Document = {
    "format": 1,
    "name": "good",
    "nodes": {
        "side": {"type": "value.int@1", "inputs": {"value": 16}},
        "steps": {"type": "flow.loop@1", "inputs": {"over": [1, 2, 3]}, "carry": {"sum": {"first": 1.0}}},
        "more": {"type": "math.add@1", "in": "steps", "inputs": {"a": {"from": "steps.sum"}, "b": 2.0}},
        "mask": {
            "type": "mask.rectangle@1",
            "inputs": {"width": {"from": "side"}, "height": 16, "left": 4, "top": 4, "right": 8, "bottom": 8},
        },
        "picture": {"type": "mask.to_image@1", "inputs": {"mask": {"from": "mask"}}},
        "save": {"type": "image.save@1", "inputs": {"image": {"from": "picture"}, "quality": 90}},
    },
    "ui": {"positions": {}},
}
GOOD["nodes"]["steps"]["carry"]["sum"]["next"] = {"from": "more"}
GOOD["nodes"]["steps"]["collect"] = {"sums": {"from": "more"}}

DOCUMENTS: dict[str, tuple[Document, tuple[str, ...]]] = {}
TEXTS: dict[str, tuple[bytes, str]] = {}


def link(text: str) -> Document:
    """A link."""
    return {"from": text}


def good() -> Document:
    """A copy of the good document."""
    return copy.deepcopy(GOOD)


def broken(*says: str) -> Callable[[Callable[[Document], Any]], None]:
    """Add a document: the function changes the good one (its nodes are what it gets), the messages say `says`."""

    def add(change: Callable[[Document], Any]) -> None:
        document = good()
        changed = change(document["nodes"])
        DOCUMENTS[change.__name__] = (document | changed if isinstance(changed, dict) else document, says)

    return add


def inner(**changes: Any) -> Document:
    """A subgraph with the input x and the output y."""
    nodes = {"n": {"type": "math.add@1", "inputs": {"a": 1.0, "b": 2.0}}}
    return {"nodes": nodes, "interface": {"inputs": {"x": {"to": "n.a"}}, "outputs": {"y": link("n")}}} | changes


def sets(name: str, path: str, value: Any, *says: str) -> None:
    """Add a document in which one input (or field) of a node is `value`."""

    def change(nodes: Document) -> None:
        node, _, key = path.partition(".")
        body = nodes[node]
        (body if key.startswith("/") else body["inputs"])[key.lstrip("/")] = value

    change.__name__ = name
    broken(*says)(change)


# Literals of the wrong type or out of bounds.
sets("float_for_int", "side.value", 5.9, "side.value", "expected int", "got 5.9")
sets("whole_float_for_int", "side.value", 5.0, "side.value", "expected int", "got 5.0")
sets("text_for_number", "more.b", "1", "more.b", "expected float", 'got "1"')
sets("true_for_int", "side.value", True, "side.value", "expected int", "got true")
sets("null_for_int", "side.value", None, "side.value", "got null")
sets("list_for_int", "side.value", [1], "side.value", "got [1]")
sets("object_for_int", "side.value", {"a": 1}, "side.value", 'got {"a": 1}')
sets("number_for_text", "save.name", 7, "save.name", "expected str", "got 7")
sets("no_such_choice", "save.format", "tiff", "save.format", "'png' | 'jpeg' | 'webp'", 'got "tiff"')
sets("above_the_bound", "save.quality", 101, "save.quality", "≤ 100", "got 101")
sets("below_the_bound", "mask.height", 0, "mask.height", "≥ 1", "got 0")
sets("huge_integer", "mask.height", 10**40, "mask.height", "≤ 16384")
sets("literal_where_a_link_must_be", "picture.mask", 3, "picture.mask", "a literal cannot stand here", "a link to Mask")
sets("quoted_literal_of_the_wrong_type", "side.value", {"value": "x"}, "side.value", 'got "x"')
sets("deep_literal", "side.value", json.loads("[" * 90 + "]" * 90), "side.value", "expected int")


@broken("flag.value", "expected bool", "got 1")
def one_for_bool(nodes: Document) -> None:
    nodes["flag"] = {"type": "value.bool@1", "inputs": {"value": 1}}


@broken("seed.value", "≤ 9007199254740991")
def a_seed_that_javascript_cannot_hold(nodes: Document) -> None:
    nodes["seed"] = {"type": "value.seed@1", "inputs": {"value": 2**53}}


# Inputs and links.
sets("unknown_input", "save.qualty", 3, "save.qualty", "no such input", "did you mean 'quality'?")
sets("dangling_link", "picture.mask", link("masq"), "picture.mask", "there is no node 'masq'", "did you mean 'mask'?")
sets("bad_output_name", "picture.mask", link("mask.image"), "picture.mask", "'mask' has no output 'image'")
sets("link_with_two_dots", "picture.mask", link("mask.out.x"), "picture.mask", "'mask' has no output 'out.x'")
sets("link_with_nothing_after_the_dot", "picture.mask", link("mask."), "picture.mask", "no output ''")
sets("empty_link", "picture.mask", link(""), "picture.mask", "there is no node ''")
sets("link_to_a_number", "picture.mask", {"from": 5}, "picture.mask", "not a link", 'expected {"from": "node.output"}')
sets("link_to_a_list", "picture.mask", {"from": ["mask", 0]}, "picture.mask", "not a link")
sets("link_with_more", "picture.mask", {"from": "mask", "to": "x"}, "picture.mask", "not a link")
sets("link_of_the_wrong_type", "save.image", link("mask"), "save.image", "do not fit", "expected Image, got Mask")
sets("float_linked_to_int", "mask.width", link("steps.sum"), "mask.width", "expected int, got float from steps")
sets("link_to_itself", "picture.mask", link("picture"), "the links form a cycle: picture → picture")
sets("link_into_a_frame", "mask.width", link("more"), "mask.width", "only inside its frame 'steps'")
sets("item_outside_the_frame", "mask.width", link("steps.item"), "mask.width", "'item' outside the frame")
sets("link_with_a_slash", "picture.mask", link("x/mask"), "picture.mask", "no node 'x/mask'")


@broken("picture.mask", "the input is missing", "expected Mask")
def missing_input(nodes: Document) -> None:
    nodes["picture"]["inputs"] = {}


# Cycles.
@broken("the links form a cycle", "a → b → a")
def cycle_of_two(nodes: Document) -> None:
    nodes["a"] = {"type": "math.add@1", "inputs": {"a": link("b"), "b": 1.0}}
    nodes["b"] = {"type": "math.add@1", "inputs": {"a": link("a"), "b": 1.0}}


@broken("the links form a cycle", "a → b → c → a")
def cycle_of_three(nodes: Document) -> None:
    for name, of in (("a", "c"), ("b", "a"), ("c", "b")):
        nodes[name] = {"type": "math.add@1", "inputs": {"a": link(of), "b": 1.0}}


@broken("the links form a cycle", "steps")
def cycle_through_a_frame(nodes: Document) -> None:
    nodes["after"] = {"type": "math.add@1", "inputs": {"a": link("steps.sum"), "b": 1.0}}
    nodes["more"]["inputs"]["b"] = link("after")


@broken("the links form a cycle", "i/n")
def cycle_through_a_subgraph(nodes: Document) -> Document:
    nodes["i"] = {"type": "inner", "inputs": {"x": link("i")}}
    return {"subgraphs": {"inner": inner()}}


@broken("a → b → a", "c → d → c")
def two_cycles(nodes: Document) -> None:
    for name, of in (("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")):
        nodes[name] = {"type": "math.add@1", "inputs": {"a": link(of), "b": 1.0}}


# Types and shapes of nodes.
sets("unknown_type", "save./type", "image.sav@1", "save.type", "no such node type", "did you mean 'image.save'?")
sets("type_a_number", "save./type", 5, "save.type", "expected a string, got 5")
sets("type_a_list", "save./type", [], "save.type", "expected a string, got []")
sets("type_without_a_package", "save./type", "save", "save.type", "not a node type")
sets("type_with_a_path", "save./type", "../save@1", "save.type", "not a node type")
sets("type_with_a_line_break", "save./type", "image.save\n@1", "save.type", "not a node type")
sets("version_too_new", "save./type", "image.save@9", "save.type", "newer version", "got @9")
sets("version_zero", "save./type", "image.save@0", "save.type", "not a node type")
sets("version_no_number", "save./type", "image.save@one", "save.type", "not a node type")
sets("inputs_a_list", "save./inputs", [1], "save.inputs", "expected an object, got [1]")
sets("inputs_a_text", "save./inputs", "image", "save.inputs", "expected an object")
sets("in_a_number", "more./in", 5, "more.in", "expected a string, got 5")
sets("in_an_object", "more./in", {}, "more.in", "expected a string, got {}")
sets("in_a_node", "more./in", "mask", "more.in", "no such frame", 'got "mask"')
sets("in_nothing", "more./in", "step", "more.in", "no such frame", "did you mean 'steps'?")
sets("in_itself", "steps./in", "steps", "steps.in", "the frame is inside itself")
sets("bad_mode", "save./mode", "off", "save.mode", "no such mode", "normal, bypass, mute")
sets("mode_a_list", "save./mode", ["mute"], "save.mode", "no such mode")
sets("bypass_without_a_way", "picture./mode", "bypass", "picture.mode", "cannot be bypassed")
sets("frozen_with_a_bad_digest", "picture./mode", {"frozen": "xyz"}, "picture.mode", "not a digest", "hexadecimal")
sets("frozen_with_a_number", "picture./mode", {"frozen": 5}, "picture.mode", "not a digest")
sets("frozen_too_short", "picture./mode", {"frozen": "ab"}, "picture.mode", "not a digest")
sets("carry_of_a_node", "save./carry", {}, "save.carry", "only flow.loop has 'carry'")


@broken("save: a node is an object", 'got "image.save@1"')
def node_a_string(nodes: Document) -> None:
    nodes["save"] = "image.save@1"


@broken("nodes", "expected an object, got []")
def nodes_a_list(nodes: Document) -> Document:
    return {"nodes": []}


@broken("nodes", "expected an object, got null")
def nodes_null(nodes: Document) -> Document:
    return {"nodes": None}


@broken("the workflow has no nodes")
def empty_nodes(nodes: Document) -> Document:
    return {"nodes": {}}


@broken("not a name for a node", 'got "Bad Name"')
def name_with_a_space(nodes: Document) -> None:
    nodes["Bad Name"] = nodes["mask"]


@broken("not a name for a node")
def name_with_a_dot(nodes: Document) -> None:
    nodes["a.b"] = nodes["mask"]


@broken("not a name for a node")
def name_that_is_a_path(nodes: Document) -> None:
    nodes["../../x"] = nodes["mask"]


@broken("not a name for a node")
def name_empty(nodes: Document) -> None:
    nodes[""] = nodes["mask"]


@broken("not a name for a node")
def name_with_half_a_character(nodes: Document) -> None:
    nodes["\ud800"] = nodes["mask"]


@broken("not a name for a node")
def name_with_a_terminal_escape(nodes: Document) -> None:
    nodes["\x1b[31mred\nloom: fine"] = nodes["mask"]


# The document.
@broken("format", "expected 1, got 99")
def format_too_new(nodes: Document) -> Document:
    return {"format": 99}


@broken("format", "expected 1, got true")
def format_true(nodes: Document) -> Document:
    return {"format": True}


@broken("format", "expected 1, got [1]")
def format_a_list(nodes: Document) -> Document:
    return {"format": [1]}


# Frames.
sets("over_a_number", "steps.over", 5, "steps.over", "expected list")
sets("over_a_text", "steps.over", "abc", "steps.over", "expected list")
sets("over_a_mask", "steps.over", link("mask"), "steps.over", "cannot loop over this", "got Mask")
sets("loop_with_another_input", "steps.until", 5, "steps.until", "no such input")
sets("carry_a_list", "steps./carry", [], "steps.carry", "expected an object, got []")
sets("carry_without_next", "steps./carry", {"sum": {"first": 1.0}}, "steps.carry.sum", "not a carry")
sets("carry_a_text", "steps./carry", {"sum": "more"}, "steps.carry.sum", "not a carry")
sets("carry_with_more", "steps./carry", {"sum": {"first": 1.0, "next": 2.0, "x": 1}}, "steps.carry.sum", "not a carry")
for name in ("item", "index", "a.b"):
    extra = {**GOOD["nodes"]["steps"]["carry"], name: {"first": 1, "next": 2}}
    sets(f"carry_called_{name}", "steps./carry", extra, f"steps.carry.{name}", "not a carry")
sets("collect_a_text", "steps./collect", {"sums": "more"}, "steps.collect.sums", "not a collect")
sets("collect_called_count", "steps./collect", {"count": link("more")}, "steps.collect.count", "not a collect")
sets("collect_with_a_colon", "steps./collect", {"sink:save": link("more")}, "steps.collect.sink:save", "not a collect")
sets("collect_of_nothing", "steps./collect", {"sums": link("less")}, "there is no node 'less'")
sets("until_a_number", "steps./until", 3, "steps.until", "expected bool, got 3")
sets("until_of_the_wrong_type", "steps./until", link("more"), "steps.until", "expected bool, got float")


@broken("steps.over", "the input is missing")
def loop_without_a_list(nodes: Document) -> None:
    nodes["steps"]["inputs"] = {}


@broken("steps.carry.sum.next", "do not fit", "expected float, got str")
def next_of_another_type(nodes: Document) -> None:
    nodes["text"] = {"type": "value.text@1"}
    nodes["steps"]["carry"]["sum"]["next"] = link("text")


@broken("steps.carry.sum.next", "expected float")
def next_a_text(nodes: Document) -> None:
    nodes["steps"]["carry"]["sum"]["next"] = "two"


@broken("steps.in", "the frame is inside itself")
def frames_inside_each_other(nodes: Document) -> None:
    nodes["other"] = {"type": "flow.loop@1", "in": "steps", "inputs": {"over": [1]}}
    nodes["steps"]["in"] = "other"


@broken("nested too deeply")
def frames_nine_deep(nodes: Document) -> None:
    for i in range(9):
        nodes[f"f{i}"] = {"type": "flow.loop@1", "inputs": {"over": [1]}} | ({"in": f"f{i - 1}"} if i else {})


# Curves.
sets("curve_outside_a_frame", "mask.height", {"curve": [[0, 1]]}, "mask.height", "over the progress of a frame")
sets("curve_unsorted", "more.b", {"curve": [[0.5, 1], [0, 2]]}, "more.b", "from left to right")
sets("curve_with_a_point_twice", "more.b", {"curve": [[0, 1], [0, 2]]}, "more.b", "from left to right")
sets("curve_empty", "more.b", {"curve": []}, "more.b", "not a curve")
sets("curve_a_number", "more.b", {"curve": 5}, "more.b", "not a curve")
sets("curve_with_a_long_point", "more.b", {"curve": [[0, 1, 2]]}, "more.b", "not a curve")
sets("curve_of_texts", "more.b", {"curve": [["a", "b"]]}, "more.b", "not a curve")
sets("curve_of_truths", "more.b", {"curve": [[False, True]]}, "more.b", "not a curve")
sets("curve_with_another_ease", "more.b", {"curve": [[0, 1]], "ease": "cubic"}, "more.b", "not a curve")
sets("curve_with_a_listed_ease", "more.b", {"curve": [[0, 1]], "ease": []}, "more.b", "not a curve")


@broken("inside.height", "≥ 1")
def curve_out_of_bounds(nodes: Document) -> None:
    nodes["inside"] = {"type": "mask.rectangle@1", "in": "steps", "inputs": {"height": {"curve": [[0, 16], [1, 0]]}}}


@broken("inside.name", "expected str")
def curve_for_a_text(nodes: Document) -> None:
    inputs = {"image": link("picture"), "name": {"curve": [[0, 16]]}}
    nodes["inside"] = {"type": "image.save@1", "in": "steps", "inputs": inputs}


# Subgraphs and the interface.
@broken("contains itself")
def subgraph_containing_itself(nodes: Document) -> Document:
    nodes["i"] = {"type": "inner"}
    return {"subgraphs": {"inner": inner(nodes={"n": {"type": "inner"}})}}


@broken("contains itself")
def subgraphs_containing_each_other(nodes: Document) -> Document:
    return {"subgraphs": {"one": inner(nodes={"n": {"type": "two"}}), "two": inner(nodes={"n": {"type": "one"}})}}


@broken("nested too deeply")
def subgraph_with_itself_inside(nodes: Document) -> Document:
    nodes["i"] = {"type": "inner"}
    deep = inner(nodes={"n": {"type": "inner"}})
    deep["subgraphs"] = {"inner": deep | {"subgraphs": {}}}
    return {"subgraphs": {"inner": inner(nodes={"n": {"type": "other"}}, subgraphs={"other": deep})}}


@broken("too many nodes")
def subgraphs_that_explode(nodes: Document) -> Document:
    nodes["i"] = {"type": "s0"}
    made = {f"s{i}": inner(nodes={f"n{k}": {"type": f"s{i + 1}"} for k in range(20)}, interface={}) for i in range(12)}
    return {"subgraphs": made | {"s12": inner(interface={})}}


@broken("subgraphs are an object")
def subgraphs_a_list(nodes: Document) -> Document:
    return {"subgraphs": [1]}


@broken("subgraphs are an object")
def subgraph_a_number(nodes: Document) -> Document:
    return {"subgraphs": {"inner": 1}}


@broken("subgraphs are an object")
def subgraphs_of_a_subgraph_a_list(nodes: Document) -> Document:
    nodes["i"] = {"type": "inner"}
    return {"subgraphs": {"inner": inner(subgraphs=[1])}}


@broken("'image.save' is a node type")
def subgraph_called_like_a_node(nodes: Document) -> Document:
    return {"subgraphs": {"image.save@1": inner()}}


@broken("i.z", "no such input")
def subgraph_with_an_unknown_input(nodes: Document) -> Document:
    nodes["i"] = {"type": "inner", "inputs": {"z": 1.0}}
    return {"subgraphs": {"inner": inner()}}


@broken("the subgraph has no output 'z'")
def subgraph_with_an_unknown_output(nodes: Document) -> Document:
    nodes["i"] = {"type": "inner"}
    nodes["after"] = {"type": "math.add@1", "inputs": {"a": link("i.z"), "b": 1.0}}
    return {"subgraphs": {"inner": inner()}}


@broken("there is no node 'i/n'")
def link_into_a_subgraph(nodes: Document) -> Document:
    nodes["i"] = {"type": "inner"}
    nodes["after"] = {"type": "math.add@1", "inputs": {"a": link("i/n"), "b": 1.0}}
    return {"subgraphs": {"inner": inner()}}


@broken("a subgraph can be muted, not bypassed")
def subgraph_bypassed(nodes: Document) -> Document:
    nodes["i"] = {"type": "inner", "mode": "bypass"}
    return {"subgraphs": {"inner": inner()}}


@broken("the interface feeds a node 'gone' that is not there")
def interface_of_a_subgraph_feeding_nothing(nodes: Document) -> Document:
    nodes["i"] = {"type": "inner", "inputs": {"x": 1.0}}
    return {"subgraphs": {"inner": inner(interface={"inputs": {"x": {"to": "gone.a"}}})}}


@broken("interface", "feeds", "'gone.a'")
def interface_feeding_nothing(nodes: Document) -> Document:
    return {"interface": {"inputs": {"x": {"to": "gone.a"}}}}


@broken("interface", "feeds", "'mask.hight'", "did you mean 'mask.height'?")
def interface_feeding_no_input(nodes: Document) -> Document:
    return {"interface": {"inputs": {"x": {"to": "mask.hight"}}}}


@broken("interface", "feeds nothing")
def interface_without_a_target(nodes: Document) -> Document:
    return {"interface": {"inputs": {"x": {"to": 5}}}}


@broken("interface", "there is no node 'gone'")
def interface_giving_nothing(nodes: Document) -> Document:
    return {"interface": {"outputs": {"y": link("gone")}}}


@broken("interface", "an object")
def interface_a_list(nodes: Document) -> Document:
    return {"interface": [1]}


@broken("interface", "an object")
def interface_inputs_a_list(nodes: Document) -> Document:
    return {"interface": {"inputs": [1]}}


# Names of files.
def loads(name: str, file: str, *says: str) -> None:
    """Add a document that loads an image file of this name."""

    def change(nodes: Document) -> None:
        nodes["load"] = {"type": "image.load@1", "inputs": {"file": file}}
        nodes["save"]["inputs"]["image"] = link("load")

    change.__name__ = name
    broken("load.file", *says)(change)


loads("image_file_above", "../../etc/passwd", "outside")
loads("image_file_above_a_folder", "a/../../etc/passwd", "outside")
loads("image_file_absolute", "/etc/passwd", "outside")
loads("image_file_with_nul", "a\0.png", "NUL")
loads("image_file_of_a_home", "~/x.png")
loads("image_file_missing", "gone.png", "gone.png")
loads("image_file_empty", "")


def models(name: str, model: Any, *says: str) -> None:
    """Add a document that loads a model of this name."""

    def change(nodes: Document) -> None:
        nodes["model"] = {"type": "model.load@1", "inputs": {"model": model}}
        nodes["decode"] = {"type": "vae.decode@1", "inputs": {"vae": link("model.vae"), "latent": link("latent")}}
        nodes["latent"] = {"type": "latent.load@1", "inputs": {"file": "x.safetensors"}}
        nodes["save"]["inputs"]["image"] = link("decode")

    change.__name__ = name
    broken("model.model", *says)(change)


models("model_above", "../../etc", "outside")
models("model_absolute", "/etc", "outside")
models("model_with_nul", "a\0b", "NUL")
models("model_file_above", {"file": "../../etc/passwd", "digest": "sha256:00"}, "outside")
models("model_missing", "shaps", "there is no model 'shaps'")

TEMPLATES = ("../x", "/etc/x", "a/../../x", "~/x", "{home}", "a\0b", "..\\x", "", "x\n", "{n:99999999}")
for number, template in enumerate(TEMPLATES):
    sets(f"picture_called_{number}", "save.name", template, "save.name")


# Not a workflow at all.
TEXTS["not_json"] = (b"hello", "not JSON")
TEXTS["empty_file"] = (b"", "not JSON")
TEXTS["cut_off"] = (json.dumps(GOOD).encode()[:200], "not JSON")
TEXTS["binary_file"] = (bytes(range(256)), "not JSON")
TEXTS["array_at_top"] = (b"[1, 2]", "expected a JSON object, got list")
TEXTS["null_at_top"] = (b"null", "expected a JSON object")
TEXTS["nan"] = (b'{"nodes": {"a": {"type": "value.float@1", "inputs": {"value": NaN}}}}', "NaN is no number")
TEXTS["infinity"] = (b'{"nodes": {"a": {"type": "value.float@1", "inputs": {"value": -Infinity}}}}', "-Infinity")
TEXTS["a_number_too_large"] = (b'{"nodes": {"a": {"type": "value.float@1", "inputs": {"value": 1e999}}}}', "1e999")
TEXTS["a_number_too_large_in_the_layout"] = (b'{"nodes": {}, "ui": {"x": -1e999}}', "1e999")
TEXTS["integer_of_5000_digits"] = (b'{"nodes": {"a": ' + b"9" * 5000 + b"}}", "not JSON")
TEXTS["deep_nesting"] = (b'{"nodes": ' + b"[" * 5000 + b"]" * 5000 + b"}", "nested too deeply")
TEXTS["very_deep_nesting"] = (b"[" * 500_000, "nested too deeply")
TEXTS["duplicate_nodes"] = (b'{"nodes": {"a": {"type": "x.y"}, "a": {"type": "x.z"}}}', "the name 'a' stands twice")
TEXTS["duplicate_inputs"] = (b'{"nodes": {"a": {"inputs": {"b": 1, "b": 2}}}}', "the name 'b' stands twice")
TEXTS["picture_without_a_record"] = (b"\x89PNG\r\n\x1a\n" + bytes(40), "carries no workflow")
