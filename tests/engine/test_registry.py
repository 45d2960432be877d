"""Node types: where they come from, what is refused, and that nothing broken stops the rest."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from engine import registry as registries
from engine.builtin import builtin
from engine.node import Many, node
from engine.registry import DuplicateType, Registry

GOOD = '''
from engine.node import node

@node("mine.double", plan=True)
def double(*, value: float = 1.0) -> float:
    """Twice."""
    return value * 2
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's folder with a good file in it."""
    (tmp_path / "good.py").write_text(GOOD)
    return tmp_path


def test_the_installed_nodes_are_there_without_failures(tmp_path: Path):
    registry = Registry.installed(tmp_path / "nowhere")
    assert registry.failures == []
    assert {"model.load", "unet.denoise", "image.save", "flow.switch"} <= registry.specs.keys()


def test_a_file_of_the_user_is_registered(folder: Path):
    registry = Registry.installed(folder)
    assert registry.specs["mine.double"].node.fn(value=4.0) == 8.0
    assert registry.failures == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def", "SyntaxError"),
        ("1 / 0", "ZeroDivisionError"),
        ("import nothing_of_this_name", "ModuleNotFoundError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("raise KeyboardInterrupt", None),
        ("from engine.node import node\n@node('mine.x')\ndef f(a) -> int: return 1", "parameter a has no type"),
        ("from engine.node import node\n@node('mine.x')\ndef f(a: int): return 1", "the return type is missing"),
        ("from engine.node import node\n@node('mine.x')\ndef f(*a: int) -> int: return 1", "use Many"),
        ("from engine.node import node\n@node('mine.x')\ndef f(a: Gone) -> int: return 1", "NameError"),
        ("from engine.node import node\n@node('mine.x', stack=('b',))\ndef f(a: int) -> int: return 1", "no input 'b'"),
        ("from engine.node import node\n@node('mine.x', stack=('a',))\ndef f(a: int) -> int: return 1", "stack needs"),
        ("from engine.node import node\n@node('bad name')\ndef f(a: int) -> int: return 1", "not a name"),
        ("from engine.node import node\n@node('flow.loop')\ndef f(a: int) -> int: return 1", "flow.loop"),
        ("from engine.node import node\n@node('image.save')\ndef f(a: int) -> int: return 1", "is defined in"),
    ],
)
def test_a_broken_file_is_reported_and_stops_nothing(folder: Path, text: str, says: str | None):
    (folder / "bad.py").write_text(text)
    if says is None:
        with pytest.raises(KeyboardInterrupt):
            Registry.installed(folder)
        return
    registry = Registry.installed(folder)
    assert "mine.double" in registry.specs
    assert "image.save" in registry.specs
    assert registry.specs["image.save"].node.__module__ == "nodes.image_files"
    (failure,) = registry.failures
    assert failure.source.endswith("bad.py")
    assert says in failure.error


def test_what_a_broken_file_had_registered_is_gone(folder: Path):
    (folder / "half.py").write_text(
        GOOD.replace("mine.double", "mine.half") + GOOD.replace("mine.double", "image.save")
    )
    registry = Registry.installed(folder)
    assert "mine.half" not in registry.specs
    assert len(registry.failures) == 1


def test_an_installed_package_brings_its_modules(monkeypatch: pytest.MonkeyPatch):
    package, module = ModuleType("pack_of_tests"), ModuleType("pack_of_tests.one")

    @node("pack.one")
    def one(a: int) -> int:
        """One."""
        return a

    one.__module__ = "pack_of_tests.one"
    package.MODULES = ("pack_of_tests.one",)  # type: ignore[attr-defined]
    module.one = one  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pack_of_tests", package)
    monkeypatch.setitem(sys.modules, "pack_of_tests.one", module)
    points = [
        EntryPoint("a", "pack_of_tests", registries.GROUP),
        EntryPoint("b", "pack_that_is_gone", registries.GROUP),
    ]
    monkeypatch.setattr(registries, "entry_points", lambda group: points)
    registry = Registry.installed()
    assert set(registry.specs) == {"pack.one"}
    assert [f.source for f in registry.failures] == ["pack_that_is_gone"]


def test_two_types_of_one_name_are_an_error_that_names_both():
    registry = Registry()

    @node("twice.it")
    def first(a: int) -> int:
        """One."""
        return a

    @node("twice.it")
    def second(a: int) -> int:
        """Another."""
        return a

    registry.add(first)
    registry.add(first)
    with pytest.raises(DuplicateType, match=r"twice\.it is defined in"):
        registry.add(second)


def test_a_signature_becomes_inputs_and_outputs():
    @node("sig.many")
    def many(a: Many[int], b: float, *, c: str = "x") -> tuple[int, ...]:
        """Many."""
        return a

    registry = Registry()
    registry.add(many)
    spec = registry.specs["sig.many"]
    assert {n: (i.many, i.required, i.widget) for n, i in spec.inputs.items()} == {
        "a": (True, False, False),
        "b": (False, True, False),
        "c": (False, False, True),
    }
    assert [o.name for o in spec.outputs] == ["out"]


def test_stored_types_are_looked_up_in_registered_packages_only():
    registry = Registry.installed()
    assert registry.classes["nodes.types.Image"].__name__ == "Image"
    names: list[Any] = ["subprocess.Popen", "os.system", "nodes.types.gone", "nodes", "", "nodes.loaders.Path"]
    assert [name in registry.classes for name in names[:5]] == [False] * 5


def test_what_comes_with_the_product_is_found():
    models, workflows = builtin("models"), builtin("workflows")
    assert models is not None
    assert workflows is not None
    assert (workflows / "text_to_image.json").is_file()
    assert builtin("nothing") is None
