"""Every training command runs, resumes bit for bit, and what it exports loads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file

from training import diffusion, evaluate, export, vae
from training.loop import Run

VAE = ["--channels", "8", "8", "8", "8", "--side", "32", "--batch", "2", "--steps", "4", "--threads", "1"]
UNET = ["--channels", "16", "32", "--width", "16", "--scenes", "6", "--batch", "2", "--steps", "4", "--threads", "1"]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    """Everything that a checkpoint holds."""
    files = sorted((folder / "checkpoint").glob("*.safetensors"))
    return {f"{file.name}/{name}": value for file in files for name, value in load_file(file).items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    """Equal to the bit."""
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny trained autoencoder, diffusion model and export."""
    root = tmp_path_factory.mktemp("run")
    vae.main(["--folder", str(root / "vae"), *VAE])
    small = ["--vae", str(root / "vae"), "--vae-channels", "8", "8", "8", "8"]
    diffusion.main(["--folder", str(root / "diffusion"), *small, *UNET])
    sizes = ["--diffusion", str(root / "diffusion"), "--channels", "16", "32", "--width", "16"]
    export.main([str(root / "model"), *small, *sizes])
    return root


def test_the_autoencoder_resumes_bit_for_bit(trained: Path, tmp_path: Path) -> None:
    vae.main(["--folder", str(tmp_path), *VAE, "--stop-at", "2"])
    halfway = weights(tmp_path)
    assert json.loads((tmp_path / "checkpoint" / "notes.json").read_text())["step"] == 2
    vae.main(["--folder", str(tmp_path), *VAE])
    assert same(weights(tmp_path), weights(trained / "vae"))
    assert not same(halfway, weights(tmp_path))


def test_diffusion_resumes_bit_for_bit(trained: Path, tmp_path: Path) -> None:
    arguments = ["--folder", str(tmp_path), "--vae", str(trained / "vae"), "--vae-channels", "8", "8", "8", "8", *UNET]
    diffusion.main([*arguments, "--stop-at", "2"])
    halfway = weights(tmp_path)
    diffusion.main(arguments)
    assert same(weights(tmp_path), weights(trained / "diffusion"))
    moved = [n for n, v in weights(tmp_path).items() if n.startswith("model") and not torch.equal(v, halfway[n])]
    assert any("text_encoder" in name for name in moved)
    assert any("unet" in name for name in moved)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # diffusers and NumPy 2
def test_the_exported_folder_loads_and_samples(trained: Path) -> None:
    folder = trained / "model"
    pipeline = StableDiffusionPipeline.from_pretrained(folder, safety_checker=None, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    latents = load_file(trained / "diffusion" / "latents.safetensors")["latents"]
    assert float((latents * pipeline.vae.config.scaling_factor).std()) == pytest.approx(1, abs=1e-3)
    first, second = evaluate.sample(pipeline, ["a red circle on a blue background"] * 2, steps=2, guidance=5.0)
    assert first.size == (128, 128)
    assert first.tobytes() != second.tobytes()
    assert not [path for path in folder.rglob("*") if path.suffix in (".bin", ".pt", ".ckpt", ".pkl")]
    for part in ("unet/diffusion_pytorch_model", "vae/diffusion_pytorch_model", "text_encoder/model"):
        assert {value.dtype for value in load_file(folder / f"{part}.safetensors").values()} == {torch.float16}
    for config in folder.rglob("*.json"):
        json.loads(config.read_text(), parse_constant=pytest.fail)


def test_a_focus_map_depends_on_the_caption_alone() -> None:
    prompts = evaluate.prompts(40)
    by_look: dict[tuple[str, str], torch.Tensor] = {}
    for _, scene in prompts:
        (item,) = scene.items
        weight = diffusion.focus_map(scene, 16, 3.0)
        assert float(weight.mean()) == pytest.approx(1, abs=1e-5)
        assert float(weight.max()) == pytest.approx(4 * float(weight.min()), rel=1e-5)
        assert torch.equal(by_look.setdefault((item.place, item.size), weight), weight)


def test_timesteps_are_spread_and_rates_rise_and_fall() -> None:
    times = diffusion.spread_times(50, 1000, torch.Generator().manual_seed(0))
    assert sorted(int(t) // 20 for t in times) == list(range(50))
    late = diffusion.spread_times(8, 1000, torch.Generator().manual_seed(0), least=200)
    assert sorted((int(t) - 200) // 100 for t in late) == list(range(8))
    run = Run(Path(), steps=1000, batch=1, rate=1.0, warm_up=100, decay=0.3)
    assert [run.rate_at(step) for step in (0, 49, 99, 500, 850, 999)] == pytest.approx([0.01, 0.5, 1, 1, 0.5, 0.02])


def test_fresh_prompts_are_fixed_and_plain_ones_plain() -> None:
    assert evaluate.prompts(5) == evaluate.prompts(5)
    for text, scene in evaluate.prompts(12, plain=True):
        (item,) = scene.items
        assert (item.size, item.place) == ("medium", "centre")
        assert text.replace(" an ", " a ").endswith(f"{item.colour} {item.shape} on a {scene.background} background")


def test_a_new_run_can_start_from_an_exported_model(trained: Path, tmp_path: Path) -> None:
    model = trained / "model"
    start = ["--start", str(model), "--vae", str(model / "vae"), "--rate", "0"]
    diffusion.main(["--folder", str(tmp_path / "run"), *start, *UNET])
    sizes = ["--diffusion", str(tmp_path / "run"), "--channels", "16", "32", "--width", "16"]
    export.main([str(tmp_path / "model"), "--vae", str(model / "vae"), *sizes])
    for part in ("unet", "vae"):
        one, other = (load_file(f / part / "diffusion_pytorch_model.safetensors") for f in (model, tmp_path / "model"))
        assert same(one, other)
    configs = [json.loads((f / "vae" / "config.json").read_text()) for f in (model, tmp_path / "model")]
    assert configs[0] == configs[1]


def test_a_frozen_text_encoder_stays_to_the_last_bit_while_the_unet_learns(trained: Path, tmp_path: Path) -> None:
    model = trained / "model"
    start = ["--start", str(model), "--vae", str(model / "vae"), "--freeze-text"]
    diffusion.main(["--folder", str(tmp_path / "run"), *start, *UNET])
    sizes = ["--diffusion", str(tmp_path / "run"), "--channels", "16", "32", "--width", "16"]
    export.main([str(tmp_path / "model"), "--vae", str(model / "vae"), *sizes])
    files = ("text_encoder/model.safetensors", "unet/diffusion_pytorch_model.safetensors")
    text, unet = ([load_file(f / file) for f in (model, tmp_path / "model")] for file in files)
    assert same(*text)
    assert not same(*unet)
