"""The nets that start from the base model begin as it does, resume bit for bit, and load once they are exported."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers import ControlNetModel, UNet2DConditionModel
from diffusers.image_processor import VaeImageProcessor
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor

from training import base, controlnet, export, inpainting, instruct, vae
from training.annotations import masks
from training.diffusion import Diffusion
from training.drawing import draw
from training.holes import WHOLE, mask, random_hole
from training.latents import numbered_scene
from training.scenes import SHAPES, Item, Scene
from training.specialised import started, widened

SHORT = ["--steps", "4", "--batch", "2", "--examples", "6", "--threads", "1"]
COMMANDS: dict[str, tuple[Callable[[list[str]], None], list[str], type, int]] = {
    "edges": (controlnet.main, ["--hint", "edges"], ControlNetModel, 4),
    "segmentation": (controlnet.main, ["--hint", "segmentation"], ControlNetModel, 4),
    "inpainting": (inpainting.main, [], UNet2DConditionModel, 9),
    "instruct": (instruct.main, [], UNet2DConditionModel, 8),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny untrained base model of 32 x 32 pixels."""
    root = tmp_path_factory.mktemp("base")
    torch.manual_seed(0)
    model = Diffusion(root / "words", (16, 32), 16)
    export.export(vae.build((8, 8, 8, 8), 32).eval(), model.eval(), 0.8, root / "model")
    return root / "model"


@pytest.fixture(scope="module")
def opened(folder: Path) -> base.Base:
    return base.load(folder)


def latent(model: base.Base, seed: int = 0, channels: int = 4) -> Tensor:
    side = model.side // 8
    return torch.randn(2, channels, side, side, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_run_resumes_bit_for_bit_and_what_it_exports_loads(name: str, folder: Path, tmp_path: Path) -> None:
    command, flags, kind, channels = COMMANDS[name]
    whole, parts = tmp_path / "whole", tmp_path / "parts"

    def train(run: Path, *more: str) -> dict[str, Tensor]:
        where = ["--base", str(folder), "--folder", str(run), "--out", str(run / "out")]
        command([*where, *flags, *SHORT, *more])
        files = sorted((run / "checkpoint").glob("*.safetensors"))
        return {f"{file.name}/{key}": value for file in files for key, value in load_file(file).items()}

    once = train(whole)
    halfway = train(parts, "--stop-at", "2")
    resumed = train(parts)
    assert once.keys() == resumed.keys()
    assert all(torch.equal(once[key], resumed[key]) for key in once)
    assert not all(torch.equal(once[key], halfway[key]) for key in once)

    out = whole / "out"
    assert sorted(file.name for file in out.iterdir()) == ["config.json", "diffusion_pytorch_model.safetensors"]
    assert str(folder) not in (out / "config.json").read_text()
    exported = load_file(out / "diffusion_pytorch_model.safetensors")
    assert {value.dtype for value in exported.values()} == {torch.float16}
    net = kind.from_pretrained(out, local_files_only=True)
    assert net.config["in_channels"] == channels
    for key, value in exported.items():
        assert torch.equal(value, once[f"average.safetensors/{key}"].half())


def test_an_untrained_controlnet_changes_nothing_and_learns_from_the_first_step(opened: base.Base) -> None:
    net = controlnet.started_from(opened.unet)
    hint = torch.rand(2, 3, opened.side, opened.side, generator=torch.Generator().manual_seed(1))
    noisy, states = latent(opened), opened.read(["a red circle", ""])
    down, middle = net(noisy, 500, states, hint, return_dict=False)
    extra = {"down_block_additional_residuals": down, "mid_block_additional_residual": middle}
    steered = opened.unet(noisy, 500, states, **extra).sample
    assert torch.equal(steered, opened.unet(noisy, 500, states).sample)
    assert torch.equal(net.conv_in.weight, opened.unet.conv_in.weight)
    one, other = (net.controlnet_cond_embedding(value) for value in (hint, torch.zeros_like(hint)))
    assert float((one - other).detach().std()) > 0.1
    steered.square().mean().backward()
    assert all(float(layer.weight.grad.abs().max()) > 0 for layer in net.controlnet_down_blocks)
    assert all(parameter.grad is None for parameter in opened.unet.parameters())


@pytest.mark.parametrize("extra", [4, 5])
def test_a_wider_unet_starts_as_the_base(opened: base.Base, extra: int) -> None:
    wide = widened(opened.unet, extra).eval()
    noisy, states = latent(opened), opened.read(["a red circle", ""])
    told = torch.cat([noisy, latent(opened, 7, extra)], dim=1)
    assert torch.allclose(wide(told, 500, states).sample, opened.unet(noisy, 500, states).sample, atol=1e-6)
    assert all(parameter.requires_grad for parameter in wide.parameters())
    assert not any(parameter.requires_grad for parameter in opened.unet.parameters())


def test_a_second_latent_is_read_from_the_start_as_part_of_the_noised_one(opened: base.Base) -> None:
    wide = widened(opened.unet, 5, seen=0.5).eval()
    noisy, other, states = latent(opened), latent(opened, 7), opened.read(["a red circle", ""])
    told = torch.cat([noisy, torch.ones_like(noisy[:, :1]), other], dim=1)
    expected = opened.unet(noisy + 0.5 * other, 500, states).sample
    assert torch.allclose(wide(told, 500, states).sample, expected, atol=1e-5)


def test_a_net_goes_on_from_an_exported_one_of_its_kind(opened: base.Base, tmp_path: Path) -> None:
    learnt = widened(opened.unet, 4, seen=0.25).half()
    learnt.save_pretrained(tmp_path / "learnt")
    net = started(widened(opened.unet, 4), tmp_path / "learnt")
    assert all(torch.equal(value, learnt.state_dict()[name].float()) for name, value in net.state_dict().items())
    assert {value.dtype for value in net.parameters()} == {torch.float32}
    with pytest.raises(ValueError, match=r"--start .*learnt: expected the exported weights of a UNet2DCondition"):
        started(widened(opened.unet, 5), tmp_path / "learnt")
    with pytest.raises(ValueError, match=r"--start .*nothing: expected"):
        started(widened(opened.unet, 4), tmp_path / "nothing")


def test_half_of_the_captions_for_a_controlnet_name_no_shape() -> None:
    rng, shapes = random.Random(0), {*SHAPES, *(f"{shape}s" for shape in SHAPES), "crosses"}
    texts = [controlnet.said(numbered_scene(0, number), rng) for number in range(600)]
    vague = [text for text in texts if text and not shapes & set(text.replace(",", "").split())]
    assert 0.45 < len(vague) / len(texts) < 0.55
    assert 0.06 < texts.count("") / len(texts) < 0.14


def test_holes_about_a_shape_cover_it_and_some_cover_everything() -> None:
    scene = Scene("white", (Item("square", "red", "medium", "centre", 0.5, 0.5, 0.2),))
    (square,) = (shape > 0 for shape in masks(scene))
    holes = [mask(random_hole(random.Random(number), scene), 128) for number in range(300)]
    assert 0.5 < sum(bool(hole[square].all()) for hole in holes) / len(holes) < 0.9
    assert WHOLE / 2 < sum(bool(hole.all()) for hole in holes) / len(holes) < 2 * WHOLE
    assert all(hole.mean() > 0.01 for hole in holes)


def test_mask_and_masked_picture_are_those_of_diffusers_pipeline(opened: base.Base) -> None:
    example = inpainting.numbered_example(0, 3)
    seen = vae.pixels([draw(example[0], opened.side)])
    covered = inpainting.masks([example], opened.side)
    processor = VaeImageProcessor(do_normalize=False, do_binarize=True, do_convert_grayscale=True)
    hole = Image.fromarray(mask(example[1], opened.side).astype("uint8") * 255)
    theirs = processor.preprocess(hole, opened.side, opened.side)
    assert torch.equal(covered, theirs)
    assert torch.equal(inpainting.without_hole(seen, covered), seen * (theirs < 0.5))


def test_instructions_and_pictures_are_left_out_as_often_as_in_the_paper() -> None:
    rng = random.Random(0)
    counts = Counter(instruct.kept(rng) for _ in range(10000))
    for lost in ((False, True), (True, False), (False, False)):
        assert counts[lost] / 10000 == pytest.approx(0.05, abs=0.01)
