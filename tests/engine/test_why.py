"""Why will a node run? — in words, by what its key is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.api import Engine
from engine.registry import Registry
from tests.engine.kit import WEATHER, doc, inside, link, loop, registry


def document(value: float = 1.0, by: Any = 2.0) -> dict[str, Any]:
    made = doc(
        a=("t.make", {"value": value}),
        b=("t.inc", {"a": link("a"), "by": by}),
        unused=("t.make", {"value": 9.0}),
        file=("t.file", {"a": link("b")}),
    )
    return made | {"name": "mine"}


@pytest.fixture
def nodes() -> Registry:
    return registry()


@pytest.fixture
def engine(tmp_path: Path, nodes: Registry) -> Iterator[Engine]:
    with Engine(home=tmp_path, registry=nodes, device="cpu", threads=1) as made:
        yield made


def test_what_never_ran_says_so(engine: Engine):
    assert engine.why(document()) == {
        "a": "will run: never ran",
        "b": "will run: never ran",
        "file": "will run: never ran",
        "unused": "will not run: not needed",
    }


def test_what_is_stored_says_so(engine: Engine):
    engine.run(document())
    assert engine.why(document(), "b")["b"].startswith("cached")


def test_a_changed_literal_is_named_with_both_values(engine: Engine):
    engine.run(document())
    reasons = engine.why(document(by=3.5))
    assert reasons["b"] == "will run: by 2.0 → 3.5"
    assert reasons["file"] == "will run: b changed"
    assert reasons["a"].startswith("cached")


def test_a_changed_link_is_named(engine: Engine):
    engine.run(document())
    changed = document()
    changed["nodes"]["b"]["inputs"]["a"] = link("unused")
    assert engine.why(changed)["b"] == "will run: a from a → from unused"


def test_changed_code_is_named(engine: Engine, nodes: Registry, monkeypatch: pytest.MonkeyPatch):
    engine.run(document())
    engine.why(document())  # what is noted of a run is worked out when somebody asks
    before = nodes.code.of_node
    monkeypatch.setattr(nodes.code, "of_node", lambda n: b"other" * 6 + b"xx" if n.name == "t.inc" else before(n))
    assert engine.why(document())["b"] == "will run: its code changed"


def test_a_changed_number_of_threads_is_named(tmp_path: Path, engine: Engine, nodes: Registry):
    engine.run(document())
    engine.close()
    with Engine(home=tmp_path, registry=nodes, device="cpu", threads=2) as other:
        assert other.why(document())["a"] == "will run: threads 1 → 2"


def test_a_changed_version_of_a_library_is_named(engine: Engine):
    engine.run(document())
    versions = tuple((name, "9.9" if name == "torch" else number) for name, number in engine.numerics.versions)
    before = dict(engine.numerics.versions)["torch"]
    engine.numerics = replace(engine.numerics, versions=versions)
    engine._key = b"k" * 32
    assert engine.why(document())["a"] == f"will run: torch {before} → 9.9"


def test_what_was_cleared_is_not_stored_any_more(engine: Engine):
    engine.run(document())
    engine.why(document())
    for key in [call.key for call in engine._plan(document(), None)[0].resolver.calls]:
        engine.cache.drop(key)
    assert engine.why(document())["b"].startswith("will run: its result is not stored")


def test_a_frame_says_how_many_steps_and_the_cause(engine: Engine):
    def looped(points: list[list[float]]) -> dict[str, Any]:
        made = doc(
            start=("t.make", {"value": 0.0}),
            frame=loop([0, 1, 2, 3], state=(link("start"), link("next"))),
            next=inside("frame", "t.inc", {"a": link("frame.state"), "by": {"curve": points, "ease": "step"}}),
        )
        return made | {"name": "looped"}

    engine.run(looped([[0, 1.0]]))
    reason = engine.why(looped([[0, 1.0], [0.5, 2.0]]))["frame"]
    assert reason.startswith("will run 2 of 4 steps")


def test_what_a_plan_waits_for_is_named(engine: Engine):
    made = doc(a=("t.make", {}), s=("t.score", {"a": link("a")}), end=("t.make", {"value": link("s")}))
    assert engine.why(made)["end"] == "unknown: waits for s"


def test_a_change_of_the_world_outside_runs_the_node(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    made = doc(a=("t.weather", {})) | {"name": "w"}
    engine.run(made)
    monkeypatch.setitem(WEATHER, "today", "hail")
    assert engine.why(made)["a"].startswith("will run")


def test_what_was_learnt_lasts_for_the_next_process(tmp_path: Path, nodes: Registry):
    with Engine(home=tmp_path / "x", registry=nodes, device="cpu", threads=1) as first:
        first.run(document())
    with Engine(home=tmp_path / "x", registry=nodes, device="cpu", threads=1) as second:
        assert second.why(document(by=3.5))["b"] == "will run: by 2.0 → 3.5"
