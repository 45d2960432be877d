"""The refiner starts as the base or smaller, sees small timesteps alone, resumes bit for bit, and loads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import load_file

from tests.training.bases import same, tiny_base, weights
from training import refiner
from training.base import load
from training.latents import numbered_scene
from training.loop import Run

ARGUMENTS = ["--steps", "4", "--batch", "2", "--examples", "4", "--threads", "1", "--no-half"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny base model."""
    return tiny_base(tmp_path_factory.mktemp("base"))


@pytest.mark.parametrize("channels", [(16, 32), (16, 16)])
def test_a_run_resumes_bit_for_bit_and_loads(base: Path, tmp_path: Path, channels: tuple[int, ...]) -> None:
    smaller = ["--channels", *map(str, channels)] if channels != (16, 32) else []

    def train(run: Path, *more: str) -> Path:
        refiner.main(
            [*ARGUMENTS, *smaller, *more, "--base", str(base), "--folder", str(run), "--out", str(run / "out")]
        )
        return run / "out"

    out = train(tmp_path / "whole")
    train(tmp_path / "parts", "--stop-at", "2")
    halfway = weights(tmp_path / "parts")
    train(tmp_path / "parts")
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "parts"))
    assert not same(halfway, weights(tmp_path / "parts"))
    unet = UNet2DConditionModel.from_pretrained(out, local_files_only=True)
    assert tuple(unet.config["block_out_channels"]) == channels
    assert unet.config["cross_attention_dim"] == load(base).text_encoder.config.hidden_size
    assert {v.dtype for v in load_file(out / "diffusion_pytorch_model.safetensors").values()} == {torch.float16}
    json.loads((out / "config.json").read_text(), parse_constant=pytest.fail)


def test_only_small_timesteps_are_drawn_and_the_first_loss_is_the_bases(base: Path, tmp_path: Path) -> None:
    source = load(base)
    seen: list[torch.Tensor] = []
    source.unet.register_forward_pre_hook(lambda _, given: seen.append(given[1]))
    scenes = [numbered_scene(0, number) for number in range(3)]
    run = Run(tmp_path, steps=4, batch=16, rate=1e-3)
    losses = refiner.RefinerLosses(source.unet, source, run, scenes, torch.randn(3, 4, 4, 4), edges=0.0)
    named = losses(0)
    assert int(seen[0].max()) < refiner.MOST_TIME
    assert len(set((seen[0] // 13).tolist())) > 10
    assert float(named["loss"]) == pytest.approx(float(named["velocity"]))


def test_cells_at_an_edge_weigh_more() -> None:
    latents = torch.zeros(2, 4, 8, 8)
    latents[0, :, :, 4:] = 1
    weight = refiner.edge_map(latents, 2.0)
    assert torch.allclose(weight.mean(dim=(1, 2, 3)), torch.ones(2))
    assert torch.allclose(weight[1], torch.ones(1, 8, 8))
    assert torch.allclose(weight[0, 0, :, 3:5], 3 * weight[0, 0, :, :1].expand(8, 2))
