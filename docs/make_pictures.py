"""The pictures of docs/workflows.md: every example workflow, run on the embedded model.

Run: make pictures — or: python docs/make_pictures.py [--out DIR] [NAME …]. The same weights give the same bytes.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from engine import Engine
from engine.workflow import Workflow
from nodes.grid import grid
from nodes.pixels import picture

ROOT = Path(__file__).resolve().parent.parent
WIDEST = 800  # pixels
LARGEST = 60_000  # bytes
COLOURS = (256, 128, 64, 32)

PANELS: dict[str, dict[str, str]] = {
    "image_to_image": {"picture": "the picture", "image": "the result"},
    "inpainting": {"picture": "the picture", "mask_file": "its mask", "image": "the result"},
    "inpainting_model": {"picture": "the picture", "mask_file": "its mask", "image": "the result"},
    "instruct": {"picture": "the picture", "image": "the result"},
    "controlnet": {"hint": "the hint", "image": "the result"},
    "controlnet_segmentation": {"hint": "the hint", "image": "the result"},
    "two_controlnets": {"hint_1": "a hint", "hint_2": "another hint", "image": "the result"},
    "hires_two_pass": {"first": "first pass", "image": "second pass"},
}
"""Nodes that are shown side by side with what the workflow makes, and what is written below."""

EXTRA: dict[str, dict[str, Any]] = {
    "hires_two_pass": {
        "first": {"type": "vae.decode@1", "inputs": {"vae": {"from": "model.vae"}, "latent": {"from": "sample.state"}}}
    }
}
"""Nodes that only the pictures need."""


def shown(engine: Engine, file: Path) -> Image.Image:
    """What a workflow makes: its panels, or its last file (the sheet, where there are several)."""
    document = Workflow.load(file).data
    document["nodes"] |= EXTRA.get(file.stem, {})
    panels = PANELS.get(file.stem)
    if panels is None:
        return engine.run(document).pictures[-1].convert("RGB")
    result = engine.run(document, targets=list(panels))
    return picture(grid([result[node] for node in panels], columns=len(panels), labels=list(panels.values())).data[0])


def packed(image: Image.Image) -> bytes:
    """A PNG of a palette, no wider than `WIDEST` and no larger than `LARGEST`."""
    if image.width > WIDEST:
        image = image.resize((WIDEST, round(image.height * WIDEST / image.width)), Image.Resampling.LANCZOS)
    for colours in COLOURS:
        out = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= LARGEST:
            break
    return out.getvalue()


def main(arguments: list[str] | None = None) -> None:
    """Make the pictures, or those that are named."""
    parser = argparse.ArgumentParser(description="Make the pictures of docs/workflows.md.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="workflows (default: all)")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    with Engine(device="cpu", dtype="fp32", threads=1, inputs=[ROOT / "workflows"]) as engine:
        for file in sorted((ROOT / "workflows").glob("*.json")):
            if options.names and file.stem not in options.names:
                continue
            made = packed(shown(engine, file))
            (options.out / f"{file.stem}.png").write_bytes(made)
            sys.stdout.write(f"{file.stem:<20}{len(made):>8} bytes\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
