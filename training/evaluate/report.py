"""The report of an evaluation: as JSON with every verdict, and as tables in Markdown."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

from training.evaluate.shares import Share
from training.evaluate.suite import Figures, Options, flattened

FEW = 4
"""Tables of so few shares give the interval of each; others that of the first."""

Absent = dict[str, list[Path]]
"""Suites that were left out, and the nets that are not there."""


def as_json(options: Options, found: dict[str, Figures], absent: Absent | None = None) -> dict[str, Any]:
    """Everything but the pictures."""
    return {
        "model": options.folder.name,
        "steps": options.steps,
        "guidance": options.guidance,
        "text guidance": options.text_guidance,
        "image guidance": options.image_guidance,
        "suites": {
            name: {
                "n": figures.count,
                "shares": {key: asdict(value) for key, value in figures.shares.items()},
                "numbers": figures.numbers,
                "verdicts": figures.rows,
            }
            for name, figures in flattened(found).items()
        },
        "not there": {name: [path.name for path in nets] for name, nets in (absent or {}).items()},
    }


def as_text(report: dict[str, Any]) -> str:
    """The report as JSON, numbers to four places, a line for each verdict."""
    bare = {name: {**suite, "verdicts": []} for name, suite in report["suites"].items()}
    text = json.dumps(_rounded({**report, "suites": bare}), indent=1)
    for suite in report["suites"].values():
        rows = ",\n".join("    " + json.dumps(row, separators=(",", ":")) for row in _rounded(suite["verdicts"]))
        text = text.replace('"verdicts": []', f'"verdicts": [\n{rows}\n   ]' if rows else '"verdicts":[]', 1)
    return text + "\n"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value


def as_table(found: dict[str, Figures], absent: Absent | None = None) -> str:
    """A row for each suite with its shares in percent, then other numbers, then what was left out.

    Suites that follow one another and have the same shares are one table.
    """
    flat = flattened(found)
    shown = [(name, figures) for name, figures in flat.items() if figures.shares]
    blocks = ["\n".join(_table(list(some))) for _, some in groupby(shown, key=lambda pair: list(pair[1].shares))]
    numbers = [f"- {name}: {key} {value:g}" for name, f in flat.items() for key, value in f.numbers.items()]
    left_out = [f"- {name}: not there ({', '.join(map(str, nets))})" for name, nets in (absent or {}).items()]
    return "\n\n".join(
        [*blocks, *(["\n".join(numbers)] if numbers else []), *(["\n".join(left_out)] if left_out else [])]
    )


def _table(shown: list[tuple[str, Figures]]) -> list[str]:
    """Lines of suites that have the same shares."""
    columns = list(shown[0][1].shares)
    lines = ["| suite | n | " + " | ".join(columns) + " |", "| --- |" + " ---: |" * (len(columns) + 1)]
    for name, figures in shown:
        sure = columns if len(columns) <= FEW else columns[:1]
        cells = [_cell(figures.shares[key], key in sure) for key in columns]
        lines.append(f"| {name} | {figures.count} | " + " | ".join(cells) + " |")
    return lines


def _cell(value: Share, interval: bool) -> str:
    """'97 %', with or without the interval."""
    return f"{100 * value.right:.0f} %" + (f" ({100 * value.low:.0f}–{100 * value.high:.0f})" if interval else "")
