"""Every step of a sampling frame is cached: a run goes on from any of them, and an edit runs the steps it touches.

UNet calls are counted by a hook on the weights themselves. Half of the cases keep all results on disk and none in
memory. By default each solver is tried at one step; `LOOM_SOAK=1` tries every step of each, in memory and on disk.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.pack import pack
from engine.result import Result
from tests import documents as plain
from tests.claims import documents
from tests.claims.studio import SOAK, Studio, same_state
from tests.oracles import DDIM, DPMPP_2M, EULER, HEUN, UNIPC, Solver

pytestmark = pytest.mark.usefixtures("one_thread")

STEPS = 6
NAMES = list(documents.DRIVEN)
TURNS = [(name, tier) for i, name in enumerate(NAMES) for tier in (0, 1) if SOAK or i % 2 == tier]
SOME: list[Solver] = [DDIM, EULER, DPMPP_2M, HEUN, UNIPC]


@pytest.fixture(scope="module")
def tiers(studio: Studio, disk_studio: Studio) -> tuple[Studio, Studio]:
    """Two engines: memory and disk, and disk alone."""
    for made in (studio, disk_studio):
        made.watch_model()
        made.watch_model("sdxl", "base")
        made.watch_model("refiner", "refiner")
        made.watch_unet("sd/unet")
        for prediction in ("flow_prediction", "trigflow"):
            made.watch_unet("sd/unet", prediction=prediction)
        made.watch_unet("expert", "expert")
        made.watch_control("control")
    return studio, disk_studio


@pytest.fixture(scope="module")
def oracle(tiny_models: Path, inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """An engine that is asked to compute everything."""
    with Studio(tmp_path_factory.mktemp("oracle"), tiny_models, [inputs], ram="0 B") as made:
        yield made


@pytest.fixture(scope="module")
def watched(tiers: tuple[Studio, Studio]) -> Studio:
    """The engine with memory and disk."""
    return tiers[0]


def steps_of(name: str, count: int) -> list[int]:
    """Which steps to try."""
    return list(range(count + 1)) if SOAK else [random.Random(name).randrange(1, count)]


def equal(a: Result, b: Result, frame: str = "sample") -> bool:
    return same_state(a[f"{frame}.state"], b[f"{frame}.state"])


@pytest.mark.parametrize(("name", "tier"), TURNS)
def test_a_run_goes_on_from_any_step(tiers: tuple[Studio, Studio], name: str, tier: int):
    studio, document = tiers[tier], documents.driven(name, STEPS)
    whole = studio.go(document)
    count = whole.steps_run("sample")
    assert studio.calls["unet"] == [2] * count
    keys = studio.step_keys(document)
    for k in steps_of(name, count):
        studio.forget(keys[k:])
        again = studio.go(document)
        assert studio.calls["unet"] == [2] * (count - k)
        assert (again.steps_run("sample"), again.nodes["sample"].steps_cached) == (count - k, k)
        assert equal(again, whole), f"{name} from step {k}"


@pytest.mark.parametrize(("name", "tier"), TURNS if SOAK else TURNS[::2])
def test_an_edit_that_matters_from_a_step_on_runs_the_steps_from_there(
    tiers: tuple[Studio, Studio], name: str, tier: int
):
    studio, document = tiers[tier], documents.driven(name, STEPS, seed=11)
    count = studio.go(documents.with_scale(document, 5.0)).steps_run("sample")
    for k in steps_of(name, count - 1):
        edited = documents.with_scale(document, documents.scale_until(k, count))
        result = studio.go(edited)
        assert studio.calls["unet"] == [2] * (count - k)
        assert result.steps_run("sample") == count - k
        assert equal(result, studio.go(edited, reuse=False)), f"{name} from step {k}"
        assert len(studio.calls["unet"]) == count


@pytest.mark.parametrize("solver", SOME, ids=lambda s: s.name)
@pytest.mark.parametrize("tier", [0, 1])
def test_after_random_eviction_the_missing_steps_run(tiers: tuple[Studio, Studio], solver: Solver, tier: int):
    studio = tiers[tier]
    document = documents.with_all_states(plain.text_to_image(solver, seed=21))
    whole = studio.go(document)
    keys = studio.step_keys(document)
    count = len(keys)
    assert len(set(keys)) == count == len(whole["sample.path"])
    rng = random.Random(f"{solver.name} {tier}")
    for _ in range(40 if SOAK else 2):
        missing = rng.sample(range(count), rng.randrange(1, count + 1))
        studio.forget([keys[i] for i in missing])
        again = studio.go(document)
        assert studio.calls["unet"] == [2] * len(missing)
        assert again.steps_run("sample") == len(missing)
        assert all(same_state(a, b) for a, b in zip(again["sample.path"], whole["sample.path"], strict=True))


def test_a_state_from_disk_lies_in_memory_as_a_computed_one(tiers: tuple[Studio, Studio]):
    """The last bits of a sum may depend on it."""
    studio, document = tiers[1], plain.text_to_image(DPMPP_2M, seed=22)
    computed = studio.go(document)["sample.state"]
    assert studio.cache.flush()
    loaded = studio.go(document)["sample.state"]
    assert loaded is not computed
    for state in (computed, loaded):
        assert {leaf.data_ptr() % 64 for leaf in pack(state).leaves if isinstance(leaf, torch.Tensor)} == {0}


@pytest.mark.parametrize("solver", [DPMPP_2M, UNIPC], ids=lambda s: s.name)
def test_what_lies_before_a_stored_step_is_not_made_again(tiers: tuple[Studio, Studio], solver: Solver):
    studio, document = tiers[0], plain.text_to_image(solver, seed=31)
    whole = studio.go(document)
    keys = studio.step_keys(document)
    for last in range(len(keys) - 1) if SOAK else (3,):  # the last stored step; nothing else but it is left
        studio.forget([key for i, key in enumerate(keys) if i != last])
        again = studio.go(document)
        assert len(studio.calls["unet"]) == len(keys) - 1 - last
        assert equal(again, whole)


@pytest.mark.parametrize("tier", [0, 1])
def test_whatever_is_edited_and_evicted_the_bits_are_those_of_a_fresh_run(
    tiers: tuple[Studio, Studio], oracle: Studio, tier: int
):
    """A walk through documents that share steps, with results of all kinds taken away on the way."""
    studio, rng = tiers[tier], random.Random(tier)
    document, known = random_document(rng), set[bytes]()
    for _ in range(300 if SOAK else 15):
        document = random_edit(document, rng)
        result = studio.go(document, "sample", "image")
        fresh = oracle.go(document, "sample", "image", reuse=False)
        assert equal(result, fresh)
        assert torch.equal(result["image"].data, fresh["image"].data)
        assert result.steps_run("sample") <= fresh.steps_run("sample")
        plan, _ = studio._plan(document, ["sample", "image"])
        known |= {call.key for call in plan.resolver.calls}
        studio.forget(rng.sample(sorted(known), rng.randrange(4)))


def random_document(rng: random.Random) -> dict[str, Any]:
    """A document to start from."""
    return plain.text_to_image(rng.choice(SOME), seed=rng.randrange(3))


def random_edit(document: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Another scale, prompt, seed, interval, number of steps or solver."""
    k, text = rng.randrange(6), rng.choice(("cat", "dog", "a cat and a dog"))
    base = {name: node for name, node in document["nodes"].items() if name in plain.text_to_image(DDIM)["nodes"]}
    for side in ("cond", "uncond"):  # without switch and control
        words = {"text": plain.link("positive" if side == "cond" else "negative")}
        kept = {name: value for name, value in base[side]["inputs"].items() if name != "control"}
        base[side] = base[side] | {"inputs": kept | words}
    bare = document | {"nodes": base}
    match rng.randrange(8):
        case 0:
            return documents.with_scale(document, rng.choice((1.0, 3.0, 5.0)))
        case 1:
            return documents.with_scale(document, documents.scale_until(k, 6, 5.0, rng.choice((1.0, 3.0))))
        case 2:
            return plain.with_switch(bare, k, text)
        case 3:
            return plain.with_control(bare, {"control": rng.choice((0.5, 1.0))}, 0, k / 5)
        case 4:
            base["noise"]["inputs"]["seed"] = rng.choice((0, 1, [0, 1]))
        case 5:
            base["negative"]["inputs"]["text"] = text
        case 6:
            base["schedule"]["inputs"]["steps"] = rng.choice((5, 6))
        case _:
            return random_document(rng)
    return bare


class TestEdits:
    """Edits of a document: how many steps run, and the same bits as a run that reads no stored result."""

    @staticmethod
    def check(studio: Studio, document: dict[str, Any], calls: dict[str, int], frame: str = "sample") -> None:
        """The edited document makes that many calls, its plan says so before, and its bits are those of a run without
        stored results."""
        planned = studio.plan(document, [frame])
        result = studio.go(document, frame)
        graph = result.graph
        running = [n for n in planned if n in graph.frames or not graph.nodes[n].spec.node.plan]
        assert [(n, planned[n].status, planned[n].steps_run) for n in running] == [
            (n, result.nodes[n].status, result.nodes[n].steps_run) for n in running
        ]
        assert {name: len(made) for name, made in studio.calls.items() if made and name in calls} == {
            name: n for name, n in calls.items() if n
        }
        assert equal(result, studio.go(document, frame, reuse=False), frame)

    @pytest.mark.parametrize("solver", SOME[:3], ids=lambda s: s.name)
    def test_the_prompt_switch(self, watched: Studio, solver: Solver):
        document = plain.text_to_image(solver, seed=41)
        for name in ("positive", "negative"):
            document["nodes"][name]["inputs"]["text"] = f"{name} for {solver.name}"
        later = f"later for {solver.name}"
        self.check(watched, plain.with_switch(document, 2, later), {"unet": 6, "text": 3})
        for at, calls in ((4, 4), (6, 2), (0, 6), (4, 0)):
            self.check(watched, plain.with_switch(document, at, later), {"unet": calls, "text": 0})
        self.check(watched, plain.with_switch(document, 4, f"last for {solver.name}"), {"unet": 2, "text": 1})
        self.check(watched, plain.with_switch(document, 6, f"unsaid for {solver.name}"), {"unet": 0, "text": 0})

    @pytest.mark.parametrize("solver", SOME[:3], ids=lambda s: s.name)
    def test_the_end_of_a_control(self, watched: Studio, solver: Solver):
        document = plain.text_to_image(solver, seed=42)
        self.check(watched, plain.with_control(document, {"control": 1.0}, 0, 0.5), {"unet": 6, "control": 3})
        self.check(watched, plain.with_control(document, {"control": 1.0}, 0, 0.7), {"unet": 3, "control": 1})
        self.check(watched, plain.with_control(document, {"control": 1.0}, 0, 0.7), {"unet": 0, "control": 0})
        self.check(watched, plain.with_control(document, {"control": 1.0}, 0, 0.2), {"unet": 5, "control": 0})
        self.check(watched, document, {"unet": 6, "control": 0})
        self.check(watched, plain.with_control(document, {"control": 1.0}, 0, 0.1), {"unet": 0, "control": 0})

    @pytest.mark.parametrize("solver", SOME[:3], ids=lambda s: s.name)
    def test_the_refiners_prompt(self, watched: Studio, solver: Solver):
        document = plain.base_and_refiner(solver)
        document["nodes"]["noise"]["inputs"]["seed"] = 43
        rest = 2 if solver is DPMPP_2M else 3  # the timesteps below 400: solvers space them differently
        self.check(watched, document, {"base": 6 - rest, "refiner": rest}, "refine")
        document["nodes"]["refiner_positive"]["inputs"]["text"] = "dog"
        self.check(watched, document, {"base": 0, "refiner": rest}, "refine")
        document["nodes"]["cfg_refine"]["inputs"]["scale"] = documents.scale_until(5, 6)
        self.check(watched, document, {"base": 0, "refiner": 1}, "refine")

    @pytest.mark.parametrize("solver", SOME[:3], ids=lambda s: s.name)
    def test_the_experts(self, watched: Studio, solver: Solver):
        document = plain.text_to_image(solver, seed=44)
        self.check(watched, documents.with_expert(document, 3, "expert"), {"unet": 3, "expert": 3})
        self.check(watched, documents.with_expert(document, 4, "expert"), {"unet": 1, "expert": 2})
        self.check(watched, documents.with_expert(document, 6, "expert"), {"unet": 2, "expert": 0})
        self.check(watched, document, {"unet": 0, "expert": 0})

    def test_the_number_of_steps_shares_nothing_and_a_cut_shares_all(self, watched: Studio):
        document = plain.text_to_image(DPMPP_2M, seed=45)
        self.check(watched, document, {"unet": 6})
        more = plain.text_to_image(DPMPP_2M, seed=45)
        more["nodes"]["schedule"]["inputs"]["steps"] = 7
        self.check(watched, more, {"unet": 7})
        cut = plain.text_to_image(DPMPP_2M, seed=45)
        cut["nodes"]["part"] = {
            "type": "schedule.indices@1",
            "inputs": {"schedule": plain.link("schedule"), "end": 4},
        }
        cut["nodes"]["sample"]["inputs"]["over"] = plain.link("part")
        self.check(watched, cut, {"unet": 0})


@pytest.mark.parametrize("solver", SOME[:3], ids=lambda s: s.name)
def test_a_sweep_over_seeds_shares_its_steps_with_the_single_document(tiers: tuple[Studio, Studio], solver: Solver):
    studio, single = tiers[0], plain.text_to_image(solver, seed=52)
    alone = studio.go(single, "sample", "image")
    count = alone.steps_run("sample")
    swept = studio.go(documents.sweep(single, [51, 52, 53]), "sweep", "images")
    assert len(studio.calls["unet"]) == 2 * count
    assert torch.equal(swept["images"].data[1:2], alone["image"].data)
    assert same_state(swept["sweep.states"][1], alone["sample.state"])
    single["nodes"]["noise"]["inputs"]["seed"] = 53
    other = studio.go(single, "sample", "image")
    assert studio.calls["unet"] == []
    assert torch.equal(swept["images"].data[2:], other["image"].data)
    studio.go(documents.sweep(single, [53, 54]), "sweep")
    assert len(studio.calls["unet"]) == count


class TestNothingMoreThanNeeded:
    def test_with_and_without_prompt_is_one_call(self, watched: Studio):
        watched.go(plain.text_to_image(EULER, seed=61))
        assert watched.calls["unet"] == [2] * STEPS
        watched.go(plain.text_to_image(EULER, seed=[61, 62]))
        assert watched.calls["unet"] == [4] * STEPS
        document = plain.with_control(plain.text_to_image(EULER, seed=61), {"control": 1.0})
        watched.go(document)
        assert (watched.calls["unet"], watched.calls["control"]) == ([2] * STEPS, [2] * STEPS)

    def test_at_scale_1_the_negative_prompt_is_neither_run_nor_encoded(self, watched: Studio):
        document = documents.with_scale(plain.text_to_image(EULER, seed=63), 1.0)
        document["nodes"]["negative"]["inputs"]["text"] = "seen nowhere else"
        document["nodes"]["positive"]["inputs"]["text"] = "nor this"
        result = watched.go(document)
        assert watched.calls["unet"] == [1] * STEPS
        assert watched.calls["text"] == [1]
        assert {result.nodes[name].status for name in ("negative", "uncond", "cfg")} == {"skipped"}

    def test_guidance_that_ends_makes_single_calls_from_there(self, watched: Studio):
        document = plain.text_to_image(EULER, seed=64)
        watched.go(documents.with_scale(document, documents.scale_until(4, STEPS, 5.0, 1.0)))
        assert watched.calls["unet"] == [2, 2, 2, 2, 1, 1]
        watched.go(documents.with_scale(document, documents.scale_until(2, STEPS, 5.0, 1.0)))
        assert watched.calls["unet"] == [1, 1, 1, 1]

    @pytest.mark.parametrize("on", [False, True])
    def test_a_branch_that_is_not_taken_runs_no_node(self, watched: Studio, on: bool):
        document = documents.with_choice(plain.text_to_image(EULER, seed=65 + on), on)
        result = watched.go(document, "chosen")
        live = {name for name, r in result.nodes.items() if r.status != "skipped"}
        names = {"positive", "noise", "sample", "uncond", "cond", "cfg", "solve", "image"}
        taken = {f"other_{name}" for name in names} if on else names
        assert live == taken | {"model", "negative", "schedule"}
        assert watched.calls["unet"] == [2] * STEPS

    def test_a_broken_branch_that_is_not_taken_is_not_looked_at(self, watched: Studio):
        document = documents.with_choice(plain.text_to_image(EULER, seed=67), False)
        document["nodes"]["other_model"] = {"type": "model.load@1", "inputs": {"model": "not there"}}
        document["nodes"]["other_image"]["inputs"]["vae"] = plain.link("other_model.vae")
        assert watched.go(document, "chosen").status == "done"
