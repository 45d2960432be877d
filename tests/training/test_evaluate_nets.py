"""Every suite of a specialised net runs on tiny untrained ones, and says what it should of nets that change nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.training.nets import family
from training.base import load
from training.drawing import draw
from training.evaluate import SUITES, Figures, Options, main
from training.evaluate.features import KINDS, LAYERS, Eye
from training.evaluate.fid_suite import asked as fid_prompts
from training.evaluate.fid_suite import measure as fid
from training.evaluate.inpainting_suite import painted_right, tasks
from training.evaluate.prompts import prompts
from training.evaluate.refiner_suite import both_ways
from training.evaluate.refiner_suite import measure as refiner
from training.evaluate.sampling import batches, fresh, opened, sample, unet
from training.evaluate.suite import NEEDED, beside, missing
from training.holes import mask
from training.zero_shot import QUESTIONS

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
NETS = [name for name in SUITES if NEEDED[name]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return family(tmp_path_factory.mktemp("family"))


def told(folder: Path, **changed: object) -> Options:
    return replace(Options(folder, count=3, steps=2, batch=2), **changed)  # type: ignore[arg-type]


def run(name: str, options: Options) -> Figures:
    """A suite with a small reference, where it has one."""
    small = {"fid": partial(fid, most=4), "refiner": partial(refiner, most=4)}
    return small.get(name, SUITES[name])(options)


def pictures(figures: Figures) -> list[bytes]:
    return [one.tobytes() for part in (figures, *figures.parts.values()) for one in part.pictures]


def test_the_suites_of_nets_are_these() -> None:
    assert {name: NEEDED[name] for name in NETS} == {
        "clip": ("clip",),
        "fid": ("clip",),
        "refiner": ("clip", "-refiner"),
        "controlnet-edges": ("-controlnet",),
        "controlnet-segmentation": ("-controlnet-segmentation",),
        "inpainting": ("-inpainting",),
        "instruct": ("-instruct",),
        "few-step": ("-few-step.safetensors",),
        "sketch-lora": ("-sketch-lora.safetensors",),
        "sks-lora": ("-sks-lora.safetensors",),
    }


@pytest.mark.parametrize("name", [name for name in NETS if name != "clip"])
def test_the_pictures_of_a_suite_do_not_depend_on_the_batch(folder: Path, name: str) -> None:
    once, alone = (pictures(run(name, told(folder, batch=batch))) for batch in (2, 1))
    assert len(once) >= 3
    for one, other in zip(once, alone, strict=True):
        assert np.abs(np.frombuffer(one, np.uint8).astype(int) - np.frombuffer(other, np.uint8)).max() <= 3


@pytest.mark.parametrize("name", ["fid", "instruct", "few-step"])
def test_a_suite_gives_the_same_twice(folder: Path, name: str) -> None:
    once, again = run(name, told(folder)), run(name, told(folder))
    assert pictures(once) == pictures(again)
    for one, other in zip((once, *once.parts.values()), (again, *again.parts.values()), strict=True):
        assert (one.shares, one.numbers, one.rows) == (other.shares, other.numbers, other.rows)


def test_a_net_that_is_not_there_is_said_to_be_so_or_is_an_error_when_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    bare = tmp_path / "bare"
    bare.symlink_to(folder)
    report = tmp_path / "report.json"
    assert missing("refiner", bare) == [tmp_path / "bare-refiner"]
    monkeypatch.setattr("training.evaluate.command.SUITES", {name: SUITES[name] for name in ("refiner", "vae")})
    size = ["--count", "2", "--steps", "1", "--threads", "1"]
    main([str(bare), *size, "--json", str(report)])
    table = capsys.readouterr().out
    assert f"- refiner: not there ({tmp_path / 'bare-refiner'})" in table
    assert "- vae: single dB" in table
    written = json.loads(report.read_text())
    assert (list(written["suites"]), written["not there"]) == (["vae"], {"refiner": ["bare-refiner"]})
    with pytest.raises(SystemExit):
        main([str(bare), *size, "--suites", "vae,refiner"])
    told_why = capsys.readouterr()
    assert "bare-refiner" in told_why.err
    assert "vae" not in told_why.out


def test_the_command_writes_parts_as_rows_of_their_own(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, sheet = tmp_path / "report.json", tmp_path / "sheet.png"
    asked = ["--suites", "instruct,few-step", "--text-guidance", "4", "--image-guidance", "1.25"]
    size = ["--count", "2", "--steps", "1", "--threads", "1"]
    main([str(folder), *asked, *size, "--json", str(report), "--sheet", str(sheet)])
    table = capsys.readouterr().out
    assert "| suite | n | whole | done | kept |" in table
    assert "| instruct: recolour | 1 |" in table
    assert "| few-step: pair, 4 steps | 2 |" in table
    written = json.loads(report.read_text())
    assert (written["text guidance"], written["image guidance"]) == (4.0, 1.25)
    assert len(written["suites"]["instruct"]["verdicts"]) == 2
    assert {"sheet-instruct.png", "sheet-few-step-pair-4-steps.png"} <= {file.name for file in tmp_path.iterdir()}


def test_the_scales_of_an_instruction_are_heeded(folder: Path) -> None:
    usual, other = (run("instruct", told(folder, image_guidance=scale)) for scale in (1.5, 4.0))
    assert pictures(usual) != pictures(other)


# CLIP


def test_the_clip_suite_asks_all_questions(folder: Path) -> None:
    found = SUITES["clip"](told(folder, count=6))
    assert found.parts.keys() == {*QUESTIONS, "one attribute changed"}
    assert {part.count for part in found.parts.values()} == {6}
    for part in found.parts.values():
        right = 6 * part.shares["right"].right
        assert right == pytest.approx(round(right), abs=1e-3)


def test_features_are_those_of_the_nodes_and_a_set_is_at_no_distance_from_itself(folder: Path) -> None:
    eye = Eye(folder / "clip")
    scenes = [scene for _, scene in fid_prompts(5)]
    seen = eye.look([draw(scene, 32) for scene in scenes])
    other = eye.look([draw(scene, 32) for scene in scenes[::-1]])
    shifted = eye.look([draw(scene, 32).rotate(90) for scene in scenes])
    for layer in LAYERS:
        assert seen.layers[layer].data.shape[0] == 5
        assert eye.distance(seen, other, layer) == pytest.approx(0, abs=1e-6)
        assert eye.distance(seen, shifted, layer) > 0
    assert 0 <= eye.likeness(seen, [text for text, _ in fid_prompts(5)]) <= 100
    assert 1 <= eye.variety(seen) <= 5
    assert len(set(KINDS)) == 72


def test_a_model_that_draws_every_prompt_has_the_figures_of_drawn_pictures(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes = dict(fid_prompts(6))
    monkeypatch.setattr(
        "training.evaluate.fid_suite.sample", lambda _, texts, *more: [draw(scenes[text], 32) for text in texts]
    )
    found = fid(told(folder, count=6), most=12).parts
    assert found["model"].numbers == found["drawn"].numbers
    assert found["model"].numbers["Fréchet distance"] > 0


# the refiner


def test_without_a_refiner_the_loop_is_the_pipelines_and_the_base_refines_as_itself(folder: Path) -> None:
    pipeline, texts = opened(folder), [text for text, _ in prompts(3)]
    for guidance in (3.0, 1.0):
        wanted = sample(pipeline, texts, 5, guidance)
        for _, noise in batches(3, 3):
            alone, refined = both_ways(pipeline, unet(beside(folder, "-refiner")), texts, 5, guidance, noise)
        assert [one.tobytes() for one in alone] == [one.tobytes() for one in wanted]
        # the refiner's weights are the base's, rounded to float16 twice
        assert [one.tobytes() for one in refined] == [one.tobytes() for one in wanted]


def test_the_refiner_sees_the_steps_below_200_alone(folder: Path) -> None:
    pipeline, net = fresh(folder), unet(beside(folder, "-refiner"))
    asked: dict[str, list[int]] = {"base": [], "refiner": []}
    pipeline.unet.register_forward_pre_hook(lambda _, given: asked["base"].append(int(given[1])))
    net.register_forward_pre_hook(lambda _, given: asked["refiner"].append(int(given[1])))
    for _, noise in batches(1, 1):
        both_ways(pipeline, net, ["a red circle"], 10, 3.0, noise)
    assert asked["refiner"] == [199, 99]
    assert asked["base"] == [999, 899, 799, 699, 599, 499, 399, 299, 199, 99]


# nets that start as the base


def test_an_untrained_controlnet_paints_the_bases_pictures(folder: Path) -> None:
    found = run("controlnet-edges", told(folder)).parts["full captions"]
    texts = [row["prompt"] for row in found.rows]
    base = sample(opened(folder), texts, 2, 2.5, batch=2)
    assert [one.tobytes() for one in found.pictures] == [one.tobytes() for one in base]


def test_a_lora_at_weight_0_is_the_base_and_at_1_it_is_not(folder: Path) -> None:
    found = run("sketch-lora", told(folder)).parts
    texts = [row["prompt"] for row in found["weight 0"].rows]
    base = sample(opened(folder), texts, 2, 2.5)
    for weight, equal in (("weight 0", True), ("weight 1", False)):
        difference = [np.abs(np.asarray(a, int) - b).max() for a, b in zip(found[weight].pictures, base, strict=True)]
        assert (max(difference) <= 1) == equal


def test_suites_leave_the_shared_pipeline_as_it_was(folder: Path) -> None:
    before = {name: value.clone() for name, value in opened(folder).unet.state_dict().items()}
    schedule = opened(folder).scheduler
    for name in ("few-step", "sks-lora", "inpainting"):
        run(name, told(folder, count=1))
    assert opened(folder).scheduler is schedule
    after = opened(folder).unet.state_dict()
    assert before.keys() == after.keys() == load(folder).unet.state_dict().keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_whatever_is_painted_nothing_outside_the_hole_changes(folder: Path) -> None:
    found = run("inpainting", told(folder))
    assert found.shares["outside"].right == 1.0
    for task, after in zip(tasks(3), found.pictures, strict=True):
        before, hole = draw(task.before, 32), mask(task.hole, 32)
        assert np.array_equal(np.asarray(before)[~hole], np.asarray(after)[~hole])
        row, column = np.argwhere(~hole)[0]
        spoilt = np.array(after)
        spoilt[row, column, 0] ^= 1
        assert not painted_right(task, before, Image.fromarray(spoilt))["outside"]
