"""The report of an evaluation: as JSON with every verdict, and as a table in Markdown."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from training.evaluate.suite import Figures, Options


def as_json(options: Options, found: dict[str, Figures]) -> dict[str, Any]:
    """Everything but the pictures."""
    return {
        "model": options.folder.name,
        "steps": options.steps,
        "guidance": options.guidance,
        "suites": {
            name: {
                "n": figures.count,
                "shares": {key: asdict(value) for key, value in figures.shares.items()},
                "numbers": figures.numbers,
                "verdicts": figures.rows,
            }
            for name, figures in found.items()
        },
    }


def as_table(found: dict[str, Figures]) -> str:
    """A row for each suite: its shares in percent, the first with its interval; then the other numbers as a list."""
    with_shares = {name: figures for name, figures in found.items() if figures.shares}
    columns = list(dict.fromkeys(key for figures in with_shares.values() for key in figures.shares))
    lines = []
    if columns:
        lines += ["| suite | n | " + " | ".join(columns) + " |", "| --- |" + " ---: |" * (len(columns) + 1)]
    for name, figures in with_shares.items():
        cells = []
        for key in columns:
            value = figures.shares.get(key)
            text = "–" if value is None else f"{100 * value.right:.0f} %"
            if value is not None and key == columns[0]:
                text += f" ({100 * value.low:.0f}–{100 * value.high:.0f})"
            cells.append(text)
        lines.append(f"| {name} | {figures.count} | " + " | ".join(cells) + " |")
    others = [f"- {name}: {key} {value:g}" for name, f in found.items() for key, value in f.numbers.items()]
    return "\n".join([*lines, *([""] if lines and others else []), *others])
