"""Workflow documents, run by the engine, equal diffusers' pipelines bit for bit, at equal batch and threads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from tests import documents
from tests.claims.documents import with_all_states, with_scale
from tests.claims.same import assert_same, run
from tests.claims.studio import Studio
from tests.oracles import COMMON, DDIM, DPMPP_2M, EULER, HEUN, MORE, UNIPC, Oracles, Solver
from tests.tiny import controlnet_of

pytestmark = pytest.mark.usefixtures("one_thread")

SDE = next(solver for solver in COMMON if solver.name == "dpmpp_2m_sde")


@pytest.mark.parametrize("solver", [*COMMON, *MORE], ids=lambda s: s.name)
def test_text_to_image(studio: Studio, oracles: Oracles, solver: Solver):
    result = run(studio, with_all_states(documents.text_to_image(solver)))
    wanted = oracles.text_to_image(solver)
    assert_same(result, wanted)
    assert len(result["sample.path"]) == len(wanted.path)
    for i, (state, latent) in enumerate(zip(result["sample.path"], wanted.path, strict=True)):
        assert torch.equal(state.latent, latent), f"after step {i}"


@pytest.mark.parametrize("scale", [1.0, 1.5, 12.0])
def test_guidance(studio: Studio, oracles: Oracles, scale: float):
    document = with_scale(documents.text_to_image(DPMPP_2M), scale)
    assert_same(run(studio, document), oracles.text_to_image(DPMPP_2M, guidance_scale=scale))


def test_guidance_rescale(studio: Studio, oracles: Oracles):
    document = documents.text_to_image(DPMPP_2M)
    inputs = {"guided": documents.link("cfg"), "cond": documents.link("cond"), "amount": 0.7}
    document["nodes"]["rescaled"] = {"type": "guidance.rescale@1", "in": "sample", "inputs": inputs}
    document["nodes"]["solve"]["inputs"]["prediction"] = documents.link("rescaled")
    assert_same(run(studio, document), oracles.text_to_image(DPMPP_2M, guidance_rescale=0.7))


@pytest.mark.parametrize("solver", [DPMPP_2M, COMMON[1], COMMON[6], SDE], ids=lambda s: s.name)
def test_a_list_of_seeds(studio: Studio, oracles: Oracles, solver: Solver):
    assert_same(run(studio, documents.text_to_image(solver, seed=[3, 9])), oracles.text_to_image(solver, (3, 9)))


@pytest.mark.parametrize("solver", [DPMPP_2M, SDE], ids=lambda s: s.name)
def test_one_image_of_a_batch(studio: Studio, oracles: Oracles, solver: Solver):
    """Image i of a batch from seed s is the pipeline's image i from generators s, s + 1, …"""
    document = documents.text_to_image(solver, seed=20)
    nodes = document["nodes"]
    nodes["noise"]["inputs"]["batch"] = 3
    nodes["one"] = {"type": "image.pick@1", "inputs": {"image": documents.link("image"), "index": 1}}
    result = studio.go(document, "sample", "image", "one")
    wanted = oracles.text_to_image(solver, (20, 21, 22))
    assert_same(result, wanted)
    assert torch.equal(result["one"].data, wanted.image[1:2])


@pytest.mark.parametrize("solver", [DDIM, COMMON[2], COMMON[6], DPMPP_2M, HEUN, UNIPC], ids=lambda s: s.name)
def test_image_to_image(studio: Studio, oracles: Oracles, picture: torch.Tensor, solver: Solver):
    document = documents.with_picture(documents.text_to_image(solver), 0.6)
    assert_same(run(studio, document), oracles.image_to_image(solver, picture, 0.6))


@pytest.mark.parametrize("solver", [DDIM, DPMPP_2M], ids=lambda s: s.name)
def test_inpainting_with_nine_channels(
    studio: Studio, oracles: Oracles, picture: torch.Tensor, mask: torch.Tensor, solver: Solver
):
    document = documents.with_picture(documents.text_to_image(solver, "inpaint"), 0.7)
    result = run(studio, documents.with_nine_channels(document))
    assert_same(result, oracles.inpaint("inpaint", solver, picture, mask, 0.7))


@pytest.mark.parametrize("solver", [DDIM, DPMPP_2M, HEUN], ids=lambda s: s.name)
def test_blended_inpainting(
    studio: Studio, oracles: Oracles, picture: torch.Tensor, mask: torch.Tensor, solver: Solver
):
    document = documents.with_blend(documents.with_picture(documents.text_to_image(solver), 0.7))
    assert_same(run(studio, document), oracles.inpaint("sd", solver, picture, mask, 0.7))


@pytest.mark.parametrize("interval", [(0.0, 1.0), (0.2, 0.7)])
@pytest.mark.parametrize("nets", [{"control": 0.8}, {"control": 0.8, "control_b": 0.4}], ids=len)
def test_control(
    studio: Studio, oracles: Oracles, tiny_models: Path, picture: torch.Tensor, nets: dict[str, float], interval: Any
):
    document = documents.with_control(documents.text_to_image(EULER), nets, *interval)
    opened = [controlnet_of(tiny_models / name) for name in nets]
    many = len(nets) > 1
    wanted = oracles.control(
        EULER,
        opened if many else opened[0],
        [picture] * 2 if many else picture,
        controlnet_conditioning_scale=list(nets.values()) if many else nets["control"],
        control_guidance_start=interval[0],
        control_guidance_end=interval[1],
    )
    assert_same(run(studio, document), wanted)


@pytest.mark.parametrize("solver", [EULER, DPMPP_2M], ids=lambda s: s.name)
def test_sdxl(studio: Studio, oracles: Oracles, solver: Solver):
    assert_same(run(studio, documents.text_to_image(solver, "sdxl")), oracles.sdxl(solver))


@pytest.mark.parametrize("solver", [EULER, DPMPP_2M], ids=lambda s: s.name)
def test_sdxl_is_told_sizes_and_crops(studio: Studio, oracles: Oracles, solver: Solver):
    document = documents.text_to_image(solver, "sdxl")
    nodes = document["nodes"]
    sizes = {"width": 96, "height": 80, "crop_x": 16, "crop_y": 8, "target_width": 72, "target_height": 64}
    other = {"width": 32, "height": 40, "crop_x": 1, "crop_y": 2, "target_width": 48, "target_height": 56}
    for side, words, said in (("cond", "positive", sizes), ("uncond", "negative", other)):
        nodes[f"sized_{words}"] = {"type": "text.size@1", "inputs": {"text": documents.link(words), **said}}
        nodes[side]["inputs"]["text"] = documents.link(f"sized_{words}")
    wanted = oracles.sdxl(
        solver,
        original_size=(80, 96),
        crops_coords_top_left=(8, 16),
        target_size=(64, 72),
        negative_original_size=(40, 32),
        negative_crops_coords_top_left=(2, 1),
        negative_target_size=(56, 48),
    )
    assert_same(run(studio, document), wanted)


@pytest.mark.parametrize("solver", [EULER, DDIM], ids=lambda s: s.name)
def test_base_and_refiner(studio: Studio, oracles: Oracles, solver: Solver):
    result = run(studio, documents.base_and_refiner(solver), "refine")
    latent = oracles.sdxl(solver, denoising_end=0.6).latent
    sizes = {"original_size": (64, 64), "negative_original_size": (64, 64)}
    assert_same(result, oracles.refine(solver, latent, denoising_start=0.6, **sizes), "refine")


@pytest.mark.parametrize("solver", [DPMPP_2M, UNIPC, HEUN, SDE], ids=lambda s: s.name)
@pytest.mark.parametrize("at", [0.6, 0.8])
def test_the_same_model_on_both_sides_of_a_split_is_one_pass(
    studio: Studio, oracles: Oracles, solver: Solver, at: float
):
    """The state that goes over is all there is: the same bits, the same key, and no model call after the one pass."""
    studio.watch_model("sdxl", "base")
    whole, one_pass = documents.text_to_image(solver, "sdxl", seed=5), oracles.sdxl(solver, seeds=(5,))
    split = documents.base_and_refiner(solver, at)
    split["nodes"]["noise"]["inputs"]["seed"] = 5
    for side, words in (("uncond", "negative"), ("cond", "positive")):
        inputs = {"unet": documents.link("model.unet"), "text": documents.link(words)}
        split["nodes"][f"{side}_refine"]["inputs"] |= inputs
    assert_same(studio.go(split, "refine", "image", reuse=False), one_pass, "refine")
    assert len(studio.calls["base"]) == len(one_pass.path)
    assert_same(run(studio, whole), one_pass)
    assert studio.calls["base"] == [], "the one pass finds the steps of the two"
    studio.forget(studio.step_keys(whole))
    assert_same(run(studio, whole), one_pass)
    result = run(studio, split, "refine")
    assert studio.calls["base"] == [], "and they find its steps"
    assert (result.steps_run("sample"), result.steps_run("refine")) == (0, 0)
    assert studio.step_keys(whole) == studio.step_keys(split) + studio.step_keys(split, "refine")
