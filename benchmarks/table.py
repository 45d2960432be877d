"""Print a table of figures, and keep it as Markdown."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def show(name: str, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print the table and write it to `results/<name>.md`."""
    cells = [[_text(cell) for cell in row] for row in rows]
    lines = [f"# {title}", "", f"{platform.machine()}, Python {platform.python_version()}", ""]
    lines += ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(row) + " |" for row in cells]
    text = "\n".join(lines) + "\n"
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")


def _text(cell: object) -> str:
    return f"{cell:.3g}" if isinstance(cell, float) else str(cell)
