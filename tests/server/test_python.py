"""Workflows as Python programs over HTTP: written, read, and never a fault of the server's, whatever the text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import LoomError
from server.security_limits import Limits
from server.system.python import Program, Read, _read
from tests.engine.kit import doc, inside, link, loop, registry
from tests.server.kit import Client, in_loop, served

HEAD = 'from engine.builder import Builder\nw = Builder("mine")\n'
END = "print(w.build(vars()).dumps())\n"
REGISTRY = registry()


def steps() -> dict[str, Any]:
    """A loop, with places for its nodes."""
    frame = loop([1.0, 2.0], state=(link("start"), link("more"))) | {"type": "flow.loop@1"}
    made = doc(
        start=("t.make", {"value": 0.0}),
        steps=frame,
        more=inside("steps", "t.inc", {"a": link("steps.state"), "by": link("steps.item")}),
        end=("t.inc", {"a": link("steps.state"), "by": 10.0}),
    )
    return made | {"ui": {"positions": {"start": [0, 0], "end": [9, 9]}}}


async def read(client: Client, text: str, workflow: Any = None) -> Any:
    """What the server reads of a text."""
    status, found, _ = await client.ask("POST", "/api/v1/python/read", {"text": text, "workflow": workflow})
    assert status == 200, found
    return found


@in_loop
async def test_a_workflow_is_written_and_read_back(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        status, written, _ = await client.ask("POST", "/api/v1/python", {"workflow": steps()})
        assert status == 200
        assert "with w.loop(over=[1.0, 2.0], state=start) as steps:" in written["text"]
        line = written["text"].splitlines()[written["places"]["end"]["place"]["line"] - 1]
        assert line == 'end = w.add("t.inc", a=steps.state, by=10.0)'
        place = written["places"]["end"]["inputs"]["by"]
        assert line[place["column"] - 1 : place["end_column"] - 1] == "10.0"

        found = await read(client, written["text"], steps())
        assert (found["problems"], found["renamed"]) == ([], {})
        assert found["document"]["ui"] == steps()["ui"]
        assert found["document"]["nodes"]["more"] == {**steps()["nodes"]["more"]}

        found = await read(client, written["text"].replace("end =", "last ="), steps())
        assert found["renamed"] == {"end": "last"}
        assert found["document"]["ui"]["positions"] == {"start": [0, 0], "last": [9, 9]}


@in_loop
async def test_problems_name_line_node_and_input(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        found = await read(client, HEAD + "a = w.add('t.make', value=)\n" + END)
        assert found["document"] is None
        [problem] = found["problems"]
        assert (problem["message"], problem["place"]["line"]) == ("not Python: invalid syntax", 3)
        assert problem["place"]["column"] == 27

        text = HEAD + 'a = w.add("t.make", value="many")\nb = w.add("t.ink", a=a)\n' + END
        found = await read(client, text)
        assert [(p["node"], p["input"], p["got"], p["nearest"], p["known"]) for p in found["problems"]] == [
            ("b", "type", None, "t.inc", False),
            ("a", "value", '"many"', None, False),
        ]
        assert found["problems"][1]["place"] == {"line": 3, "column": 27, "end_line": 3, "end_column": 33}
        assert found["problems"][1]["expected"] == "float ≥ -100 and ≤ 100"

        again = await read(client, text.replace("b =", "c ="), found["document"])
        assert [p["known"] for p in again["problems"]] == [True, True]


@in_loop
async def test_what_is_no_request_is_refused(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        asked: list[tuple[str, Any, int]] = [
            ("python", {"workflow": {"nodes": {"A": 1}}}, 400),
            ("python", {"workflow": {}}, 400),
            ("python", {"workflow": {"nodes": {f"n{i}": {"type": "t"} for i in range(10_001)}}}, 413),
            ("python/read", {"text": "x" * (1 << 21)}, 400),
            ("python/read", {"text": 1}, 400),
            ("python/read", {"text": "\ud800"}, 400),
            ("python/read", {"text": "", "workflow": {"nodes": {f"n{i}": {} for i in range(10_001)}}}, 413),
        ]
        for path, body, wanted in asked:
            status, found, _ = await client.ask("POST", f"/api/v1/{path}", body)
            assert status == wanted, (path, found)
            assert (await client.ask("POST", f"/api/v1/{path}", body, token=False))[0] == 401


def test_a_program_that_asks_for_too_much_says_where() -> None:
    text = HEAD + "a = w.add('t.make')\nb = w.add('t.make', steps=20)\n" + END
    [problem] = _read(Program(text=text), REGISTRY, Limits(steps=10))["problems"]
    assert (problem["message"], problem["place"]["line"]) == ("too many steps: at most 10, got 20", 4)


WORDS = [
    "w.",
    "add",
    "(",
    ")",
    "[",
    "'t.make'",
    "=",
    ",",
    "\n",
    "with ",
    "a",
    "loop",
    " as ",
    ":",
    "    ",
    "**",
    "{",
    "}",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*WORDS, "1e999", "-", "vars()", "\x00", "build", "None"]) | st.text(max_size=3)))
def test_no_text_is_a_fault_of_the_server(words: list[str]) -> None:
    for text in (
        "".join(words),
        HEAD + "".join(words) + "\n" + END,
        f"{HEAD}a = w.add('t.make', {''.join(words)})\n{END}",
    ):
        try:
            found = _read(Program(text=text, workflow=steps()), REGISTRY, Limits())
        except LoomError:  # said as a problem of the request
            continue
        Read.model_validate(found)
