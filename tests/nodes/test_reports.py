"""Reports: what a run found as JSON, Markdown and CSV."""

import csv
import io
import json
import math

import pytest

from engine.errors import NodeError
from nodes.reports import numbers, table, write

SCORES = numbers((31.25, 1 / 3), names=["CLIP score", "FID"], title="All")
ROWS = table(([1, 2], [0.5, 1e-7], ["a | b", "two\nlines"]), names=["seed", "score", "label"], title="Per picture")


def test_json_holds_every_number_in_full():
    data, _ = write((SCORES, ROWS), title="Evaluation")
    body = json.loads(data.data)
    assert (data.suffix, data.media, body["title"]) == (".json", "application/json", "Evaluation")
    assert body["tables"][0]["rows"] == [{"name": "CLIP score", "value": 31.25}, {"name": "FID", "value": 1 / 3}]
    assert body["tables"][1]["columns"] == ["seed", "score", "label"]
    assert body["tables"][1]["rows"][1] == {"seed": 2, "score": 1e-7, "label": "two\nlines"}


def test_markdown_is_a_page_with_a_table_each():
    _, page = write((SCORES, ROWS), title="Evaluation")
    assert page.suffix == ".md"
    assert page.data.decode().split("\n") == [
        "# Evaluation",
        "",
        "## All",
        "",
        "| name | value |",
        "| --- | ---: |",
        "| CLIP score | 31.25 |",
        "| FID | 0.333333 |",
        "",
        "## Per picture",
        "",
        "| seed | score | label |",
        "| ---: | ---: | --- |",
        r"| 1 | 0.5 | a \| b |",
        "| 2 | 1e-07 | two lines |",
        "",
    ]


def test_csv_is_a_file_per_table_and_reads_back():
    _, first, second = write((SCORES, ROWS), style="csv", name="report")
    assert [(one.name, one.suffix) for one in (first, second)] == [
        ("report-All", ".csv"),
        ("report-Per-picture", ".csv"),
    ]
    rows = list(csv.reader(io.StringIO(second.data.decode(), newline="")))
    assert rows == [["seed", "score", "label"], ["1", "0.5", "a | b"], ["2", "1e-07", "two\nlines"]]
    assert write((ROWS,), style="csv", name="report")[1].name == "report"


def test_equal_tables_give_equal_files():
    assert [one.data for one in write((SCORES, ROWS))] == [one.data for one in write((SCORES, ROWS))]


def test_what_makes_no_table_is_refused():
    with pytest.raises(NodeError, match="expected 2 names, one per value, got 1"):
        numbers((1.0, 2.0), names=["one"])
    with pytest.raises(NodeError, match="expected 1 names, one per list, got 2"):
        table(([1],), names=["one", "two"])
    with pytest.raises(NodeError, match=r"lists of one length, got \[1, 2\]"):
        table(([1], [1, 2]), names=["one", "two"])
    with pytest.raises(NodeError, match="different names"):
        table(([1], [2]), names=["one", "one"])
    with pytest.raises(NodeError, match="finite numbers, got nan") as caught:
        numbers((math.nan,), names=["one"])
    assert caught.value.input == "values"
    with pytest.raises(NodeError, match="at least one table"):
        write(())
    with pytest.raises(NodeError, match="inside the output folder"):
        write((SCORES,), name="../report")
