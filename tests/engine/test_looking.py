"""Pictures of a loop's steps: of what it carries, of what its body shows, from the cache as well as from a run."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.api import Engine
from engine.code import CodeDigests
from engine.events import StepDone, Warned
from engine.node import node
from tests.engine.kit import RAN, Bench, Thing, doc, inc, inside, link, loop, registry

PNG = b"\x89PNG\r\n\x1a\n"


def walking(over: Any = None, by: Any = 1.0) -> dict[str, Any]:
    """A loop that walks from 0, and shows where it aims."""
    return doc(
        start=("t.make", {"value": 0.0}),
        way=loop(over if over is not None else [0, 1, 2, 3], at=(link("start"), link("next"))),
        next=inside("way", "t.walk", {"a": link("way.at"), "by": by}),
        save=("t.file", {"a": link("way.at")}),
    )


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with made(tmp_path) as one:
        yield one


def made(home: Path) -> Engine:
    """An engine with the cheap node types."""
    return Engine(home=home, device="cpu", dtype="fp32", threads=1, registry=registry())


def seen(engine: Engine, document: dict[str, Any], name: str, **more: Any) -> list[str | None]:
    """What the pictures of the steps say."""
    listed = engine.steps(document, "way", **more)
    assert listed is not None
    pictures = [step["pictures"].get(name) for step in listed["steps"]]
    found = [None if key is None else engine.picture(document, "way", key) for key in pictures]
    return [None if data is None else data.removeprefix(PNG).decode() for data in found]


def test_every_step_shows_what_it_carries_and_what_its_body_shows(engine: Engine):
    engine.run(walking())
    listed = engine.steps(walking(), "way")
    assert listed is not None
    assert (listed["runs"], listed["labels"]) == (1, {"at": "thing", "aim": "aim ×10"})
    assert [(step["index"], step["path"]) for step in listed["steps"]] == [(i, []) for i in range(4)]
    assert seen(engine, walking(), "at") == ["1", "2", "3", "4"]
    assert seen(engine, walking(), "aim") == ["10", "11", "12", "13"]


def test_before_a_run_there_is_nothing_to_see(engine: Engine):
    listed = engine.steps(walking(), "way")
    assert listed is not None
    assert [step["pictures"] for step in listed["steps"]] == [{"at": None, "aim": None}] * 4


def test_another_process_shows_the_same_without_running_a_step(tmp_path: Path):
    with made(tmp_path) as one:
        one.run(walking())
    RAN.clear()
    with made(tmp_path) as two:
        assert seen(two, walking(), "at") == ["1", "2", "3", "4"]
        events: list[Any] = []
        two.run(walking(), on_event=events.append)
        assert not [e for e in events if isinstance(e.event, StepDone)]
        assert seen(two, walking(), "aim") == ["10", "11", "12", "13"]
    assert not [text for text in RAN if text.startswith("walk")]


def test_an_edit_from_a_step_on_leaves_the_pictures_before_it(engine: Engine):
    long, other = walking([0, 1, 2, 3]), walking([0, 1, 2, 3, 4])
    engine.run(long)
    first, second = engine.steps(long, "way"), engine.steps(other, "way")
    assert first is not None
    assert second is not None
    assert second["steps"][:4] == first["steps"]
    assert second["steps"][4]["pictures"] == {"at": None, "aim": None}
    changed = engine.steps(walking(by=2.0), "way")
    assert changed is not None
    assert changed["steps"][0]["pictures"] == {"at": None, "aim": None}


def test_what_is_given_up_is_not_kept_but_a_picture_outlives_its_step(engine: Engine):
    engine.run(walking())
    listed = engine.steps(walking(), "way")
    assert listed is not None
    before = [step["pictures"] for step in listed["steps"]]
    assert engine.picture(walking(), "way", before[0]["at"]) == PNG + b"1"  # drawn, and so kept by itself
    engine.cache.flush()
    for sight in [s for known in engine._looking._known.values() for s in known.values()]:
        engine.cache.drop(sight.stored)
    assert engine.picture(walking(), "way", before[0]["at"]) == PNG + b"1"
    assert engine.picture(walking(), "way", before[1]["at"]) is None
    assert seen(engine, walking(), "at") == ["1", None, None, None]


def test_a_view_that_says_there_is_nothing_leaves_none(engine: Engine):
    engine.run(walking(by=-1.0))
    assert seen(engine, walking(by=-1.0), "aim") == [None] * 4
    assert seen(engine, walking(by=-1.0), "at") == ["-1", "-2", "-3", "-4"]


@node("t.stumble")
def stumble(a: Thing) -> Thing:
    """One further."""
    return Thing(a.value + 1)


@stumble.view("broken", "broken")
def _broken(a: Thing) -> Thing:
    raise ZeroDivisionError


def test_a_view_that_raises_is_told_once_and_ends_no_run():
    bench = Bench()
    bench.registry.add(stumble)
    document = walking()
    document["nodes"]["next"] = inside("way", "t.stumble", {"a": link("way.at")})
    assert bench.value(document, "way") == Thing(4)
    (told,) = [e.event.message for e in bench.events if isinstance(e.event, Warned)]
    assert told == "next: its steps cannot be shown: ZeroDivisionError: "


def test_a_view_is_in_no_key():
    before = CodeDigests().of_node(stumble)
    views, stumble.views = stumble.views, {}
    assert CodeDigests().of_node(stumble) == before
    stumble.views = views


def test_views_are_made_of_inputs_that_there_are():
    @node("t.wrong")
    def wrong(a: Thing) -> Thing:
        """Nothing new."""
        return a

    @wrong.view("x", "x")
    def _(b: Thing) -> Thing:
        return b

    with pytest.raises(TypeError, match="no input 'b'"):
        registry().add(wrong)


def test_a_loop_in_a_loop_has_the_steps_of_each_of_its_runs(engine: Engine):
    document = doc(
        start=("t.make", {"value": 0.0}),
        days=loop([0, 1, 2], at=(link("start"), link("way.at"))),
        way={**loop([0, 1], at=(link("days.at"), link("next"))), "in": "days"},
        next=inside("way", "t.walk", {"a": link("way.at")}),
        save=("t.file", {"a": link("days.at")}),
    )
    engine.run(document)
    listed = engine.steps(document, "way", run=1)
    assert listed is not None
    assert (listed["runs"], listed["steps"][1]["path"]) == (3, [["days", 1]])
    assert seen(engine, document, "at", run=1) == ["3", "4"]
    assert seen(engine, document, "at") == ["5", "6"]  # of the last
    assert engine.steps(document, "way", run=3) == {"runs": 3, "labels": {}, "steps": []}
    assert engine.steps(document, "way", path=[("days", 1)]) == listed


def test_what_is_no_picture_of_the_loop_is_none(engine: Engine):
    engine.run(walking())
    assert engine.steps(walking(), "sum") is None
    assert engine.steps(walking(), "next") is None
    listed = engine.steps(walking(by=3.0), "way")
    assert listed is not None
    for key in ("", "xyz", "00" * 32):
        assert engine.picture(walking(), "way", key) is None
    other = registry()
    assert other.look(inc) is None


@node("t.slow")
def slow(a: Thing) -> Thing:
    """Takes a while."""
    time.sleep(0.02)
    return Thing(a.value + 1)


@slow.view("twice", "twice")
def _twice(a: Thing) -> Thing:
    return Thing(a.value * 2)


@pytest.fixture
def slowly(tmp_path: Path) -> Iterator[Engine]:
    """An engine whose steps take a while."""
    made_of = registry()
    made_of.add(slow)
    with Engine(home=tmp_path, device="cpu", dtype="fp32", threads=1, registry=made_of) as one:
        yield one


def after_steps(run: Any, count: int) -> None:
    """Wait for the end of some steps of a run."""
    while sum(isinstance(e.event, StepDone) for e in run.log.since(0)) < count:
        time.sleep(0.005)


def test_steps_that_are_done_are_seen_while_the_run_goes_on_and_the_others_have_their_place(slowly: Engine):
    long = walking(list(range(500)))
    long["nodes"]["next"] = inside("way", "t.slow", {"a": link("way.at")})
    run = slowly.submit(long)
    after_steps(run, 2)
    listed, more = slowly.steps(long, "way"), slowly.steps(long, "way", coming=True)
    assert listed is not None
    assert more is not None
    assert all(listed["steps"][1]["pictures"].values())
    assert listed["steps"][499]["pictures"] == {"at": None, "twice": None}
    assert more["steps"][:2] == listed["steps"][:2]
    assert len({step["pictures"][name] for step in more["steps"] for name in ("at", "twice")}) == 1000
    third = more["steps"][2]["pictures"]
    after_steps(run, 3)
    assert slowly.picture(long, "way", third["at"]) == PNG + b"3"
    assert slowly.picture(long, "way", third["twice"]) == PNG + b"4"
    assert not run.done
    run.cancel()


def test_what_is_given_up_and_not_needed_any_more_is_not_to_come(engine: Engine):
    """What is covered by a later step that is kept will not be made, and has no picture."""
    engine.run(walking())
    listed = engine.steps(walking(), "way")
    assert listed is not None
    engine.cache.flush()
    first = next(s for known in engine._looking._known.values() for s in known.values())
    engine.cache.drop(first.stored)
    engine.cache.drop(first.key)
    again = engine.steps(walking(), "way", coming=True)
    assert again is not None
    assert [step["pictures"]["at"] is None for step in again["steps"]] == [True, False, False, False]


def test_a_picture_does_not_wait_for_the_end_of_a_run(slowly: Engine):
    slowly.run(walking())
    long = walking(list(range(500)))
    long["nodes"]["next"] = inside("way", "t.slow", {"a": link("way.at")})
    run = slowly.submit(long)
    after_steps(run, 1)
    assert seen(slowly, walking(), "at") == ["1", "2", "3", "4"]
    assert not run.done
    run.cancel()


def test_imports_ahead_are_made_by_the_thread_that_runs(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    threads: list[str] = []
    monkeypatch.setattr("engine.api.import_module", lambda name: threads.append(threading.current_thread().name))
    engine.registry.warm += ["torch", "diffusers"]
    engine.warm_up()
    engine.run(walking())
    assert len(threads) == 2
    assert all(name.startswith("loom-device") for name in threads)
