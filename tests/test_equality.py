"""Workflow documents, run by the engine, equal diffusers' pipelines bit for bit; an edit re-runs what it touches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.api import Engine
from engine.result import Result
from tests import documents
from tests.oracles import COMMON, DDIM, DPMPP_2M, EULER, HEUN, MORE, UNIPC, Oracles, Picture, Solver
from tests.tiny import controlnet_of

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def oracles(tiny_models: Path) -> Oracles:
    return Oracles(tiny_models)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one input picture, 64×64."""
    import numpy as np
    import PIL.Image

    folder = tmp_path_factory.mktemp("inputs")
    pixels = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    PIL.Image.fromarray(pixels).save(folder / "picture.png")
    return folder


@pytest.fixture(scope="module")
def picture(inputs: Path) -> torch.Tensor:
    """The input picture as a tensor."""
    import numpy as np
    import PIL.Image

    with PIL.Image.open(inputs / "picture.png") as shown:
        return torch.from_numpy(np.array(shown)).permute(2, 0, 1)[None].float() / 255


@pytest.fixture(scope="module")
def mask() -> torch.Tensor:
    made = torch.zeros(1, 1, 64, 64)
    made[..., 8:40, 16:56] = 1
    return made


@pytest.fixture(scope="module")
def engine(tiny_models: Path, inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    home = tmp_path_factory.mktemp("home")
    with Engine(home=home, device="cpu", dtype="fp32", threads=1, models=[tiny_models], inputs=[inputs]) as made:
        yield made


def run(engine: Engine, document: dict[str, Any], frame: str = "sample", **options: Any) -> Result:
    return engine.run(json.loads(json.dumps(document)), targets=[frame, "image"], **options)


def assert_same(result: Result, wanted: Picture, frame: str = "sample") -> None:
    assert torch.equal(result[f"{frame}.state"].latent, wanted.latent)
    assert torch.equal(result["image"].data, wanted.image)


@pytest.mark.parametrize("solver", [*COMMON, *MORE], ids=lambda s: s.name)
def test_text_to_image(engine: Engine, oracles: Oracles, solver: Solver):
    assert_same(run(engine, documents.text_to_image(solver)), oracles.text_to_image(solver))


def test_a_list_of_seeds(engine: Engine, oracles: Oracles):
    document = documents.text_to_image(DPMPP_2M, seed=[3, 9])
    assert_same(run(engine, document), oracles.text_to_image(DPMPP_2M, (3, 9)))


@pytest.mark.parametrize("solver", [DDIM, COMMON[2], COMMON[6], DPMPP_2M, HEUN, UNIPC], ids=lambda s: s.name)
def test_image_to_image(engine: Engine, oracles: Oracles, picture: torch.Tensor, solver: Solver):
    document = documents.with_picture(documents.text_to_image(solver), 0.6)
    assert_same(run(engine, document), oracles.image_to_image(solver, picture, 0.6))


@pytest.mark.parametrize("solver", [DDIM, DPMPP_2M], ids=lambda s: s.name)
def test_inpainting_with_nine_channels(
    engine: Engine, oracles: Oracles, picture: torch.Tensor, mask: torch.Tensor, solver: Solver
):
    document = documents.with_picture(documents.text_to_image(solver, "inpaint"), 0.7)
    result = run(engine, documents.with_nine_channels(document))
    assert_same(result, oracles.inpaint("inpaint", solver, picture, mask, 0.7))


@pytest.mark.parametrize("solver", [DDIM, DPMPP_2M, HEUN], ids=lambda s: s.name)
def test_blended_inpainting(
    engine: Engine, oracles: Oracles, picture: torch.Tensor, mask: torch.Tensor, solver: Solver
):
    document = documents.with_blend(documents.with_picture(documents.text_to_image(solver), 0.7))
    assert_same(run(engine, document), oracles.inpaint("sd", solver, picture, mask, 0.7))


@pytest.mark.parametrize("interval", [(0.0, 1.0), (0.2, 0.7)])
@pytest.mark.parametrize("nets", [{"control": 0.8}, {"control": 0.8, "control_b": 0.4}], ids=len)
def test_control(
    engine: Engine, oracles: Oracles, tiny_models: Path, picture: torch.Tensor, nets: dict[str, float], interval: Any
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
    assert_same(run(engine, document), wanted)


@pytest.mark.parametrize("solver", [EULER, DPMPP_2M], ids=lambda s: s.name)
def test_sdxl(engine: Engine, oracles: Oracles, solver: Solver):
    assert_same(run(engine, documents.text_to_image(solver, "sdxl")), oracles.sdxl(solver))


@pytest.mark.parametrize("solver", [EULER, DDIM], ids=lambda s: s.name)
def test_base_and_refiner(engine: Engine, oracles: Oracles, solver: Solver):
    result = run(engine, documents.base_and_refiner(solver), "refine")
    latent = oracles.sdxl(solver, denoising_end=0.6).latent
    sizes = {"original_size": (64, 64), "negative_original_size": (64, 64)}
    assert_same(result, oracles.refine(solver, latent, denoising_start=0.6, **sizes), "refine")


@pytest.mark.parametrize("solver", [DPMPP_2M, UNIPC, HEUN], ids=lambda s: s.name)
def test_the_same_model_on_both_sides_of_a_split_runs_nothing_after_one_pass(engine: Engine, solver: Solver):
    whole = run(engine, documents.text_to_image(solver, "sdxl"))
    split = documents.base_and_refiner(solver)
    for name in ("uncond_refine", "cond_refine"):
        split["nodes"][name]["inputs"] |= {
            "unet": documents.link("model.unet"),
            "text": documents.link(name.replace("uncond", "negative").replace("cond", "positive")[:-7]),
        }
    result = run(engine, split, "refine")
    assert torch.equal(result["refine.state"].latent, whole["sample.state"].latent)
    assert (result.steps_run("sample"), result.steps_run("refine")) == (0, 0)


@pytest.mark.parametrize("solver", [DDIM, DPMPP_2M, COMMON[6]], ids=lambda s: s.name)
def test_an_edit_runs_only_the_steps_it_touches(engine: Engine, solver: Solver):
    document = documents.text_to_image(solver)
    document["nodes"]["noise"]["inputs"]["seed"] = 1234
    fresh = run(engine, documents.with_switch(document, 3))
    later = run(engine, documents.with_switch(document, 4))
    assert fresh.steps_run("sample") == 6
    assert later.steps_run("sample") == 3
    assert run(engine, documents.with_switch(document, 3)).steps_run("sample") == 0
    again = run(engine, documents.with_switch(document, 4), reuse=False)
    assert torch.equal(again["sample.state"].latent, later["sample.state"].latent)
    assert run(engine, documents.with_switch(document, 6)).steps_run("sample") == 2


def test_moving_the_end_of_a_control_runs_only_the_steps_between(engine: Engine):
    document = documents.text_to_image(DPMPP_2M)
    document["nodes"]["noise"]["inputs"]["seed"] = 77
    assert run(engine, documents.with_control(document, {"control": 1.0}, 0, 0.5)).steps_run("sample") == 6
    moved = run(engine, documents.with_control(document, {"control": 1.0}, 0, 0.85))
    assert moved.steps_run("sample") == 3


def test_an_edit_of_the_refiners_prompt_leaves_the_base_alone(engine: Engine):
    document = documents.base_and_refiner(DPMPP_2M)
    document["nodes"]["noise"]["inputs"]["seed"] = 55
    assert run(engine, document, "refine").steps_run("sample") == 4
    edited = run(engine, document, "refine", set={"refiner_positive.text": "do"})
    assert (edited.steps_run("sample"), edited.steps_run("refine")) == (0, 2)
