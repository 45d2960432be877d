"""Runs: how they end, what they leave behind, what they do about errors and too little memory."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.api import Engine, Run
from engine.cache import Cache
from engine.context import INJECTED, Context
from engine.errors import Cancelled, NodeError, NodeFailed
from engine.events import NodeDone, NodeStarted, Numbered, RunDone, RunStarted, Warned
from engine.node import node
from tests.engine.kit import RAN, Bench, Thing, doc, inside, link, loop, registry

HOOKS: dict[str, Callable[[], None]] = {}


@node("x.hook")
def hooked(a: Thing, *, name: str = "hook", by: float = 1.0, ctx: Context = INJECTED) -> Thing:
    """Does what the test says, then adds."""
    RAN.append(f"{name} {a.value:g}")
    HOOKS.get(name, lambda: None)()
    ctx.progress(1, 2)
    return Thing(a.value + by)


@node("x.sleep", thread="pool")
def sleeping(a: Thing, *, seconds: float = 0.1, fails: bool = False) -> Thing:
    """Takes its time beside the device."""
    time.sleep(seconds)
    RAN.append("slept")
    if fails:
        raise NodeError("woke up badly", input="seconds")
    return a


@node("x.wait")
def waiting(a: Thing, *, seconds: float = 0.1) -> Thing:
    """Takes its time on the device."""
    time.sleep(seconds)
    return a


@node("x.batch", stack=("text",))
def batch(state: Thing, text: Thing) -> Thing:
    """A call that may not fit."""
    RAN.append("batch 1")
    HOOKS.get("one", lambda: None)()
    return Thing(state.value + text.value)


@batch.batched
def _(calls: Any) -> list[Thing]:
    RAN.append(f"batch {len(calls)}")
    HOOKS.get("batch", lambda: None)()
    return [Thing(c["state"].value + c["text"].value) for c in calls]


@pytest.fixture
def bench() -> Iterator[Bench]:
    HOOKS.clear()
    made = Bench()
    for one in (hooked, sleeping, waiting, batch):
        made.registry.add(one)
    yield made
    made.pool.shutdown()


def failing(text: str = "no", kind: type[Exception] = ValueError, times: int = 1_000_000) -> Callable[[], None]:
    """A hook that raises, so many times."""
    left = [times]

    def hook() -> None:
        if left[0] > 0:
            left[0] -= 1
            raise kind(text)

    return hook


def chain(count: int = 6) -> dict[str, Any]:
    return doc(
        start=("t.make", {"value": 0.0}),
        frame=loop(list(range(count)), state=(link("start"), link("next"))),
        next=inside("frame", "x.hook", {"a": link("frame.state")}),
    )


# Cancelling.


def test_a_run_that_is_cancelled_ends_within_a_step_and_keeps_the_steps_before(bench: Bench):
    HOOKS["hook"] = lambda: bench.cancelled.set() if RAN[-1] == "hook 2" else None
    with pytest.raises(Cancelled):
        bench.run(chain())
    assert RAN == ["make 0", "hook 0", "hook 1", "hook 2"]  # the third asked, through ctx.progress
    bench.cancelled.clear()
    HOOKS.clear()
    assert bench.run(chain()).values["frame"] == (Thing(6),)
    assert RAN == ["hook 2", "hook 3", "hook 4", "hook 5"]


def test_a_run_that_is_cancelled_before_it_begins_runs_nothing(bench: Bench):
    bench.cancelled.set()
    with pytest.raises(Cancelled):
        bench.run(chain())
    assert RAN == []


# Errors.


def test_an_error_names_node_type_and_cause_and_keeps_the_traceback(bench: Bench):
    HOOKS["hook"] = failing("three apples")
    with pytest.raises(NodeFailed) as caught:
        bench.run(chain())
    assert str(caught.value) == "next (x.hook@1): ValueError: three apples"
    assert (caught.value.node, caught.value.type) == ("next", "x.hook@1")
    assert "in failing" not in str(caught.value)
    assert "raise kind(text)" in caught.value.detail


def test_a_refusal_names_the_input(bench: Bench):
    def refuse() -> None:
        raise NodeError("expected something else", input="by")

    HOOKS["hook"] = refuse
    with pytest.raises(NodeFailed, match=r"next\.by \(x\.hook@1\): expected something else"):
        bench.run(chain())


def test_nothing_that_failed_is_stored(bench: Bench):
    HOOKS["hook"] = failing(times=1)
    with pytest.raises(NodeFailed):
        bench.run(chain())
    assert bench.run(chain()).values["frame"] == (Thing(6),)
    assert RAN.count("hook 0") == 1


def test_a_run_that_fails_keeps_the_steps_before(bench: Bench):
    HOOKS["hook"] = lambda: failing()() if RAN[-1] == "hook 3" else None
    with pytest.raises(NodeFailed):
        bench.run(chain())
    HOOKS.clear()
    bench.run(chain())
    assert RAN == ["hook 3", "hook 4", "hook 5"]


def test_a_batch_that_gives_too_few_results_is_an_error_of_the_node(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batch, "batch_fn", lambda calls: [])
    with pytest.raises(NodeFailed, match=r"gave 0 results for 2 calls"):
        bench.run(pair())


# Beside the device.


def test_pool_nodes_run_beside_the_device_and_each_other(bench: Bench):
    document = doc(
        a=("t.make", {"value": 1.0}),
        p=("x.sleep", {"a": link("a"), "seconds": 0.4}),
        q=("x.sleep", {"a": link("a"), "seconds": 0.41}),
        d=("x.wait", {"a": link("a"), "seconds": 0.4}),
        end=("t.total", {"many": [link("p"), link("q"), link("d")]}),
    )
    begin = time.perf_counter()
    assert bench.value(document, "end") == Thing(3)
    assert time.perf_counter() - begin < 1.0  # one after the other it would be 1.2


def test_an_error_beside_the_device_surfaces_and_ends_the_run(bench: Bench):
    document = doc(
        a=("t.make", {"value": 1.0}),
        p=("x.sleep", {"a": link("a"), "seconds": 0.05, "fails": True}),
        after=("x.sleep", {"a": link("p"), "seconds": 0.0}),
        end=("t.add", {"a": link("after"), "b": link("frame")}),
        frame=loop(list(range(50)), state=(link("a"), link("next"))),
        next=inside("frame", "x.wait", {"a": link("frame.state"), "seconds": 0.02}),
    )
    begin = time.perf_counter()
    with pytest.raises(NodeFailed, match=r"p\.seconds \(x\.sleep@1\): woke up badly"):
        bench.run(document, "end")
    assert time.perf_counter() - begin < 0.8  # the loop alone takes one second


def test_nothing_of_a_failed_run_goes_on_after_its_end(bench: Bench):
    document = doc(
        a=("t.make", {"value": 1.0}),
        p=("x.sleep", {"a": link("a"), "seconds": 0.3}),
        q=("x.sleep", {"a": link("p"), "seconds": 0.0}),
        bad=("x.hook", {"a": link("a")}),
        end=("t.add", {"a": link("bad"), "b": link("q")}),
    )
    HOOKS["hook"] = failing()
    with pytest.raises(NodeFailed):
        bench.run(document, "end")
    events, ran = len(bench.events), len(RAN)
    time.sleep(0.4)
    assert (len(bench.events), len(RAN)) == (events, ran)


# Too little memory.


class OutOfMemoryError(RuntimeError):
    """Named like torch's."""


def pair() -> dict[str, Any]:
    calls = {
        name: inside("frame", "x.batch", {"state": link("frame.state"), "text": link(name[0])}) for name in ("ac", "bc")
    }
    return doc(
        start=("t.make", {"value": 0.0}),
        a=("t.make", {"value": 1.0}),
        b=("t.make", {"value": 2.0}),
        frame=loop([0, 1], state=(link("start"), link("sum"))),
        sum=inside("frame", "t.add", {"a": link("ac"), "b": link("bc")}),
        **calls,
    )


@pytest.mark.parametrize("kind", [MemoryError, OutOfMemoryError])
def test_out_of_memory_makes_room_and_tries_again(bench: Bench, kind: type[Exception]):
    HOOKS["hook"] = failing("full", kind, times=1)
    assert bench.run(chain(2)).values["frame"] == (Thing(2),)
    assert RAN == ["make 0", "hook 0", "hook 0", "hook 1"]


def test_a_batch_that_does_not_fit_runs_one_by_one(bench: Bench):
    HOOKS["batch"] = failing("full", MemoryError)
    assert bench.run(pair()).values["frame"] == (Thing(9),)
    assert [text for text in RAN if text.startswith("batch")] == ["batch 2", "batch 2"] + ["batch 1"] * 4


def test_what_never_fits_names_the_node(bench: Bench):
    HOOKS["batch"] = HOOKS["one"] = failing("17 GiB wanted", MemoryError)
    with pytest.raises(NodeFailed, match=r"[ab]c \(x\.batch@1\): out of memory.*17 GiB wanted"):
        bench.run(pair())


def test_torch_says_out_of_memory_in_its_own_way():
    from torch import OutOfMemoryError as TorchOutOfMemory

    from engine.run import _out_of_memory

    assert _out_of_memory(TorchOutOfMemory("CUDA out of memory"))
    assert not _out_of_memory(RuntimeError("CUDA error"))


# What was stored.


def test_a_stored_result_that_is_lost_is_computed_again(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    document = doc(a=("t.make", {"value": 3.0}), b=("t.inc", {"a": link("a")}))
    outcome = bench.run(document, "b")
    key = outcome.plan.order[-1][0].key
    there, lies = bench.cache.has_many, [{key}]
    monkeypatch.setattr(bench.cache, "has_many", lambda keys: there(keys) | (lies.pop() if lies else set()))
    bench.cache.drop(key)
    bench.cache.drop(outcome.plan.order[0][0].key)
    assert bench.run(document, "b").values["b"] == (Thing(4),)
    assert RAN == ["make 3", "inc 3+1"]


def test_a_stored_file_that_is_damaged_is_computed_again(tmp_path: Path):
    def bench() -> Bench:
        classes = registry().classes
        return Bench(Cache(home=tmp_path, classes=classes, ram_bytes=1 << 20, disk_bytes=1 << 30, on_warning=print))

    document = doc(a=("t.make", {"value": 3.0}), file=("t.file", {"a": link("a"), "name": "x" * 100_000}))
    first = bench()
    first.run(document)
    first.cache.close()
    damaged = 0
    for path in (p for p in tmp_path.rglob("*") if p.is_file() and p.parent.name != "v1"):
        path.write_bytes(path.read_bytes()[:-1] + b"?")
        damaged += 1
    second = bench()
    ((artifact,),) = second.run(document).values["file"]
    assert artifact.data == b"3"
    assert ("file 3" in RAN) == (damaged > 0)
    second.cache.close()


def test_a_result_that_is_frozen_is_there_in_the_next_process_however_cheap_it_was(tmp_path: Path):
    def bench() -> Bench:
        classes = registry().classes
        return Bench(Cache(home=tmp_path, classes=classes, ram_bytes=1 << 20, disk_bytes=1 << 30, on_warning=print))

    document = doc(a=("t.make", {}), b=("t.inc", {"a": link("a")}), c=("t.inc", {"a": link("b"), "by": 5.0}))
    first = bench()
    first.run(document, "c")
    document["nodes"]["b"]["mode"] = {"frozen": first.reports(document, "c")["b"].key}
    document["nodes"]["a"]["inputs"]["value"] = 50.0
    assert first.status(document, "c") == {"a": "skipped", "b": "cached", "c": "cached"}  # a plan is enough to keep it
    # no close: the process is killed
    second = bench()
    document["nodes"]["c"]["inputs"]["by"] = 6.0
    assert second.status(document, "c") == {"a": "skipped", "b": "cached", "c": "run"}
    assert second.value(document, "c") == Thing(8)
    assert RAN == ["inc 2+6"]
    second.cache.close()
    first.cache.close()


# Events.


def test_events_are_numbered_from_one_and_complete(bench: Bench):
    bench.run(chain(3))
    assert [e.number for e in bench.events] == list(range(1, len(bench.events) + 1))
    kinds = [type(e.event).__name__ for e in bench.events]
    assert kinds[0] == "RunStarted"
    assert kinds.count("StepDone") == 3
    assert kinds.count("Progress") == 0  # this bench's context tells nobody
    started = [e.event.node for e in bench.events if isinstance(e.event, NodeStarted)]
    done = [e.event.node for e in bench.events if isinstance(e.event, NodeDone)]
    assert sorted(started) == sorted(done) == ["next", "start"]


@pytest.fixture
def engine(tmp_path: Path, bench: Bench) -> Iterator[Engine]:
    with Engine(home=tmp_path / "home", registry=bench.registry, device="cpu", threads=1) as made:
        yield made


def ended(run: Run) -> RunDone:
    """The last event of a run."""
    last = run.log.since(0)[-1].event
    assert isinstance(last, RunDone)
    return last


def test_a_client_that_was_away_asks_for_what_it_missed(engine: Engine):
    seen: list[Numbered] = []
    run = engine.submit(chain(3), on_event=seen.append)
    run.result(timeout=20)
    assert run.log.since(0) == seen
    assert run.log.since(5) == seen[5:]
    assert run.log.since(10_000) == []
    assert isinstance(seen[0].event, RunStarted)
    assert ended(run).status == "done"
    assert any(type(e.event).__name__ == "Progress" for e in seen)


def test_a_listener_that_raises_does_not_stop_the_run(engine: Engine):
    def listen(event: Numbered) -> None:
        raise ValueError("not my day")

    run = engine.submit(chain(3), on_event=listen)
    assert run.result(timeout=20)["frame"] == Thing(3)
    warned = [e.event.message for e in run.log.since(0) if isinstance(e.event, Warned)]
    assert warned == ["a listener to events raised and hears no more: ValueError: not my day"]


def test_a_failed_run_ends_with_its_error(engine: Engine):
    HOOKS["hook"] = failing("three apples")
    run = engine.submit(chain(3))
    with pytest.raises(NodeFailed):
        run.result(timeout=20)
    assert ended(run) == RunDone("failed", ended(run).seconds, "next (x.hook@1): ValueError: three apples")
    assert "raise kind(text)" in run.log.since(0)[-2].event.detail  # type: ignore[union-attr]


def test_a_run_is_cancelled_from_another_thread(engine: Engine):
    begun = threading.Event()
    HOOKS["hook"] = lambda: (begun.set(), time.sleep(0.02))[0]
    run = engine.submit(chain(1000))
    assert begun.wait(10)
    run.cancel()
    with pytest.raises(Cancelled):
        run.result(timeout=10)
    assert ended(run).status == "cancelled"


def test_cancelling_one_run_leaves_the_next_alone(engine: Engine):
    HOOKS["hook"] = lambda: time.sleep(0.01)
    first, second = engine.submit(chain(100)), engine.submit(chain(3))
    first.cancel()
    assert second.result(timeout=20)["frame"] == Thing(3)
    with pytest.raises(Cancelled):
        first.result(timeout=20)


def test_a_run_goes_on_from_the_last_step_in_another_engine(tmp_path: Path, bench: Bench):
    HOOKS["hook"] = lambda: failing()() if RAN[-1] == "hook 4" else None
    engine = Engine(home=tmp_path / "home", registry=bench.registry, device="cpu", threads=1)
    with engine, pytest.raises(NodeFailed):
        engine.run(chain())
    HOOKS.clear()
    RAN.clear()
    with Engine(home=tmp_path / "home", registry=bench.registry, device="cpu", threads=1) as engine:
        assert engine.run(chain())["frame"] == Thing(6)
    assert RAN == ["hook 4", "hook 5"]


def test_a_run_in_asyncio(engine: Engine):
    assert asyncio.run(engine.run_async(chain(2)))["frame"] == Thing(2)


# Inputs are not written to.


@dataclass(frozen=True)
class Held:
    """A tensor in a value."""

    data: Any


@node("x.tensor")
def tensor() -> Held:
    """Ones."""
    import torch

    return Held(torch.ones(3))


@node("x.spoil")
def spoil(a: Held, *, really: bool = True) -> Held:
    """Adds in place, which no node should."""
    return Held(a.data.add_(1) if really else a.data + 1)


@pytest.mark.parametrize("really", [True, False])
def test_a_node_that_writes_into_its_input_is_found_out_when_asked_to(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, really: bool
):
    engine.registry.add(tensor)
    engine.registry.add(spoil)
    monkeypatch.setenv("LOOM_CHECK", "1")
    document = doc(a=("x.tensor", {}), b=("x.spoil", {"a": link("a"), "really": really}))
    if really:
        with pytest.raises(NodeFailed, match=r"b\.a \(x\.spoil@1\): it writes into its input"):
            engine.run(document)
    else:
        assert engine.run(document)["b"].data.tolist() == [2, 2, 2]
