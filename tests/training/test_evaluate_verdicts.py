"""The arithmetic of the suites of specialised nets, on pictures that are known: right ones count, wrong ones do not."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from training import lora_sets
from training.drawing import draw
from training.edits import KINDS
from training.evaluate import FRESH, Figures, instruct_suite, share
from training.evaluate.clip_suite import _answers
from training.evaluate.controlnet_suites import asked as hinted
from training.evaluate.controlnet_suites import followed
from training.evaluate.inpainting_suite import LEAST_RIM, SHRUNK, SOFT, laid_in, painted_right, tasks
from training.evaluate.inpainting_suite import verdicts as painted_verdicts
from training.evaluate.looks import has_mark, sketch_of
from training.evaluate.lora_suites import marked, sketched, sketches
from training.evaluate.report import as_json, as_table
from training.evaluate.sheet import write_sheets
from training.evaluate.suite import Options, flattened
from training.holes import mask
from training.scenes import COLOURS, KEPT_OUT, Mix, random_scene
from training.vae import pixels

ROOT = Path(__file__).parents[2]


def worn(picture: Image.Image, seed: int) -> Image.Image:
    """A picture as a model might give it: soft and with some noise."""
    soft = np.asarray(picture.filter(ImageFilter.GaussianBlur(0.8)), float)
    return Image.fromarray((soft + np.random.default_rng(seed).normal(0, 3, soft.shape)).clip(0, 255).astype(np.uint8))


# reports


def test_parts_are_rows_and_tables_hold_what_has_the_same_shares(tmp_path: Path) -> None:
    half, dot = share([True, False]), Image.new("RGB", (4, 4))
    parts = {"a, b": Figures(2, {"right": half}, pictures=[dot]), "c": Figures(2, {"right": half}, {"dB": 3.0})}
    found = {"one": Figures(2, parts=parts), "two": Figures(2, {"mark": half}, pictures=[dot])}
    assert list(flattened(found)) == ["one: a, b", "one: c", "two"]
    absent = {"three": [tmp_path / "net"]}
    assert as_table(found, absent) == "\n".join(
        [
            "| suite | n | right |",
            "| --- | ---: | ---: |",
            "| one: a, b | 2 | 50 % (9–91) |",
            "| one: c | 2 | 50 % (9–91) |",
            "",
            "| suite | n | mark |",
            "| --- | ---: | ---: |",
            "| two | 2 | 50 % (9–91) |",
            "",
            "- one: c: dB 3",
            "",
            f"- three: not there ({tmp_path / 'net'})",
        ]
    )
    written = as_json(Options(tmp_path), found, absent)
    assert list(written["suites"]) == ["one: a, b", "one: c", "two"]
    assert {file.name for file in write_sheets(tmp_path / "s.png", found)} == {"s-one-a-b.png", "s-two.png"}


def test_a_share_of_answers_is_given_back_whole() -> None:
    for right in range(8):
        assert _answers(right / 7, 7).shares["right"] == share([n < right for n in range(7)])


# ControlNet


def test_a_picture_that_follows_its_hint_overlaps_it_and_another_does_not() -> None:
    pairs = hinted(8)
    assert pairs == hinted(8)
    assert all(said["full captions"] != said["vague captions"] for _, said in pairs)
    scenes, texts = [scene for scene, _ in pairs], [said["vague captions"] for _, said in pairs]
    drawn = [draw(scene) for scene in scenes]
    right = followed(scenes, texts, [worn(picture, n) for n, picture in enumerate(drawn)])
    assert [value.right for value in right.shares.values()] == [1.0] * 4
    assert right.numbers["mean overlap"] > 0.93
    wrong = followed(scenes, texts, drawn[1:] + drawn[:1])
    assert wrong.shares["overlap ≥ 0.85"].right == 0
    blank = followed(scenes[:1], texts[:1], [draw(replace(scenes[0], items=()))])
    assert blank.numbers["mean overlap"] == 0


# inpainting


def test_tasks_are_seeded_and_lawful_and_their_holes_cover_old_and_new() -> None:
    some = tasks(40)
    assert some == tasks(40)
    for task in some:
        assert (task.kind == "replace") == (len(task.before.items) == len(task.after.items))
        assert task.item in task.after.items
        assert task.item not in task.before.items
        assert all((item.shape, item.colour) not in KEPT_OUT for item in task.after.items)
        assert task.item.colour in task.text
        assert task.item.shape in task.text
        before, after, hole = draw(task.before), draw(task.after), mask(task.hole, 128)
        differs = (np.asarray(before) != np.asarray(after)).any(axis=-1)
        assert not differs[~hole].any()
    assert LEAST_RIM * 128 > SHRUNK + SOFT


def test_a_hole_that_is_painted_as_asked_is_right_and_others_are_wrong() -> None:
    some = tasks(10)
    before, after = ([draw(getattr(task, when)) for task in some] for when in ("before", "after"))
    holes = [mask(task.hole, 128) for task in some]
    # what a model paints differs a little everywhere, and only the hole may show it
    painted = [pixels([worn(picture, n)])[0] / 2 + 0.5 for n, picture in enumerate(after)]
    laid = [laid_in(*three) for three in zip(before, painted, holes, strict=True)]
    assert {name: value.right for name, value in painted_verdicts(some, before, laid).shares.items()} == {
        "inside": 1.0,
        "inside: shape": 1.0,
        "inside: colour": 1.0,
        "outside": 1.0,
        "whole": 1.0,
    }
    untouched = painted_verdicts(some, before, before).shares
    assert (untouched["inside"].right, untouched["outside"].right) == (0.0, 1.0)
    unpasted = [Image.fromarray((p.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)) for p in painted]
    plain = painted_verdicts(some, before, unpasted).shares
    assert (plain["inside"].right, plain["outside"].right) == (1.0, 0.0)
    recoloured = replace(some[0].item, colour=some[1].item.colour)
    if recoloured.colour not in (some[0].item.colour, some[0].after.background):
        other = replace(some[0].after, items=(recoloured,))
        verdict = painted_right(some[0], before[0], draw(other))
        assert (verdict["inside: shape"], verdict["inside: colour"], verdict["inside"]) == (True, False, False)


def test_the_paint_is_laid_in_as_the_example_workflow_does_it() -> None:
    nodes = json.loads((ROOT / "workflows" / "inpainting.json").read_text())["nodes"]
    assert nodes["hard"]["inputs"]["level"] == 0.5
    assert nodes["inner"]["inputs"]["pixels"] == -SHRUNK
    assert nodes["soft"]["inputs"]["radius"] == SOFT
    assert nodes["image"]["type"] == "image.composite@1"
    assert [nodes[name]["inputs"]["mask"]["from"] for name in ("inner", "soft", "image")] == ["hard", "inner", "soft"]


# instructions


def test_an_edit_that_is_done_is_right_and_one_that_is_not_or_breaks_something_is_wrong() -> None:
    asked = instruct_suite.edits(18)
    assert [edit.kind for _, edit in asked] == list(KINDS) * 2
    assert asked == instruct_suite.edits(18)
    done = instruct_suite.judged(asked, [draw(edit.after) for _, edit in asked])
    assert done.shares["whole"].right >= 0.94  # 17 of 18
    assert done.numbers["left alone dB"] > 60
    undone = instruct_suite.judged(asked, [draw(edit.before) for _, edit in asked])
    assert undone.shares["done"].right <= 1 / 18
    assert undone.shares["kept"].right >= 0.94  # 17 of 18
    upside_down = instruct_suite.judged(asked, [draw(edit.after).rotate(90) for _, edit in asked])
    assert upside_down.shares["whole"].right < 0.5
    assert upside_down.numbers["left alone dB"] < 40


def test_another_colour_than_the_asked_one_is_not_done_and_another_background_is_not_kept() -> None:
    text, edit = next(pair for pair in instruct_suite.edits(99) if pair[1].kind == "recolour")
    spare = next(
        c for c in ("red", "green", "blue") if c not in {i.colour for i in (*edit.after.items, *edit.before.items)}
    )
    spare = spare if spare != edit.after.background else "white"
    painted = tuple(
        replace(new, colour=spare) if new != old else new
        for old, new in zip(edit.before.items, edit.after.items, strict=True)
    )
    wrong, elsewhere = replace(edit.after, items=painted), replace(edit.after, background=spare)
    rows = [instruct_suite.judged([(text, edit)], [draw(scene)]).rows[0] for scene in (edit.after, wrong, elsewhere)]
    assert [(row["done"], row["kept"]) for row in rows] == [(True, True), (False, True), (True, False)]


def test_shapes_that_are_all_gone_are_neither_done_nor_kept() -> None:
    pairs = [pair for pair in instruct_suite.edits(200) if pair[1].kind == "recolour" and pair[1].before.counted]
    assert pairs
    bare = [draw(replace(edit.after, items=())) for _, edit in pairs]
    for row in instruct_suite.judged(pairs, bare).rows:
        assert not row["done"]
        assert not row["kept"]


# LoRAs


def test_sketches_are_seen_as_such_and_other_styles_are_not() -> None:
    asked = sketches(12)
    found = sketched(asked, [worn(lora_sets.sketch(scene), n) for n, (_, scene) in enumerate(asked)])
    assert {name: value.right for name, value in found.shares.items()} == dict.fromkeys(found.shares, 1.0)
    for style in ("flat", "crayon", "pixel", "neon"):
        other = sketched(asked, [draw(replace(scene, style=style)) for _, scene in asked])
        assert other.shares["style"].right == 0
    moved = [lora_sets.sketch(scene) for _, scene in asked[1:] + asked[:1]]
    assert sketched(asked, moved).shares["shapes"].right < 0.5
    assert not sketch_of(Image.new("RGB", (128, 128), (244, 238, 222))).drawn


def test_the_subject_has_its_mark_and_stars_and_crowds_have_not() -> None:
    examples = lora_sets.subject_set(12, seed=FRESH)
    shown = marked([e.caption for e in examples], [worn(e.picture, n) for n, e in enumerate(examples)])
    assert shown.shares["mark"].right == 1.0
    for number in range(8):
        assert not has_mark(draw(random_scene(random.Random(number), Mix(several=1.0))))
    whole = np.array(lora_sets.subject(0.5, 0.5, 0.22, "white"))
    assert has_mark(Image.fromarray(whole))
    colours = {"star": COLOURS["purple"], "core": COLOURS["yellow"], "ring": COLOURS["black"]}
    for lost, instead in (("star", "core"), ("core", "star"), ("ring", "ground")):
        spoilt = whole.copy()
        near = np.abs(whole.astype(int) - colours[lost]).max(axis=-1) < 60
        spoilt[near] = colours.get(instead, COLOURS["white"])
        assert not has_mark(Image.fromarray(spoilt))
