"""Workflows as Python programs: written, run by Python, and read without running, they are the same document."""

from __future__ import annotations

import contextlib
import io
import json
import keyword
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InvalidWorkflow
from engine.python_onto import onto
from engine.python_read import LONGEST, Reading, read
from engine.python_text import program, said
from engine.workflow import Workflow
from tests.engine.kit import Bench, Thing, doc, inside, link, loop

HEAD = 'from engine.builder import Builder\nw = Builder("mine")\n'
END = "\nprint(w.build(vars()).dumps())\n"


def ran(text: str) -> dict[str, Any]:
    """What Python makes of a program."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(text, "program.py", "exec"), {"__name__": "__main__"})
    return Workflow.loads(printed.getvalue()).data


def strict(document: Any) -> str:
    """JSON in which 1, 1.0 and True differ."""
    return json.dumps(document, sort_keys=True)


def problems(text: str) -> list[str]:
    """What a program's problems are."""
    found = read(text)
    assert found.document is None
    return [str(one) for one in found.problems]


def body(text: str) -> Reading:
    """A program of these lines."""
    return read(HEAD + text + END)


NAMES = ["a", "b", "node_2", "if", "my-node", "w", "print", "__file__", "_", "next", "x-1", "x_1", "vars", "_node"]
KEYS = ["over", "image", "class", "odd name", "next", "ünï", "self", "node", "", "__x", "until"]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(['"', "\\n\n\t\x00\x7f", "\ud800", "😀\u2028", "{a}", "1e5"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*KEYS, "from", "curve", "value", "ease"]), inner, max_size=3)
    ),
    max_leaves=6,
)
LINKS = st.builds(
    lambda node, output: {"from": node + output},
    st.sampled_from([*NAMES, "gone", "", "a/b"]),
    st.sampled_from(["", ".out", ".odd name", ".", ".a.b", ".class", ".next", "._output", ".state"]),
)
VALUES = (
    JSON
    | LINKS
    | st.lists(LINKS | SCALARS, max_size=3)
    | st.builds(lambda v: {"value": v}, JSON)
    | st.just({"curve": [[0, 3], [0.6, 1.0]], "ease": "step"})
)
INPUTS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3)
CARRY = st.dictionaries(
    st.sampled_from(["state", "next", "over", "odd name"]),
    st.fixed_dictionaries({"first": VALUES, "next": VALUES}) | JSON,
    max_size=2,
)
NODES = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            ["flow.loop@1", "flow.loop@1", "flow.loop", "t.make@1", "text.encode", "odd", "gone.p@9"]
        )
    },
    optional={
        "in": st.sampled_from(NAMES),
        "inputs": INPUTS,
        "carry": CARRY,
        "collect": INPUTS,
        "until": VALUES,
        "mode": st.sampled_from(["bypass", {"frozen": "0" * 64}, None]),
        "colour": JSON,
    },
)
TO = st.sampled_from(["a.image", "b.odd name", "if.over", "gone.x", "a", ""])
ENTRIES = st.fixed_dictionaries({"to": TO | st.lists(TO, max_size=2)}, optional={"title": SCALARS, "name": SCALARS})
OUTPUTS = LINKS | st.builds(lambda one, title: {**one, "title": title}, LINKS, SCALARS) | JSON
FACES = st.fixed_dictionaries(
    {},
    optional={
        "inputs": st.dictionaries(st.sampled_from(KEYS), ENTRIES | JSON, max_size=2),
        "outputs": st.dictionaries(st.sampled_from(KEYS), OUTPUTS, max_size=2),
    },
)


def documents(subgraphs: bool = True) -> st.SearchStrategy[dict[str, Any]]:
    """Documents of every shape, few of which could run."""
    return st.fixed_dictionaries(
        {"nodes": st.dictionaries(st.sampled_from(NAMES), NODES, max_size=6)},
        optional={
            "format": st.just(1),
            "name": SCALARS,
            "description": st.text(max_size=100),
            "interface": FACES | JSON,
            "x-mine": JSON,
            "ui": st.just({"positions": {"a": [0, 0]}}),
            **(
                {"subgraphs": st.dictionaries(st.sampled_from(["part", "a b", "if"]), documents(False), max_size=2)}
                if subgraphs
                else {}
            ),
        },
    )


@settings(max_examples=200, deadline=None)
@given(documents())
def test_any_document_is_the_same_written_run_and_read(document: dict[str, Any]):
    text = program(document)
    wanted = strict(said(document))
    found = read(text)
    assert [str(one) for one in found.problems] == []
    assert found.document is not None
    assert strict(said(found.document)) == wanted
    assert strict(ran(text)) == strict(found.document)
    assert found.places.keys() == document["nodes"].keys()


@settings(max_examples=300, deadline=None)
@given(documents(False), st.data())
def test_no_text_breaks_the_reader(document: dict[str, Any], data: st.DataObject):
    text = program(document)
    cut = data.draw(st.integers(0, len(text)))
    more = data.draw(
        st.text(max_size=4) | st.sampled_from(["(", "with w", "\x00", "\ud800", "w.", "\t", "'", "**", "\\"])
    )
    found = read(text[:cut] + more + text[cut + data.draw(st.integers(0, 5)) :])
    assert (found.document is None) == bool(found.problems)
    for one in found.problems:
        assert 1 <= one.place.line <= text.count("\n") + 6
        assert one.place.column >= 1


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=60)
    | st.sampled_from(["-" * 99999 + "1", "a" + ".b" * 99999, "(" * 9999, "1" + "+1" * 99999, "0x" + "f" * 9999])
)
def test_no_text_at_all_breaks_the_reader(text: str):
    for one in (text, HEAD + text, f"{HEAD}a = w.add('t', x={text}){END}", "x" * (LONGEST + 1)):
        assert isinstance(read(one), Reading)


@pytest.mark.parametrize(
    "text",
    [
        "a = [1, 1]\n" + "a = [a, a]\n" * 60 + "w.add('t', x=a)",  # 2**61 numbers
        "a = 'x' * 2\n",
        "a = 'xxxxxxxxxxxxxxxx'\n" + "a = a + a\n" * 60,
        "a = '" + "x" * 100_000 + "'\n" + "w.add('t', x=a)\n" * 1000,
        "def f():\n    w = Builder('i')\n    w.add('t', x='"
        + "x" * 9000
        + "')\n    return w.build(vars())\n"
        + "".join(f"w.subgraph('s{i}', f())\n" for i in range(2000)),
        "a = 1\n" * 60_000 + "vars()\n" * 60_000,
        "a = w.add('t')\n" * 20_000 + "w.build(vars())\n" * 10_000,
        "".join(f"a = w.add('t', x=gone_{i})\n" for i in range(20_000)),
        "a = w.add('t', x='ü'); " * 20_000,
        "".join(f"w.named('n{i}').add('t')\n" for i in range(20_000)) + "x",
        "a = w.add('t')\n" * 30_000 + "x",
        "a = [1]\n" + "a = [a]\n" * 5000 + "w.add('t', x=a)",
    ],
    ids=range(12),
)
def test_no_program_asks_for_more_than_it_shows(text: str):
    begun = time.process_time()
    assert len(strict(body(text + "\n").document)) < 10 << 20
    assert time.process_time() - begun < 20


def test_nothing_is_run(tmp_path: Any):
    mark = tmp_path / "mark"
    for line in (
        f"open({str(mark)!r}, 'w')",
        f"__import__('pathlib').Path({str(mark)!r}).touch()",
        "w.__class__.__init__.__globals__",
        "w._making.nodes.clear()",
        "print.__self__",
        "import os",
        "from os import system",
        "from engine.builder import inspect",
        "[x for x in ()]",
        "lambda: 1",
        "a = w.add('t', x=9**9**9)",
        "a = w.add('t', x='a' * 10**9)",
    ):
        assert body(line).document is None, line
    assert not mark.exists()


def test_what_a_person_writes_is_read():
    found = body(
        """
# a comment
'''and a text'''
steps = 2 * 10
prompt = "a red " + "circle"
model = w.add("model.load", model='shapes')  # no version
encoder = model.text_encoder
picture = w.add(
    "image.save@1",
    text=prompt, steps=steps, low=-0.5, both=(model.unet, encoder),
    image=w.add("vae.decode@1", vae=model["vae"]),
    **{"odd name": [True, None]},
)
"""
    )
    assert found.document == {
        "format": 1,
        "name": "mine",
        "nodes": {
            "model": {"type": "model.load", "inputs": {"model": "shapes"}},
            "decode": {"type": "vae.decode@1", "inputs": {"vae": {"from": "model.vae"}}},
            "picture": {
                "type": "image.save@1",
                "inputs": {
                    "text": "a red circle",
                    "steps": 20,
                    "low": -0.5,
                    "both": [{"from": "model.unet"}, {"from": "model.text_encoder"}],
                    "image": {"from": "decode"},
                    "odd name": [True, None],
                },
            },
        },
    }


def test_functions_of_node_types_are_known_by_their_names():
    bench = Bench()
    nodes = bench.registry.functions
    text = (
        HEAD + "from tests.engine.kit import make, inc as more\na = w.add(make, value=2.0)\nb = w.add(more, a, by=3.0)"
    )
    found = read(text + END, nodes)
    assert found.document == ran(text + END)
    assert bench.value(found.document, "b") == Thing(5)
    assert [str(one) for one in read(text + "\nw.add(make, gone=1)", nodes).problems] == [
        "line 6, column 1: got an unexpected keyword argument 'gone'"
    ]


def test_a_program_says_what_its_document_does():
    document = doc(
        start=("t.make", {"value": 0.0}),
        steps=loop([1.0, 2.0, 3.0], collect={"path": link("more")}, state=(link("start"), link("more"))),
        more=inside("steps", "t.inc", {"a": link("steps.state"), "by": link("steps.item")}),
        end=("t.inc", {"a": link("steps.state"), "by": 10.0}),
    )
    again = read(program(document)).document
    assert again is not None
    assert Bench().value(again, "end") == Bench().value(document, "end") == Thing(16)


def test_problems_have_their_line_and_column():
    assert problems(HEAD + "a = w.add('t', n=)") == ["line 3, column 18: not Python: invalid syntax"]
    assert problems(HEAD + "ü = w.add('é', n=gone_)" + END) == [
        "line 3, column 18: there is no variable 'gone_' above this line"
    ]
    assert problems(HEAD + "noise = w.add('t')\nx = w.add('t', n=nose)\ny = w.add(x)\nfor a in x: pass" + END) == [
        "line 4, column 18: there is no variable 'nose' above this line (did you mean 'noise'?)",
        "line 6, column 1: for cannot stand in a workflow's program",
    ]
    assert problems(HEAD + "a = w.add('t', n={'x': w.add('u')})" + END) == [
        "line 3, column 18: a.n: a link stands by itself or in a list "
        "— expected text, numbers, lists, objects, got Wire"
    ]
    assert problems(HEAD + "A = w.add('t')" + END)[0].startswith("line 3, column 1: A: the variable is no name")
    assert problems(HEAD + "with w.loop(over=[1], s=1) as l:\n    pass" + END) == [
        "line 3, column 6: loop: loop.next(s=…) was not called"
    ]
    assert problems("") == [
        "line 1, column 1: the program makes no workflow — expected print(w.build(vars()).dumps()) at its end"
    ]


def test_places_are_those_of_nodes_and_inputs():
    found = body("a = w.add('t', 😀='ü', n=12)".replace("😀", "m"))
    place = found.places["a"]
    assert (place.place.line, place.place.column, place.place.end_column) == (3, 1, 28)
    assert (place.inputs["n"].column, place.inputs["n"].end_column) == (25, 27)


def test_names_that_are_no_variables_stay():
    document = {"nodes": {name: {"type": "t.make@1"} for name in ("if", "my-node", "w", "__file__", "print")}}
    text = program(document)
    assert 'w.named("my-node")' in text
    assert list(ran(text)["nodes"]) == list(document["nodes"])
    assert keyword.iskeyword("if")


def test_the_order_of_the_document_stays_where_it_can():
    document = doc(b=("t.inc", {"a": link("a")}), c=("t.make", {}), a=("t.make", {}))
    assert list(ran(program(document))["nodes"]) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "bad", [{}, {"nodes": []}, {"nodes": {"A b": {"type": "t"}}}, {"nodes": {"a": 1}}, {"format": 2}]
)
def test_what_has_not_the_shape_of_a_workflow_is_not_written(bad: dict[str, Any]):
    with pytest.raises(InvalidWorkflow):
        program(bad)


def test_a_long_chain_is_no_problem():
    nodes = {f"n{i}": {"type": "t.inc@1", "inputs": {"a": {"from": f"n{i + 1}"}}} for i in range(3000)}
    found = read(program({"nodes": nodes}))
    assert found.document is not None
    assert found.document["nodes"]["n0"] == nodes["n0"]
    deep = {f"n{i}": {"type": "flow.loop@1", "in": f"n{i + 1}"} for i in range(3000)}
    assert said(read(program({"nodes": deep})).document or {})["nodes"] == deep


def test_the_look_of_nodes_goes_over_by_name_also_where_that_is_new():
    old = doc(
        model=("t.make", {"value": 1.0}),
        left=("t.inc", {"a": link("model"), "by": 1.0}),
        right=("t.inc", {"a": link("model"), "by": 2.0}),
        gone=("t.split", {"a": link("left")}),
    )
    old["ui"] = {
        "positions": {"model": [0, 0], "left": [1, 0], "right": [2, 0], "gone": [3, 0]},
        "nodes": {"right": {"title": "R"}, "gone": {"collapsed": True}},
        "groups": [{"id": "g", "nodes": ["left", "gone", "right"]}],
        "notes": [{"id": "n", "text": "stays"}],
        "reroutes": [{"id": "r", "source": "model", "links": ["left.inputs.a", "right.inputs.a"], "position": [1, 2]}],
    }
    text = program(old).replace("right =", "second =").replace("model", "source")
    text = "\n".join(line for line in text.splitlines() if not line.startswith("gone"))
    found = read(text)
    assert found.document is not None
    document, renamed = onto(found.document, old)
    assert renamed == {"model": "source", "right": "second"}
    assert document["ui"] == {
        "positions": {"source": [0, 0], "left": [1, 0], "second": [2, 0]},
        "nodes": {"second": {"title": "R"}},
        "groups": [{"id": "g", "nodes": ["left", "second"]}],
        "notes": [{"id": "n", "text": "stays"}],
        "reroutes": [
            {"id": "r", "source": "source", "links": ["left.inputs.a", "second.inputs.a"], "position": [1, 2]}
        ],
    }
