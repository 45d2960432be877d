"""Specialised nets in workflow documents equal diffusers' pipelines bit for bit: instructions, and few steps."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests import documents
from tests.claims.documents import with_scale
from tests.claims.same import assert_same, run
from tests.claims.specialised import distilled, instruct
from tests.claims.studio import Studio
from tests.oracles import COMMON, DDIM, DPMPP_2M, EULER, HEUN, Oracles, Solver

pytestmark = pytest.mark.usefixtures("one_thread")

LCM = next(solver for solver in COMMON if solver.name == "lcm")
TURBO = Solver("turbo", "euler_a", "EulerAncestralDiscreteScheduler", {"timestep_spacing": "trailing"})


@pytest.mark.parametrize("solver", [DDIM, COMMON[1], DPMPP_2M, EULER, HEUN], ids=lambda s: s.name)
def test_an_instruction(studio: Studio, oracles: Oracles, picture: torch.Tensor, solver: Solver):
    document = instruct(solver, 5.0, 1.5)
    document["nodes"]["solve"]["inputs"]["eta"] = solver.eta
    assert_same(run(studio, document), oracles.instruct(solver, picture, 1.5))


def test_an_instruction_is_one_batch_of_three(studio: Studio):
    studio.watch_model("instruct", "instruct")
    run(studio, instruct(DDIM, 5.0, 1.5, seed=11))
    assert studio.calls["instruct"] == [3] * 6


def test_an_image_scale_of_1_still_takes_three_predictions(studio: Studio, oracles: Oracles, picture: torch.Tensor):
    assert_same(run(studio, instruct(DPMPP_2M, 5.0, 1.0)), oracles.instruct(DPMPP_2M, picture, 1.0))


@pytest.mark.parametrize(("text_scale", "image_scale"), [(5.0, 0.5), (1.0, 1.5), (1.0, 1.0)])
def test_where_the_pipeline_turns_guidance_off_it_is_that_of_scales_1(
    studio: Studio, oracles: Oracles, picture: torch.Tensor, text_scale: float, image_scale: float
):
    studio.watch_model("instruct", "instruct")
    wanted = oracles.instruct(DPMPP_2M, picture, image_scale, guidance_scale=text_scale)
    assert_same(run(studio, instruct(DPMPP_2M, 1.0, 1.0)), wanted)
    result = studio.go(instruct(DPMPP_2M, 1.0, 1.0), reuse=False)
    assert studio.calls["instruct"] == [1] * 6
    assert "alone" not in result.nodes or result.nodes["alone"].status == "skipped"


def test_an_image_scale_below_1_follows_the_formula(studio: Studio):
    whole, none, half = (studio.go(with_predictions(instruct(DDIM, 3.0, scale))) for scale in (1.0, 0.0, 0.5))
    firsts = [result["sample.guided"][0].data for result in (whole, none, half)]
    assert torch.allclose(firsts[2], (firsts[0] + firsts[1]) / 2, atol=1e-5)


def with_predictions(document: dict[str, Any]) -> dict[str, Any]:
    """A document that wants the guided predictions, too."""
    document["nodes"]["sample"]["collect"] = {"guided": documents.link("guide")}
    return document


def test_instructions_for_a_batch_of_pictures(studio: Studio, oracles: Oracles, picture: torch.Tensor):
    document = instruct(DPMPP_2M, 5.0, 1.5, seed=[3, 9])
    nodes = document["nodes"]
    one = studio.go(document, "image")
    nodes["pair"] = {"type": "image.batch@1", "inputs": {"images": [documents.link("picture")] * 2}}
    nodes["seen"]["inputs"]["image"] = documents.link("pair")
    result = run(studio, document)
    assert_same(result, oracles.instruct(DPMPP_2M, torch.cat([picture] * 2), 1.5, (3, 9)))
    assert torch.allclose(one["image"].data, result["image"].data, atol=1e-4), "one picture stands for all"


@pytest.mark.parametrize("scale", [1.0, 8.5])
@pytest.mark.parametrize("steps", [1, 4])
def test_a_consistency_model_is_told_the_guidance_scale(studio: Studio, oracles: Oracles, scale: float, steps: int):
    """w = s − 1; the last state is the clean estimate, which the pipeline decodes."""
    wanted = oracles.distilled(LCM, guidance_scale=scale, num_inference_steps=steps, negative_prompt=None)
    assert_same(run(studio, distilled(LCM, scale, steps=steps)), wanted)


def test_a_consistency_model_draws_for_each_image(studio: Studio, oracles: Oracles):
    wanted = oracles.distilled(LCM, (3, 9), guidance_scale=8.5, num_inference_steps=4)
    assert_same(run(studio, distilled(LCM, 8.5, steps=4, seed=[3, 9])), wanted)


def test_the_steps_of_a_consistency_model_are_picked_from_those_of_its_training(studio: Studio, oracles: Oracles):
    document = distilled(LCM, 8.5, steps=4)
    document["nodes"]["schedule"]["inputs"]["options"] = {"original_inference_steps": 20}
    wanted = oracles.distilled(LCM, guidance_scale=8.5, num_inference_steps=4, original_inference_steps=20)
    assert_same(run(studio, document), wanted)


@pytest.mark.parametrize("solver", [LCM, TURBO, DDIM], ids=lambda s: s.name)
@pytest.mark.parametrize("steps", [1, 2])
def test_few_steps_without_guidance_or_an_embedding_of_it(studio: Studio, oracles: Oracles, solver: Solver, steps: int):
    studio.watch_model("sd", "unet")
    document = distilled(solver, 1.0, "sd", steps=steps)
    wanted = oracles.text_to_image(solver, guidance_scale=1.0, num_inference_steps=steps)
    assert_same(run(studio, document), wanted)
    guided = with_scale(documents.text_to_image(solver), 1.0)
    guided["nodes"]["schedule"]["inputs"]["steps"] = steps
    guided["nodes"]["cond"]["inputs"]["embedded_scale"] = 1.0
    assert_same(run(studio, guided), wanted)
    assert studio.calls["unet"] == [], "guidance of scale 1 is the conditional prediction, key and all"
