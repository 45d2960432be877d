"""The example workflows and diffusers' own pipelines make the same picture of the embedded model, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image

from engine.api import Engine
from tests.oracles import DPMPP_2M, Oracles, Picture

ROOT = Path(__file__).resolve().parents[2]
STEPS = 4
PROMPT = "a black ring on a yellow background"
GUIDANCE = 2.5  # of all examples
SAID: dict[str, Any] = {
    "prompt": PROMPT,
    "negative_prompt": "",
    "num_inference_steps": STEPS,
    "guidance_scale": GUIDANCE,
}

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def oracles() -> Oracles:
    return Oracles(ROOT / "models")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    home = tmp_path_factory.mktemp("home")
    with Engine(home=home, device="cpu", dtype="fp32", threads=1, inputs=[ROOT / "workflows"]) as made:
        yield made


def pixels(name: str) -> torch.Tensor:
    """An input picture [1, 3 or 1, H, W], 0 … 1."""
    with Image.open(ROOT / "workflows" / "inputs" / name) as shown:
        data = torch.from_numpy(np.array(shown)).float() / 255
    return data.permute(2, 0, 1)[None] if data.ndim == 3 else data[None, None]


def check(engine: Engine, name: str, image: str, wanted: Picture) -> None:
    """The workflow's latent and image are those of the pipeline."""
    changed = {"prompt": PROMPT, "schedule.steps": STEPS}
    result = engine.run(ROOT / "workflows" / f"{name}.json", targets=["sample", image], set=changed)
    assert torch.equal(result["sample.state"].latent, wanted.latent)
    assert torch.equal(result[image].data, wanted.image)


def test_text_to_image(engine: Engine, oracles: Oracles):
    pipeline = oracles.pipeline(diffusers.StableDiffusionPipeline, "shapes", DPMPP_2M)
    check(engine, "text_to_image", "image", oracles.run(pipeline, **SAID))


def test_image_to_image(engine: Engine, oracles: Oracles):
    pipeline = oracles.pipeline(diffusers.StableDiffusionImg2ImgPipeline, "shapes", DPMPP_2M)
    wanted = oracles.run(pipeline, image=pixels("scene.png"), strength=0.7, **SAID)
    check(engine, "image_to_image", "image", wanted)


def test_inpainting(engine: Engine, oracles: Oracles):
    pipeline = oracles.pipeline(diffusers.StableDiffusionInpaintPipeline, "shapes", DPMPP_2M)
    arguments = {"image": pixels("scene.png"), "mask_image": pixels("mask.png"), "strength": 0.9}
    check(engine, "inpainting", "painted", oracles.run(pipeline, width=128, height=128, **arguments, **SAID))


def test_controlnet(engine: Engine, oracles: Oracles):
    net = diffusers.ControlNetModel.from_pretrained(ROOT / "models" / "shapes-controlnet", local_files_only=True)
    pipeline = oracles.pipeline(diffusers.StableDiffusionControlNetPipeline, "shapes", DPMPP_2M, controlnet=net)
    hint = engine.run(ROOT / "workflows" / "controlnet.json", targets=["hint"])["hint"].data
    check(engine, "controlnet", "image", oracles.run(pipeline, image=hint, control_guidance_end=0.6, **SAID))
