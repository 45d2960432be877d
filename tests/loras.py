"""LoRA files over the tiny models, in every form that trainers write, all of the same matrices.

`pairs` makes the matrices for the modules of a pipeline that peft names; a writer gives a form its names.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

UNET = ("to_q", "to_k", "to_v", "to_out.0", "proj_in", "ff.net.0.proj", "ff.net.2")
CONVOLUTIONS = ("conv1", "conv_in", "time_emb_proj", "conv_shortcut", "downsamplers.0.conv")
TEXT = ("q_proj", "k_proj", "v_proj", "out_proj")
MLP = ("fc1", "fc2")
OLD = {"to_q": "to_q_lora", "to_k": "to_k_lora", "to_v": "to_v_lora", "to_out.0": "to_out_lora"}
OLD_TEXT = {"q_proj": "to_q_lora", "k_proj": "to_k_lora", "v_proj": "to_v_lora", "out_proj": "to_out_lora"}

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Change:
    """A and B of one module. module: its name in diffusers, for a text encoder with `text_model.` before it."""

    part: str
    module: str
    down: torch.Tensor
    up: torch.Tensor


def changes(parts: Mapping[str, Any], endings: Iterable[str], rank: int = 3, seed: int = 0) -> list[Change]:
    """Random changes of all modules of some networks (by the part's name) that end like this."""
    made, generator, wanted = [], torch.Generator().manual_seed(seed), tuple(endings)
    for part, network in parts.items():
        for name, weight in network.named_parameters():
            module = name.removesuffix(".weight")
            if weight.ndim < 2 or not module.endswith(wanted):
                continue
            if part != "unet" and not module.startswith("text_"):
                module = f"text_model.{module}"
            down = torch.randn((rank, *weight.shape[1:]), generator=generator) * 0.2
            up = torch.randn((len(weight), rank, *[1] * (weight.ndim - 2)), generator=generator) * 0.2
            made.append(Change(part, module, down, up))
    assert made
    return made


def peft(found: Iterable[Change]) -> Tensors:
    """As diffusers writes today: `unet.….lora_A.weight`."""
    return {f"{c.part}.{c.module}.lora_{x}.weight": t for c in found for x, t in (("A", c.down), ("B", c.up))}


def linear_layer(found: Iterable[Change]) -> Tensors:
    """As diffusers wrote in between: `unet.….lora.down.weight`, `text_encoder.….lora_linear_layer.down.weight`."""
    made = {}
    for c in found:
        infix = "lora" if c.part == "unet" else "lora_linear_layer"
        made |= {f"{c.part}.{c.module}.{infix}.{x}.weight": t for x, t in (("down", c.down), ("up", c.up))}
    return made


def processors(found: Iterable[Change]) -> Tensors:
    """As diffusers wrote in 2023: `unet.….attn1.processor.to_q_lora.down.weight`. Attention only."""
    made = {}
    for c in found:
        names = OLD if c.part == "unet" else OLD_TEXT
        ending = next(name for name in names if c.module.endswith(f".{name}"))
        layer = c.module.removesuffix(f".{ending}")
        layer = f"{layer}.processor" if c.part == "unet" else layer
        made |= {f"{c.part}.{layer}.{names[ending]}.{x}.weight": t for x, t in (("down", c.down), ("up", c.up))}
    return made


def kohya(found: Iterable[Change], alpha: float | None = None, prefixes: Mapping[str, str] | None = None) -> Tensors:
    """As kohya-ss writes: `lora_unet_….lora_down.weight`, and `.alpha`."""
    prefixes = prefixes or {"unet": "lora_unet", "text_encoder": "lora_te"}
    made = {}
    for c in found:
        name = f"{prefixes[c.part]}_{c.module.replace('.', '_')}"
        made |= {f"{name}.lora_down.weight": c.down, f"{name}.lora_up.weight": c.up}
        if alpha is not None:
            made[f"{name}.alpha"] = torch.tensor(alpha)
    return made


def save(path: Path, tensors: Tensors, **stated: Any) -> Path:
    """Write a file, with peft's settings in its metadata as diffusers keeps them."""
    metadata = {"format": "pt"} | ({"lora_adapter_metadata": json.dumps(stated)} if stated else {})
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, metadata=metadata)
    return path
