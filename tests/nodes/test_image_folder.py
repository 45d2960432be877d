"""Many image files by the name of their folder, read from real input folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from engine import Engine
from engine.context import Context
from engine.errors import InvalidWorkflow, NodeError
from nodes.image_files import save
from nodes.image_folder import list_files, load_folder
from nodes.types import Image

NAMES = ["set/a.png", "set/b.png", "set/deep/c.PNG"]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    root = tmp_path / "inputs"
    for i, name in enumerate(NAMES):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(save(Image(torch.full((1, 3, 2 + i, 3), i / 255)))[0].data)
    (root / "set" / "notes.txt").write_text("no image")
    (root / "empty").mkdir()
    with Engine(home=tmp_path / "home", device="cpu", inputs=[root]) as engine:
        yield engine


@pytest.fixture
def ctx(engine: Engine) -> Context:
    return Context(files=engine.files)


def test_a_folder_is_read_in_the_order_of_its_names(ctx: Context):
    found = load_folder(folder="set", ctx=ctx)
    assert found.names == NAMES
    assert [tuple(image.data.shape) for image in found.images] == [(1, 3, 2, 3), (1, 3, 3, 3), (1, 3, 4, 3)]
    assert [float(image.data.max()) for image in found.images] == pytest.approx([0, 1 / 255, 2 / 255])


def test_names_are_chosen_by_a_pattern(ctx: Context):
    assert list_files(folder="set", ctx=ctx) == NAMES
    assert list_files(folder="set/", pattern="?.txt", ctx=ctx) == []
    assert list_files(folder="set", pattern="*.TXT", ctx=ctx) == ["set/notes.txt"]
    assert list_files(folder="set/deep", ctx=ctx) == ["set/deep/c.PNG"]


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("sett", "did you mean 'set'"),
        ("../home", "outside"),
        ("set/a.png", "is a file, expected a folder"),
        ("empty", "there is no image in 'empty'"),
    ],
)
def test_what_is_no_folder_of_images_is_refused(ctx: Context, folder: str, said: str):
    with pytest.raises(NodeError, match=said) as caught:
        load_folder(folder=folder, ctx=ctx)
    assert caught.value.input == "folder"


def test_too_many_are_refused_before_they_are_read(ctx: Context):
    with pytest.raises(NodeError, match="at most 2 files, 'set' has 3"):
        load_folder(folder="set", most=2, ctx=ctx)


def test_a_new_file_is_seen_by_the_next_run(engine: Engine, tmp_path: Path):
    nodes = {
        "folder": {"type": "image.folder@1", "inputs": {"folder": "set"}},
        "count": {"type": "list.length@1", "inputs": {"items": {"from": "folder.names"}}},
    }
    document = {"format": 1, "name": "count", "nodes": nodes}
    run = lambda: engine.run(document, targets=["count"])  # noqa: E731
    assert run()["count"] == 3
    (tmp_path / "inputs" / "set" / "d.png").write_bytes(save(Image(torch.zeros(1, 3, 2, 2)))[0].data)
    assert run()["count"] == 4
    with pytest.raises(InvalidWorkflow, match="did you mean 'set'"):
        engine.run(document, targets=["count"], set={"folder.folder": "sets"})
