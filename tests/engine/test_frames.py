"""Loops: carried values, curves, collects, ends, frames in frames — and which steps run again after an edit."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import InvalidWorkflow, NodeFailed
from tests.engine.kit import RAN, Bench, Thing, doc, inside, link, loop

STEPS = 8


def counting(over: Any = None, by: Any = 1.0) -> dict[str, Any]:
    """A loop that adds `by` at each step, from 0."""
    return doc(
        start=("t.make", {"value": 0.0}),
        sum=loop(over if over is not None else list(range(STEPS)), state=(link("start"), link("next"))),
        next=inside("sum", "t.inc", {"a": link("sum.state"), "by": by}),
    )


def test_a_frame_hands_its_state_from_step_to_step():
    assert Bench().value(counting(), "sum") == Thing(STEPS)


def test_the_same_loop_again_runs_nothing():
    bench = Bench()
    bench.run(counting())
    bench.run(counting())
    assert RAN == []


def test_a_longer_list_runs_the_new_steps_only():
    bench = Bench()
    bench.run(counting(list(range(5))))
    assert bench.value(counting(list(range(7))), "sum") == Thing(7)
    assert len(RAN) == 2


def test_a_shorter_list_runs_nothing():
    bench = Bench()
    bench.run(counting())
    assert bench.value(counting(list(range(3))), "sum") == Thing(3)
    assert RAN == []


def test_a_frame_without_items_gives_its_first_value():
    assert Bench().value(counting([]), "sum") == Thing(0)
    assert RAN == ["make 0"]


def test_a_curve_goes_over_the_progress_of_the_frame():
    bench = Bench()
    values = {"curve": [[0, 1.0], [0.5, 3.0]]}
    bench.run(counting(by=values))
    assert [text for text in RAN if text.startswith("inc")] == [
        "inc 0+1",
        "inc 1+1.5",
        "inc 2.5+2",
        "inc 4.5+2.5",
        "inc 7+3",
        "inc 10+3",
        "inc 13+3",
        "inc 16+3",
    ]


def test_a_curve_of_steps_jumps():
    bench = Bench()
    bench.run(counting(by={"curve": [[0, 1.0], [0.5, 3.0]], "ease": "step"}))
    assert [text.partition("+")[2] for text in RAN[1:]] == ["1"] * 4 + ["3"] * 4


def test_a_curve_for_a_whole_number_is_rounded():
    bench = Bench()
    document = doc(
        start=("t.make", {"value": 0.0}),
        text=("t.make", {"value": 1.0}),
        sum=loop([0, 1, 2, 3], state=(link("start"), link("next"))),
        next=inside(
            "sum", "t.eval", {"state": link("sum.state"), "text": link("text"), "index": {"curve": [[0, 0], [1, 2]]}}
        ),
    )
    runner = bench.runner(document)
    plan = runner.plan(["sum"])
    assert [call.args["index"].value for unit in plan.order for call in unit if call.path] == [0, 0, 1, 2]


@pytest.mark.parametrize("k", range(STEPS))
def test_an_edit_that_matters_from_step_k_on_runs_exactly_the_steps_from_k(k: int):
    bench = Bench()
    before = counting(by={"curve": [[0, 1.0]]})
    bench.run(before)
    points = [[(i / STEPS), 1.0] for i in range(STEPS)]
    points[k][1] = 5.0
    outcome = bench.run(counting(by={"curve": points, "ease": "step"}))
    assert len(RAN) == STEPS - k
    assert outcome.reports["sum"].steps_run == STEPS - k
    assert outcome.reports["sum"].steps_cached == k
    assert outcome.values["sum"] == (Thing(STEPS + 4),)


def switched(at: int, late: float = 9.0) -> dict[str, Any]:
    """A loop that reads `early` before a step and `late` from it on."""
    return doc(
        start=("t.make", {"value": 0.0}),
        early=("t.make", {"value": 1.0}),
        late=("t.make", {"value": late}),
        frame=loop(list(range(STEPS)), state=(link("start"), link("next"))),
        since=inside("frame", "t.since", {"index": link("frame.index"), "at": at}),
        pick=inside("frame", "t.switch", {"on": link("since"), "yes": link("late"), "no": link("early")}),
        next=inside("frame", "t.add", {"a": link("frame.state"), "b": link("pick")}),
    )


@pytest.mark.parametrize("at", range(STEPS + 1))
def test_a_switch_that_moves_runs_the_steps_from_where_it_first_differs(at: int):
    bench = Bench()
    bench.run(switched(4))
    bench.run(switched(at))
    assert len([text for text in RAN if text.startswith("add")]) == (0 if at == 4 else STEPS - min(at, 4))


def test_a_switch_that_is_never_taken_runs_no_node_of_its_branch():
    bench = Bench()
    outcome = bench.run(switched(STEPS))
    assert "make 9" not in RAN
    assert outcome.reports["late"].status == "skipped"


def test_a_gap_is_filled_from_the_step_before_it():
    bench = Bench()
    document = counting()
    document["nodes"]["sum"]["collect"] = {"path": link("next")}
    outcome = bench.run(document, "sum")
    steps = [call for call in outcome.plan.resolver.calls if call.path]
    for i in (3, 6):
        bench.cache.drop(steps[i].key)
    assert bench.run(document, "sum").values["sum"][1] == [Thing(i) for i in range(1, STEPS + 1)]
    assert RAN == ["inc 3+1", "inc 6+1"]


def test_a_state_that_is_stored_makes_the_steps_before_it_superfluous():
    bench = Bench()
    outcome = bench.run(counting())
    steps = [call for call in outcome.plan.resolver.calls if call.path]
    for i in (1, 2, 7):
        bench.cache.drop(steps[i].key)
    bench.run(counting())
    assert RAN == ["inc 7+1"]


def test_the_events_of_a_frame_count_its_steps():
    bench = Bench()
    bench.run(counting())
    steps = [e.event for e in bench.events if type(e.event).__name__ == "StepDone"]
    assert [(s.index, s.count, s.done, s.to_do) for s in steps] == [(i, STEPS, i + 1, STEPS) for i in range(STEPS)]


# Map frames and collects.


def mapped(values: list[float]) -> dict[str, Any]:
    return doc(
        each=loop(values, collect={"all": link("made")}),
        made=inside("each", "t.make", {"value": link("each.item")}),
        total=("t.sum_list", {"items": link("each.all")}),
    )


def test_a_map_frame_collects_in_order():
    bench = Bench()
    assert bench.value(mapped([1.0, 2.0, 3.0]), "each") == [Thing(1), Thing(2), Thing(3)]
    assert bench.value(mapped([1.0, 2.0, 3.0]), "total") == Thing(6)


def test_a_map_frame_runs_only_the_items_that_are_new():
    bench = Bench()
    bench.run(mapped([1.0, 2.0]))
    bench.run(mapped([0.0, 2.0, 1.0, 5.0]))
    assert RAN == ["make 0", "make 5"]


def test_an_item_of_a_map_shares_its_key_with_the_single_document():
    bench = Bench()
    bench.run(doc(one=("t.make", {"value": 2.0})))
    bench.run(mapped([1.0, 2.0]))
    assert RAN == ["make 1"]


def test_equal_items_run_once():
    bench = Bench()
    assert bench.value(mapped([4.0, 4.0, 4.0]), "total") == Thing(12)
    assert RAN == ["make 4"]


def test_an_empty_map_collects_nothing():
    assert Bench().value(mapped([]), "total") == Thing(0)


def test_an_integer_item_is_the_number_that_the_input_takes():
    bench = Bench()
    bench.run(mapped([1.0]))
    bench.run(mapped([1]))  # type: ignore[list-item]
    assert RAN == []


def test_an_item_out_of_bounds_is_refused_in_the_plan():
    with pytest.raises(InvalidWorkflow, match=r"made\.value.*expected float ≥ -100"):
        Bench().run(mapped([1.0, 1000.0]))
    assert RAN == []


def test_too_many_items_are_refused():
    bench = Bench()
    document = mapped([])
    document["nodes"]["each"]["inputs"]["over"] = link("upto")
    document["nodes"]["upto"] = {"type": "t.upto", "inputs": {"n": 200_000}}
    with pytest.raises(InvalidWorkflow, match="too many items"):
        bench.run(document)


def test_a_map_goes_over_what_another_collected():
    bench = Bench()
    document = mapped([1.0, 2.0])
    document["nodes"] |= doc(
        second=loop(link("each.all"), collect={"all": link("more")}),
        more=inside("second", "t.inc", {"a": link("second.item")}),
    )["nodes"]
    assert bench.value(document, "second") == [Thing(2), Thing(3)]


# Frames in frames.


def grid(rows: list[float], columns: list[float]) -> dict[str, Any]:
    return doc(
        rows=loop(rows, collect={"sums": link("columns.state")}),
        start=inside("rows", "t.make", {"value": link("rows.item")}),
        columns=loop(columns, state=(link("start"), link("next"))) | {"in": "rows"},
        next=inside("columns", "t.inc", {"a": link("columns.state"), "by": link("columns.item")}),
    )


def test_frames_nest():
    bench = Bench()
    assert bench.value(grid([10.0, 20.0], [1.0, 2.0]), "rows") == [Thing(13), Thing(23)]
    assert RAN == ["make 10", "inc 10+1", "inc 11+2", "make 20", "inc 20+1", "inc 21+2"]


def test_a_nested_frame_sees_what_is_outside_both():
    bench = Bench()
    document = grid([10.0, 20.0], [1.0])
    document["nodes"]["base"] = {"type": "t.make", "inputs": {"value": 5.0}}
    document["nodes"]["next"] = inside("columns", "t.add", {"a": link("base"), "b": link("start")})
    assert bench.value(document, "rows") == [Thing(15), Thing(25)]
    assert RAN.count("make 5") == 1


def test_a_new_row_runs_only_itself():
    bench = Bench()
    bench.run(grid([10.0], [1.0, 2.0]))
    bench.run(grid([10.0, 20.0], [1.0, 2.0]))
    assert RAN == ["make 20", "inc 20+1", "inc 21+2"]


def test_the_item_of_the_outer_frame_is_read_in_the_inner():
    bench = Bench()
    document = grid([10.0, 20.0], [1.0, 2.0])
    document["nodes"]["next"]["inputs"]["by"] = link("rows.item")
    assert bench.value(document, "rows") == [Thing(30), Thing(60)]


def stacked(first: float) -> dict[str, Any]:
    """A frame with batched calls, and in each of its steps a frame that starts from one of them."""
    return doc(
        text=("t.make", {"value": first}),
        start=("t.make", {"value": 0.0}),
        outer=loop([0, 1], state=(link("start"), link("inner.state"))),
        called=inside("outer", "t.eval", {"state": link("outer.state"), "text": link("text")}),
        inner=loop([0, 1], state=(link("called"), link("next"))) | {"in": "outer"},
        next=inside("inner", "t.inc", {"a": link("inner.state")}),
    )


def test_a_frame_in_a_step_with_batched_calls_has_keys_of_its_own():
    bench = Bench()
    assert bench.value(stacked(1.0), "outer") == Thing((1 + 2) * 0.5 + 1 + 2)
    assert bench.value(stacked(3.0), "outer") == Thing((3 + 2) * 0.5 + 3 + 2)
    keys = [call.key for call in bench.runner(stacked(3.0)).plan(["outer"]).resolver.calls]
    assert len(set(keys)) == len(keys)


def test_an_invariant_of_an_inner_frame_that_is_batched_in_the_outer_has_a_key():
    bench = Bench()

    def document(text: float) -> dict[str, Any]:
        made = stacked(text)
        made["nodes"]["inner"]["carry"]["state"]["first"] = link("outer.state")
        made["nodes"]["next"] = inside("inner", "t.add", {"a": link("inner.state"), "b": link("called")})
        return made

    assert bench.value(document(1.0), "outer") == Thing(2 + 2 * (2 * 0.5 + 1))
    assert bench.value(document(3.0), "outer") == Thing(6 + 2 * (6 * 0.5 + 3))


# The end of a loop.


def test_a_loop_ends_where_its_condition_is_true_in_the_plan():
    bench = Bench()
    document = counting()
    document["nodes"]["sum"]["until"] = link("stop")
    document["nodes"]["stop"] = inside("sum", "t.until", {"index": link("sum.index"), "last": 2})
    outcome = bench.run(document, "sum")
    assert outcome.values["sum"] == (Thing(3),)
    assert (outcome.reports["sum"].steps_run, len(RAN)) == (3, 4)


def ended(limit: float) -> dict[str, Any]:
    """A loop that ends when its state, known in a run only, is above a limit."""
    document = counting()
    document["nodes"]["sum"]["until"] = link("stop")
    document["nodes"]["sum"]["collect"] = {"path": link("next")}
    document["nodes"]["score"] = inside("sum", "t.score", {"a": link("next")})
    document["nodes"]["stop"] = inside("sum", "t.above", {"value": link("score"), "limit": limit})
    document["nodes"]["total"] = {"type": "t.sum_list", "inputs": {"items": link("sum.path")}}
    return document


def test_a_loop_ends_where_its_condition_is_true_in_a_run():
    bench = Bench()
    assert bench.value(ended(2.5), "sum") == Thing(3)
    assert [text for text in RAN if text.startswith("inc")] == ["inc 0+1", "inc 1+1", "inc 2+1"]


def test_what_a_loop_collects_waits_for_its_end():
    bench = Bench()
    assert bench.value(ended(2.5), "total") == Thing(1 + 2 + 3)
    assert bench.run(ended(2.5), "sum").values["sum"] == (Thing(3), [Thing(1), Thing(2), Thing(3)])


def test_a_map_ends_where_its_condition_is_true_in_a_run():
    bench = Bench()
    document = mapped([1.0, 5.0, 9.0])
    document["nodes"]["each"]["until"] = link("stop")
    document["nodes"]["score"] = inside("each", "t.score", {"a": link("made")})
    document["nodes"]["stop"] = inside("each", "t.above", {"value": link("score"), "limit": 4.0})
    assert bench.value(document, "total") == Thing(6)
    assert "make 9" not in RAN


def test_a_loop_that_ended_before_is_known_in_the_plan():
    bench = Bench()
    assert bench.status(ended(2.5), "total")["sum"] == "unknown"
    bench.run(ended(2.5), "total")
    assert bench.status(ended(2.5), "total")["sum"] == "cached"
    bench.run(ended(3.5), "total")
    assert [text for text in RAN if text.startswith("inc")] == ["inc 3+1"]


def test_a_loop_whose_end_is_muted_does_not_run():
    bench = Bench()
    document = counting()
    document["nodes"]["sum"]["until"] = link("stop")
    document["nodes"]["stop"] = inside("sum", "t.until", {"index": link("sum.index"), "last": 2}, mode="mute")
    outcome = bench.run(document, "sum")
    assert RAN == []
    assert outcome.reports["sum"].status == "skipped"


# What is carried while planning.


def test_a_number_is_carried_in_the_plan():
    bench = Bench()
    document = doc(
        frame=loop([0, 1, 2], n=(0, link("plus")), state=(link("start"), link("next"))),
        start=("t.make", {"value": 0.0}),
        plus=inside("frame", "t.plus", {"a": link("frame.n"), "b": 2.0}),
        next=inside("frame", "t.inc", {"a": link("frame.state"), "by": link("plus")}),
        after=("t.make", {"value": link("frame.n")}),
    )
    assert bench.value(document, "after") == Thing(6)
    outcome = bench.run(document, "frame")
    assert outcome.values["frame"] == (6.0, Thing(12))


def test_a_list_that_only_a_run_can_give_is_refused_in_words():
    document = mapped([1.0])
    document["nodes"]["made"] = inside("each", "t.inc", {"a": link("each.item")})
    document["nodes"]["each"]["inputs"]["over"] = link("things")
    document["nodes"]["things"] = {"type": "t.things", "inputs": {}}
    with pytest.raises(NodeFailed, match="the list must be known in the plan"):
        Bench().run(document)


# Files.


def test_a_node_in_a_frame_that_makes_files_is_a_target():
    bench = Bench()
    document = mapped([1.0, 2.0])
    document["nodes"]["file"] = inside("each", "t.file", {"a": link("made")})
    outcome = bench.run(document)
    (values,) = outcome.values.values()
    assert [artifact.data for (artifact,) in values[0]] == [b"1", b"2"]


def test_files_are_made_in_frames_in_frames():
    bench = Bench()
    document = grid([10.0, 20.0], [1.0, 2.0])
    document["nodes"]["file"] = inside("columns", "t.file", {"a": link("next")})
    (values,) = bench.run(document).values.values()
    assert [[a.data for (a,) in row] for row in values[0]] == [[b"11", b"13"], [b"21", b"23"]]
