"""A folder of pictures with captions, as a user has one: the training set of a LoRA.

Captions are in a text file beside each picture ('cat.png', 'cat.txt'), or in `metadata.jsonl`, one object with
`file_name` and `text` on each line (the layout of Hugging Face's image folders).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".bmp"}
METADATA = "metadata.jsonl"


class NoCaption(ValueError):
    """A picture of the folder has no caption."""

    def __init__(self, picture: Path) -> None:
        super().__init__(f"{picture}: no caption beside it and none in {METADATA}")
        self.picture = picture


@dataclass(frozen=True)
class Example:
    """A picture and what is said of it."""

    picture: Image.Image
    caption: str


def read(folder: Path, side: int) -> list[Example]:
    """The folder's pictures by name, cut to their middle square and scaled to side x side."""
    listed = _listed(folder)
    found = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in ENDINGS]
    if not found:
        raise FileNotFoundError(f"{folder}: no picture that ends in {', '.join(sorted(ENDINGS))}")
    return [Example(_square(path, side), _caption(path, listed)) for path in found]


def write(folder: Path, examples: list[Example]) -> None:
    """Write pictures and captions as '000.png' and '000.txt'."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, example in enumerate(examples):
        example.picture.save(folder / f"{number:03}.png", optimize=True)
        (folder / f"{number:03}.txt").write_text(example.caption + "\n", encoding="utf-8")


def _listed(folder: Path) -> dict[str, str]:
    """Captions of `metadata.jsonl` by file name."""
    path = folder / METADATA
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = [json.loads(line) for line in lines if line.strip()]
    return {str(row["file_name"]): str(row["text"]) for row in rows}


def _caption(path: Path, listed: dict[str, str]) -> str:
    """The caption of one picture; the text file beside it comes first."""
    beside = path.with_suffix(".txt")
    if beside.exists():
        return beside.read_text(encoding="utf-8").strip()
    if path.name in listed:
        return listed[path.name].strip()
    raise NoCaption(path)


def _square(path: Path, side: int) -> Image.Image:
    """The middle square in RGB."""
    with Image.open(path) as picture:
        return ImageOps.fit(picture.convert("RGB"), (side, side), Image.Resampling.LANCZOS)
