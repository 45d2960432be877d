"""LoRA on handles: the weights are those of diffusers and peft, whatever form the file has; the base keeps its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch

from engine.context import Context
from engine.digest import encode
from engine.errors import NodeError
from nodes.handles import Model
from nodes.loaders import load_model
from nodes.lora.apply import Patched, apply_lora
from tests import loras
from tests.original_layout import Checkpoint
from tests.tiny import Resident, context

pytestmark = pytest.mark.usefixtures("one_thread")

NEAR = 1e-6


@pytest.fixture
def root(tiny_models: Path, tmp_path: Path) -> Path:
    """A folder for LoRAs, with the models beside them."""
    for name in ("sd", "sdxl", "refiner"):
        (tmp_path / name).symlink_to(tiny_models / name)
    return tmp_path


@pytest.fixture
def ctx(root: Path) -> Context:
    return context(root, Resident())


def components(root: Path, model: str = "sd") -> Any:
    """A pipeline of its own, as diffusers opens it."""
    return diffusers.DiffusionPipeline.from_pretrained(root / model, use_safetensors=True, local_files_only=True)


def parts(pipeline: Any) -> dict[str, Any]:
    """The networks that a LoRA may change."""
    names = ("unet", "text_encoder", "text_encoder_2")
    return {name: found for name in names if (found := getattr(pipeline, name, None)) is not None}


def patched(ctx: Context, model: Model, lora: str = "lora.safetensors", **strengths: float) -> Patched:
    return apply_lora(model.unet, model.text_encoder, lora=lora, ctx=ctx, **strengths)


def weights(ctx: Context, made: Patched | Model) -> list[dict[str, torch.Tensor]]:
    """The opened weights of UNet and text encoders."""
    opened = [ctx.load(made.unet), *(ctx.load(part).encoder for part in made.text_encoder.parts)]
    return [dict(module.named_parameters()) for module in opened]


def apart(made: list[dict[str, torch.Tensor]], wanted: list[Any]) -> float:
    """The largest difference between weights, and those of pipelines' networks."""
    return max(
        float((weight.detach() - other[name].detach()).abs().max())
        for ours, other in zip(made, (dict(w.named_parameters()) for w in wanted), strict=True)
        for name, weight in ours.items()
    )


def by_hand(pipeline: Any, found: list[loras.Change], strength: float) -> None:
    """W + strength · B A, in the pipeline's networks."""
    for change in found:
        module = parts(pipeline)[change.part]
        name = change.module if change.part == "unet" or hasattr(module, "text_model") else change.module[11:]
        weight = module.get_submodule(name).weight
        weight.data += strength * (change.up.flatten(1) @ change.down.flatten(1)).reshape(weight.shape)


FORMS: dict[str, tuple[Callable[[list[loras.Change]], loras.Tensors], tuple[str, ...]]] = {
    "peft": (loras.peft, loras.UNET + loras.TEXT + loras.MLP),
    "peft, convolutions": (loras.peft, loras.UNET + loras.CONVOLUTIONS + loras.TEXT),
    "lora linear layers": (loras.linear_layer, loras.UNET + loras.TEXT + loras.MLP),
    "attention processors": (loras.processors, loras.UNET[:4] + loras.TEXT),
    "kohya": (loras.kohya, loras.UNET + loras.TEXT + loras.MLP),
    "kohya, convolutions": (loras.kohya, loras.UNET + loras.CONVOLUTIONS + loras.TEXT),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_file_makes_the_weights_of_the_formula(root: Path, ctx: Context, form: str):
    write, endings = FORMS[form]
    pipeline = components(root)
    found = loras.changes(parts(pipeline), endings)
    loras.save(root / "lora.safetensors", write(found))
    made = patched(ctx, load_model(model="sd", ctx=ctx), strength=0.7, text_strength=0.7)
    by_hand(pipeline, found, 0.7)
    assert apart(weights(ctx, made), [pipeline.unet, pipeline.text_encoder]) <= NEAR


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_file_makes_the_weights_of_diffusers(root: Path, ctx: Context, form: str):
    write, endings = FORMS[form]
    pipeline = components(root)
    loras.save(root / "lora.safetensors", write(loras.changes(parts(pipeline), endings)))
    made = patched(ctx, load_model(model="sd", ctx=ctx), strength=0.7, text_strength=0.7)
    fuse(pipeline, root / "lora.safetensors", 0.7)
    assert apart(weights(ctx, made), [pipeline.unet, pipeline.text_encoder]) <= NEAR


def fuse(pipeline: Any, file: Path, strength: float) -> None:
    """diffusers' own way to merge a LoRA."""
    pipeline.load_lora_weights(file.parent, weight_name=file.name, adapter_name="it", local_files_only=True)
    pipeline.fuse_lora(lora_scale=strength, components=list(parts(pipeline)))
    pipeline.unload_lora_weights()


def test_alpha_is_the_files_tensor_or_its_metadata(root: Path, ctx: Context):
    pipeline = components(root)
    found = loras.changes(parts(pipeline), loras.UNET + loras.TEXT)
    loras.save(root / "tensor.safetensors", loras.kohya(found, alpha=6.0))
    stated = {f"{part}.{name}": value for part in parts(pipeline) for name, value in (("lora_alpha", 6), ("r", 3))}
    targets = {f"{part}.target_modules": list(loras.UNET + loras.TEXT) for part in parts(pipeline)}
    loras.save(root / "stated.safetensors", loras.peft(found), **stated, **targets)
    model = load_model(model="sd", ctx=ctx)
    by_hand(pipeline, found, 2.0)
    for file in ("tensor.safetensors", "stated.safetensors"):
        assert apart(weights(ctx, patched(ctx, model, file)), [pipeline.unet, pipeline.text_encoder]) <= NEAR
        theirs = components(root)
        fuse(theirs, root / file, 1.0)
        assert apart(weights(ctx, patched(ctx, model, file)), [theirs.unet, theirs.text_encoder]) <= NEAR


def test_a_pattern_of_alphas_and_rank_stabilised_factors_are_read(root: Path, ctx: Context):
    pipeline = components(root)
    found = loras.changes({"unet": pipeline.unet}, ("to_q", "to_v"), rank=4)
    stated = {"unet.lora_alpha": 4, "unet.alpha_pattern": {"to_q": 8}, "unet.use_rslora": True}
    loras.save(root / "lora.safetensors", loras.peft(found), **stated)
    made = patched(ctx, load_model(model="sd", ctx=ctx))
    by_hand(pipeline, [c for c in found if c.module.endswith("to_q")], 8 / 2)
    by_hand(pipeline, [c for c in found if c.module.endswith("to_v")], 4 / 2)
    assert apart(weights(ctx, made), [pipeline.unet, pipeline.text_encoder]) <= NEAR


@pytest.mark.parametrize("form", ["peft", "kohya"])
def test_sdxl_has_two_text_encoders(root: Path, ctx: Context, form: str):
    pipeline = components(root, "sdxl")
    found = loras.changes(parts(pipeline), loras.UNET + loras.TEXT + loras.MLP)
    prefixes = {"unet": "lora_unet", "text_encoder": "lora_te1", "text_encoder_2": "lora_te2"}
    written = loras.peft(found) if form == "peft" else loras.kohya(found, prefixes=prefixes)
    loras.save(root / "lora.safetensors", written)
    made = patched(ctx, load_model(model="sdxl", ctx=ctx), strength=0.5, text_strength=0.5)
    by_hand(pipeline, found, 0.5)
    networks = [pipeline.unet, pipeline.text_encoder, pipeline.text_encoder_2]
    assert apart(weights(ctx, made), networks) <= NEAR
    theirs = components(root, "sdxl")
    fuse(theirs, root / "lora.safetensors", 0.5)
    assert apart(weights(ctx, made), [theirs.unet, theirs.text_encoder, theirs.text_encoder_2]) <= NEAR


def test_the_refiners_one_encoder_is_the_second(root: Path, ctx: Context):
    pipeline = components(root, "refiner")
    found = loras.changes({"text_encoder_2": pipeline.text_encoder_2}, loras.TEXT)
    loras.save(root / "lora.safetensors", loras.peft(found))
    made = patched(ctx, load_model(model="refiner", ctx=ctx))
    by_hand(pipeline, found, 1.0)
    assert made.unet.loras == ()
    assert apart(weights(ctx, made), [pipeline.unet, pipeline.text_encoder_2]) <= NEAR


def test_a_checkpoint_file_takes_them_by_the_authors_names_too(tmp_path: Path):
    """kohya-ss names the modules of SDXL's UNet as its authors do."""
    Checkpoint("sd15", seed=3).write(tmp_path / "sd15.safetensors")
    ctx = context(tmp_path, Resident())
    model = load_model(model="sd15.safetensors", ctx=ctx)
    query = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"
    value = "encoder.layers.1.self_attn.v_proj"
    wide, width = model.unet.net().shapes[f"{query}.weight"][0], model.text_encoder.parts[0].width
    names = {
        "lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q": (torch.randn(2, wide), torch.randn(wide, 2)),
        f"lora_te_text_model_{value.replace('.', '_')}": (torch.randn(2, width), torch.randn(width, 2)),
    }
    written = {
        f"{n}.lora_{x}.weight": t for n, pair in names.items() for x, t in zip(("down", "up"), pair, strict=True)
    }
    loras.save(tmp_path / "lora.safetensors", written)
    after, before = weights(ctx, patched(ctx, model)), weights(ctx, model)
    for i, (module, (down, up)) in enumerate(zip((query, value), names.values(), strict=True)):
        change = after[i][f"{module}.weight"].detach() - before[i][f"{module}.weight"].detach()
        assert torch.allclose(change, up @ down, atol=1e-5)


def test_loras_in_a_row_add_up(root: Path, ctx: Context):
    pipeline = components(root)
    model = made = load_model(model="sd", ctx=ctx)
    for i, strength in enumerate((0.5, -0.25)):
        found = loras.changes(parts(pipeline), loras.UNET + loras.TEXT, seed=i)
        loras.save(root / f"{i}.safetensors", loras.peft(found))
        made = patched(ctx, made, f"{i}.safetensors", strength=strength, text_strength=strength)
        by_hand(pipeline, found, strength)
    assert [lora.strength for lora in made.unet.loras] == [0.5, -0.25]
    assert apart(weights(ctx, made), [pipeline.unet, pipeline.text_encoder]) <= NEAR
    assert model.unet.loras == ()


def test_the_base_keeps_its_weights(root: Path, ctx: Context):
    model = load_model(model="sd", ctx=ctx)
    before = [{name: weight.detach().clone() for name, weight in found.items()} for found in weights(ctx, model)]
    bytes_before = (root / "sd" / "unet" / "diffusion_pytorch_model.safetensors").read_bytes()
    loras.save(root / "lora.safetensors", loras.peft(loras.changes(parts(components(root)), loras.UNET + loras.TEXT)))
    after = weights(ctx, patched(ctx, model))
    assert not all(torch.equal(after[0][name], before[0][name]) for name in before[0])
    fresh = [weights(context(root, Resident()), model), weights(ctx, model)]
    for ours in fresh:
        assert all(torch.equal(ours[i][name], before[i][name]) for i in range(2) for name in before[i])
    assert (root / "sd" / "unet" / "diffusion_pytorch_model.safetensors").read_bytes() == bytes_before


def test_a_strength_of_zero_is_the_base_itself(root: Path, ctx: Context):
    model = load_model(model="sd", ctx=ctx)
    loras.save(root / "lora.safetensors", loras.peft(loras.changes(parts(components(root)), loras.UNET + loras.TEXT)))
    made = patched(ctx, model, strength=0.0, text_strength=0.0)
    assert made == (model.unet, model.text_encoder)
    assert encode(made.unet) == encode(model.unet)


def test_a_lora_of_the_unet_leaves_the_text_encoder_alone(root: Path, ctx: Context):
    model = load_model(model="sd", ctx=ctx)
    loras.save(root / "lora.safetensors", loras.peft(loras.changes({"unet": components(root).unet}, loras.UNET)))
    assert patched(ctx, model).text_encoder == model.text_encoder


def test_a_b_of_zeros_changes_no_bit(root: Path, ctx: Context):
    model = load_model(model="sd", ctx=ctx)
    written = loras.peft(loras.changes(parts(components(root)), loras.UNET + loras.CONVOLUTIONS + loras.TEXT))
    written |= {name: torch.zeros_like(tensor) for name, tensor in written.items() if ".lora_B." in name}
    loras.save(root / "lora.safetensors", written)
    after, before = weights(ctx, patched(ctx, model)), weights(ctx, model)
    assert all(torch.equal(after[i][name], before[i][name]) for i in range(2) for name in before[i])


def test_half_precision_rounds_once(root: Path):
    half = context(root, Resident(), "bfloat16")
    pipeline = components(root)
    found = loras.changes({"unet": pipeline.unet}, ("to_q",))
    loras.save(root / "lora.safetensors", {n: t.to(torch.bfloat16) for n, t in loras.peft(found).items()})
    made = weights(half, patched(half, load_model(model="sd", ctx=half)))
    change = found[0]
    base = pipeline.unet.get_submodule(change.module).weight.detach().to(torch.bfloat16)
    product = change.up.to(torch.bfloat16).float() @ change.down.to(torch.bfloat16).float()
    assert torch.equal(made[0][f"{change.module}.weight"].detach(), base + product.to(torch.bfloat16))


def test_digest_strength_and_order_are_the_identity_and_the_path_is_not(root: Path, ctx: Context):
    model = load_model(model="sd", ctx=ctx)
    loras.save(root / "lora.safetensors", loras.peft(loras.changes(parts(components(root)), loras.UNET)))
    made = patched(ctx, model)
    elsewhere = made.unet.loras[0].__class__(made.unet.loras[0].digest, "unet", 1.0, "/elsewhere")
    assert elsewhere == made.unet.loras[0]
    other = patched(ctx, model, strength=0.9)
    shutil.copy(root / "lora.safetensors", root / "other.safetensors")
    assert (
        len(
            {encode(unet) for unet in (model.unet, made.unet, other.unet, patched(ctx, made, "other.safetensors").unet)}
        )
        == 4
    )


REFUSED: dict[str, tuple[Callable[[loras.Tensors], object], dict[str, Any], str]] = {
    "a module that is not there": (
        lambda t: t.update(
            {"unet.nothing.lora_A.weight": torch.ones(1, 2), "unet.nothing.lora_B.weight": torch.ones(2, 1)}
        ),
        {},
        "2 of its .* tensors belong to nothing in this model, such as unet.nothing.lora_A.weight",
    ),
    "another kind of change": (
        lambda t: t.update({"unet.conv_in.hada_w1_a": torch.ones(2, 2)}),
        {},
        "conv_in.hada_w1_a",
    ),
    "half a pair": (lambda t: t.pop(next(n for n in t if ".lora_B." in n)), {}, "stands alone"),
    "another width": (
        lambda t: t.update({n: v[:, :-1] for n, v in t.items() if "to_k.lora_A" in n}),
        {},
        "expected a change of",
    ),
    "another rank": (
        lambda t: t.update({n: v[:-1] for n, v in t.items() if "to_k.lora_A" in n}),
        {},
        "expected a change of",
    ),
    "whole numbers": (lambda t: t.update({n: v.int() for n, v in t.items()}), {}, "expected floating point"),
    "nothing at all": (lambda t: t.clear(), {}, "0 of its 0 tensors"),
    "a DoRA": (lambda t: None, {"unet.use_dora": True}, "use_dora, which is not supported"),
    "words for an alpha": (lambda t: None, {"unet.lora_alpha": "much"}, "expected a number as alpha"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_fit_is_refused_in_the_plan(root: Path, ctx: Context, what: str):
    spoil, stated, message = REFUSED[what]
    written = loras.peft(loras.changes({"unet": components(root).unet}, loras.UNET))
    spoil(written)
    loras.save(root / "lora.safetensors", written, **stated)
    with pytest.raises(NodeError, match=message) as error:
        patched(ctx, load_model(model="sd", ctx=ctx))
    assert error.value.input == "lora"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("lora.bin", b"PK\x03\x04", "pickled"),
        ("lora.safetensors", b"\x80\x02}q\x00.", "pickled"),
        ("lora.safetensors", b"nothing of the kind", "no safetensors file"),
    ],
)
def test_pickled_and_broken_files_are_refused(root: Path, ctx: Context, name: str, data: bytes, message: str):
    (root / name).write_bytes(data)
    with pytest.raises(NodeError, match=message) as error:
        patched(ctx, load_model(model="sd", ctx=ctx), name)
    assert error.value.input == "lora"


def test_a_lora_of_another_family_says_so(root: Path, ctx: Context):
    loras.save(
        root / "lora.safetensors", loras.peft(loras.changes(parts(components(root, "sdxl")), loras.UNET + loras.TEXT))
    )
    with pytest.raises(NodeError, match="does not fit"):
        patched(ctx, load_model(model="sd", ctx=ctx))
    with pytest.raises(NodeError, match="is a folder"):
        patched(ctx, load_model(model="sd", ctx=ctx), "sdxl")
