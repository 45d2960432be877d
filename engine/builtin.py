"""What comes with the product: the embedded model and the example workflows.

In a source tree they stand beside the packages (`models/`, `workflows/`); in an installed wheel, in `engine/_data/`.
"""

from __future__ import annotations

from pathlib import Path


def builtin(kind: str) -> Path | None:
    """The folder of built-in "models" or "workflows", or None if it was not installed."""
    here = Path(__file__).resolve().parent
    for folder in (here / "_data" / kind, here.parent / kind):
        if folder.is_dir():
            return folder
    return None
