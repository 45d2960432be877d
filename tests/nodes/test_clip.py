"""A CLIP pair as nodes: loaded from a folder, pictures and texts as transformers' own classes see them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image as PilImage
from safetensors.torch import load_file, save_file
from transformers import CLIPImageProcessorPil, CLIPModel

from engine.context import Context
from engine.digest import encode
from engine.errors import LoomError, NodeError
from nodes.clip.features import batch_features, image_features, stack_features, text_features
from nodes.clip.load import load_clip
from nodes.clip.pixels import Preparation, centre, preparation
from nodes.metrics.values import Features
from nodes.types import Image
from tests import clip
from tests.tiny import Folder, Resident, tokenizer

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("models")
    clip.save(root / "pair")
    clip.save(root / "other", seed=1)
    clip.save(root / "whole" / "clip", beside=True)
    return root


@pytest.fixture(scope="module")
def ctx(models: Path) -> Context:
    return Context(files=Folder(models), weights=Resident())


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A pair to break."""
    return clip.save(tmp_path / "pair")


def pictures(count: int = 3, height: int = clip.SIDE, width: int = clip.SIDE, seed: int = 0) -> Image:
    """Pictures whose values are exact in 8 bits."""
    generator = torch.Generator().manual_seed(seed)
    return Image(torch.randint(0, 256, (count, 3, height, width), generator=generator) / 255)


def smooth(height: int, width: int) -> Image:
    """A picture as pictures are: neighbours are alike."""
    rows, columns = torch.linspace(0, 6, height)[:, None], torch.linspace(0, 9, width)[None]
    waves = [(rows * k + columns).sin() * 0.4 + 0.5 for k in (1, 2, 3)]
    return Image(((torch.stack(waves) * 255).round() / 255)[None])


def processed(image: Image, config: dict[str, Any]) -> torch.Tensor:
    """As transformers prepares 8-bit pictures."""
    shown = [PilImage.fromarray((one.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)) for one in image.data]
    found: torch.Tensor = CLIPImageProcessorPil(**config)(shown, return_tensors="pt").pixel_values
    return found


# loading


def test_a_folder_says_what_its_pair_takes(ctx: Context):
    found = load_clip(clip="pair", ctx=ctx)
    assert (found.width, found.side, found.length) == (clip.WIDTH, clip.SIDE, 77)
    assert found.preparation == Preparation(shortest=clip.SIDE, crop=(clip.SIDE, clip.SIDE))
    assert encode(found) == encode(load_clip(clip="pair", ctx=ctx))


def test_a_model_may_hold_its_pair_and_the_tokenizer_beside_it(ctx: Context, models: Path):
    found = load_clip(clip="whole", ctx=ctx)
    assert found == load_clip(clip="whole/clip", ctx=ctx)
    assert found.tokenizer_path == str(models / "whole" / "tokenizer")
    texts = ["cat", "a dog"]
    alone = text_features(load_clip(clip="pair", ctx=ctx), texts=texts, ctx=ctx)
    assert torch.equal(text_features(found, texts=texts, ctx=ctx).data, alone.data)


@pytest.mark.parametrize(
    ("remove", "said"),
    [
        ("config.json", "has no config.json"),
        ("tokenizer.json", "has no tokenizer"),
        ("model.safetensors", "has no model.safetensors"),
    ],
)
def test_what_a_folder_lacks_is_named(copy: Path, remove: str, said: str):
    for name in ("vocab.json", remove) if "tokenizer" in remove else (remove,):
        (copy / name).unlink(missing_ok=True)
    with pytest.raises(NodeError, match=said) as caught:
        load_clip(clip="pair", ctx=Context(files=Folder(copy.parent)))
    assert caught.value.input == "clip"


def test_pickled_weights_are_refused(copy: Path):
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(NodeError, match="pickled weights, which are never read"):
        load_clip(clip="pair", ctx=Context(files=Folder(copy.parent)))


@pytest.mark.parametrize("parts", [{}, {"text_config": None, "vision_config": []}])
def test_another_kind_of_model_is_refused(copy: Path, parts: dict[str, Any]):
    config = {"architectures": ["CLIPTextModel"], "model_type": "clip_text_model"} | parts
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(NodeError, match="holds a CLIPTextModel, expected a CLIPModel"):
        load_clip(clip="pair", ctx=Context(files=Folder(copy.parent)))


def test_missing_weights_are_not_made_up(copy: Path):
    weights = load_file(copy / "model.safetensors")
    save_file({k: v for k, v in weights.items() if "visual_projection" not in k}, copy / "model.safetensors")
    ctx = Context(files=Folder(copy.parent), weights=Resident())
    with pytest.raises(LoomError, match=r"lacks weights of its pair: visual_projection\.weight"):
        ctx.load(load_clip(clip="pair", ctx=ctx))


# how pictures are prepared


CONFIGS: dict[str, dict[str, Any]] = {
    "openai": clip.PREPARED,
    "square": {
        "size": {"height": 32, "width": 32},
        "do_center_crop": False,
        "resample": 3,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    },
    "crop alone": {"do_resize": False, "crop_size": {"height": 32, "width": 32}, "do_normalize": False},
    "bilinear": clip.PREPARED | {"resample": 2},
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_picture_that_fits_is_prepared_as_transformers_does(name: str):
    image = pictures()
    made = preparation(CONFIGS[name], clip.SIDE)(image.data)
    assert torch.equal(made, processed(image, CONFIGS[name]))


@pytest.mark.parametrize("name", ["openai", "square", "bilinear"])
@pytest.mark.parametrize("size", [(48, 80), (81, 50), (20, 27), (33, 32), (200, 200)])
def test_so_is_one_of_another_size(name: str, size: tuple[int, int]):
    hard = Image((pictures(1, *size).data > 0.5).float())  # bicubic overshoots at every edge
    for image in (smooth(*size), pictures(2, *size), hard):
        made = preparation(CONFIGS[name], clip.SIDE)(image.data)
        assert torch.equal(made, processed(image, CONFIGS[name]))


def test_a_picture_is_seen_as_it_would_be_saved():
    image = Image(torch.rand(2, 3, 40, 50, generator=torch.Generator().manual_seed(1)))
    saved = Image((image.data * 255).round() / 255)
    prepare = preparation(clip.PREPARED, clip.SIDE)
    assert torch.equal(prepare(image.data), prepare(saved.data))
    with pytest.raises(NodeError, match="not finite"):
        prepare(torch.full((1, 3, 32, 32), float("nan")))


@pytest.mark.parametrize("size", [(20, 27), (40, 21), (33, 50), (32, 32)])
def test_the_centre_is_cut_and_filled_as_in_transformers(size: tuple[int, int]):
    image = pictures(1, *size)
    assert (centre(image.data, 32, 32) - processed(image, CONFIGS["crop alone"])).abs().max() <= 1e-6


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"resample": 5}, "one of Pillow's filters as resample, got 5"),
        ({"resample": [3]}, r"filters as resample, got \[3\]"),
        ({"size": {"width": 3}}, "expected a number of pixels, or height and width as size"),
        ({"size": "large"}, "as size, got 'large'"),
        ({"crop_size": None}, "as crop_size, got None"),
        ({"crop_size": {"height": 32, "width": -32}}, "as crop_size"),
        ({"rescale_factor": "1/255"}, "a positive number as rescale_factor"),
        ({"image_mean": [0.5]}, "three numbers as image_mean"),
        ({"image_std": [1, 0, 1]}, "other than 0 as image_std"),
        ({"crop_size": 64}, r"prepared as \(64, 64\), the tower takes 32 × 32"),
    ],
)
def test_a_preparation_that_does_not_fit_is_refused(change: dict[str, Any], said: str):
    with pytest.raises(NodeError, match=said):
        preparation(clip.PREPARED | change, clip.SIDE)


def test_without_a_file_pictures_are_prepared_as_openai_does(copy: Path):
    (copy / "preprocessor_config.json").unlink()
    found = load_clip(clip="pair", ctx=Context(files=Folder(copy.parent)))
    assert found.preparation == Preparation(shortest=32, crop=(32, 32))


# features


def test_features_are_those_of_transformers(ctx: Context, models: Path):
    found = load_clip(clip="pair", ctx=ctx)
    image, texts = pictures(5), ["cat", "a dog on a mat", ""]
    model = CLIPModel.from_pretrained(models / "pair").eval()
    with torch.no_grad():
        seen = model.get_image_features(pixel_values=processed(image, clip.PREPARED))
        ids = tokenizer()(texts, padding=True, return_tensors="pt")
        read = model.get_text_features(**ids)
    assert (image_features(found, image, ctx=ctx).data - seen.pooler_output).abs().max() <= 1e-6
    assert (text_features(found, texts=texts, ctx=ctx).data - read.pooler_output).abs().max() <= 1e-6
    assert image_features(found, image, layer="pooled", ctx=ctx).data.shape == (5, 24)


def test_pictures_of_many_sizes_are_one_set(ctx: Context):
    found = load_clip(clip="pair", ctx=ctx)
    several = [pictures(2), smooth(40, 64), pictures(1, seed=3)]
    together = image_features(found, several, batch=3, ctx=ctx)
    apart = stack_features([image_features(found, one, ctx=ctx) for one in several])
    assert together.data.shape == (4, clip.WIDTH)
    assert (together.data - apart.data).abs().max() <= 1e-6
    assert torch.equal(batch_features((apart, apart)).data, torch.cat([apart.data, apart.data]))


def test_a_text_past_the_last_token_is_cut_with_a_warning(models: Path):
    said: list[str] = []
    ctx = Context(files=Folder(models), weights=Resident(), on_warning=lambda _, text: said.append(text))
    found = load_clip(clip="pair", ctx=ctx)
    assert text_features(found, texts="dog " * 100, ctx=ctx).data.shape == (1, clip.WIDTH)
    assert said == ["the pair reads 75 tokens, this text has 100: " + "dog " * 15 + " …"]


def test_nothing_has_no_features(ctx: Context):
    found = load_clip(clip="pair", ctx=ctx)
    with pytest.raises(NodeError, match="at least one picture"):
        image_features(found, [], ctx=ctx)
    with pytest.raises(NodeError, match="at least one text"):
        text_features(found, texts=[], ctx=ctx)
    with pytest.raises(NodeError, match="expected features, got none"):
        stack_features([])


def test_features_of_two_pairs_are_no_set(ctx: Context):
    first, second = (image_features(load_clip(clip=name, ctx=ctx), pictures(), ctx=ctx) for name in ("pair", "other"))
    with pytest.raises(NodeError, match="different networks"):
        stack_features([first, second])
    with pytest.raises(NodeError, match="width 16 and 4"):
        stack_features([first, Features(torch.ones(2, 4))])
