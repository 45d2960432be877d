"""The diffusion model's training set: scenes by number, and their latents, encoded once and kept on disk."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from rich.progress import track
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from training.drawing import draw
from training.scenes import EVERYTHING, Mix, Scene, random_scene
from training.vae import pixels


def numbered_scene(seed: int, number: int, mix: Mix = EVERYTHING) -> Scene:
    """Scene `number` of the set that belongs to `seed`."""
    return random_scene(random.Random(f"{seed}:scene:{number}"), mix)


def fingerprint(vae: AutoencoderKL) -> str:
    """Which weights an encoding came from."""
    digest = hashlib.sha256()
    for name, value in sorted(vae.state_dict().items()):
        digest.update(name.encode() + value.detach().cpu().float().numpy().tobytes())
    return digest.hexdigest()[:16]


def encoded(vae: AutoencoderKL, scenes: list[Scene], side: int, path: Path) -> Tensor:
    """Latent means N x 4 x side/8 x side/8 of the scenes, not yet scaled; read from `path` if they are there."""
    key = hashlib.sha256(repr((fingerprint(vae), scenes, side)).encode()).hexdigest()
    if path.exists():
        with safe_open(path, framework="pt") as file:
            if (file.metadata() or {}).get("key") == key:
                kept: Tensor = file.get_tensor("latents")
                return kept
    parts = []
    with torch.no_grad():
        for start in track(range(0, len(scenes), 32), description="encoding"):
            seen = pixels([draw(scene, side) for scene in scenes[start : start + 32]])
            parts.append(vae.encode(seen.to(vae.device)).latent_dist.mean.cpu())
    latents = torch.cat(parts).contiguous()
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({"latents": latents}, path, metadata={"key": key})
    return latents
