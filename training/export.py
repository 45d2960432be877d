"""The trained networks as a diffusers folder of Stable Diffusion's layout, averaged weights, float16 safetensors.

Run, after training.diffusion: python -m training.export models/shapes
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from safetensors.torch import load_file

from training import checkpoint, diffusion, tokenizer, vae
from training.diffusion import Diffusion, scaling_factor, trained_vae
from training.networks import CHANNELS, TEXT_WIDTH, sampling_schedule


def export(autoencoder: AutoencoderKL, model: Diffusion, factor: float, folder: Path) -> None:
    """Write the folder; `factor` brings the autoencoder's latents to unit standard deviation.

    The text encoder's configuration says float32, so that a loader that is not told a type gets one type for all
    three networks.
    """
    autoencoder.register_to_config(scaling_factor=factor)  # type: ignore[no-untyped-call]
    pipeline = StableDiffusionPipeline(
        vae=autoencoder,
        text_encoder=model.text_encoder,
        tokenizer=model.tokenizer,
        unet=model.unet,
        scheduler=sampling_schedule(),  # type: ignore[arg-type]
        safety_checker=None,  # type: ignore[arg-type]
        feature_extractor=None,  # type: ignore[arg-type]
        requires_safety_checker=False,
    )
    pipeline.to(torch.float16).save_pretrained(folder, safe_serialization=True)
    shutil.rmtree(folder / "tokenizer")
    tokenizer.write(folder / "tokenizer")
    _edit(folder / "text_encoder" / "config.json", dtype="float32")
    _edit(folder / "vae" / "config.json")


def _edit(config: Path, **more: str) -> None:
    """Write a configuration anew with `more`, and without the path that an autoencoder was opened from."""
    content = {name: value for name, value in json.loads(config.read_text()).items() if name != "_name_or_path"}
    config.write_text(json.dumps(content | more, indent=2) + "\n")


def main(arguments: list[str] | None = None) -> None:
    """Export from the command line."""
    parser = argparse.ArgumentParser(description="Write the trained model as a diffusers folder.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--vae", type=Path, default=vae.FOLDER, help="folder of the autoencoder: its run, or exported")
    parser.add_argument("--diffusion", type=Path, default=diffusion.FOLDER, help="folder of the diffusion run")
    parser.add_argument("--vae-channels", type=int, nargs="+", default=list(vae.CHANNELS))
    parser.add_argument("--channels", type=int, nargs="+", default=list(CHANNELS))
    parser.add_argument("--width", type=int, default=TEXT_WIDTH)
    options = parser.parse_args(arguments)
    model = Diffusion(options.diffusion / "tokenizer", tuple(options.channels), options.width)
    checkpoint.load_average(options.diffusion / "checkpoint", model)
    factor = scaling_factor(load_file(options.diffusion / "latents.safetensors")["latents"], options.vae)
    export(trained_vae(options.vae, tuple(options.vae_channels)), model.eval(), factor, options.folder)


if __name__ == "__main__":
    main()
