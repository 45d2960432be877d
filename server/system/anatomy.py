"""What a model is made of, from its configuration or from the header of its file; no weight is read.

A diffusers folder says in `model_index.json` which pipeline and which parts it has. A single file has the names of its
tensors: their prefixes tell the parts, and the text encoder tells the family. A header is read only if it is as long as
it says and not longer than any real one.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

MOST_HEADER = 64 << 20
PARTS = {
    "model.diffusion_model.": "unet",
    "first_stage_model.": "vae",
    "cond_stage_model.": "text_encoder",
    "conditioner.embedders.": "text_encoder",
    "control_model.": "controlnet",
    "controlnet_": "controlnet",
    "lora_": "lora",
}
FAMILIES = (
    ("conditioner.embedders.1.", "sdxl"),
    ("conditioner.embedders.0.model.", "sdxl-refiner"),
    ("cond_stage_model.model.", "sd2"),
    ("cond_stage_model.transformer.", "sd1"),
)
PIPELINES = (
    ("StableDiffusionXLImg2ImgPipeline", "sdxl-refiner"),
    ("StableDiffusionXL", "sdxl"),
    ("StableDiffusionInstructPix2Pix", "instruct"),
    ("StableDiffusion", "sd"),
)


def anatomy(path: Path) -> tuple[str | None, list[str]]:
    """The family of a model, where it shows, and its parts."""
    try:
        return _folder(path) if path.is_dir() else _file(path)
    except (OSError, ValueError, struct.error):
        return None, []


def _folder(path: Path) -> tuple[str | None, list[str]]:
    index = path / "model_index.json"
    if index.is_file():
        known = json.loads(index.read_bytes())
        kind = str(known.get("_class_name", ""))
        parts = [name for name, value in known.items() if isinstance(value, list) and value and value[0] is not None]
        return next((family for start, family in PIPELINES if kind.startswith(start)), kind or None), sorted(parts)
    config: Any = json.loads((path / "config.json").read_bytes())
    named = config.get("_class_name") or next(iter(config.get("architectures") or []), None)
    return None, [str(named)] if named else []


def _file(path: Path) -> tuple[str | None, list[str]]:
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > min(MOST_HEADER, path.stat().st_size):
            return None, []
        names = [name for name in json.loads(file.read(length)) if name != "__metadata__"]
    return _family(names), sorted({_part(name) for name in names} - {""})


def _family(names: Iterable[str]) -> str | None:
    found = list(names)
    return next((family for mark, family in FAMILIES if any(name.startswith(mark) for name in found)), None)


def _part(name: str) -> str:
    if ".lora_" in name:
        return "lora"
    return next((part for prefix, part in PARTS.items() if name.startswith(prefix)), "")
