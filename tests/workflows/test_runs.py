"""The example workflows run on the embedded model, and each does what it says.

Few steps on small pictures: what is tested holds for any number, size and weights.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from engine.api import Engine
from engine.cli import main
from engine.result import Result
from nodes.noise import seeds_to_rng
from training.example_inputs import pictures

WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"
SMALL = {"noise.width": 64, "noise.height": 64}
STEPS = {"schedule.steps": 3}

# workflow: (inputs to change, sizes of the files, steps per frame, the input that is the seed)
EXAMPLES: dict[str, tuple[dict[str, Any], list[tuple[int, int]], dict[str, int], str]] = {
    "text_to_image": (STEPS, [(128, 128)], {"sample": 3}, "seed"),
    "image_to_image": (STEPS, [(128, 128)], {"sample": 2}, "seed"),
    "inpainting": (STEPS, [(128, 128)], {"sample": 2}, "seed"),
    "controlnet": (STEPS, [(128, 128)], {"sample": 3}, "seed"),
    "two_controlnets": (STEPS, [(128, 128)], {"sample": 3}, "seed"),
    "controlnet_segmentation": (STEPS, [(128, 128)], {"sample": 3}, "seed"),
    "inpainting_model": (STEPS, [(128, 128)], {"sample": 3}, "seed"),
    "instruct": (STEPS, [(128, 128)], {"sample": 3}, "seed"),
    "lora": (STEPS | SMALL, [(64, 64)], {"sample": 3}, "seed"),
    "few_step": (SMALL, [(64, 64)], {"sample": 4}, "seed"),
    "evaluate": (STEPS | SMALL | {"count": 2}, [(140, 93)], {"sweep": 2}, "first_seed"),
    "base_and_refiner": (STEPS | SMALL | {"split": 0.6}, [(64, 64)], {"sample": 2, "refine": 1}, "seed"),
    "prompt_switch": (STEPS | SMALL, [(64, 64)], {"sample": 3}, "seed"),
    "expert_denoisers": (STEPS | SMALL, [(64, 64)], {"sample": 3}, "seed"),
    "hires_two_pass": (STEPS | SMALL | {"strength": 0.5}, [(96, 96)], {"sample": 3, "finish": 1}, "seed"),
    "seed_sweep": (STEPS | SMALL | {"count": 2}, [(140, 93)], {"sweep": 2}, "first_seed"),
    "batch": (STEPS | SMALL | {"count": 2}, [(64, 64), (64, 64), (140, 72)], {"sample": 3}, "seed"),
    "xy_grid": (STEPS | SMALL | {"scales": [1.0, 4.0]}, [(140, 228)], {"rows": 2}, "seed"),
    "forward_noising": ({"levels": 3}, [(400, 157)], {"strip": 3}, "seed"),
    "trajectory": (STEPS | SMALL, [(208, 165)], {"sample": 3}, "seed"),
}

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    models, home = tmp_path_factory.mktemp("models"), tmp_path_factory.mktemp("home")
    tuned(models / "tuned")
    with Engine(home=home, device="cpu", dtype="fp32", threads=1, models=[models], inputs=[WORKFLOWS]) as made:
        yield made


def tuned(folder: Path) -> None:
    """The embedded UNet with somewhat other weights: an expert."""
    embedded = WORKFLOWS.parent / "models" / "shapes" / "unet"
    shutil.copytree(embedded, folder)
    weights = load_file(folder / "diffusion_pytorch_model.safetensors")
    save_file({name: 1.02 * value for name, value in weights.items()}, folder / "diffusion_pytorch_model.safetensors")


def run(engine: Engine, name: str, *targets: str, reuse: bool = True, **changed: Any) -> Result:
    """Run an example with the inputs of `EXAMPLES` and others."""
    changes = EXAMPLES[name][0] | {key.replace("__", "."): value for key, value in changed.items()}
    return engine.run(WORKFLOWS / f"{name}.json", set=changes, targets=targets or None, reuse=reuse)


def apart(a: torch.Tensor, b: torch.Tensor) -> float:
    """The largest difference."""
    return float((a - b).abs().max())


def test_every_example_is_run():
    assert {file.stem for file in WORKFLOWS.glob("*.json")} == EXAMPLES.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs(engine: Engine, name: str):
    _, sizes, frames, seed = EXAMPLES[name]
    first = run(engine, name)
    assert [picture.size for picture in first.pictures] == sizes
    assert {frame: first.steps_run(frame) + first.nodes[frame].steps_cached for frame in frames} == frames
    again = run(engine, name)
    assert again.artifacts == first.artifacts
    assert {report.status for report in again.nodes.values()} <= {"cached", "skipped"}
    assert not any(again.steps_run(frame) for frame in frames)
    other = run(engine, name, **{seed: 99})
    assert [picture.size for picture in other.pictures] == sizes
    assert all(a != b for a, b in zip(other.artifacts, first.artifacts, strict=True))


def test_the_command_line_finds_inputs_beside_the_workflow(tmp_path: Path):
    file = str(WORKFLOWS / "forward_noising.json")
    options = ["--home", str(tmp_path / "home"), "--output", str(tmp_path / "out"), "--threads", "1", "--quiet"]
    assert main(["run", file, "--set", "levels=2", *options]) == 0
    assert [made.name for made in (tmp_path / "out").iterdir()] == ["forward_noising-0001.png"]


@pytest.mark.parametrize("name", pictures())
def test_the_inputs_are_those_that_the_script_draws(name: str):
    with Image.open(WORKFLOWS / "inputs" / name) as shown:
        assert shown.tobytes() == pictures()[name].tobytes()


def test_image_to_image_with_little_strength_is_nearly_the_picture(engine: Engine):
    untouched = run(engine, "image_to_image", "latent", "sample", strength=0)
    assert untouched.nodes["sample"].steps_run == 0
    assert torch.equal(untouched["sample.state"].latent, untouched["latent"].data)
    few, many = (run(engine, "image_to_image", "sample", steps=40, strength=s) for s in (0.025, 0.075))
    assert (few.steps_run("sample"), many.steps_run("sample")) == (1, 3)
    encoded = untouched["latent"].data
    near, far = (torch.mean((r["sample.state"].latent - encoded) ** 2) for r in (few, many))
    assert near < far < torch.mean(encoded**2)


def test_inpainting_keeps_what_is_outside_the_mask_to_the_last_bit(engine: Engine):
    result = run(engine, "inpainting", "picture", "hard", "soft", "painted", "image")
    picture, made = result["picture"].data, result["image"].data
    outside = (result["hard"].data == 0).expand_as(made)
    assert 0.4 < outside.float().mean() < 0.7
    assert torch.equal(made[outside], picture[outside])
    inner = (result["soft"].data > 0.9999).expand_as(made)
    assert apart(made[inner], result["painted"].data[inner]) < 1e-3
    assert apart(made[inner], picture[inner]) > 0.1
    assert not (inner & outside).any()
    assert set(result["hard"].data.unique().tolist()) == {0.0, 1.0}


def test_the_latent_outside_the_mask_is_the_pictures(engine: Engine):
    result = run(engine, "inpainting", "latent", "hard", "sample")
    kept = torch.nn.functional.interpolate(result["hard"].data, size=(16, 16)) == 0
    kept = kept.expand_as(result["latent"].data)
    assert torch.equal(result["sample.state"].latent[kept], result["latent"].data[kept])


def test_the_end_of_a_control_is_where_its_effect_ends(engine: Engine):
    plain = run(engine, "text_to_image", "sample")["sample.state"].latent
    off = run(engine, "controlnet", "sample", strength=0.0)["sample.state"].latent
    steered = run(engine, "controlnet", "sample")["sample.state"].latent
    assert apart(off, plain) < 1e-4
    assert apart(steered, plain) > 1e-2
    never = run(engine, "controlnet", "sample", end=0.0)
    assert never.steps_run("sample") == 0  # the plain run, key and all
    assert torch.equal(never["sample.state"].latent, plain)
    assert run(engine, "controlnet", "sample", end=1.0).steps_run("sample") == 2


def test_the_hint_of_a_control_matters(engine: Engine):
    one, other = (run(engine, "controlnet", "sample", picture=f"inputs/{name}.png") for name in ("scene", "pair"))
    assert apart(one["sample.state"].latent, other["sample.state"].latent) > 1e-3


def test_a_second_control_of_no_strength_changes_nothing(engine: Engine):
    both = run(engine, "two_controlnets", "sample", strength_2=0.0)["sample.state"].latent
    one = run(engine, "controlnet", "sample")["sample.state"].latent
    assert torch.equal(both, one)


def test_the_same_model_on_both_sides_makes_the_picture_of_one_pass(engine: Engine):
    split = run(engine, "base_and_refiner", "image", seed=31, refiner="shapes")
    whole = run(engine, "text_to_image", "image", reuse=False, seed=31, **{"noise__width": 64, "noise__height": 64})
    assert torch.equal(split["image"].data, whole["image"].data)
    elsewhere = run(engine, "base_and_refiner", "image", reuse=False, seed=31, split=0.3, refiner="shapes")
    assert (elsewhere.steps_run("sample"), elsewhere.steps_run("refine")) == (1, 2)
    assert torch.equal(elsewhere["image"].data, whole["image"].data)


def test_an_edit_of_the_second_prompt_runs_the_steps_after_the_switch(engine: Engine):
    first = run(engine, "prompt_switch", "image", steps=5, seed=41)
    assert first.steps_run("sample") == 5
    edited = run(engine, "prompt_switch", "image", steps=5, seed=41, later_prompt="a green ring")
    assert edited.steps_run("sample") == 3
    assert not torch.equal(first["image"].data, edited["image"].data)
    moved = run(engine, "prompt_switch", "image", steps=5, seed=41, switch_at=0.8)
    assert moved.steps_run("sample") == 3
    never = run(engine, "prompt_switch", "image", steps=5, seed=41, switch_at=1.0)
    plain = run(engine, "text_to_image", "image", steps=5, seed=41, **{"noise__width": 64, "noise__height": 64})
    assert (never.steps_run("sample"), plain.steps_run("sample")) == (1, 0)
    assert torch.equal(never["image"].data, plain["image"].data)


def test_experts_with_equal_weights_are_the_single_model(engine: Engine):
    experts = run(engine, "expert_denoisers", "image", seed=51)
    single = run(engine, "text_to_image", "image", reuse=False, seed=51, **{"noise__width": 64, "noise__height": 64})
    assert torch.equal(experts["image"].data, single["image"].data)


def test_another_expert_runs_only_the_steps_of_its_interval(engine: Engine):
    assert run(engine, "expert_denoisers", "image", seed=52).steps_run("sample") == 3  # timesteps 999, 666, 333
    tuned = run(engine, "expert_denoisers", "image", seed=52, fine_unet="tuned")
    assert tuned.steps_run("sample") == 1
    plain = run(engine, "expert_denoisers", "image", seed=52, boundary=0.0, fine_unet="tuned")
    assert plain.steps_run("sample") == 0
    assert not torch.equal(tuned["image"].data, plain["image"].data)
    assert run(engine, "expert_denoisers", seed=52, boundary=700.0, fine_unet="tuned").steps_run("sample") == 2


def test_the_second_pass_starts_from_the_first(engine: Engine):
    result = run(engine, "hires_two_pass", "sample", "larger", "again", strength=0, seed=61)
    small, larger = result["sample.state"].latent, result["larger"].data
    assert (small.shape[-1], larger.shape[-1]) == (8, 12)
    assert torch.equal(result["again"].latent, larger)
    again = run(engine, "hires_two_pass", "finish", seed=61)
    assert (again.steps_run("sample"), again.steps_run("finish")) == (0, 1)


def test_the_pictures_of_a_sweep_are_those_of_single_runs(engine: Engine):
    swept = run(engine, "seed_sweep", "pictures", first_seed=71)["pictures"].data
    for i, seed in enumerate((71, 72)):
        changed = {"noise__width": 64, "noise__height": 64, "seed": seed}
        single = run(engine, "text_to_image", "image", reuse=False, **changed)["image"].data
        assert torch.equal(swept[i], single[0])


def test_a_longer_sweep_runs_only_what_is_new(engine: Engine):
    run(engine, "seed_sweep", first_seed=81)
    assert run(engine, "seed_sweep", first_seed=81, count=3).steps_run("sweep") == 1


def test_image_i_of_a_batch_has_the_noise_of_its_single_run(engine: Engine):
    batch = run(engine, "batch", "noise", "image", seed=91)
    for i in range(2):
        changed = {"noise__width": 64, "noise__height": 64, "seed": 91 + i}
        single = run(engine, "text_to_image", "noise", "image", **changed)
        assert torch.equal(batch["noise"].latent[i], single["noise"].latent[0])
        assert batch["noise"].rng.seeds[i] == single["noise"].rng.seeds[0] == seeds_to_rng(91 + i).seeds[0]
        assert apart(batch["image"].data[i], single["image"].data[0]) < 1e-2  # a batch rounds otherwise


def test_the_cells_of_a_grid_are_single_runs(engine: Engine):
    texts = "a red circle\na white ring"
    grid = run(engine, "xy_grid", "rows", prompts=texts, seed=101)
    assert [sheet.data.shape[2:] for sheet in grid["rows.rows"]] == [(93, 140)] * 2
    changed = {"noise__width": 64, "noise__height": 64, "seed": 101, "guidance": 4.0, "prompt": "a white ring"}
    single = run(engine, "text_to_image", "image", reuse=False, **changed)["image"].data[0]
    assert torch.equal(grid["rows.rows"][1].data[0, :, 4:68, 72:136], single)


def test_noise_grows_along_the_strip(engine: Engine):
    noised = run(engine, "forward_noising", "latent", "draw", "strip", levels=5)
    clean, noise = noised["latent"].data, noised["draw"].data
    assert noised["strip.labels"] == ["t = 0", "t = 250", "t = 500", "t = 749", "t = 999"]
    assert apart(clean, noise) > 1
    decoded = noised["strip.pictures"]
    first = decoded[0].data
    distances = [float(torch.mean((picture.data - first) ** 2)) for picture in decoded]
    assert 0 == distances[0] < distances[1] < min(distances[2:])


def test_the_last_of_a_trajectory_is_the_picture(engine: Engine):
    result = run(engine, "trajectory", "sample", "states", "estimates", seed=111)
    plain = run(engine, "text_to_image", "sample", seed=111, **{"noise__width": 64, "noise__height": 64})
    assert plain.steps_run("sample") == 0
    assert torch.equal(result["states"].data[-1], plain["sample.state"].latent[0])
    # the solver's last step goes to what the model believes in it
    assert apart(result["states"].data[-1], result["estimates"].data[-1]) < 1e-3
    assert len(result["states"].data) == len(result["estimates"].data) == 3
