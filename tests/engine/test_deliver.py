"""Files for the person: named by a template, never over another file, never outside the folder."""

from __future__ import annotations

import threading
from hashlib import sha256
from pathlib import Path

import pytest

from engine.deliver import artifacts_in, deliver
from engine.errors import LoomError
from engine.values import Artifact


def made(name: str = "{name}-{n}", data: bytes = b"x") -> Artifact:
    return Artifact(data, ".txt", name)


def put(folder: Path, name: str = "{name}-{n}", data: bytes = b"x", workflow: str = "mine") -> str:
    """Deliver a file; its path in the folder."""
    done = deliver(made(name, data), "save", folder, {"name": workflow}, None)
    assert done.path.read_bytes() == data
    assert done.digest == f"sha256:{sha256(data).hexdigest()}"
    return done.path.relative_to(folder).as_posix()


def test_numbers_go_on_from_the_highest(tmp_path: Path):
    assert [put(tmp_path) for _ in range(3)] == ["mine-0001.txt", "mine-0002.txt", "mine-0003.txt"]
    (tmp_path / "mine-0041.txt").write_text("")
    assert put(tmp_path) == "mine-0042.txt"
    assert put(tmp_path, workflow="other") == "other-0001.txt"


def test_a_name_without_a_number_gets_one_when_it_is_taken(tmp_path: Path):
    assert [put(tmp_path, "{node}") for _ in range(3)] == ["save.txt", "save-0001.txt", "save-0002.txt"]


def test_a_slash_of_the_template_makes_a_folder(tmp_path: Path):
    assert put(tmp_path, "{name}/{node}-{n}") == "mine/save-0001.txt"


@pytest.mark.parametrize("workflow", ["../up", "a/b", "a\0b", "\ud800", "x" * 400, "..", "con\n", "~"])
def test_what_no_name_may_have_becomes_a_line(tmp_path: Path, workflow: str):
    put(tmp_path / "out", workflow=workflow)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    (file,) = (tmp_path / "out").iterdir()
    assert file.name.isprintable()


@pytest.mark.parametrize("name", ["../{n}", "/tmp/{n}", "{name}/../../{n}", "a\0{n}", "{gone}-{n}"])
def test_a_template_that_leaves_the_folder_is_refused(tmp_path: Path, name: str):
    with pytest.raises(LoomError):
        put(tmp_path / "out", name)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_link_that_leads_out_is_refused(tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/way").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LoomError):
        put(tmp_path / "out", "way/{n}")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_two_at_once_never_take_one_name(tmp_path: Path):
    names: list[str] = []
    threads = [threading.Thread(target=lambda: names.extend(put(tmp_path) for _ in range(10))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names)) == len(names) == 40
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(names)


def test_artifacts_are_found_in_their_order_at_any_depth():
    values = (made(data=b"1"), [made(data=b"2"), (made(data=b"3"), 5)], None)
    assert [artifact.data for artifact in artifacts_in(values)] == [b"1", b"2", b"3"]
