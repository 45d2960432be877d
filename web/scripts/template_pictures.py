"""The pictures of the templates: run every workflow of `workflows/` and keep what it makes, small, for the editor.

python web/scripts/template_pictures.py [NAME …]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "web/src/templates/pictures"
SIZE = 384
QUALITY = 82


def made(workflow: Path, folder: Path) -> Path:
    """Run a workflow; the last picture that it saved."""
    subprocess.run(["loom", "run", workflow, "--output", folder, "--quiet"], check=True)
    return max(folder.rglob("*.png"), key=lambda path: path.stat().st_mtime_ns)


def keep(picture: Path, name: str) -> None:
    """Write a picture as a template's."""
    with Image.open(picture) as shown:
        small = shown.convert("RGB")
        small.thumbnail((SIZE, SIZE), Image.Resampling.LANCZOS)
        PICTURES.mkdir(exist_ok=True)
        small.save(PICTURES / f"{name}.webp", quality=QUALITY, method=6)


def main(names: list[str]) -> None:
    """Of the named templates, or of all."""
    for workflow in sorted((ROOT / "workflows").glob("*.json")):
        if names and workflow.stem not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            keep(made(workflow, Path(folder)), workflow.stem)


if __name__ == "__main__":
    main(sys.argv[1:])
