"""The families of checkpoints that are known here, and how a file's header tells them apart.

A family is a folder of configurations (`families/<name>/`, in the form of a diffusers folder without weights) and the
tensor names that only its files have. Widths are read from the file, so that an inpainting UNet with its 9 input
channels is found by the same rules; depth must be the family's own. A file of no family is refused, never guessed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

from engine.errors import NodeError
from nodes.checkpoints.header import Header
from nodes.handles import TextLayout

UNET, VAE = "model.diffusion_model.", "first_stage_model."


@dataclass(frozen=True)
class TextSource:
    """A text encoder in a file: its folder in the family, how its tensors are named, what the names begin with."""

    folder: str
    naming: Literal["clip", "open_clip"]
    prefixes: tuple[str, ...]
    padding: str = "<|endoftext|>"

    def prefix(self, header: Header) -> str | None:
        """The beginning of the names in this file, or None if the encoder is not there."""
        mark = "embeddings.token_embedding.weight" if self.naming == "clip" else "token_embedding.weight"
        return next((p for p in self.prefixes if p + mark in header.shapes), None)


@dataclass(frozen=True)
class Family:
    """A family of checkpoints. `name` is the folder of its configurations, `texts` its encoders in their order."""

    name: str
    title: str
    layout: TextLayout
    texts: tuple[TextSource, ...]

    def config(self, component: str, file: str = "config.json") -> dict[str, Any]:
        """A configuration of the family's folder."""
        found: dict[str, Any] = json.loads(self._text(f"{component}/{file}"))
        return found

    def index(self) -> dict[str, Any]:
        """`model_index.json`: classes of the parts and settings of the pipeline."""
        found: dict[str, Any] = json.loads(self._text("model_index.json"))
        return found

    def _text(self, name: str) -> str:
        return files("nodes.checkpoints").joinpath("families", self.name, name).read_text("utf-8")


CLIP_L = ("cond_stage_model.transformer.text_model.", "cond_stage_model.transformer.")
FAMILIES = (
    Family("sdxl_refiner", "SDXL refiner", "sdxl", (
        TextSource("text_encoder_2", "open_clip", ("conditioner.embedders.0.model.",), "!"),
    )),
    Family("sdxl", "SDXL", "sdxl", (
        TextSource("text_encoder", "clip", ("conditioner.embedders.0.transformer.text_model.",)),
        TextSource("text_encoder_2", "open_clip", ("conditioner.embedders.1.model.",), "!"),
    )),
    Family("sd21", "Stable Diffusion 2.x", "sd", (
        TextSource("text_encoder", "open_clip", ("cond_stage_model.model.",), "!"),
    )),
    Family("sd15", "Stable Diffusion 1.x", "sd", (TextSource("text_encoder", "clip", CLIP_L),)),
)  # fmt: skip

OTHERS = {
    "edm_mean": "Playground 2.5, which needs another VAE scale and schedule",
    "lora_": "a LoRA",
    ".lora_A.": "a LoRA",
    "control_model.": "a ControlNet",
    "controlnet_cond_embedding.": "a ControlNet",
    "double_blocks.": "a Flux model",
    "joint_blocks.": "a Stable Diffusion 3 model",
    UNET: "a UNet without a text encoder that is known here",
    "down_blocks.": "one part of a diffusers folder: put it there with its config.json",
    "encoder.down.": "a VAE alone",
    "text_model.": "a text encoder alone",
}


def detect(header: Header, name: str) -> Family:
    """The family of a file. Raises NodeError for a file of none, saying what was looked for and what it seems to be."""
    if "edm_mean" not in header.shapes and any(key.startswith(UNET) for key in header.shapes):
        for family in FAMILIES:
            if all(text.prefix(header) for text in family.texts):
                return family
    looked = "; ".join(f"{f.title} ({', '.join(t.prefixes[0] + '…' for t in f.texts)})" for f in reversed(FAMILIES))
    raise NodeError(
        f"{name} is no checkpoint of a known family: {_seems(header)}. Looked for tensors {UNET}… and a text encoder "
        f"of {looked}",
        input="model",
    )


def _seems(header: Header) -> str:
    """What a file of no known family seems to be."""
    for mark, what in OTHERS.items():
        if any(mark in key for key in header.shapes):
            return f"it seems to be {what}"
    return f"it has {len(header.shapes)} tensors, the first are {', '.join(sorted(header.shapes)[:3]) or 'none'}"


def unet_config(family: Family, header: Header) -> dict[str, Any]:
    """The family's UNet with the widths that the file has."""
    config = family.config("unet")
    step = config["layers_per_block"] + 1  # blocks of a level, its downsampler included
    levels = range(len(config["block_out_channels"]))
    widths = [_shape(header, f"{UNET}input_blocks.{1 + i * step}.0.out_layers.3.weight", 4)[0] for i in levels]
    attention = next((key for key in sorted(header.shapes) if key.endswith(".attn2.to_k.weight")), "")
    config |= {
        "block_out_channels": widths,
        "in_channels": _shape(header, f"{UNET}input_blocks.0.0.weight", 4)[1],
        "out_channels": _shape(header, f"{UNET}out.2.weight", 4)[0],
        "cross_attention_dim": _shape(header, attention, 2)[1],
    }
    if isinstance(config["attention_head_dim"], list):
        config["attention_head_dim"] = [max(1, width // 64) for width in widths]  # the number of heads, each 64 wide
    if config.get("addition_embed_type"):
        config["projection_class_embeddings_input_dim"] = _shape(header, f"{UNET}label_emb.0.0.weight", 2)[1]
    return config


def vae_config(family: Family, header: Header) -> dict[str, Any]:
    """The family's VAE with the widths that the file has."""
    config = family.config("vae")
    levels = range(len(config["block_out_channels"]))
    return config | {
        "block_out_channels": [_shape(header, f"{VAE}encoder.down.{i}.block.0.conv1.weight", 4)[0] for i in levels],
        "latent_channels": _shape(header, f"{VAE}post_quant_conv.weight", 4)[0],
    }


def text_config(family: Family, text: TextSource, header: Header) -> dict[str, Any]:
    """The configuration of one of the family's text encoders with the widths that the file has."""
    config, prefix = family.config(text.folder), text.prefix(header)
    clip = text.naming == "clip"
    mark = "embeddings.token_embedding.weight" if clip else "token_embedding.weight"
    vocabulary, width = _shape(header, f"{prefix}{mark}", 2)
    inner = "encoder.layers.0.mlp.fc1.weight" if clip else "transformer.resblocks.0.mlp.c_fc.weight"
    config |= {
        "vocab_size": vocabulary,
        "hidden_size": width,
        "intermediate_size": _shape(header, f"{prefix}{inner}", 2)[0],
        "num_attention_heads": max(1, width // 64),
    }
    if config["architectures"] == ["CLIPTextModelWithProjection"]:
        config["projection_dim"] = _shape(header, f"{prefix}text_projection", 2)[1]
    return config


def _shape(header: Header, name: str, dimensions: int) -> tuple[int, ...]:
    """The shape of a tensor that the family must have. Raises NodeError if it is not there or has another form."""
    shape = header.shapes.get(name)
    if shape is None:
        raise NodeError(f"the checkpoint lacks the tensor {name or 'attn2.to_k.weight'}", input="model")
    if len(shape) != dimensions:
        raise NodeError(f"expected {dimensions} dimensions of {name}, got {list(shape)}", input="model")
    return shape


def prediction(family: Family, header: Header) -> tuple[str, bool]:
    """What the UNet predicts ("epsilon" or "v_prediction"), and whether its schedule ends at zero signal-to-noise.

    Weights do not say. A file may: by `modelspec.prediction_type` in its metadata, or by empty tensors `v_pred` and
    `ztsnr` as SDXL fine-tunes carry them. Else it is the family's usual one.
    """
    said: Mapping[str, str] = {"epsilon": "epsilon", "v": "v_prediction", "v_prediction": "v_prediction"}
    usual = family.config("scheduler", "scheduler_config.json")["prediction_type"]
    stated = said.get(header.metadata.get("modelspec.prediction_type", "").lower())
    return ("v_prediction" if "v_pred" in header.shapes else stated or usual), "ztsnr" in header.shapes
