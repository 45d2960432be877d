"""Low-rank adapters on a base model, and their file as diffusers reads it.

Hu et al. 2021 (arXiv 2106.09685): a layer's weight becomes W + (alpha / r) B A with A [r, in] and B [out, r]; W stays.
alpha equals r here, so a file needs no word about it. B starts at zero: the first step's output is the base's.
"""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from torch import Tensor, nn
from transformers import CLIPTextModel

ATTENTION = ["to_q", "to_k", "to_v", "to_out.0"]
CONVOLUTIONS = ["conv_in", "conv1", "conv2", "conv_shortcut", "conv_out", "proj_in", "proj_out"]
WORDS = ["q_proj", "k_proj", "v_proj", "out_proj"]


def adapt(unet: UNet2DConditionModel, rank: int, convs: bool = False) -> None:
    """Add adapters to the UNet's attention, and with `convs` to its convolutions: all else stays frozen.

    Attention alone chooses among what the base can draw; new strokes and textures need the convolutions.
    """
    targets = ATTENTION + CONVOLUTIONS if convs else ATTENTION
    unet.add_adapter(LoraConfig(r=rank, lora_alpha=rank, init_lora_weights=True, target_modules=targets))


def adapt_words(text_encoder: CLIPTextModel, rank: int) -> None:
    """Add adapters to the text encoder's attention."""
    text_encoder.add_adapter(LoraConfig(r=rank, lora_alpha=rank, init_lora_weights=True, target_modules=WORDS))


def save(path: Path, unet: UNet2DConditionModel, text_encoder: CLIPTextModel | None = None) -> None:
    """Write the adapters in float16, for `pipeline.load_lora_weights(path)`.

    Names are peft's, 'unet.<layer>.lora_A.weight'; layers of a text encoder stand below 'text_model' there, as in the
    files of every other trainer, whether or not the library's class still has that level.
    """
    words = {} if text_encoder is None else _layers(text_encoder)
    StableDiffusionPipeline.save_lora_weights(
        path.parent,
        unet_lora_layers=_layers(unet),
        text_encoder_lora_layers={f"text_model.{n.removeprefix('text_model.')}": v for n, v in words.items()},  # type: ignore[arg-type]
        weight_name=path.name,
        safe_serialization=True,
    )


def _layers(network: nn.Module) -> dict[str, Tensor]:
    """The adapters by peft's names."""
    named: dict[str, Tensor] = get_peft_model_state_dict(network)
    return {name: value.detach().cpu().to(torch.float16).contiguous() for name, value in named.items()}
