"""Contact sheets: the first pictures of every suite on one page."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from training.evaluate.suite import Figures, flattened

COLUMNS, MOST = 8, 32


def grid(pictures: list[Image.Image], columns: int) -> Image.Image:
    """Pictures side by side, with two pixels of white between them."""
    side = pictures[0].width + 2
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * side - 2, rows * side - 2), "white")
    for i, picture in enumerate(pictures):
        sheet.paste(picture, (i % columns * side, i // columns * side))
    return sheet


def write_sheets(path: Path, found: dict[str, Figures]) -> list[Path]:
    """One PNG per suite with pictures: `path` itself if there is one suite, else with its name in the file's."""
    shown = {name: figures.pictures for name, figures in flattened(found).items() if figures.pictures}
    written = []
    for name, pictures in shown.items():
        target = path if len(shown) == 1 else path.with_stem(f"{path.stem}-{_in_a_file(name)}")
        grid(pictures[:MOST], COLUMNS).quantize(128).save(target, optimize=True)
        written.append(target)
    return written


def _in_a_file(name: str) -> str:
    """A suite's name as a part of a file's: 'few-step: pair, 4 steps' is 'few-step-pair-4-steps'."""
    return "-".join(name.replace(":", " ").replace(",", " ").split())
