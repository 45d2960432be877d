"""Workflows made in Python: the same documents, and mistakes that the type checker sees."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.builder import Builder
from engine.errors import InvalidWorkflow
from tests.engine.kit import Bench, Thing, above, add, inc, make, split, switch, total

ROOT = Path(__file__).parents[2]


def test_what_is_built_runs():
    w = Builder("mine")
    a = w.add(make, value=2.0)
    two = w.add(split, a)
    w.named("end").add(add, two.first, two.second, plus=1.0)
    document = w.build()
    assert document.name == "mine"
    assert document.data["nodes"]["end"] == {
        "type": "t.add@1",
        "inputs": {"a": {"from": "split.first"}, "b": {"from": "split.second"}, "plus": 1.0},
    }
    assert Bench().value(document.data, "end") == Thing(3)


def test_a_loop_is_a_block():
    w = Builder()
    start = w.add(make, value=0.0)
    with w.loop("steps", over=[1.0, 2.0, 3.0], state=start) as loop:
        more = w.add(inc, loop.state, by=loop.item)
        loop.next(state=more)
        loop.collect(path=more)
    w.named("end").add(inc, loop.state, by=10.0)
    document = w.build().data
    assert document["nodes"]["inc"]["in"] == "steps"
    assert "in" not in document["nodes"]["end"]
    assert Bench().value(document, "end") == Thing(16)
    assert Bench().run(document, "steps").values["steps"][1] == [Thing(1), Thing(3), Thing(6)]


def test_loops_nest():
    w = Builder()
    with w.loop("rows", over=[1.0, 2.0]) as rows:
        start = w.add(make, value=rows.item)
        with w.loop("columns", over=[10.0, 20.0], state=start) as columns:
            columns.next(state=w.add(inc, columns.state, by=columns.item))
        rows.collect(sums=columns.state)
    assert Bench().value(w.build().data, "rows") == [Thing(31), Thing(32)]


def test_several_links_and_a_switch():
    w = Builder()
    a, b = w.add(make, value=1.0), w.add(make, value=2.0)
    both = w.add(total, (a, b, a))
    on = w.add(above, 3.0, limit=2.0)
    w.named("end").add(switch, on, both, a)
    assert Bench().value(w.build().data, "end") == Thing(4)


def test_names_are_new_and_fit():
    w = Builder()
    w.add(make)
    w.add(make)
    w.named("last").add(make)
    assert list(w.build().data["nodes"]) == ["make", "make_2", "last"]
    for name in ("last", "Bad Name", ""):
        with pytest.raises(InvalidWorkflow, match="not a name"):
            w.named(name)


def test_a_carry_without_a_next_is_an_error():
    w = Builder()
    with (
        pytest.raises(InvalidWorkflow, match=r"loop\.next\(state=…\) was not called"),
        w.loop(over=[1], state=w.add(make)),
    ):
        pass


def test_an_argument_that_the_function_has_not_is_an_error():
    with pytest.raises(TypeError):
        Builder().add(make, gone=1)  # type: ignore[call-arg]


HEAD = """from engine.builder import Builder
from nodes.images import invert, resize
from nodes.masks import rectangle, to_image
from nodes.image_files import save

w = Builder("typed")
mask = w.add(rectangle, width=64, height=64)
"""
GOOD = """image = w.add(to_image, mask)
small = w.add(resize, image, width=32)
files = w.add(save, w.add(invert, small), name="x")
reveal_type(small)
"""
BAD = """w.add(invert, mask)
w.add(resize, w.add(to_image, mask), widht=32)
w.add(rectangle, width="wide")
w.add(to_image)
"""


def checked(tmp_path: Path, text: str) -> list[str]:
    """What mypy says of a script."""
    script = tmp_path / "script.py"
    script.write_text(HEAD + text)
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", str(ROOT / ".mypy_cache")]
    command += ["--config-file", str(ROOT / "pyproject.toml"), str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=ROOT, check=False)
    return [line for line in done.stdout.splitlines() if "script.py" in line]


def test_the_type_checker_knows_what_every_node_gives(tmp_path: Path):
    (line,) = checked(tmp_path, GOOD)
    assert "note: Revealed type" in line
    assert "nodes.types.Image" in line


def test_the_type_checker_finds_what_does_not_fit(tmp_path: Path):
    lines = [line for line in checked(tmp_path, BAD) if "error:" in line]
    numbers = {int(line.split(":")[1]) - HEAD.count("\n") for line in lines}
    assert numbers == {1, 2, 3, 4}, lines
