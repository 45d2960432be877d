"""Pictures from a model: picture i always starts from the same noise, whatever the batch.

The pipelines are diffusers' own, on the base's parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from PIL import Image
from rich.progress import track

from training.evaluate.prompts import FRESH

P = TypeVar("P", bound=DiffusionPipeline)


def fresh(folder: Path) -> StableDiffusionPipeline:
    """The pipeline in a folder, opened for one suite alone, which may change its weights."""
    pipeline = StableDiffusionPipeline.from_pretrained(folder, safety_checker=None, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)  # type: ignore[no-untyped-call]
    return pipeline


@lru_cache(maxsize=1)
def opened(folder: Path) -> StableDiffusionPipeline:
    """The pipeline in a folder; the last one stays open for the next suite, so nothing of it may be changed."""
    return fresh(folder)


def of_kind(kind: type[P], base: StableDiffusionPipeline, **parts: Any) -> P:
    """A pipeline of another kind on the base's parts, some of them replaced or added."""
    shared = {name: getattr(base, name) for name in ("vae", "text_encoder", "tokenizer", "unet", "scheduler")}
    pipeline = kind(
        **{**shared, "safety_checker": None, "feature_extractor": None, "requires_safety_checker": False, **parts}
    )
    pipeline.set_progress_bar_config(disable=True)  # type: ignore[no-untyped-call]
    return pipeline


def unet(folder: Path) -> UNet2DConditionModel:
    """A specialised UNet, in float32."""
    net: UNet2DConditionModel = UNet2DConditionModel.from_pretrained(
        folder, local_files_only=True, use_safetensors=True, torch_dtype=torch.float32
    )
    return net


def side_of(pipeline: StableDiffusionPipeline) -> int:
    """Side of the model's pictures in pixels."""
    return int(pipeline.unet.config["sample_size"]) * pipeline.vae_scale_factor


def batches(count: int, batch: int, what: str = "sampling") -> Iterator[tuple[slice, list[torch.Generator]]]:
    """The parts of 0..count - 1 with a progress bar, and the noise of each: picture i has the seed FRESH + i."""
    for start in track(range(0, count, batch), description=what):
        stop = min(start + batch, count)
        yield slice(start, stop), [torch.Generator().manual_seed(FRESH + i) for i in range(start, stop)]


def sample(
    pipeline: StableDiffusionPipeline,
    texts: list[str],
    steps: int,
    guidance: float,
    batch: int = 16,
    what: str = "sampling",
) -> list[Image.Image]:
    """One picture for each text; picture i starts from the noise of seed FRESH + i."""
    pictures: list[Image.Image] = []
    for part, noise in batches(len(texts), batch, what):
        asked = {"num_inference_steps": steps, "guidance_scale": guidance, "generator": noise}
        pictures += pipeline(texts[part], **asked).images
    return pictures
