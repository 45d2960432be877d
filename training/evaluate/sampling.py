"""Pictures from a text-to-image model: picture i always starts from the same noise, whatever the batch."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from PIL import Image
from rich.progress import track

from training.evaluate.prompts import FRESH


@lru_cache(maxsize=1)
def opened(folder: Path) -> StableDiffusionPipeline:
    """The pipeline in a folder; the last one stays open for the next suite."""
    pipeline = StableDiffusionPipeline.from_pretrained(folder, safety_checker=None, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)  # type: ignore[no-untyped-call]
    return pipeline


def sample(
    pipeline: StableDiffusionPipeline, texts: list[str], steps: int, guidance: float, batch: int = 16
) -> list[Image.Image]:
    """One picture for each text; picture i starts from the noise of seed FRESH + i."""
    pictures: list[Image.Image] = []
    for start in track(range(0, len(texts), batch), description="sampling"):
        part = texts[start : start + batch]
        noise = [torch.Generator().manual_seed(FRESH + start + i) for i in range(len(part))]
        pictures += pipeline(part, num_inference_steps=steps, guidance_scale=guidance, generator=noise).images
    return pictures
