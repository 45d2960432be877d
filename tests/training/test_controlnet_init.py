"""The untrained ControlNet: the same files every time, residuals of the UNet's shapes, and a hint that is felt."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers.models.controlnets.controlnet import ControlNetModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from training import controlnet_init
from training.networks import denoiser

WEIGHTS = "diffusion_pytorch_model.safetensors"


def test_it_is_made_from_its_seed(tmp_path: Path) -> None:
    unet: UNet2DConditionModel = denoiser((16, 32), 16)
    unet.save_pretrained(tmp_path / "unet")
    made = [tmp_path / name for name in ("one", "two", "other")]
    for folder, seed in zip(made, ("1", "1", "2"), strict=True):
        controlnet_init.main([str(tmp_path / "unet"), str(folder), "--seed", seed])
    one, two, other = ((folder / WEIGHTS).read_bytes() for folder in made)
    assert one == two != other
    assert "random weights" in (made[0] / "README.md").read_text()

    net = ControlNetModel.from_pretrained(made[0], local_files_only=True)
    hint, latent, text = torch.zeros(1, 3, 64, 64), torch.zeros(1, 4, 8, 8), torch.zeros(1, 77, 16)
    edge = hint.clone()
    edge[..., 20:22, :] = 1
    with torch.no_grad():
        down, mid = net(latent, 500, text, edge, return_dict=False)
        plain, _ = net(latent, 500, text, hint, return_dict=False)
        steered = unet(latent, 500, text, down_block_additional_residuals=down, mid_block_additional_residual=mid)
    assert steered.sample.shape == latent.shape
    assert max(float((a - b).abs().max()) for a, b in zip(down, plain, strict=True)) > 1e-3
