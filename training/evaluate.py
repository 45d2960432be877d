"""What an exported model can do, in figures: fresh prompts of one shape each, fixed seeds, the judge's verdicts.

Run: python -m training.evaluate models/shapes
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from PIL import Image
from rich.progress import track

from training import vae
from training.captions import caption, plain_caption
from training.judge import Agreement, compare
from training.scenes import Mix, Scene, random_scene

FRESH = 777_000
"""Seed of the prompts and of their noise: none that training draws from."""


@dataclass(frozen=True)
class Figures:
    """Shares (0..1) of pictures that are right, and the autoencoder's PSNR in dB on fresh scenes."""

    prompts: int
    steps: int
    guidance: float
    background: float
    colour: float
    shape: float
    place: float
    everything: float
    vae_psnr: float


def prompts(count: int, plain: bool = False) -> list[tuple[str, Scene]]:
    """Fresh captions of single shapes; `plain`: centred, medium, in the plainest phrasing."""
    pairs = []
    for number in range(count):
        rng = random.Random(f"{FRESH}:{number}")
        scene = random_scene(rng, Mix(centred=1.0 if plain else 0.7))
        while plain and scene.items[0].size != "medium":
            scene = random_scene(rng, Mix(centred=1.0))
        pairs.append((plain_caption(scene) if plain else caption(scene, rng), scene))
    return pairs


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


def grid(pictures: list[Image.Image], columns: int) -> Image.Image:
    """Pictures side by side, with two pixels of white between them."""
    side = pictures[0].width + 2
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * side - 2, rows * side - 2), "white")
    for i, picture in enumerate(pictures):
        sheet.paste(picture, (i % columns * side, i // columns * side))
    return sheet


def figures(verdicts: list[Agreement], steps: int, guidance: float, vae_psnr: float) -> Figures:
    """The shares over all verdicts."""

    def share(values: list[bool]) -> float:
        return round(sum(values) / len(values), 4)

    return Figures(
        prompts=len(verdicts),
        steps=steps,
        guidance=guidance,
        background=share([v.background for v in verdicts]),
        colour=share([v.colour for v in verdicts]),
        shape=share([v.shape for v in verdicts]),
        place=share([v.place for v in verdicts]),
        everything=share([v.whole for v in verdicts]),
        vae_psnr=round(vae_psnr, 2),
    )


def main(arguments: list[str] | None = None) -> None:
    """Evaluate from the command line."""
    parser = argparse.ArgumentParser(description="Judge an exported model on fresh prompts.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=64)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance", type=float, default=5.0)
    parser.add_argument("--plain", action="store_true", help="medium shapes in the centre, plainest phrasing")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sheet", type=Path, help="write the first 32 pictures as one PNG, eight to a row")
    parser.add_argument("--json", type=Path, help="write the figures and every verdict")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    pipeline = StableDiffusionPipeline.from_pretrained(options.folder, safety_checker=None, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)  # type: ignore[no-untyped-call]
    asked = prompts(options.count, options.plain)
    pictures = sample(pipeline, [text for text, _ in asked], options.steps, options.guidance)
    verdicts = [compare(picture, scene) for picture, (_, scene) in zip(pictures, asked, strict=True)]
    result = figures(verdicts, options.steps, options.guidance, vae.psnr(pipeline.vae))
    print(json.dumps(asdict(result), indent=1))
    if options.sheet:
        grid(pictures[:32], 8).quantize(128).save(options.sheet, optimize=True)
    if options.json:
        rows = [{"prompt": text, **asdict(v)} for (text, _), v in zip(asked, verdicts, strict=True)]
        options.json.write_text(json.dumps({"figures": asdict(result), "verdicts": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
