"""Loading reads JSON only, names what is wrong, and opens safetensors only."""

from __future__ import annotations

import json
import shutil
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from engine.digest import encode
from engine.errors import NodeError
from nodes.loaders import NamedFile, load_control, load_model, load_unet, load_vae
from tests.tiny import Resident, context


@pytest.fixture
def copy(tiny_models: Path, tmp_path: Path) -> Path:
    shutil.copytree(tiny_models / "sd", tmp_path / "sd")
    return tmp_path


def edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_folder_says_what_its_networks_take(tiny_models: Path):
    ctx = context(tiny_models, Resident())
    sd, xl, refiner = (load_model(model=name, ctx=ctx) for name in ("sd", "sdxl", "refiner"))
    assert (sd.unet.in_channels, sd.unet.context, sd.unet.added, sd.unet.prediction) == (4, 32, 0, "epsilon")
    assert (xl.unet.context, xl.unet.added, xl.unet.time_width) == (64, 80, 8)
    assert (refiner.unet.context, refiner.unet.added) == (32, 72)
    assert (sd.vae.latent_channels, sd.vae.downscale, sd.vae.scaling) == (4, 8, 0.18215)
    assert [part.kind for part in xl.text_encoder.parts] == ["clip", "clip_projected"]
    assert (xl.text_encoder.layout, xl.text_encoder.zero_empty) == ("sdxl", True)
    assert [part.kind for part in refiner.text_encoder.parts] == ["clip_projected"]
    assert load_model(model="inpaint", ctx=ctx).unet.in_channels == 9
    assert load_control(control="control", ctx=ctx).downscale == 8
    assert load_vae(vae="sd", ctx=ctx) == load_vae(vae="sd/vae", ctx=ctx) == sd.vae
    assert load_unet(unet="sd", ctx=ctx) == load_unet(unet="sd/unet", ctx=ctx) == sd.unet


def test_loading_a_model_reads_no_weights(copy: Path):
    for weights in copy.rglob("*.safetensors"):
        weights.write_bytes(b"not read")
    assert load_model(model="sd", ctx=context(copy, Resident())).unet.in_channels == 4


def test_a_renamed_folder_is_the_same_model(tiny_models: Path, tmp_path: Path):
    model = load_model(model="sd", ctx=context(tiny_models, Resident()))
    moved = replace(model.unet, path=str(tmp_path))
    assert moved == model.unet
    assert encode(moved) == encode(model.unet)


def test_the_scheduler_is_written_as_the_models_own_pipeline_corrects_it(copy: Path):
    edit(copy / "sd" / "scheduler" / "scheduler_config.json", steps_offset=0, clip_sample=True)
    config = json.loads(load_model(model="sd", ctx=context(copy, Resident())).scheduler.config)
    assert (config["steps_offset"], config["clip_sample"]) == (1, False)


def test_a_v_prediction_model_says_so(copy: Path):
    edit(copy / "sd" / "scheduler" / "scheduler_config.json", prediction_type="v_prediction")
    assert load_model(model="sd", ctx=context(copy, Resident())).unet.prediction == "v_prediction"


def test_pickled_weights_are_refused(copy: Path):
    weights = copy / "sd" / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    with pytest.raises(NodeError, match="pickled weights, which are never read") as error:
        load_model(model="sd", ctx=context(copy, Resident()))
    assert error.value.input == "model"


def test_a_half_precision_variant_is_found(copy: Path):
    weights = copy / "sd" / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_name("diffusion_pytorch_model.fp16.safetensors"))
    ctx = context(copy, Resident())
    model = load_model(model="sd", ctx=ctx)
    assert model.unet.variant == "fp16"
    assert ctx.load(model.unet) is not None


@pytest.mark.parametrize("break_it", ["model_index.json", "unet/config.json", "scheduler/scheduler_config.json"])
def test_a_broken_folder_is_named(copy: Path, break_it: str):
    (copy / "sd" / break_it).write_text("{")
    with pytest.raises(NodeError, match=r"cannot be read"):
        load_model(model="sd", ctx=context(copy, Resident()))
    (copy / "sd" / break_it).unlink()
    with pytest.raises(NodeError, match=r"it has no "):
        load_model(model="sd", ctx=context(copy, Resident()))


def test_a_model_without_a_unet_is_refused(copy: Path):
    index = copy / "sd" / "model_index.json"
    index.write_text('{"_class_name": "FluxPipeline"}')
    with pytest.raises(NodeError, match="FluxPipeline, which has no UNet"):
        load_model(model="sd", ctx=context(copy, Resident()))


def test_a_missing_model_is_named_with_what_is_near(tiny_models: Path):
    with pytest.raises(NodeError, match="did you mean 'refiner'"):
        load_model(model="refine", ctx=context(tiny_models, Resident()))


def test_a_named_file_is_found_by_its_digest_under_another_name(tiny_models: Path):
    ctx = context(tiny_models, Resident())
    wanted = NamedFile(file="old_name", digest=ctx.files.digest(tiny_models / "sd"))
    assert load_model(model=wanted, ctx=ctx) == load_model(model="sd", ctx=ctx)
    with pytest.raises(NodeError, match="no model has the digest sha256:0"):
        load_model(model=NamedFile(file="sd", digest="sha256:0"), ctx=ctx)


def test_opening_reaches_no_network_and_leaves_no_dropout(tiny_models: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    ctx = context(tiny_models, Resident())
    model = load_model(model="sdxl", ctx=ctx)
    for ref in (model.unet, model.vae, *model.text_encoder.parts):
        assert not any(module.training for module in ctx.load(ref).modules())
    assert next(ctx.load(model.unet).parameters()).dtype.is_floating_point


def test_a_vae_that_overflows_in_half_precision_is_opened_in_full(tiny_models: Path):
    import torch

    ctx = context(tiny_models, Resident(), "float16")
    model = load_model(model="sd", ctx=ctx)
    assert model.vae.force_upcast
    assert ctx.load(model.vae).dtype == torch.float32
    assert ctx.load(model.unet).dtype == torch.float16
