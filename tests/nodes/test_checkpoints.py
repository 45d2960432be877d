"""A single-file checkpoint opens to the same handles as a folder, without the network."""

import dataclasses
import hashlib
import json
import pickle
import socket
import struct
import subprocess
import sys

import pytest
import torch
import transformers
from diffusers.loaders import single_file_utils as reference
from safetensors.torch import save_file

from engine.digest import digest_of
from engine.errors import NodeError
from nodes.checkpoints import describe, families, vocabulary
from nodes.checkpoints.header import read_header
from nodes.checkpoints.layout import clip_table, open_clip_table, unet_table, vae_table
from nodes.handles import Model
from nodes.loaders import load_model
from nodes.lora.names import original_aliases
from tests.folder import context
from tests.original_layout import FAMILIES, Checkpoint, Plan, hollow, module, shapes

DIGEST = "sha256:" + "0" * 64
NAMES = ("sd15", "sd21", "sdxl", "sdxl_refiner")
KEYS = {"sd15": 1130, "sd21": 1214, "sdxl": 2513, "sdxl_refiner": 1857}


@pytest.fixture(autouse=True, scope="module")
def threads():
    """These tests copy many small tensors: one thread is fastest."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    """No socket connects and no name resolves."""

    def refuse(*arguments, **options):
        raise AssertionError(f"the network was asked for {arguments}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module", params=NAMES)
def checkpoint(request, threads, tmp_path_factory):
    """A narrow checkpoint of each family, with its file. The XL ones are in half precision."""
    dtype = torch.float16 if "xl" in request.param else torch.float32
    made = Checkpoint(request.param, dtype=dtype)
    made.path = made.write(tmp_path_factory.mktemp(request.param) / "model.safetensors")
    return made


@pytest.fixture(scope="module")
def plain():
    """Shapes of a narrow SD 1 checkpoint by their original names."""
    return Plan("sd15").shapes()


@pytest.fixture(scope="module")
def xl():
    """Shapes of a narrow SDXL checkpoint by their original names."""
    return Plan("sdxl").shapes()


def opened(checkpoint, model: Model, dtype="float32"):
    """The modules of a model by the names of their folders."""
    parts = {"unet": model.unet.open("cpu", dtype), "vae": model.vae.open("cpu", dtype)}
    for text, part in zip(checkpoint.family.texts, model.text_encoder.parts, strict=True):
        parts[text.folder] = part.open("cpu", dtype).encoder
    return parts


def test_every_tensor_arrives(checkpoint):
    model = describe(checkpoint.path, DIGEST)
    assert len(checkpoint.original()) == KEYS[checkpoint.family.name]
    for part, found in opened(checkpoint, model).items():
        tensors = found.state_dict()
        assert tensors.keys() == checkpoint.tensors[part].keys()
        for name, tensor in checkpoint.tensors[part].items():
            assert torch.equal(tensors[name], tensor.float()), f"{part} {name}"
            assert tensors[name].is_contiguous()
        assert not found.training


def test_shapes_are_known_without_reading_weights(checkpoint):
    """What a LoRA is checked against, and the names that kohya-ss takes from the authors."""
    model = describe(checkpoint.path, DIGEST)
    refs = {"unet": model.unet} | dict(
        zip((t.folder for t in checkpoint.family.texts), model.text_encoder.parts, strict=True)
    )
    for name, ref in refs.items():
        assert ref.net().shapes == {key: tuple(tensor.shape) for key, tensor in checkpoint.tensors[name].items()}
    aliases = original_aliases(model.unet.net().config)
    assert aliases["lora_unet_input_blocks_4_1_proj_in"] == "down_blocks.1.attentions.0.proj_in"
    assert aliases["lora_unet_middle_block_1_proj_in"] == "mid_block.attentions.0.proj_in"
    matrices = {name.removesuffix(".weight") for name, t in checkpoint.tensors["unet"].items() if t.ndim == 2}
    assert set(aliases.values()) >= matrices


def test_diffusers_reads_the_same_from_the_file(checkpoint):
    """The reference is diffusers' own conversion."""
    original = checkpoint.original()
    configs, found = checkpoint.configs, {}
    found["unet"] = reference.convert_ldm_unet_checkpoint(dict(original), configs["unet"])
    found["vae"] = reference.convert_ldm_vae_checkpoint(dict(original), configs["vae"])
    for text in checkpoint.family.texts:
        empty = module(text.folder, configs[text.folder])
        if text.naming == "clip":
            converted = reference.convert_ldm_clip_checkpoint(dict(original))
        else:
            converted = reference.convert_open_clip_checkpoint(empty, dict(original), text.prefixes[0])
        bare = not hasattr(empty, "text_model")
        found[text.folder] = {k.removeprefix("text_model.") if bare else k: v for k, v in converted.items()}
    for part, tensors in found.items():
        assert tensors.keys() == checkpoint.tensors[part].keys()
        assert all(torch.equal(tensors[name], t) for name, t in checkpoint.tensors[part].items())


def test_the_handles_follow_the_file(checkpoint):
    unet, vae, text_encoder, scheduler = describe(checkpoint.path, DIGEST)
    config = checkpoint.configs["unet"]
    assert (unet.digest, unet.path, unet.in_channels, unet.out_channels) == (DIGEST, str(checkpoint.path), 4, 4)
    assert unet.context == config["cross_attention_dim"]
    assert unet.added == config.get("projection_class_embeddings_input_dim", 0)
    assert unet.time_width == config.get("addition_time_embed_dim", 0)
    assert unet.prediction == ("v_prediction" if checkpoint.family.name == "sd21" else "epsilon")
    assert (vae.latent_channels, vae.downscale, vae.shift) == (4, 8, None)
    xl = checkpoint.family.layout == "sdxl"
    assert (vae.scaling, vae.force_upcast) == ((0.13025, True) if xl else (0.18215, False))
    assert text_encoder.layout == checkpoint.family.layout
    assert text_encoder.zero_empty is (checkpoint.family.name == "sdxl")
    for text, part in zip(checkpoint.family.texts, text_encoder.parts, strict=True):
        config = checkpoint.configs[text.folder]
        assert (part.width, part.layers) == (config["hidden_size"], config["num_hidden_layers"])
        assert part.projection == (128 if xl and text.folder == "text_encoder_2" else 0)
        assert part.kind == ("clip_projected" if part.projection else "clip")
    settings = json.loads(scheduler.config)
    assert settings["prediction_type"] == unet.prediction
    assert (settings["beta_start"], settings["beta_end"], settings["steps_offset"]) == (0.00085, 0.012, 1)
    solvers = {"sd15": "PNDMScheduler", "sd21": "DDIMScheduler"}
    assert scheduler.solver == solvers.get(checkpoint.family.name, "EulerDiscreteScheduler")


def test_a_handle_is_named_by_the_bytes_and_not_by_the_place(checkpoint, tmp_path):
    other = tmp_path / "renamed.safetensors"
    other.symlink_to(checkpoint.path)
    here, there, changed = (describe(p, d) for p, d in ((checkpoint.path, DIGEST), (other, DIGEST), (other, "other")))
    assert digest_of(here) == digest_of(there) != digest_of(changed)
    parts = [here.unet, here.vae, *here.text_encoder.parts]
    assert len({digest_of(part) for part in parts}) == len(parts)


@pytest.mark.parametrize("checkpoint", ["sd15"], indirect=True)
def test_describing_a_file_imports_nothing_heavy(checkpoint):
    code = (
        "import sys; from pathlib import Path; from nodes.checkpoints import describe; "
        f"describe(Path({str(checkpoint.path)!r}), 'd'); "
        "print(sorted({'torch', 'diffusers', 'transformers', 'numpy', 'safetensors'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("checkpoint", ["sdxl"], indirect=True)
def test_weights_open_in_any_type(checkpoint, dtype):
    model = describe(checkpoint.path, DIGEST)
    kind = getattr(torch, dtype)
    assert {p.dtype for p in model.text_encoder.parts[-1].open("cpu", dtype).encoder.parameters()} == {kind}
    full = model.vae.force_upcast and dtype == "float16"
    assert {p.dtype for p in model.vae.open("cpu", dtype).parameters()} == {torch.float32 if full else kind}


@pytest.mark.parametrize("checkpoint", ["sd15", "sdxl_refiner"], indirect=True)
def test_the_text_encoder_computes_what_one_from_a_folder_does(checkpoint, tmp_path):
    """Attention implementation, position ids and end-of-text rule included: equal bits."""
    part = describe(checkpoint.path, DIGEST).text_encoder.parts[-1]
    text = part.open("cpu", "float32")
    folder = checkpoint.family.texts[-1].folder
    (tmp_path / "config.json").write_text(json.dumps(checkpoint.configs[folder]))
    tensors = {name: tensor.float() for name, tensor in checkpoint.tensors[folder].items()}
    save_file(tensors, tmp_path / "model.safetensors", {"format": "pt"})
    kind = getattr(transformers, checkpoint.configs[folder]["architectures"][0])
    expected = kind.from_pretrained(tmp_path, local_files_only=True)
    ids = torch.randint(0, 511, (2, 77), generator=torch.Generator().manual_seed(0))
    ids[0, 5:], ids[1, 60:] = 511, 511  # the end mark is the largest id
    with torch.no_grad():
        ours, theirs = (model(ids, output_hidden_states=True) for model in (text.encoder, expected))
    assert torch.equal(ours[0], theirs[0])
    assert all(torch.equal(a, b) for a, b in zip(ours.hidden_states, theirs.hidden_states, strict=True))


def test_a_file_replaced_later_does_not_reach_into_a_loaded_model(tmp_path):
    made = Checkpoint("sd15")
    path = made.write(tmp_path / "x.safetensors")
    vae = describe(path, DIGEST).vae.open("cpu", "float32")
    with path.open("r+b") as stream:
        stream.seek(200_000)
        stream.write(b"\xff" * (path.stat().st_size - 200_000))
    assert all(torch.equal(vae.state_dict()[name], tensor) for name, tensor in made.tensors["vae"].items())


def test_an_inpainting_unet_has_nine_input_channels(tmp_path):
    path = Checkpoint("sd15", in_channels=9).write(tmp_path / "x.safetensors")
    unet = describe(path, DIGEST).unet
    assert unet.in_channels == 9
    assert unet.open("cpu", "float32").conv_in.in_channels == 9


def test_names_of_early_files_are_known_too(tmp_path):
    made = Checkpoint("sd15")
    early = {name.replace(".transformer.text_model.", ".transformer."): t for name, t in made.original().items()}
    save_file(early, tmp_path / "x.safetensors")
    encoder = describe(tmp_path / "x.safetensors", DIGEST).text_encoder.parts[0].open("cpu", "float32").encoder
    assert all(torch.equal(encoder.state_dict()[name], t) for name, t in made.tensors["text_encoder"].items())


@pytest.mark.parametrize(
    ("metadata", "extra", "expected"),
    [
        ({}, (), ("epsilon", None)),
        ({"modelspec.prediction_type": "v"}, (), ("v_prediction", None)),
        ({"modelspec.prediction_type": "epsilon"}, ("v_pred",), ("v_prediction", None)),
        ({}, ("v_pred", "ztsnr"), ("v_prediction", True)),
    ],
)
def test_a_file_may_say_what_its_unet_predicts(tmp_path, xl, metadata, extra, expected):
    model = describe(hollow(tmp_path / "x.safetensors", xl | dict.fromkeys(extra, (0,)), metadata=metadata), DIGEST)
    settings = json.loads(model.scheduler.config)
    assert (model.unet.prediction, settings.get("rescale_betas_zero_snr")) == expected
    assert settings["prediction_type"] == expected[0]


def test_what_the_user_says_counts_more(tmp_path, plain):
    model = describe(hollow(tmp_path / "x.safetensors", plain), DIGEST, prediction="v_prediction")
    assert model.unet.prediction == "v_prediction"
    assert json.loads(model.scheduler.config)["prediction_type"] == "v_prediction"


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_the_real_size_gives_the_shipped_configurations(tmp_path, name):
    """Widths, heads and depths that are read from a header are those of the published model."""
    real = Plan(name)
    real.configs = {part: real.family.config(part) for part in real.configs}
    path = hollow(tmp_path / "x.safetensors", real.shapes())
    header = read_header(path)
    assert families.unet_config(real.family, header) == real.configs["unet"]
    assert families.vae_config(real.family, header) == real.configs["vae"]
    for text in real.family.texts:
        assert families.text_config(real.family, text, header) == real.configs[text.folder]
    assert describe(path, DIGEST).unet.family == name


# refusals


def refused(path, message):
    with pytest.raises(NodeError, match=message) as caught:
        describe(path, DIGEST)
    assert caught.value.input == "model"
    return str(caught.value)


@pytest.mark.parametrize("suffix", [".ckpt", ".pt", ".pth", ".bin", ".safetensors"])
def test_a_pickled_file_is_never_opened(tmp_path, suffix):
    """Also under a false name, and in both forms that torch writes."""
    trap = tmp_path / "executed"

    class Trap:
        def __reduce__(self):
            return (open, (str(trap), "w"))

    for i, data in enumerate((pickle.dumps(Trap()), b"PK\x03\x04" + b"\0" * 60)):
        path = tmp_path / f"{i}{suffix}"
        path.write_bytes(data)
        refused(path, "is a pickled checkpoint")
    assert not trap.exists()


@pytest.mark.parametrize(
    ("tensor", "seems"),
    [
        ("lora_unet_down_blocks_0.lora_down.weight", "a LoRA"),
        ("model.diffusion_model.double_blocks.0.img_attn.qkv.weight", "a Flux model"),
        ("model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight", "a Stable Diffusion 3 model"),
        ("control_model.input_blocks.0.0.weight", "a ControlNet"),
        ("model.diffusion_model.input_blocks.0.0.weight", "a UNet without a text encoder"),
        ("down_blocks.0.resnets.0.conv1.weight", "one part of a diffusers folder"),
        ("encoder.down.0.block.0.conv1.weight", "a VAE alone"),
        ("text_model.encoder.layers.0.mlp.fc1.weight", "a text encoder alone"),
        ("some.other.tensor", "it has 1 tensors, the first are some.other.tensor"),
    ],
)
def test_an_unknown_file_is_refused_and_told_what_was_looked_for(tmp_path, tensor, seems):
    message = refused(hollow(tmp_path / "x.safetensors", {tensor: (2, 2)}), "no checkpoint of a known family")
    assert seems in message
    for family in ("Stable Diffusion 1.x", "Stable Diffusion 2.x", "SDXL", "SDXL refiner", "cond_stage_model."):
        assert family in message


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("UNet", "model.diffusion_model.output_blocks.5.2.conv.bias"),
        ("VAE", "first_stage_model.decoder.mid.attn_1.q.weight"),
        ("text encoder", "cond_stage_model.transformer.text_model.encoder.layers.11.mlp.fc2.bias"),
    ],
)
def test_a_checkpoint_that_lacks_a_tensor_is_refused(tmp_path, plain, part, name):
    path = hollow(tmp_path / "x.safetensors", {k: v for k, v in plain.items() if k != name})
    refused(path, f"lacks 1 of the .* tensors of its {part}, the first is {name}")


def test_a_checkpoint_without_vae_is_refused(tmp_path, plain):
    path = hollow(tmp_path / "x.safetensors", {k: v for k, v in plain.items() if not k.startswith("first_stage")})
    refused(path, "lacks the tensor first_stage_model.encoder.down.0.block.0.conv1.weight")


def test_a_unet_with_further_tensors_is_refused(tmp_path, plain):
    extra = {"model.diffusion_model.input_blocks.1.2.motion.weight": (1,)}
    path = hollow(tmp_path / "x.safetensors", plain | extra)
    refused(path, r"has 1 tensors that the UNet of Stable Diffusion 1.x has not.*motion")


def test_weights_that_are_no_floats_are_refused(tmp_path, plain):
    path = hollow(tmp_path / "x.safetensors", plain, "I8")
    refused(path, "expected floating-point weights, got I8 in model.diffusion_model.input_blocks.0.0.bias")


def test_a_tensor_of_another_shape_is_refused(tmp_path, plain):
    wrong = {"first_stage_model.decoder.conv_in.weight": (96, 4, 1, 1)}
    vae = describe(hollow(tmp_path / "x.safetensors", plain | wrong), DIGEST).vae
    with pytest.raises(NodeError, match=r"size mismatch for decoder\.conv_in\.weight"):
        vae.open("cpu", "float32")
    path = hollow(tmp_path / "y.safetensors", plain | {"model.diffusion_model.out.2.weight": (4,)})
    refused(path, r"expected 4 dimensions of model.diffusion_model.out.2.weight, got \[4\]")


def framed(header: object, tensors: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + tensors


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no safetensors file"),
        (b"\0\0\0", "no safetensors file"),
        (b"not a model at all, but some text", "no safetensors file"),
        (b"GGUF\x03\0\0\0", "GGUF"),
        (struct.pack("<Q", 2**40) + b"{}", "no safetensors file"),
        (struct.pack("<Q", 500) + b'{"a":', "cut off: 495 bytes of its header are missing"),
        (framed(b"{broken}"), "broken safetensors header"),
        (framed([1, 2]), "broken safetensors header"),
        (framed({"a": {"dtype": "F32", "shape": [2]}}), "broken safetensors header"),
        (
            framed({"a": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}}, b"\0" * 8),
            "broken safetensors header",
        ),
        (framed({"a": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}}), "broken safetensors header"),
        (framed({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, "8"]}}), "broken safetensors header"),
        (framed(b'{"a": NaN}'), "broken safetensors header"),
        (framed(b"[" * 100_000), "broken safetensors header"),
        (framed({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, b"\0" * 5), "cut off: expected 8 bytes"),
        (framed({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, b"\0" * 9), "longer than its header"),
        (framed({}), "no checkpoint of a known family: it has 0 tensors, the first are none"),
    ],
)
def test_a_broken_file_is_refused(tmp_path, data, message):
    path = tmp_path / "x.safetensors"
    path.write_bytes(data)
    refused(path, message)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    refused(tmp_path / "none.safetensors", "cannot be read")
    refused(tmp_path, "cannot be read")


def test_a_download_that_stopped_is_refused_while_planning(tmp_path, plain):
    path = hollow(tmp_path / "x.safetensors", plain)
    with path.open("r+b") as stream:
        stream.truncate(path.stat().st_size - 1000)
    refused(path, "is cut off")


def test_a_header_lists_names_shapes_and_types(tmp_path):
    tensors = {"a": torch.zeros(2, 3, dtype=torch.float16), "b": torch.zeros(())}
    save_file(tensors, tmp_path / "x.safetensors", {"k": "v"})
    header = read_header(tmp_path / "x.safetensors")
    assert header.shapes == {"a": (2, 3), "b": ()}
    assert header.types == {"a": "F16", "b": "F32"}
    assert header.metadata == {"k": "v"}


# the real size


@pytest.mark.parametrize(
    ("family", "parameters", "names"),
    [
        ("sd15", 859_520_964, 686),
        ("sd21", 865_910_724, 686),
        ("sdxl", 2_567_463_684, 1680),
        ("sdxl_refiner", 2_259_526_660, 1220),
    ],
)
def test_the_shipped_unets_have_the_real_size(family, parameters, names):
    config = FAMILIES[family].config("unet")
    found, table = shapes("unet", config), unet_table(config)
    assert sum(shape.numel() for shape in found.values()) == parameters
    assert found.keys() == table.keys()
    assert len({source.name for source in table.values()}) == names
    original = {table[name].name: torch.empty(shape, device="meta") for name, shape in found.items()}
    converted = reference.convert_ldm_unet_checkpoint(original, config)
    assert {name: tensor.shape for name, tensor in converted.items()} == found


@pytest.mark.parametrize("family", NAMES)
def test_the_shipped_vaes_have_the_real_size(family):
    config = FAMILIES[family].config("vae")
    found, table = shapes("vae", config), vae_table(config)
    assert sum(shape.numel() for shape in found.values()) == 83_653_863
    assert found.keys() == table.keys()
    assert len(table) == 248


@pytest.mark.parametrize(
    ("family", "folder", "parameters"),
    [
        ("sd15", "text_encoder", 123_060_480),
        ("sd21", "text_encoder", 340_387_840),
        ("sdxl", "text_encoder", 123_060_480),
        ("sdxl", "text_encoder_2", 694_659_840),
        ("sdxl_refiner", "text_encoder_2", 694_659_840),
    ],
)
def test_the_shipped_text_encoders_have_the_real_size(family, folder, parameters):
    config = FAMILIES[family].config(folder)
    found = shapes(folder, config)
    assert sum(shape.numel() for shape in found.values()) == parameters
    projected = config["architectures"] == ["CLIPTextModelWithProjection"]
    clip = config["hidden_act"] == "quick_gelu"
    table = clip_table(config, "x.") if clip else open_clip_table(config, "x.", projected)
    assert found.keys() == table.keys()


# the tokenizer


def test_the_tokens_are_those_of_clip():
    tokenizer = vocabulary.tokenizer()
    ids = tokenizer("a photo of an astronaut riding a horse").input_ids
    assert ids == [49406, 320, 1125, 539, 550, 18376, 6765, 320, 4558, 49407]
    assert len(tokenizer) == 49_408


@pytest.mark.parametrize(("padding", "id"), [("<|endoftext|>", 49_407), ("!", 0)])
def test_prompts_are_filled_up_as_the_encoder_was_trained(padding, id):
    tokenizer = vocabulary.tokenizer(padding)
    ids = tokenizer("a", padding="max_length", max_length=77).input_ids
    assert ids == [49_406, 320, 49_407] + [id] * 74
    assert tokenizer.model_max_length == 77


def test_each_encoder_pads_in_its_own_way():
    padding = {(name, text.folder): text.padding for name in NAMES for text in FAMILIES[name].texts}
    assert padding == {
        ("sd15", "text_encoder"): "<|endoftext|>",
        ("sd21", "text_encoder"): "!",
        ("sdxl", "text_encoder"): "<|endoftext|>",
        ("sdxl", "text_encoder_2"): "!",
        ("sdxl_refiner", "text_encoder_2"): "!",
    }


def test_the_merges_are_the_published_ones():
    text = "".join(f"{a} {b}\n" for a, b in vocabulary.merges())
    assert "sha256:" + hashlib.sha256(text.encode()).hexdigest() == vocabulary.DIGEST


def test_text_of_every_kind_becomes_tokens():
    tokenizer = vocabulary.tokenizer()
    for text in ("", "Ein schöner Tag", "日本の山", "🙂 emoji", "e\u0301 accents", "a" * 500):
        ids = tokenizer(text, truncation=True).input_ids
        assert ids[0] == 49_406
        assert ids[-1] == 49_407
        assert len(ids) <= 77


@pytest.mark.parametrize("checkpoint", ["sd15"], indirect=True)
def test_handles_are_frozen(checkpoint):
    unet = describe(checkpoint.path, DIGEST).unet
    with pytest.raises(dataclasses.FrozenInstanceError):
        unet.path = "elsewhere"


@pytest.mark.parametrize("checkpoint", ["sd15"], indirect=True)
def test_the_model_loader_takes_a_file_as_it_takes_a_folder(checkpoint):
    files = context(checkpoint.path.parent)
    loaded = load_model(model="model.safetensors", ctx=files)
    assert loaded == describe(checkpoint.path, files.files.digest(checkpoint.path))
