"""Suites are fixed by name, sampling does not depend on the batch, and reports hold what was found."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.drawing import draw
from training.evaluate import SUITES, Figures, Options, grid, judged, main, prompts, register, sample, share
from training.evaluate.prompts import ASKS
from training.evaluate.report import as_json, as_table
from training.evaluate.sampling import opened
from training.evaluate.sheet import write_sheets
from training.scenes import KEPT_OUT, RELATIONS

MODEL = Path(__file__).parents[2] / "models" / "shapes"


def test_every_suite_asks_for_what_its_name_says() -> None:
    for name in ASKS:
        asked = prompts(12, suite=name)
        assert asked == prompts(12, suite=name) != prompts(12, suite="pair" if name != "pair" else "single")
        for text, scene in asked:
            assert scene.items[0].colour in text
            assert (scene.relation in RELATIONS) == (name == "pair")
            assert scene.counted == (name == "count")
            assert (len(scene.items) > 1) == (name in ("pair", "count", "several"))
            assert (scene.pattern != "plain") == (name == "pattern")
            assert (scene.style != "flat") == (name == "style")
            assert (scene.items[0].fill == "outlined") == (name == "outlined")
            assert {((i.shape, i.colour) in KEPT_OUT) for i in scene.items} == {name == "kept-out"}
            assert name != "plain" or (scene.items[0].size, scene.items[0].place) == ("medium", "centre")


def test_a_share_has_the_interval_of_wilson() -> None:
    half = share([True] * 5 + [False] * 5)
    assert (half.right, half.low, half.high) == pytest.approx((0.5, 0.2366, 0.7634), abs=1e-4)
    assert (share([True] * 10).low, share([True] * 10).high) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert (share([]).low, share([]).high) == (0.0, 1.0)


def test_clean_drawings_of_a_suite_are_right_and_those_of_its_neighbours_wrong() -> None:
    asked = prompts(16, suite="pair")
    pictures = [draw(scene) for _, scene in asked]
    assert judged(asked, pictures).shares["whole"].right == 1.0
    found = judged(asked, pictures[1:] + pictures[:1])
    assert found.shares["whole"].right == 0.0
    assert found.rows[0]["prompt"] == asked[0][0]
    assert len(found.rows[0]["found"]["patches"]) == 2
    assert judged([], []).count == 0


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # diffusers and NumPy 2
def test_a_picture_does_not_depend_on_its_batch() -> None:
    texts = [text for text, _ in prompts(2)]
    together = sample(opened(MODEL), texts, steps=2, guidance=3.0)
    alone = sample(opened(MODEL), texts, steps=2, guidance=3.0, batch=1)
    for one, other in zip(together, alone, strict=True):
        assert np.abs(np.asarray(one, int) - np.asarray(other, int)).max() <= 2


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_the_command_writes_report_and_sheets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, sheet = tmp_path / "report.json", tmp_path / "sheet.png"
    size = ["--count", "2", "--steps", "1", "--threads", "1"]
    main([str(MODEL), *size, "--suites", "single,pair,vae", "--json", str(report), "--sheet", str(sheet)])
    table = capsys.readouterr().out
    assert "| single | 2 |" in table
    assert "- vae: single dB" in table
    written = json.loads(report.read_text())
    assert (written["model"], written["guidance"], list(written["suites"])) == (
        "shapes",
        2.5,
        ["single", "pair", "vae"],
    )
    assert len(written["suites"]["pair"]["verdicts"]) == 2
    assert {path.name for path in tmp_path.glob("*.png")} == {"sheet-single.png", "sheet-pair.png"}
    with pytest.raises(SystemExit):
        main([str(MODEL), "--suites", "nothing"])


def test_a_further_suite_is_one_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.evaluate.suite.SUITES", {})

    def squares(options: Options) -> Figures:
        return Figures(options.count, numbers={"area": float(options.count**2)})

    register("squares", squares)
    with pytest.raises(ValueError, match="squares"):
        register("squares", squares)
    found = {"squares": squares(Options(tmp_path, count=3))}
    assert as_table(found) == "- squares: area 9"
    assert as_json(Options(tmp_path), found)["suites"]["squares"]["numbers"] == {"area": 9.0}
    assert write_sheets(tmp_path / "sheet.png", found) == []
    assert {*ASKS, "vae"} <= set(SUITES)


def test_a_sheet_has_its_pictures_side_by_side() -> None:
    sheet = grid([Image.new("RGB", (4, 4), "red")] * 3, 2)
    assert sheet.size == (10, 10)
    assert sheet.getpixel((6, 0)) == (255, 0, 0)
    assert sheet.getpixel((9, 9)) == (255, 255, 255)
