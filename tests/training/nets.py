"""A tiny untrained base model with every specialised net beside it, as training leaves them."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from tests.training.bases import tiny_base
from training import adapters, clip, contrast
from training.base import load
from training.controlnet import started_from
from training.specialised import widened


def family(root: Path) -> Path:
    """The base's folder; its nets have learnt nothing, but for LoRAs of noise, which change the pictures."""
    folder = tiny_base(root)
    config = folder / "unet" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "sample_size": 4}))  # pictures of 32 x 32
    source = load(folder)
    for name, extra in (("refiner", 0), ("inpainting", 5), ("instruct", 4)):
        widened(source.unet, extra, seen=0.5 if extra else 0.0).half().save_pretrained(root / f"model-{name}")
    for name in ("controlnet", "controlnet-segmentation"):
        started_from(source.unet).half().save_pretrained(root / f"model-{name}")
    clip.export(contrast.build(source, 32, 1), source, folder / "clip")
    adapters.adapt(source.unet, 2, convs=True)
    torch.manual_seed(1)
    for name, weight in source.unet.named_parameters():
        if ".lora_B." in name:
            torch.nn.init.normal_(weight, std=0.3)
    for name in ("few-step", "sketch-lora", "sks-lora"):
        adapters.save(root / f"model-{name}.safetensors", source.unet)
    return folder
