"""Reports: numbers and lists of a run as tables, written as JSON and as a table to read.

The files hold no clock: equal numbers give equal files.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from engine.errors import NodeError
from engine.node import Many, node
from engine.values import Artifact
from nodes.image_files import FileName, check_name

Cell = str | int | float
Column = list[int] | list[float] | list[str]
Title = Annotated[str, Field(max_length=200)]


@dataclass(frozen=True)
class Table:
    """A table of texts and numbers: every row has a cell for every column."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@node("report.numbers", plan=True)
def numbers(values: Many[float], *, names: list[str], title: Title = "Numbers") -> Table:
    """A table of one number per row. names: of the linked values, in their order. Raises NodeError for other counts."""
    if len(names) != len(values):
        raise NodeError(f"expected {len(values)} names, one per value, got {len(names)}", input="names")
    return _table(title, ("name", "value"), list(zip(names, values, strict=True)), "values")


@node("report.table", plan=True)
def table(columns: Many[Column], *, names: list[str], title: Title = "Table") -> Table:
    """A table of lists side by side: one row per picture, say, with its seed, score and label.

    names: of the linked lists, in their order. Raises NodeError for other counts and for lists of different lengths.
    """
    if len(names) != len(columns):
        raise NodeError(f"expected {len(columns)} names, one per list, got {len(names)}", input="names")
    lengths = sorted({len(column) for column in columns})
    if len(lengths) != 1:
        raise NodeError(f"expected lists of one length, got {lengths or 'none'}", input="columns")
    return _table(title, tuple(names), list(zip(*columns, strict=True)), "columns")


@node("report.write", sink=True, thread="pool")
def write(
    tables: Many[Table],
    *,
    title: Title = "Report",
    name: FileName = "{name}-{n}",
    style: Literal["markdown", "csv"] = "markdown",
) -> tuple[Artifact, ...]:
    """The tables as one JSON file, and as Markdown (one file) or CSV (one file per table).

    JSON and CSV hold the numbers in full, Markdown with six digits. name: as of `image.save`. Raises NodeError for no
    table.
    """
    check_name(name)
    if not tables:
        raise NodeError("expected at least one table, got none", input="tables")
    body = {"title": title, "tables": [_object(one) for one in tables]}
    data = json.dumps(body, indent=1, ensure_ascii=False, allow_nan=False).encode() + b"\n"
    made = [Artifact(data, ".json", name, "application/json")]
    if style == "csv":
        names = [name] if len(tables) == 1 else [f"{name}-{_plain(one.title)}" for one in tables]
        made += [Artifact(_csv(t), ".csv", n, "text/csv") for t, n in zip(tables, names, strict=True)]
    else:
        text = "\n".join([f"# {_line(title)}\n", *map(_markdown, tables)])
        made.append(Artifact(text.encode(), ".md", name, "text/markdown"))
    return tuple(made)


def _table(title: str, columns: tuple[str, ...], rows: list[tuple[Cell, ...]], input: str) -> Table:
    if len(set(columns)) < len(columns):
        raise NodeError("expected different names for the columns", input="names")
    for row in rows:
        for cell in row:
            if isinstance(cell, float) and not math.isfinite(cell):
                raise NodeError(f"expected finite numbers, got {cell}", input=input)
    return Table(title, columns, tuple(rows))


def _object(table: Table) -> dict[str, object]:
    """As JSON: rows as objects, so that a reader needs no positions."""
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return {"title": table.title, "columns": list(table.columns), "rows": rows}


def _csv(table: Table) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(table.rows)
    return out.getvalue().encode()


def _markdown(table: Table) -> str:
    """A heading and a table; columns of numbers stand right."""
    numeric = [all(not isinstance(row[i], str) for row in table.rows) for i in range(len(table.columns))]
    lines = [f"## {_line(table.title)}", "", _row(table.columns), _row(["---:" if n else "---" for n in numeric])]
    return "\n".join([*lines, *(_row([_shown(cell) for cell in row]) for row in table.rows), ""])


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(_line(cell).replace("|", "\\|") for cell in cells) + " |"


def _shown(cell: Cell) -> str:
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def _line(text: str) -> str:
    return " ".join(text.split())


def _plain(title: str) -> str:
    """A title as part of a file name."""
    return re.sub(r"[^\w-]+", "-", title).strip("-")[:60] or "table"
