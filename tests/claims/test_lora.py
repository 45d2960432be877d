"""LoRAs in workflow documents: the pictures of diffusers' pipelines with fused LoRAs, and keys that know a change."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch

from engine.errors import LoomError
from tests import documents, loras
from tests.claims.same import assert_same, run
from tests.claims.specialised import distilled, with_lora
from tests.claims.studio import Studio
from tests.oracles import COMMON, DPMPP_2M, EULER, Oracles, Picture

pytestmark = pytest.mark.usefixtures("one_thread")

LCM = next(solver for solver in COMMON if solver.name == "lcm")
NEAR = 5e-5


@pytest.fixture(scope="module")
def root(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models, with LoRAs beside them: a, b, one with convolutions, one of the UNet alone for `sd`; xl for `sdxl`."""
    made = tmp_path_factory.mktemp("lora_models")
    for name in ("sd", "sdxl", "lcm"):
        shutil.copytree(tiny_models / name, made / name)
    networks = parts(opened(made, "sd"))
    for seed, (name, more) in enumerate((("a", ()), ("b", ()), ("convolutions", loras.CONVOLUTIONS))):
        found = loras.changes(networks, loras.UNET + loras.TEXT + more, seed=seed)
        loras.save(made / f"{name}.safetensors", loras.peft(found))
    only = loras.changes({"unet": networks["unet"]}, loras.UNET)
    loras.save(made / "unet_only.safetensors", loras.kohya(only, alpha=1.5))
    wide = loras.changes(parts(opened(made, "sdxl")), loras.UNET + loras.TEXT)
    loras.save(made / "xl.safetensors", loras.peft(wide))
    return made


@pytest.fixture(scope="module")
def studio(root: Path, inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with Studio(tmp_path_factory.mktemp("lora_home"), root, [inputs]) as made:
        yield made


def opened(root: Path, model: str) -> Any:
    """A pipeline of its own, as diffusers opens it."""
    return diffusers.DiffusionPipeline.from_pretrained(root / model, use_safetensors=True, local_files_only=True)


def parts(pipeline: Any) -> dict[str, Any]:
    names = ("unet", "text_encoder", "text_encoder_2")
    return {name: found for name in names if (found := getattr(pipeline, name, None)) is not None}


class Fused(Oracles):
    """Oracles whose networks have a LoRA fused into them by diffusers."""

    def __init__(self, root: Path, model: str, *files: str, strength: float = 1.0) -> None:
        super().__init__(root)
        self.components(model)
        pipeline = self._loaded[model]
        for file in files:
            pipeline.load_lora_weights(
                root, weight_name=f"{file}.safetensors", adapter_name=file, local_files_only=True
            )
            pipeline.fuse_lora(lora_scale=strength, components=list(parts(pipeline)))
            pipeline.unload_lora_weights()


@pytest.mark.parametrize("solver", [DPMPP_2M, EULER], ids=lambda s: s.name)
@pytest.mark.parametrize("strength", [1.0, 0.6])
def test_the_picture_is_that_of_a_pipeline_with_a_fused_lora(studio: Studio, root: Path, solver: Any, strength: float):
    document = with_lora(documents.text_to_image(solver), "a.safetensors", strength=strength, text_strength=strength)
    wanted = Fused(root, "sd", "a", strength=strength).text_to_image(solver)
    assert_same(run(studio, document), wanted)
    assert not torch.allclose(wanted.latent, Oracles(root).text_to_image(solver).latent, atol=1e-2)


def test_two_loras_are_two_fused_ones(studio: Studio, root: Path):
    document = with_lora(documents.text_to_image(DPMPP_2M), "a.safetensors", "b.safetensors")
    assert_same(run(studio, document), Fused(root, "sd", "a", "b").text_to_image(DPMPP_2M))


def test_convolutions_differ_in_the_last_bits(studio: Studio, root: Path):
    """peft multiplies their matrices by a convolution: weights that are 3e-8 apart, through six steps."""
    result = run(studio, with_lora(documents.text_to_image(DPMPP_2M), "convolutions.safetensors"))
    wanted = Fused(root, "sd", "convolutions").text_to_image(DPMPP_2M)
    for made, other in ((result["sample.state"].latent, wanted.latent), (result["image"].data, wanted.image)):
        assert torch.allclose(made, other, rtol=0, atol=NEAR)


def test_sdxl(studio: Studio, root: Path):
    document = with_lora(documents.text_to_image(EULER, "sdxl"), "xl.safetensors")
    assert_same(run(studio, document), Fused(root, "sdxl", "xl").sdxl(EULER))


def test_few_steps_by_a_lora(studio: Studio, root: Path):
    """A LoRA that distils (LCM-LoRA, Luo et al. 2023b): no embedding of the guidance scale, and no guidance."""
    document = with_lora(distilled(LCM, 1.0, "sd", steps=4), "unet_only.safetensors")
    wanted = Fused(root, "sd", "unet_only").text_to_image(LCM, guidance_scale=1.0, num_inference_steps=4)
    assert_same(run(studio, document), wanted)


def test_a_strength_of_zero_is_the_plain_picture_and_runs_nothing(studio: Studio):
    plain = documents.text_to_image(DPMPP_2M, seed=21)
    first = run(studio, plain)
    off = with_lora(plain, "a.safetensors", "b.safetensors", strength=0.0, text_strength=0.0)
    again = run(studio, off)
    assert again.steps_run("sample") == 0
    assert torch.equal(first["image"].data, again["image"].data)


def test_a_lora_of_the_unet_encodes_no_text_again(studio: Studio):
    studio.watch_model("sd")
    plain = documents.text_to_image(DPMPP_2M, seed=22)
    before = run(studio, plain)
    result = run(studio, with_lora(plain, "unet_only.safetensors"))
    assert result.steps_run("sample") == 6
    assert result.nodes["positive"].status != "run"
    assert studio.calls["text"] == []
    assert studio.calls["unet"] == [], "the base's weights are not asked, nor written to"
    assert_same(
        studio.go(plain, "sample", "image", reuse=False), Picture(before["sample.state"].latent, before["image"].data)
    )


def test_another_strength_is_another_result_and_another_name_is_not(studio: Studio, root: Path):
    document = with_lora(documents.text_to_image(DPMPP_2M, seed=23), "a.safetensors", strength=0.5)
    run(studio, document)
    assert run(studio, document).steps_run("sample") == 0
    document["nodes"]["lora_0"]["inputs"]["strength"] = 0.4
    assert run(studio, document).steps_run("sample") == 6
    shutil.copy(root / "a.safetensors", root / "renamed.safetensors")
    document["nodes"]["lora_0"]["inputs"]["lora"] = "renamed.safetensors"
    assert run(studio, document).steps_run("sample") == 0


def test_a_switch_puts_a_lora_on_from_a_step_on(studio: Studio):
    plain = documents.text_to_image(DPMPP_2M, seed=24)
    run(studio, plain)
    document = with_lora(plain, "unet_only.safetensors")
    nodes = document["nodes"]
    item = documents.link("sample.item")
    nodes["since"] = {"type": "step.since@1", "in": "sample", "inputs": {"item": item, "index": 4}}
    chosen = {"on": documents.link("since"), "yes": documents.link("lora_0.unet"), "no": documents.link("model.unet")}
    nodes["unet"] = {"type": "flow.switch@1", "in": "sample", "inputs": chosen}
    for side in ("uncond", "cond"):
        nodes[side]["inputs"]["unet"] = documents.link("unet")
    assert run(studio, document).steps_run("sample") == 2


def test_a_file_that_does_not_fit_is_refused_before_anything_runs(studio: Studio):
    document = with_lora(documents.text_to_image(DPMPP_2M, seed=25), "xl.safetensors")
    studio.watch_model("sd")
    with pytest.raises(LoomError, match=r"lora_0.*does not fit"):
        run(studio, document)
    assert studio.calls["text"] == []
