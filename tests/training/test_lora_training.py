"""LoRAs are trained from folders of pictures, resume bit for bit, and load into diffusers' pipeline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file

from tests.training.bases import same, tiny_base, weights
from training import adapters, lora, lora_sets, picture_folder
from training.base import load

ARGUMENTS = ["--steps", "2", "--batch", "2", "--rank", "2", "--threads", "1", "--no-half"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny base model."""
    return tiny_base(tmp_path_factory.mktemp("base"))


def train(base: Path, run: Path, *more: str) -> Path:
    """A run of the command; returns the file that it writes."""
    out = run / "lora.safetensors"
    lora.main([*ARGUMENTS, *more, "--base", str(base), "--folder", str(run), "--out", str(out)])
    return out


@pytest.mark.parametrize(
    "flags", [["--style", "sketch", "--examples", "4", "--words"], ["--subject", "--examples", "4", "--prior", "2"]]
)
def test_a_lora_resumes_bit_for_bit_and_loads_into_the_pipeline(base: Path, tmp_path: Path, flags: list[str]) -> None:
    out = train(base, tmp_path / "whole", *flags)
    halfway = train(base, tmp_path / "parts", *flags, "--stop-at", "1")
    assert not halfway.exists()
    resumed = train(base, tmp_path / "parts", *flags)
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "parts"))
    assert same(load_file(out), load_file(resumed))
    assert {value.dtype for value in load_file(out).values()} == {torch.float16}
    prefixes = {name.split(".")[0] for name in load_file(out)}
    assert prefixes == ({"unet", "text_encoder"} if "--words" in flags else {"unet"})

    pipeline = StableDiffusionPipeline.from_pretrained(base, safety_checker=None, local_files_only=True)
    inputs = torch.randn(1, 4, 4, 4), torch.tensor(500), torch.randn(1, 77, 16)
    tokens = pipeline.tokenizer("a sks star", return_tensors="pt").input_ids
    before, words = pipeline.unet(*inputs).sample, pipeline.text_encoder(tokens).last_hidden_state
    pipeline.load_lora_weights(out.parent, weight_name=out.name)
    loaded = {name for name, value in pipeline.unet.named_parameters() if "lora" in name}
    assert len(loaded) == sum(name.startswith("unet") for name in load_file(out))
    assert not torch.equal(pipeline.unet(*inputs).sample, before)
    changed = not torch.equal(pipeline.text_encoder(tokens).last_hidden_state, words)
    assert changed == ("--words" in flags)


def test_a_saved_lora_does_in_the_pipeline_what_it_did_in_training(base: Path, tmp_path: Path) -> None:
    source = load(base)
    adapters.adapt(source.unet, 4, convs=True)
    with torch.no_grad():
        for name, value in source.unet.named_parameters():
            if "lora" in name:
                value.copy_(torch.randn(value.shape) * 0.1).copy_(value.half())
    adapters.save(tmp_path / "l.safetensors", source.unet)
    pipeline = StableDiffusionPipeline.from_pretrained(base, safety_checker=None, local_files_only=True)
    pipeline.load_lora_weights(tmp_path, weight_name="l.safetensors")
    inputs = torch.randn(1, 4, 4, 4), torch.tensor(500), torch.randn(1, 77, 16)
    torch.testing.assert_close(pipeline.unet(*inputs).sample, source.unet(*inputs).sample)


def test_a_folder_is_read_with_captions_beside_the_pictures_or_listed(tmp_path: Path) -> None:
    drawn = lora_sets.subject_set(3, 32)
    picture_folder.write(tmp_path, drawn)
    assert [example.caption for example in picture_folder.read(tmp_path, 32)] == [e.caption for e in drawn]
    assert picture_folder.read(tmp_path, 32)[0].picture.tobytes() == drawn[0].picture.tobytes()
    drawn[0].picture.resize((50, 40)).save(tmp_path / "extra.jpg")
    with pytest.raises(picture_folder.NoCaption, match=r"extra\.jpg"):
        picture_folder.read(tmp_path, 32)
    row = json.dumps({"file_name": "extra.jpg", "text": "a sks star, seen again"})
    (tmp_path / "metadata.jsonl").write_text(row + "\n")
    last = picture_folder.read(tmp_path, 32)[-1]
    assert (last.caption, last.picture.size) == ("a sks star, seen again", (32, 32))
    with pytest.raises(FileNotFoundError):
        picture_folder.read(tmp_path / "..", 32)


def test_the_sets_are_seeded_and_say_what_they_show() -> None:
    for make in (lora_sets.subject_set, lambda count, side: lora_sets.style_set("sketch", count, side)):
        one, other = make(6, 64), make(6, 64)
        assert [e.picture.tobytes() for e in one] == [e.picture.tobytes() for e in other]
        assert len({e.picture.tobytes() for e in one}) == 6
    assert all(e.caption.endswith(", sketch style") for e in lora_sets.style_set("sketch", 5, 32))
    assert all("crayon" in e.caption for e in lora_sets.style_set("crayon", 5, 32))
    assert all("sks star" in e.caption for e in lora_sets.subject_set(8, 32))
    assert all(" star on " in text for text in lora_sets.class_captions(5))
