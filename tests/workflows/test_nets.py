"""What the examples with specialised nets do by their wiring alone: here on nets that have learnt nothing.

Such nets have the shapes of the embedded model's, and stand under the same names before them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import UNet2DConditionModel
from transformers import CLIPTextModel

from engine.api import Engine
from engine.result import Result
from tests import clip
from training import adapters
from training.controlnet import started_from
from training.specialised import widened

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = ROOT / "workflows"
SMALL = {"noise.width": 64, "noise.height": 64}
STEPS = {"schedule.steps": 3}

CHANGES: dict[str, dict[str, Any]] = {
    "text_to_image": STEPS | SMALL,
    "base_and_refiner": STEPS | SMALL | {"split": 0.6},
    "controlnet_segmentation": STEPS,
    "evaluate": STEPS | SMALL | {"count": 2, "clip.clip": "pair"},
    "few_step": SMALL,
    "inpainting_model": STEPS,
    "instruct": STEPS,
    "lora": STEPS | SMALL,
}
"""Inputs that make an example small and short."""

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nets as training leaves them, with the weights that it starts from."""
    root, shapes = tmp_path_factory.mktemp("models"), ROOT / "models" / "shapes"
    options: dict[str, Any] = {"torch_dtype": torch.float32, "local_files_only": True, "use_safetensors": True}
    unet = UNet2DConditionModel.from_pretrained(shapes / "unet", **options)
    for name, extra in (("shapes-inpainting", 5), ("shapes-instruct", 4), ("shapes-refiner", 0)):
        widened(unet, extra).half().save_pretrained(root / name)
    started_from(unet).half().save_pretrained(root / "shapes-controlnet-segmentation")
    text = CLIPTextModel.from_pretrained(shapes / "text_encoder", dtype=torch.float32, local_files_only=True)
    torch.manual_seed(1)  # an adapter's first half is drawn
    adapters.adapt(unet, 2, convs=True)
    adapters.adapt_words(text, 2)
    adapters.save(root / "shapes-few-step.safetensors", unet)
    adapters.save(root / "shapes-sketch-lora.safetensors", unet, text)
    for name, weight in [*unet.named_parameters(), *text.named_parameters()]:
        if ".lora_B." in name:
            torch.nn.init.normal_(weight, std=0.2)
    adapters.save(root / "other.safetensors", unet, text)
    clip.save(root / "pair")
    return root


@pytest.fixture(scope="module")
def engine(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    home, beside = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("inputs")
    shutil.copytree(ROOT / "workflows" / "inputs", beside / "inputs")
    with Engine(home=home, device="cpu", dtype="fp32", threads=1, models=[models], inputs=[beside]) as made:
        yield made


def run(engine: Engine, name: str, *targets: str, **changed: Any) -> Result:
    """Run an example with the inputs of `CHANGES` and others."""
    changes = CHANGES[name] | {key.replace("__", "."): value for key, value in changed.items()}
    return engine.run(WORKFLOWS / f"{name}.json", set=changes, targets=targets or None)


def plain(engine: Engine, *targets: str, **changed: Any) -> Result:
    """The embedded model's own picture."""
    return run(engine, "text_to_image", *targets, **changed)


def apart(a: torch.Tensor, b: torch.Tensor) -> float:
    """The largest difference."""
    return float((a - b).abs().max())


def test_a_lora_that_has_learnt_nothing_changes_nothing_and_another_does(engine: Engine):
    prompt = {"prompt": "a red circle on a blue background, sketch style", "seed": 31}
    untouched = plain(engine, "sample", **prompt)["sample.state"].latent
    assert torch.equal(run(engine, "lora", "sample", **prompt)["sample.state"].latent, untouched)
    other = run(engine, "lora", "sample", lora="other.safetensors", **prompt)["sample.state"].latent
    assert apart(other, untouched) > 0.1
    off = run(engine, "lora", "sample", lora="other.safetensors", strength=0.0, **prompt)
    assert off.steps_run("sample") == 0


def test_a_refiner_of_the_bases_weights_gives_the_picture_of_one_pass(engine: Engine):
    refined = run(engine, "base_and_refiner", "refine", seed=41)["refine.state"].latent
    assert apart(refined, plain(engine, "sample", seed=41)["sample.state"].latent) < 1e-3


def test_further_channels_of_zero_weight_give_the_embedded_models_picture(engine: Engine):
    """Widened nets start as the base, whatever they are shown."""
    small = {"width": 128, "height": 128}
    said = {"prompt": "make the circle yellow", "guidance": 3.0, "seed": 51}
    shown = run(engine, "instruct", "sample", instruction=said["prompt"], seed=51)["sample.state"].latent
    wanted = plain(engine, "sample", **said, **{f"noise__{k}": v for k, v in small.items()})["sample.state"].latent
    assert apart(shown, wanted) < 1e-2


def test_a_controlnet_that_has_learnt_nothing_steers_nothing(engine: Engine):
    said = {"prompt": "a green shape on a white background", "seed": 61}
    steered = run(engine, "controlnet_segmentation", "sample", **said)["sample.state"].latent
    wanted = plain(engine, "sample", noise__width=128, noise__height=128, **said)["sample.state"].latent
    assert apart(steered, wanted) < 1e-2


def test_one_step_is_enough_for_few(engine: Engine):
    assert run(engine, "few_step", "sample", steps=1, seed=71).steps_run("sample") == 1


def test_a_nine_channel_model_keeps_what_is_outside_the_mask(engine: Engine):
    result = run(engine, "inpainting_model", "picture", "hard", "image")
    outside = (result["hard"].data == 0).expand_as(result["image"].data)
    assert torch.equal(result["image"].data[outside], result["picture"].data[outside])


def test_an_evaluation_makes_and_sees_only_what_is_new(engine: Engine):
    before = run(engine, "evaluate", "score")["score.scores"]
    longer = run(engine, "evaluate", "score", count=3)
    assert longer.steps_run("sweep") == 1
    assert longer["score.scores"][:2] == before
    others = run(engine, "evaluate", "right", count=3, labels=["red circle", "something else"])
    assert others.steps_run("sweep") == 0
    assert others.nodes["kinds"].status == "run"
