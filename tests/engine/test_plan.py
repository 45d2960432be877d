"""What a plan touches, what it says, and what a run then does: on demand, and never more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.cache import Cache
from engine.errors import InvalidWorkflow, NodeFailed
from tests.engine.kit import RAN, WEATHER, Bench, Thing, doc, inside, link, loop, registry


def test_what_nothing_asks_for_is_not_run():
    bench = Bench()
    document = doc(a=("t.make", {"value": 1.0}), b=("t.make", {"value": 2.0}), c=("t.inc", {"a": link("a")}))
    assert bench.run(document, "c").values["c"] == (Thing(2),)
    assert RAN == ["make 1", "inc 1+1"]


def test_without_a_target_the_nodes_run_that_make_files():
    bench = Bench()
    document = doc(a=("t.make", {}), file=("t.file", {"a": link("a")}), b=("t.make", {"value": 2.0}))
    assert list(bench.run(document).values) == ["file"]
    assert "make 2" not in RAN


def test_without_such_nodes_those_run_that_nothing_reads():
    bench = Bench()
    document = doc(a=("t.make", {}), b=("t.inc", {"a": link("a")}), c=("t.inc", {"a": link("a"), "by": 2.0}))
    assert list(bench.run(document).values) == ["b", "c"]


def test_a_second_run_runs_nothing_and_gives_the_same():
    bench = Bench()
    document = doc(a=("t.make", {}), b=("t.inc", {"a": link("a")}))
    first = bench.run(document, "b")
    again = bench.run(document, "b")
    assert RAN == []
    assert again.values == first.values
    assert {name: r.status for name, r in again.reports.items()} == {"a": "cached", "b": "cached"}


def test_calls_that_are_equal_by_key_run_once():
    bench = Bench()
    document = doc(
        a=("t.make", {"value": 1.0}),
        b=("t.make", {"value": 1}),
        c=("t.add", {"a": link("a"), "b": link("b")}),
    )
    assert bench.value(document, "c") == Thing(2)
    assert RAN == ["make 1", "add 1+1+0"]


def test_a_literal_the_default_and_a_link_to_the_same_number_have_one_key():
    bench = Bench()
    bench.run(doc(a=("t.make", {"value": 1.0})))
    bench.run(doc(a=("t.make", {})))
    bench.run(doc(n=("t.plus", {"a": 0.5, "b": 0.5}), a=("t.make", {"value": link("n")})), "a")
    bench.run(doc(a=("t.make", {"value": {"value": 1.0}})))
    assert RAN == []


def test_no_reuse_runs_everything_once():
    bench = Bench()
    document = doc(
        a=("t.make", {"value": 3.0}),
        score=("t.score", {"a": link("a")}),
        up=("t.above", {"value": link("score"), "limit": 1.0}),
        pick=("t.switch", {"on": link("up"), "yes": link("a"), "no": link("b")}),
        b=("t.make", {"value": 2.0}),
        end=("t.inc", {"a": link("pick")}),
    )
    bench.run(document, "end")
    assert bench.run(document, "end", reuse=False).values["end"] == (Thing(4),)
    assert RAN == ["make 3", "score 3", "inc 3+1"]


# Branches.


@pytest.mark.parametrize(("on", "ran"), [(True, ["make 1", "inc 1+1"]), (False, ["make 2", "inc 2+1"])])
def test_a_branch_that_is_not_taken_is_not_even_planned(on: bool, ran: list[str]):
    bench = Bench()
    document = doc(
        yes=("t.make", {"value": 1.0}),
        no=("t.make", {"value": 2.0}),
        pick=("t.switch", {"on": on, "yes": link("yes"), "no": link("no")}),
        end=("t.inc", {"a": link("pick")}),
    )
    outcome = bench.run(document, "end")
    assert [*RAN] == ran
    assert {call.node.id for call in outcome.plan.resolver.calls} == {"yes" if on else "no", "end"}
    assert outcome.reports["no" if on else "yes"].status == "skipped"


def test_a_broken_node_behind_a_branch_that_is_not_taken_does_no_harm():
    bench = Bench()
    document = doc(
        a=("t.make", {}),
        bad=("t.fail", {"a": link("a")}),
        pick=("t.switch", {"on": True, "yes": link("a"), "no": link("bad")}),
    )
    assert bench.value(document, "pick") == Thing(1)


def scored(value: float, limit: float) -> dict[str, Any]:
    """A switch whose condition only a run can give."""
    return doc(
        a=("t.make", {"value": value}),
        score=("t.score", {"a": link("a")}),
        up=("t.above", {"value": link("score"), "limit": limit}),
        high=("t.make", {"value": 10.0}),
        low=("t.make", {"value": 20.0}),
        pick=("t.switch", {"on": link("up"), "yes": link("high"), "no": link("low")}),
        end=("t.inc", {"a": link("pick")}),
    )


@pytest.mark.parametrize(("limit", "taken"), [(2.0, "make 10"), (4.0, "make 20")])
def test_a_branch_is_chosen_in_the_run_if_it_must_be(limit: float, taken: str):
    bench = Bench()
    bench.run(scored(3.0, limit), "end")
    assert [text for text in RAN if text in ("make 10", "make 20")] == [taken]
    assert RAN[:2] == ["make 3", "score 3"]


def test_a_plan_says_what_it_waits_for():
    bench = Bench()
    runner = bench.runner(scored(3.0, 2.0))
    plan = runner.plan(["end"])
    reports = runner.reports(plan, plan.running())
    assert {name: r.status for name, r in reports.items()} == {
        "a": "run",
        "score": "run",
        "up": "unknown",
        "high": "skipped",
        "low": "skipped",
        "pick": "unknown",
        "end": "unknown",
    }
    assert reports["end"].reason == "waits for score"


def test_what_runs_after_the_wait_is_not_called_cached():
    bench = Bench()
    document = scored(3.0, 2.0)
    document["nodes"]["other"] = {"type": "t.make", "inputs": {"value": 30.0}}
    document["nodes"]["end"] = {"type": "t.add", "inputs": {"a": link("other"), "b": link("pick")}}
    assert bench.status(document, "end")["other"] == "unknown"
    bench.run(document, "end")
    assert bench.status(document, "end")["other"] == "cached"


def test_what_a_muted_node_makes_useless_is_skipped():
    bench = Bench()
    document = doc(
        a=("t.make", {"value": 1.0}),
        b={"type": "t.make", "inputs": {"value": 2.0}, "mode": "mute"},
        c=("t.add", {"a": link("a"), "b": link("b")}),
    )
    assert bench.status(document, "c") == {"a": "skipped", "b": "skipped", "c": "skipped"}
    outcome = bench.run(document, "c")
    assert RAN == []
    assert outcome.values["c"] == (None,)


# Reductions.


def mixed(scale: Any) -> dict[str, Any]:
    return doc(
        negative=("t.make", {"value": -1.0}),
        uncond=("t.inc", {"a": link("negative")}),
        cond=("t.make", {"value": 3.0}),
        cfg=("t.mix", {"low": link("uncond"), "high": link("cond"), "scale": scale}),
    )


def test_at_a_scale_of_one_nothing_unconditional_is_run():
    bench = Bench()
    outcome = bench.run(mixed(1.0), "cfg")
    assert RAN == ["make 3"]
    assert outcome.values["cfg"] == (Thing(3),)
    assert [outcome.reports[n].status for n in ("negative", "uncond", "cfg")] == ["skipped"] * 3


def test_a_reduced_node_has_the_key_of_its_input():
    bench = Bench()
    bench.run(mixed(1.0), "cfg")
    bench.run(mixed(1.0), "cond")
    assert RAN == []


def test_a_reduction_in_a_frame_is_asked_at_every_step():
    bench = Bench()
    document = doc(
        text=("t.make", {"value": 1.0}),
        other=("t.make", {"value": 2.0}),
        start=("t.make", {"value": 0.0}),
        frame=loop([0, 1, 2, 3], state=(link("start"), link("cfg"))),
        cond=inside("frame", "t.eval", {"state": link("frame.state"), "text": link("text")}),
        uncond=inside("frame", "t.eval", {"state": link("frame.state"), "text": link("other")}),
        cfg=inside(
            "frame",
            "t.mix",
            {"low": link("uncond"), "high": link("cond"), "scale": {"curve": [[0, 2], [0.5, 1]], "ease": "step"}},
        ),
    )
    bench.run(document, "frame")
    assert [text for text in RAN if text.startswith("eval")] == ["eval 2", "eval 2", "eval 1", "eval 1"]


# Values by what they are.


def test_a_number_of_a_run_counts_by_its_value():
    bench = Bench()

    def document(value: float) -> dict[str, Any]:
        return doc(
            a=("t.make", {"value": value}),
            twice=("t.inc", {"a": link("a"), "by": -value}),
            score=("t.score", {"a": link("twice")}),
            end=("t.make", {"value": link("score")}),
        )

    bench.run(document(3.0), "end")
    bench.run(document(4.0), "end")
    assert RAN == ["make 4", "inc 4+-4", "score 0"]


def test_a_value_that_comes_out_equal_runs_nothing_below():
    bench = Bench()
    bench.run(doc(note=("t.note", {"text": "Hello"}), end=("t.read", {"note": link("note")})), "end")
    outcome = bench.run(doc(note=("t.note", {"text": "HELLO"}), end=("t.read", {"note": link("note")})), "end")
    assert RAN == ["note HELLO"]
    assert outcome.reports["end"].status == "cached"


def test_a_value_that_comes_out_different_runs_what_is_below():
    bench = Bench()
    bench.run(doc(note=("t.note", {"text": "Hello"}), end=("t.read", {"note": link("note")})), "end")
    bench.run(doc(note=("t.note", {"text": "World!"}), end=("t.read", {"note": link("note")})), "end")
    assert RAN == ["note World!", "read world!"]


NEXT_PROCESS = """
import sys
from pathlib import Path
from engine.cache import Cache
from tests.engine.kit import RAN, Bench, doc, link, registry
classes = registry().classes
cache = Cache(home=Path(sys.argv[1]), classes=classes, ram_bytes=1 << 20, disk_bytes=1 << 20, on_warning=print)
bench = Bench(cache)
nodes = {"note": ("t.note", {"text": sys.argv[2]}), "read": ("t.read", {"note": link("note")})}
bench.run(doc(**nodes, end=("t.file", {"a": link("read")})), "end")
bench.recall.flush()
cache.close()
print(RAN)
"""


def test_what_was_learnt_of_values_is_known_in_the_next_process(tmp_path: Path):
    def process(text: str) -> str:
        command = [sys.executable, "-c", NEXT_PROCESS, str(tmp_path), text]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd=Path.cwd())
        return done.stdout.strip()

    assert process("Hello") == "['note Hello', 'read hello', 'file 5']"
    assert process("HELLO") == "['note HELLO']"
    assert process("Hello") == "[]"


def test_the_results_of_plan_nodes_and_scores_survive_the_process(tmp_path: Path):
    def bench() -> Bench:
        classes = registry().classes
        return Bench(Cache(home=tmp_path, classes=classes, ram_bytes=1 << 20, disk_bytes=1 << 20, on_warning=print))

    first = bench()
    first.run(scored(3.0, 2.0), "end")
    first.recall.flush()
    first.cache.close()
    second = bench()
    assert second.status(scored(3.0, 2.0), "end")["pick"] != "unknown"
    second.cache.close()


# Impure nodes.


def test_an_impure_node_runs_in_every_run():
    bench = Bench()
    document = doc(a=("t.clock", {}), b=("t.inc", {"a": link("a")}))
    bench.run(document, "b")
    first = bench.runner(document).plan(["b"]).resolver.calls[-1].key
    assert "clock" in RAN
    runner = bench.runner(document)
    runner.settings.nonce = b"p" * 32
    assert runner.plan(["b"]).resolver.calls[-1].key != first


def test_a_fingerprint_says_when_the_world_has_changed(monkeypatch: pytest.MonkeyPatch):
    bench = Bench()
    document = doc(a=("t.weather", {}))
    assert bench.value(document, "a") == Thing(4)
    bench.run(document)
    assert RAN == []
    monkeypatch.setitem(WEATHER, "today", "sunshine")
    assert bench.value(document, "a") == Thing(8)


def test_a_fingerprint_that_raises_names_its_node():
    with pytest.raises(NodeFailed, match=r"a \(t\.weather@1\): KeyError"):
        Bench().run(doc(a=("t.weather", {"day": "tomorrow"})))


# Linked values are checked like literals.


def test_a_linked_number_is_checked_against_the_bounds():
    document = doc(n=("t.plus", {"a": 90.0, "b": 20.0}), a=("t.make", {"value": link("n")}))
    with pytest.raises(InvalidWorkflow, match=r"a\.value: .*expected float ≥ -100 and ≤ 100, got 110"):
        Bench().run(document)


def test_a_number_of_a_run_is_checked_against_the_bounds():
    document = doc(
        big=("t.inc", {"a": link("b"), "by": 500.0}),
        b=("t.make", {}),
        score=("t.score", {"a": link("big")}),
        a=("t.make", {"value": link("score")}),
    )
    with pytest.raises(InvalidWorkflow, match=r"a\.value: .*got 501"):
        Bench().run(document, "a")


def test_a_number_that_is_no_number_is_refused():
    document = doc(
        a=("t.make", {"value": 1.0}),
        b=("t.inc", {"a": link("a"), "by": 1e308}),
        c=("t.add", {"a": link("b"), "b": link("b"), "plus": 1e308}),
        score=("t.score", {"a": link("c")}),
        end=("t.make", {"value": link("score")}),
    )
    with pytest.raises(InvalidWorkflow, match=r"end\.value"):
        Bench().run(document, "end")


# Conversions and several links.


def test_a_literal_is_converted_to_what_is_asked_for():
    bench = Bench()
    assert bench.value(doc(a=("t.inc", {"a": 2.5})), "a") == Thing(3.5)


def test_a_converted_literal_and_a_converted_link_have_one_key():
    bench = Bench()
    bench.run(doc(a=("t.inc", {"a": 2.5})))
    bench.run(doc(n=("t.plus", {"a": 2.0, "b": 0.5}), a=("t.inc", {"a": link("n")})), "a")
    assert RAN == []


def test_any_number_of_links_in_their_order():
    bench = Bench()
    document = doc(a=("t.make", {}), all=("t.total", {"many": [link("a"), 2.0, link("a")]}), none=("t.total", {}))
    assert bench.value(document, "all") == Thing(4)
    assert bench.value(document, "none") == Thing(0)


def test_a_muted_link_among_several_is_left_out():
    bench = Bench()
    document = doc(a=("t.make", {}), b=("t.make", {"value": 5.0}), all=("t.total", {"many": [link("a"), link("b")]}))
    document["nodes"]["b"]["mode"] = "mute"
    assert bench.value(document, "all") == Thing(1)


def test_several_outputs_are_read_by_name():
    bench = Bench()
    document = doc(a=("t.make", {"value": 8.0}), two=("t.split", {"a": link("a")}))
    document["nodes"]["end"] = {"type": "t.add", "inputs": {"a": link("two.first"), "b": link("two.second")}}
    document["nodes"]["one"] = {"type": "t.inc", "inputs": {"a": link("two")}}
    assert bench.value(document, "end") == Thing(8)
    assert bench.value(document, "one") == Thing(5)
    bench.run(document, "end")
    assert RAN == []


# Modes.


def test_a_bypassed_node_lets_its_input_through():
    bench = Bench()
    document = doc(a=("t.make", {}), b=("t.inc", {"a": link("a"), "by": 7.0}), c=("t.inc", {"a": link("b")}))
    document["nodes"]["b"]["mode"] = "bypass"
    assert bench.value(document, "c") == Thing(2)
    assert "inc 1+7" not in RAN


def test_a_frozen_node_needs_nothing_above_it():
    bench = Bench()
    document = doc(a=("t.make", {}), b=("t.inc", {"a": link("a")}), c=("t.inc", {"a": link("b"), "by": 5.0}))
    outcome = bench.run(document, "b")
    (key,) = [call.key for call in outcome.plan.resolver.calls if call.node.id == "b"]
    document["nodes"]["b"]["mode"] = {"frozen": key.hex()}
    document["nodes"]["a"]["inputs"]["value"] = 50.0
    assert bench.value(document, "c") == Thing(7)
    assert RAN == ["inc 2+5"]


def test_a_plan_tells_the_key_that_freezes_a_node():
    bench = Bench()
    document = doc(a=("t.make", {}), b=("t.inc", {"a": link("a")}), c=("t.inc", {"a": link("b"), "by": 5.0}))
    assert bench.reports(document, "c")["b"].key is None
    bench.run(document, "b")
    found = bench.reports(document, "c")["b"].key
    assert found is not None
    document["nodes"]["b"]["mode"] = {"frozen": found}
    document["nodes"]["a"]["inputs"]["value"] = 50.0
    assert bench.value(document, "c") == Thing(7)


def test_a_frozen_result_that_is_gone_is_said():
    bench = Bench()
    document = doc(a={"type": "t.make", "inputs": {}, "mode": {"frozen": "0" * 64}})
    with pytest.raises(InvalidWorkflow, match="the frozen result is no longer in the cache"):
        bench.run(document)


def test_a_muted_file_is_no_target():
    bench = Bench()
    document = doc(a=("t.make", {}), one=("t.file", {"a": link("a")}), two=("t.file", {"a": link("a"), "name": "x"}))
    document["nodes"]["one"]["mode"] = "mute"
    assert list(bench.run(document).values) == ["two"]


# Size.


def test_a_long_chain_needs_no_deep_stack():
    bench = Bench()
    nodes: dict[str, Any] = {"n0": ("t.make", {"value": 0.0})}
    nodes |= {f"n{i}": ("t.inc", {"a": link(f"n{i - 1}")}) for i in range(1, 3000)}
    assert bench.value(doc(**nodes), "n2999") == Thing(2999)
