"""Loaders: from a name to handles. Only JSON is read here; weights are opened when a node that takes the handle runs.

A model is a diffusers folder (`model_index.json`, one subfolder per component) or, through `nodes.checkpoints`, a
single `.safetensors` file in the original layout. Pickled weights are never read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, cast, get_args

from pydantic import BaseModel

from engine.context import INJECTED, Context, Files
from engine.errors import LoomError, NodeError, nearest
from engine.node import Choice, node
from nodes import papers
from nodes.handles import ControlNet, Model, TextEncoder, TextKind, TextLayout, TextPart, Unet, Vae
from nodes.types import PredictionType, SchedulerConfig


class NamedFile(BaseModel, frozen=True, extra="forbid"):
    """A model named by `file` and by the `digest` of its bytes, so that it is found after a rename."""

    file: str
    digest: str


ModelName = Annotated[str | NamedFile, Choice("models")]


@node("model.load", plan=True, label="Load model", paper=papers.LATENT)
def load_model(*, model: ModelName, ctx: Context = INJECTED) -> Model:
    """UNet, VAE, text encoders and scheduler configuration of a Stable Diffusion model (1.x, 2.x, SDXL, refiner).

    model: the name of a diffusers folder or of a single-file checkpoint inside the model roots. Raises `NodeError` if
    there is none, if it is of another family, or if it holds pickled weights only.
    """
    path = find(ctx.files, model, "model")
    if path.is_file():
        from nodes.checkpoints import describe

        described: Model = describe(path, ctx.files.digest(path))
        return described
    index = read_json(path / "model_index.json", "model")
    if "unet" not in index:
        kind = index.get("_class_name", "unknown")
        raise NodeError(f"{path.name} holds a {kind}, which has no UNet: this node loads UNet models", input="model")
    scheduler = read_json(path / "scheduler" / "scheduler_config.json", "model")
    unet = describe_unet(path / "unet", prediction_of(scheduler), ctx.files)
    return Model(unet, describe_vae(path / "vae", ctx.files), _text(path, index, ctx.files), _config(index, scheduler))


@node("unet.load", plan=True, label="Load UNet")
def load_unet(*, unet: ModelName, prediction: PredictionType = "epsilon", ctx: Context = INJECTED) -> Unet:
    """A UNet from its own folder (`config.json` and weights), as fine-tunes are often shared, or a whole model's.

    prediction: what its output means; the weights do not say.
    """
    path = find(ctx.files, unet, "unet")
    whole = path / "unet"
    return describe_unet(whole if whole.is_dir() else path, prediction, ctx.files, "unet")


@node("vae.load", plan=True, label="Load VAE")
def load_vae(*, vae: ModelName, ctx: Context = INJECTED) -> Vae:
    """A VAE from its own folder, or the one of a whole model's folder."""
    path = find(ctx.files, vae, "vae")
    whole = path / "vae"
    return describe_vae(whole if whole.is_dir() else path, ctx.files, "vae")


@node("control.load", plan=True, label="Load ControlNet", paper=papers.CONTROLNET)
def load_control(*, control: ModelName, ctx: Context = INJECTED) -> ControlNet:
    """A ControlNet (Zhang et al. 2023) from its folder."""
    path = find(ctx.files, control, "control")
    config = read_json(path / "config.json", "control")
    # the hint passes one convolution of stride 2 per width after the first
    return ControlNet(
        ctx.files.digest(path),
        context=_context(config),
        added=_added(config),
        time_width=int(config.get("addition_time_embed_dim") or 0),
        downscale=2 ** (len(config.get("conditioning_embedding_out_channels", (16, 32, 96, 256))) - 1),
        path=str(path),
        variant=variant(path, "diffusion_pytorch_model", "control"),
    )


def find(files: Files, name: str | NamedFile, input: str) -> Path:
    """The path of a model. A named file is checked against its digest, and looked for under other names."""
    wanted = name.file if isinstance(name, NamedFile) else name
    try:
        path = files.model(wanted)
    except LoomError as missing:
        if isinstance(name, str):
            raise NodeError(str(missing), input=input) from None
    else:
        if path.exists() and (isinstance(name, str) or files.digest(path) == name.digest):
            return path
    known = files.models()
    if isinstance(name, NamedFile):
        for other in known:
            if files.digest(files.model(other)) == name.digest:
                return files.model(other)
        raise NodeError(f"no model has the digest {name.digest} of {name.file!r}", input=input)
    close = nearest(wanted, known)
    hint = f" (did you mean {close!r}?)" if close else f"; there are: {', '.join(known) or 'none'}"
    raise NodeError(f"there is no model {wanted!r}{hint}", input=input)


def read_json(path: Path, input: str) -> dict[str, Any]:
    """A JSON object from a file of a model's folder."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NodeError(f"{path.parent.name} is not a diffusers folder: it has no {path.name}", input=input) from None
    except (OSError, ValueError) as error:
        raise NodeError(f"{path.name} of {path.parent.name} cannot be read: {error}", input=input) from None
    if not isinstance(value, dict):
        raise NodeError(f"{path.name} of {path.parent.name} holds no JSON object", input=input)
    return value


def variant(path: Path, stem: str, input: str) -> str | None:
    """Which weight files of a folder to read: the plain ones (None) or the half-precision variant."""
    if any(path.glob(f"{stem}*.safetensors")):
        plain = (path / f"{stem}.safetensors").exists() or (path / f"{stem}.safetensors.index.json").exists()
        return None if plain else "fp16"
    pickled = " — it has pickled weights, which are never read" if any(path.glob("*.bin")) else ""
    raise NodeError(f"{path} has no {stem}.safetensors{pickled}", input=input)


def prediction_of(scheduler: dict[str, Any]) -> PredictionType:
    """What the model predicts, from its scheduler configuration."""
    if "FlowMatch" in str(scheduler.get("_class_name", "")):
        return "flow_prediction"
    kind = scheduler.get("prediction_type", "epsilon")
    if kind not in get_args(PredictionType):
        raise NodeError(f"the scheduler configuration names an unknown prediction type {kind!r}", input="model")
    return cast("PredictionType", kind)


def describe_unet(path: Path, prediction: PredictionType, files: Files, input: str = "model") -> Unet:
    """The handle of a UNet2DConditionModel's folder."""
    config = read_json(path / "config.json", input)
    return Unet(
        files.digest(path),
        prediction=prediction,
        in_channels=int(config.get("in_channels", 4)),
        out_channels=int(config.get("out_channels", 4)),
        context=_context(config),
        added=_added(config),
        time_width=int(config.get("addition_time_embed_dim") or 0),
        guidance_width=int(config.get("time_cond_proj_dim") or 0),
        path=str(path),
        variant=variant(path, "diffusion_pytorch_model", input),
    )


def describe_vae(path: Path, files: Files, input: str = "model") -> Vae:
    """The handle of an AutoencoderKL's folder."""
    config = read_json(path / "config.json", input)
    shift = config.get("shift_factor")
    return Vae(
        files.digest(path),
        latent_channels=int(config.get("latent_channels", 4)),
        downscale=2 ** (len(config.get("block_out_channels", (64,))) - 1),
        scaling=float(config.get("scaling_factor", 0.18215)),
        shift=None if shift is None else float(shift),
        force_upcast=bool(config.get("force_upcast", False)),
        path=str(path),
        variant=variant(path, "diffusion_pytorch_model", input),
    )


def describe_text(path: Path, tokenizer: Path, files: Files, input: str = "model") -> TextPart:
    """The handle of one text encoder's folder with its tokenizer's."""
    config = read_json(path / "config.json", input)
    architectures = config.get("architectures") or ["CLIPTextModel"]
    kinds: dict[str, TextKind] = {
        "CLIPTextModel": "clip",
        "CLIPTextModelWithProjection": "clip_projected",
        "T5EncoderModel": "t5",
    }
    kind = kinds.get(architectures[0])
    if kind is None:
        raise NodeError(f"{path.name} is a {architectures[0]}, expected one of {', '.join(kinds)}", input=input)
    return TextPart(
        files.digest(path),
        kind=kind,
        width=int(config.get("d_model", 512) if kind == "t5" else config.get("hidden_size", 512)),
        layers=int(config.get("num_layers", 6) if kind == "t5" else config.get("num_hidden_layers", 12)),
        projection=int(config.get("projection_dim", 512)) if kind == "clip_projected" else 0,
        tokenizer=files.digest(tokenizer),
        path=str(path),
        tokenizer_path=str(tokenizer),
        variant=variant(path, "model", input),
    )


def _text(path: Path, index: dict[str, Any], files: Files) -> TextEncoder:
    """The bundle of all text encoders that `model_index.json` names."""
    pipeline = str(index.get("_class_name", ""))
    layout: TextLayout = "sdxl" if "XL" in pipeline else "sd3" if "Diffusion3" in pipeline else "sd"
    parts = [
        describe_text(path / f"text_encoder{n}", path / f"tokenizer{n}", files)
        for n in ("", "_2", "_3")
        if (index.get(f"text_encoder{n}") or [None])[0] is not None
    ]
    if not parts:
        raise NodeError(f"{path.name} has no text encoder", input="model")
    return TextEncoder(tuple(parts), layout, bool(index.get("force_zeros_for_empty_prompt", False)))


def _config(index: dict[str, Any], scheduler: dict[str, Any]) -> SchedulerConfig:
    """The scheduler configuration as the model's own pipeline reads it.

    The Stable Diffusion 1.x/2.x pipelines correct old configurations when they are built (`steps_offset` 1,
    `clip_sample` off; inpainting: `skip_prk_steps` on); here the corrections are written out. Keys that the file lacks
    get their defaults in `schedule.make`.
    """
    explicit = {name: value for name, value in scheduler.items() if not name.startswith("_")}
    match index.get("_class_name"):
        case "StableDiffusionPipeline" | "StableDiffusionImg2ImgPipeline":
            explicit |= {"steps_offset": 1, "clip_sample": False}
        case "StableDiffusionInpaintPipeline":
            explicit |= {"steps_offset": 1, "skip_prk_steps": True}
    return SchedulerConfig(str(scheduler.get("_class_name", "DDIMScheduler")), json.dumps(explicit, sort_keys=True))


def _context(config: dict[str, Any]) -> int:
    """Width of the text embeddings that a network takes."""
    widths = config.get("encoder_hid_dim") or config.get("cross_attention_dim", 1280)
    return int(widths[0] if isinstance(widths, list) else widths)


def _added(config: dict[str, Any]) -> int:
    """Width of SDXL's additional embedding, 0 for models without one."""
    if config.get("addition_embed_type") != "text_time":
        return 0
    return int(config.get("projection_class_embeddings_input_dim") or 0)
