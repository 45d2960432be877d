"""The trained base model, as the specialised nets start from it: an exported folder, opened for training.

The folder is read, not the checkpoints of the base's own training, so that anyone who has the model can go on from it.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import CLIPTextModel, CLIPTokenizer

from training import places
from training.latents import encoded
from training.scenes import Scene

FOLDER = places.embedded("shapes")


@dataclass(frozen=True)
class Base:
    """The parts of a Stable Diffusion folder in float32; `shares` is alpha-bar [1000] of its schedule.

    Nothing here is trained as it is: all parameters are frozen. A training command copies what it trains.
    """

    folder: Path
    tokenizer: CLIPTokenizer
    text_encoder: CLIPTextModel
    unet: UNet2DConditionModel
    vae: AutoencoderKL
    shares: Tensor

    @property
    def scaling(self) -> float:
        """The factor that brings the autoencoder's latents to unit standard deviation."""
        return float(self.vae.config["scaling_factor"])

    @property
    def side(self) -> int:
        """Side of the pictures in pixels."""
        return int(self.vae.config["sample_size"])

    @torch.no_grad()
    def read(self, captions: list[str]) -> Tensor:
        """Captions as the text encoder's last hidden states, N x 77 x width, on its device."""
        tokens = self.tokenizer(captions, padding="max_length", truncation=True, return_tensors="pt").input_ids
        states: Tensor = self.text_encoder(tokens.to(self.text_encoder.device)).last_hidden_state
        return states

    def latents(self, scenes: list[Scene], path: Path) -> Tensor:
        """Scaled latents N x 4 x h x w of the scenes on the CPU, kept in the file `path`."""
        return encoded(self.vae, scenes, self.side, path) * self.scaling

    @torch.no_grad()
    def encode(self, pixels: Tensor) -> Tensor:
        """Scaled latents of pixels N x 3 x H x W in [-1, 1], on the autoencoder's device."""
        mean: Tensor = self.vae.encode(pixels.to(self.vae.device)).latent_dist.mean
        return mean * self.scaling

    @torch.no_grad()
    def decode(self, latents: Tensor) -> Tensor:
        """Pixels in [-1, 1] of scaled latents."""
        made: Tensor = self.vae.decode(latents.to(self.vae.device) / self.scaling).sample
        return made.clamp(-1, 1)


def load(folder: Path = FOLDER, device: str = "cpu") -> Base:
    """Open a model's folder; its prediction type must be velocity."""
    read: dict[str, Any] = {"local_files_only": True, "torch_dtype": torch.float32}
    text: CLIPTextModel = CLIPTextModel.from_pretrained(
        folder / "text_encoder", local_files_only=True, dtype=torch.float32
    )
    unet: UNet2DConditionModel = UNet2DConditionModel.from_pretrained(folder / "unet", **read)
    vae: AutoencoderKL = AutoencoderKL.from_pretrained(folder / "vae", **read)
    schedule = DDPMScheduler.from_pretrained(folder, subfolder="scheduler", local_files_only=True)
    if schedule.config["prediction_type"] != "v_prediction":
        raise ValueError(f"{folder}: expected v_prediction, got {schedule.config['prediction_type']}")
    for net in (text, unet, vae):
        net.requires_grad_(False).eval().to(device)
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)
    return Base(folder, tokenizer, text, unet, vae, schedule.alphas_cumprod)


def small_attention() -> Any:
    """For the body of a training step: at 64 queries and fewer the fused kernels are slower on a CPU."""
    return nullcontext() if torch.cuda.is_available() else sdpa_kernel(SDPBackend.MATH)
