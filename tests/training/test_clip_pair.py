"""The contrastive pair: its loss, its runs resume bit for bit, and transformers loads what is exported."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from transformers import CLIPModel, CLIPTokenizer
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from tests.training.bases import same, tiny_base, weights
from training import clip, contrast, sight, zero_shot
from training.base import load
from training.drawing import draw
from training.loop import Run
from training.negatives import group
from training.vae import pixels

SIZES = {"steps": 4, "batch": 8, "groups": 3, "sight": 2, "singles": 6, "width": 32, "layers": 1, "threads": 1}
ARGUMENTS = [text for name, value in SIZES.items() for text in (f"--{name}", str(value))]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny base model."""
    return tiny_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def trained(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run, the pair in its folder `clip`."""
    folder = tmp_path_factory.mktemp("clip")
    clip.main([*ARGUMENTS, "--base", str(base), "--folder", str(folder), "--out", str(folder / "clip"), "--count", "2"])
    return folder


def test_the_run_resumes_bit_for_bit(base: Path, trained: Path, tmp_path: Path) -> None:
    arguments = [
        *ARGUMENTS,
        "--base",
        str(base),
        "--folder",
        str(tmp_path),
        "--out",
        str(tmp_path / "c"),
        "--count",
        "0",
    ]
    clip.main([*arguments, "--stop-at", "2"])
    assert not (tmp_path / "c").exists()
    halfway = weights(tmp_path)
    clip.main(arguments)
    assert same(weights(tmp_path), weights(trained))
    assert not same(halfway, weights(tmp_path))


def test_a_locked_text_tower_is_the_base_models_text_encoder(base: Path, trained: Path) -> None:
    pair = CLIPModel.from_pretrained(trained / "clip", local_files_only=True, dtype=torch.float32)
    encoder = load(base).text_encoder
    assert all(torch.equal(pair.text_model.state_dict()[name], value) for name, value in encoder.state_dict().items())
    assert {value.dtype for value in load_file(trained / "clip" / "model.safetensors").values()} == {torch.float16}
    unlocked = contrast.build(load(base), 32, 1, text="scratch")
    assert unlocked.text_model.embeddings.token_embedding.weight.requires_grad
    assert not same(unlocked.text_model.state_dict(), encoder.state_dict())


def test_transformers_reads_pictures_and_words_as_training_does(trained: Path) -> None:
    pair = CLIPModel.from_pretrained(trained / "clip", local_files_only=True).eval()
    words = CLIPTokenizer.from_pretrained(trained / "clip", local_files_only=True)
    processor = CLIPImageProcessorPil.from_pretrained(trained / "clip", local_files_only=True)
    (scene, _) = group(random.Random(0), 2)
    picture: Image.Image = draw(scene, 32)
    seen = processor(picture, return_tensors="pt").pixel_values
    torch.testing.assert_close(seen, pixels([picture]))
    texts = ["a red circle", "two blue stars on a white background"]
    asked = words(texts, padding="max_length", return_tensors="pt")
    with torch.no_grad():
        made = pair(input_ids=asked.input_ids, attention_mask=asked.attention_mask, pixel_values=seen)
        near = contrast.look(pair, seen) @ contrast.read(pair, words, texts).T
    torch.testing.assert_close(made.logits_per_image, pair.logit_scale.exp() * near, rtol=1e-4, atol=1e-4)


def test_the_image_tower_is_taught_to_see_before_the_contrast(base: Path, trained: Path) -> None:
    notes = json.loads((trained / "sight" / "checkpoint" / "notes.json").read_text())
    assert notes["step"] == SIZES["sight"]
    tower = contrast.build(load(base), 32, 1, text="locked").vision_model
    scenes = sight.numbered_singles(0, 12)
    pictures = contrast.drawn(scenes, 32, trained / "singles.safetensors")
    run = Run(trained, steps=10, batch=4, rate=1e-3)
    losses = sight.SightLosses(tower, torch.nn.Linear(32, 8), run, scenes, pictures)
    found = losses(0)
    assert found["loss"] > 0
    assert 0 <= found["wrong"] <= 1
    assert torch.equal(losses(0)["loss"], found["loss"])
    shares = [sight.easy_share(step, 10) for step in (0, 2, 9)]
    assert shares == pytest.approx([1, 0.6, sight.LEAST_EASY])


def test_figures_name_every_question(trained: Path) -> None:
    found = json.loads((trained / "zero_shot.json").read_text())
    assert found.keys() == {*zero_shot.QUESTIONS, "one attribute changed"}
    assert all(0 <= share <= 1 for share in found.values())


def test_the_loss_is_clips_and_leaves_out_what_is_true_of_another_picture() -> None:
    logits = torch.randn(4, 4, generator=torch.Generator().manual_seed(0))
    right = torch.arange(4)
    plain = torch.nn.functional.cross_entropy
    torch.testing.assert_close(
        contrast.contrast(logits, torch.eye(4).bool()), (plain(logits, right) + plain(logits.T, right)) / 2
    )
    true = torch.eye(4).bool()
    true[0, 1] = True
    louder = logits.clone()
    louder[0, 1] += 100
    torch.testing.assert_close(contrast.contrast(logits, true), contrast.contrast(louder, true))


def test_pictures_are_shifted_with_their_edge_drawn_out() -> None:
    picture = torch.arange(64, dtype=torch.uint8).reshape(1, 1, 8, 8).expand(5, 3, 8, 8)
    moved = contrast.shifted(picture, torch.Generator().manual_seed(1), most=1)
    assert moved.shape == (5, 3, 8, 8)
    assert torch.equal(moved, contrast.shifted(picture, torch.Generator().manual_seed(1), most=1))
    assert not torch.equal(moved[0], moved[1])
    assert torch.equal(contrast.shifted(picture, torch.Generator(), most=0), picture.float() / 127.5 - 1)


def test_filters_start_as_cosines_that_differ_and_places_as_waves_that_differ() -> None:
    filters = contrast.cosines(8, 24).reshape(24, -1)
    products = filters @ filters.T
    assert torch.allclose(products, torch.diag(products.diagonal()), atol=1e-6)
    grey = torch.full((3, 8, 8), 0.5)
    assert torch.allclose(filters @ grey.flatten(), torch.tensor([0.5] * 3 + [0.0] * 21), atol=1e-6)
    spots = contrast.waves(8, 32)
    assert (torch.cdist(spots, spots) + 10 * torch.eye(64)).min() > 0.1
