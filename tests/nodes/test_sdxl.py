"""SDXL and its refiner in nodes equal diffusers' pipelines bit for bit; a split with carried state equals one pass."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.errors import NodeError
from nodes.noise import state_to_latent
from nodes.refine import start_refining
from nodes.schedule import cut_denoising, schedule_to_steps
from nodes.steps import step_denoising
from nodes.text import size_text, zero_text
from nodes.types import Conditioning
from tests.nodes.loop import Studio, assert_same, seeds
from tests.oracles import COMMON, DDIM, DPMPP_2M, EULER, HEUN, NEGATIVE, PROMPT, Oracles, Solver
from tests.tiny import Resident, context

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def oracles(tiny_models: Path) -> Oracles:
    return Oracles(tiny_models)


@pytest.fixture(scope="module")
def base(tiny_models: Path) -> Studio:
    return Studio(context(tiny_models, Resident()), "sdxl")


@pytest.fixture(scope="module")
def refiner(base: Studio) -> Studio:
    return Studio(base.ctx, "refiner")


def sized(texts: list[Conditioning], **size: float) -> list[Conditioning]:
    return [size_text(text, **size) for text in texts]  # type: ignore[arg-type]


@pytest.mark.parametrize("solver", [EULER, DPMPP_2M, COMMON[6]], ids=lambda s: s.name)
def test_the_base_equals_the_pipeline(base: Studio, oracles: Oracles, solver: Solver):
    schedule = base.schedule(solver)
    texts = sized(base.texts(), width=64, height=64)
    assert_same(base.picture(base.run(schedule, base.start(schedule), texts)), oracles.sdxl(solver))


def test_sizes_are_those_of_the_picture_by_default(base: Studio, oracles: Oracles):
    schedule = base.schedule(EULER)
    assert_same(base.picture(base.run(schedule, base.start(schedule), base.texts())), oracles.sdxl(EULER))


def test_micro_conditioning_equals_the_pipeline(base: Studio, oracles: Oracles):
    schedule = base.schedule(EULER)
    size = {"width": 300, "height": 200, "crop_x": 5, "crop_y": 3, "target_width": 128, "target_height": 96}
    made = base.picture(base.run(schedule, base.start(schedule), sized(base.texts(), **size)))
    said = {"original_size": (200, 300), "crops_coords_top_left": (3, 5), "target_size": (96, 128)}
    negative = {f"negative_{name}": value for name, value in said.items()}
    assert_same(made, oracles.sdxl(EULER, **said, **negative))
    assert not torch.equal(made.latent, oracles.sdxl(EULER).latent)


def test_a_second_prompt_equals_the_pipeline(base: Studio, oracles: Oracles):
    schedule = base.schedule(EULER)
    texts = [base.texts()[0], base.texts(second="dog")[1]]
    made = base.picture(base.run(schedule, base.start(schedule), texts))
    assert_same(made, oracles.sdxl(EULER, prompt_2="dog"))


def test_no_negative_prompt_means_zeros_where_the_model_says_so(base: Studio, oracles: Oracles):
    schedule = base.schedule(EULER)
    negative, positive = base.texts(PROMPT, "")
    made = base.picture(base.run(schedule, base.start(schedule), [negative, positive]))
    assert_same(made, oracles.sdxl(EULER, negative_prompt=None))
    assert torch.equal(zero_text(positive).sequence, negative.sequence)
    assert torch.equal(zero_text(positive).pooled, negative.pooled)


def test_an_empty_negative_prompt_can_be_encoded_instead(base: Studio, oracles: Oracles):
    schedule = base.schedule(EULER)
    negative = base.texts(PROMPT, "", empty="encode")[0]
    made = base.picture(base.run(schedule, base.start(schedule), [negative, base.texts()[1]]))
    assert_same(made, oracles.sdxl(EULER, negative_prompt=""))


def test_the_first_part_equals_the_pipeline_with_denoising_end(base: Studio, oracles: Oracles):
    for solver in (EULER, HEUN):
        schedule = cut_denoising(base.schedule(solver), end=0.6)
        made = base.picture(base.run(schedule, base.start(schedule), base.texts()))
        assert_same(made, oracles.sdxl(solver, denoising_end=0.6))


@pytest.mark.parametrize("solver", [EULER, DDIM], ids=lambda s: s.name)
def test_the_refiner_equals_the_pipeline_when_only_the_latent_goes_over(
    base: Studio, refiner: Studio, oracles: Oracles, solver: Solver
):
    schedule = refiner.schedule(solver)
    first = cut_denoising(schedule, end=0.6)
    handed = base.run(first, base.start(first), base.texts())[-1]
    rest = cut_denoising(schedule, start=0.6)
    negative, positive = refiner.texts()
    texts = [
        size_text(negative, width=64, height=64, aesthetic=2.5),
        size_text(positive, width=64, height=64, aesthetic=6.0),
    ]
    states = refiner.run(rest, start_refining(state_to_latent(handed), seeds(7)), texts)
    more = {"original_size": (64, 64), "negative_original_size": (64, 64)}
    wanted = oracles.refine(solver, oracles.sdxl(solver, denoising_end=0.6).latent, denoising_start=0.6, **more)
    assert_same(refiner.picture(states), wanted)


@pytest.mark.parametrize("solver", COMMON, ids=lambda s: s.name)
def test_a_split_with_carried_state_equals_one_pass(base: Studio, solver: Solver):
    schedule = base.schedule(solver)
    whole = base.run(schedule, base.start(schedule), base.texts(), eta=solver.eta)
    first, rest = cut_denoising(schedule, end=0.6), cut_denoising(schedule, start=0.6)
    assert schedule_to_steps(first) + schedule_to_steps(rest) == schedule_to_steps(schedule)
    states = base.run(first, base.start(schedule), base.texts(), eta=solver.eta)
    states += base.run(rest, states[-1], base.texts(), eta=solver.eta)[1:]
    assert all(torch.equal(a.latent, b.latent) for a, b in zip(states, whole, strict=True))


def test_a_switch_in_one_frame_splits_at_the_same_place(base: Studio):
    for solver in (EULER, HEUN, DPMPP_2M):
        schedule = base.schedule(solver)
        first = schedule_to_steps(cut_denoising(schedule, end=0.7))
        assert [s for s in schedule_to_steps(schedule) if step_denoising(s, end=0.7)] == first


def test_sd_text_is_refused_by_an_sdxl_unet(tiny_models: Path, base: Studio):
    schedule = base.schedule(EULER)
    sd = Studio(base.ctx, "sd")
    with pytest.raises(NodeError, match="width 64, got 32") as error:
        base.run(schedule, base.start(schedule), sd.texts())
    assert error.value.input == "text"


def test_a_score_is_refused_by_the_base(base: Studio):
    schedule = base.schedule(EULER)
    with pytest.raises(NodeError, match=r"takes 6 numbers .* got 5"):
        base.run(schedule, base.start(schedule), sized(base.texts(PROMPT, NEGATIVE), aesthetic=6.0))
