"""Calls that run as one batch: which ones, in which order, and what that means for their keys."""

from __future__ import annotations

from typing import Any

from tests.engine.kit import RAN, Bench, Thing, doc, inside, link, loop


def guided(*texts: float, scale: Any = 2.0, steps: int = 2) -> dict[str, Any]:
    """A loop with one call per text; the last two are mixed."""
    nodes: dict[str, Any] = {f"text{i}": ("t.make", {"value": text}) for i, text in enumerate(texts)}
    calls = {
        f"call{i}": inside("frame", "t.eval", {"state": link("frame.state"), "text": link(f"text{i}")})
        for i in range(len(texts))
    }
    inputs = {"low": link("call0"), "high": link(f"call{len(texts) - 1}"), "scale": scale}
    return doc(
        start=("t.make", {"value": 0.0}),
        frame=loop(list(range(steps)), state=(link("start"), link("mix"))),
        mix=inside("frame", "t.mix", inputs),
        **nodes,
        **calls,
    )


def calls(bench: Bench, document: dict[str, Any]) -> list[Any]:
    plan = bench.runner(document).plan(["frame"])
    return [call for unit in plan.order for call in unit if call.node.id.startswith("call")]


def evaluated() -> list[str]:
    return [text for text in RAN if text.startswith("eval")]


def test_siblings_that_differ_in_what_may_be_stacked_run_as_one():
    bench = Bench()
    assert bench.value(guided(1.0, 3.0), "frame") == Thing(5 * 0.5 + 5)
    assert evaluated() == ["eval 2", "eval 2"]


def test_the_order_is_that_in_which_the_step_reaches_them():
    document = guided(1.0, 3.0)
    assert [call.node.id for call in calls(Bench(), document)] == ["call0", "call1"] * 2
    mix = document["nodes"]["mix"]["inputs"]
    mix["low"], mix["high"] = mix["high"], mix["low"]
    assert [call.node.id for call in calls(Bench(), document)] == ["call1", "call0"] * 2


def test_the_order_of_the_nodes_in_the_document_is_none():
    document = guided(1.0, 3.0)
    turned = document | {"nodes": dict(reversed(document["nodes"].items()))}
    assert [c.key for c in calls(Bench(), document)] == [c.key for c in calls(Bench(), turned)]


def test_a_member_has_another_key_than_the_call_alone():
    bench = Bench()
    together = calls(bench, guided(1.0, 3.0, steps=1))
    (alone,) = calls(bench, guided(1.0, 3.0, scale=1.0, steps=1))
    assert alone.node.id == "call1"
    assert alone.key == together[1].solo
    assert alone.key not in {call.key for call in together}


def test_the_composition_is_in_the_key_of_every_member():
    bench = Bench()
    before, after = calls(bench, guided(1.0, 3.0, steps=1)), calls(bench, guided(1.5, 3.0, steps=1))
    assert all(a.key != b.key for a, b in zip(before, after, strict=True))


def test_a_group_hits_whole_or_runs_whole():
    bench = Bench()
    document = guided(1.0, 3.0, steps=1)
    bench.run(document, "frame")
    bench.run(document, "frame")
    assert evaluated() == []
    one, _ = [c for c in bench.runner(document).plan(["frame"]).resolver.calls if c.node.id.startswith("call")]
    bench.cache.drop(one.key)
    bench.cache.drop(bench.runner(document).plan(["frame"]).resolver.calls[-1].key)
    bench.run(document, "frame")
    assert evaluated() == ["eval 2"]


def test_calls_that_differ_in_anything_else_run_alone():
    bench = Bench()
    document = guided(1.0, 3.0, steps=1)
    document["nodes"]["call0"]["inputs"]["index"] = 5
    bench.run(document, "frame")
    assert evaluated() == ["eval 1", "eval 1"]


def test_a_call_that_needs_another_is_no_sibling():
    bench = Bench()
    document = guided(1.0, 3.0, steps=1)
    document["nodes"]["call1"]["inputs"]["text"] = link("call0")
    assert bench.value(document, "frame") == Thing(1 + 2 * (1 - 1))
    assert evaluated() == ["eval 1", "eval 1"]


def test_groups_that_would_wait_for_each_other_are_not_formed():
    """a0 → b1 and b0 → a1: grouping {a0, a1} and {b0, b1} would make a circle of the two."""
    bench = Bench()
    nodes: dict[str, Any] = {}
    for name, text, index in (("a0", "t", 1), ("b0", "t", 2)):
        nodes[name] = inside("frame", "t.eval", {"state": link("frame.state"), "text": link(text), "index": index})
    nodes["b1"] = inside("frame", "t.eval", {"state": link("frame.state"), "text": link("a0"), "index": 2})
    nodes["a1"] = inside("frame", "t.eval", {"state": link("frame.state"), "text": link("b0"), "index": 1})
    nodes["sum"] = inside("frame", "t.total", {"many": [link("a0"), link("b0"), link("a1"), link("b1")]})
    document = doc(
        start=("t.make", {"value": 0.0}),
        t=("t.make", {"value": 4.0}),
        frame=loop([0], state=(link("start"), link("sum"))),
        **nodes,
    )
    assert bench.value(document, "frame") == Thing(16)
    assert sorted(evaluated()) == ["eval 1", "eval 1", "eval 2"]


def test_three_siblings_are_one_group():
    bench = Bench()
    document = guided(1.0, 2.0, 3.0, steps=1)
    document["nodes"]["mix"] = inside("frame", "t.total", {"many": [link("call0"), link("call1"), link("call2")]})
    assert bench.value(document, "frame") == Thing(6)
    assert evaluated() == ["eval 3"]


def test_what_is_outside_a_frame_is_not_grouped():
    bench = Bench()
    document = doc(
        t=("t.make", {}),
        a=("t.eval", {"state": link("t"), "text": 1.0}),
        b=("t.eval", {"state": link("t"), "text": 2.0}),
        sum=("t.add", {"a": link("a"), "b": link("b")}),
    )
    bench.run(document, "sum")
    assert evaluated() == ["eval 1", "eval 1"]
