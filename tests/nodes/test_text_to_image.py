"""Text to image in nodes equals StableDiffusionPipeline bit for bit, and a batch equals its single images."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nodes.loaders import load_unet
from nodes.text import encode_text
from tests.nodes.loop import Studio, assert_same
from tests.oracles import COMMON, DDIM, DPMPP_2M, EULER, PROMPT, Oracles, Solver
from tests.tiny import Resident, context

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def oracles(tiny_models: Path) -> Oracles:
    return Oracles(tiny_models)


@pytest.fixture(scope="module")
def studio(tiny_models: Path) -> Studio:
    return Studio(context(tiny_models, Resident()))


@pytest.mark.parametrize("solver", COMMON, ids=lambda s: s.name)
def test_every_solver_equals_the_pipeline(studio: Studio, oracles: Oracles, solver: Solver):
    schedule = studio.schedule(solver)
    states = studio.run(schedule, studio.start(schedule), studio.texts(), eta=solver.eta)
    assert_same(studio.picture(states), oracles.text_to_image(solver))


@pytest.mark.parametrize("solver", [DDIM, DPMPP_2M, COMMON[2], COMMON[6]], ids=lambda s: s.name)
def test_a_batch_equals_the_pipeline_with_a_list_of_generators(studio: Studio, oracles: Oracles, solver: Solver):
    schedule = studio.schedule(solver)
    states = studio.run(schedule, studio.start(schedule, (3, 9)), studio.texts(), eta=solver.eta)
    assert_same(studio.picture(states), oracles.text_to_image(solver, (3, 9)))


def test_the_noise_of_an_image_of_a_batch_is_that_of_its_own_seed(studio: Studio):
    schedule = studio.schedule(EULER)
    batch = studio.start(schedule, (7, 8, 20))
    for i, seed in enumerate((7, 8, 20)):
        assert torch.equal(batch.latent[i : i + 1], studio.start(schedule, (seed,)).latent)


def test_clip_skip_takes_an_earlier_layer_through_the_final_norm(studio: Studio):
    texts = [encode_text(studio.model.text_encoder, text=PROMPT, clip_skip=k, ctx=studio.ctx) for k in (0, 1)]
    opened = studio.ctx.load(studio.model.text_encoder.parts[0])
    tokens = opened.tokenizer(PROMPT, padding="max_length", max_length=77, return_tensors="pt").input_ids
    hidden = opened.encoder(tokens, output_hidden_states=True).hidden_states
    assert torch.equal(texts[1].sequence, opened.encoder.final_layer_norm(hidden[-2]))
    assert torch.equal(texts[0].sequence, opened.encoder.final_layer_norm(hidden[-1]))


@pytest.mark.parametrize("zero_snr", [False, True])
def test_a_v_prediction_model_equals_the_pipeline(studio: Studio, oracles: Oracles, zero_snr: bool):
    options = {"prediction_type": "v_prediction", "rescale_betas_zero_snr": zero_snr, "timestep_spacing": "trailing"}
    solver = Solver("v", "ddim", "DDIMScheduler", options)
    schedule = studio.schedule(solver)
    unet = load_unet(unet="sd/unet", prediction="v_prediction", ctx=studio.ctx)
    states = studio.run(schedule, studio.start(schedule), studio.texts(), unet=unet)
    assert_same(studio.picture(states), oracles.text_to_image(solver))


@pytest.mark.parametrize("given", [{"timesteps": [901, 701, 401, 201, 1]}, {"sigmas": [14.0, 8.0, 4.0, 2.0, 1.0, 0.0]}])
def test_explicit_lists_equal_the_pipeline(studio: Studio, oracles: Oracles, given: dict[str, list[float]]):
    from nodes.schedule import make_schedule

    schedule = make_schedule(studio.model.scheduler, solver="euler", **given)
    states = studio.run(schedule, studio.start(schedule), studio.texts())
    assert_same(studio.picture(states), oracles.text_to_image(EULER, **given))
