"""Tiny random models in diffusers' layout: built in memory, saved as folders, loaded as a user's models are.

`pipelines` of diffusers on the same weights are the oracles of `tests/oracles.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    ControlNetModel,
    DDIMScheduler,
    EulerDiscreteScheduler,
    LatentConsistencyModelPipeline,
    LCMScheduler,
    StableDiffusionInstructPix2PixPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from engine.context import Context
from engine.values import Ref

VOCABULARY = 518
NOISE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000}


def byte_symbols() -> list[str]:
    """CLIP's printable character for each byte."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    symbols = [chr(b) for b in shown]
    return symbols + [chr(256 + n) for n in range(256 - len(shown))]


def tokenizer(pad: str = "<|endoftext|>") -> CLIPTokenizer:
    """A CLIP tokenizer of 518 tokens. The second one of SDXL pads with "!"."""
    symbols = byte_symbols()
    merges = [("c", "a"), ("ca", "t</w>"), ("d", "o"), ("do", "g</w>")]
    words = symbols + [s + "</w>" for s in symbols] + [a + b for a, b in merges]
    words += ["<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={w: i for i, w in enumerate(words)}, merges=merges, model_max_length=77, pad_token=pad)


def clip_text(width: int = 32, projection: int | None = None, act: str = "quick_gelu", seed: int = 0) -> Any:
    """A CLIP text tower of two layers."""
    torch.manual_seed(seed)
    config = CLIPTextConfig(
        vocab_size=VOCABULARY,
        hidden_size=width,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=77,
        projection_dim=projection or width,
        hidden_act=act,
        bos_token_id=VOCABULARY - 2,
        eos_token_id=VOCABULARY - 1,
        pad_token_id=VOCABULARY - 1,
    )
    return (CLIPTextModelWithProjection if projection else CLIPTextModel)(config).eval()


def vae(scaling: float = 0.18215, seed: int = 1, **changes: Any) -> AutoencoderKL:
    """A VAE with 4 latent channels and a factor of 8."""
    torch.manual_seed(seed)
    config = {
        "block_out_channels": [8] * 4,
        "latent_channels": 4,
        "norm_num_groups": 4,
        "layers_per_block": 1,
        "down_block_types": ["DownEncoderBlock2D"] * 4,
        "up_block_types": ["UpDecoderBlock2D"] * 4,
        "sample_size": 64,
        "scaling_factor": scaling,
    }
    return AutoencoderKL(**(config | changes)).eval()


def unet(in_channels: int = 4, context: int = 32, seed: int = 2, **changes: Any) -> UNet2DConditionModel:
    """A UNet of two blocks for latents of 8×8."""
    torch.manual_seed(seed)
    config = {
        "sample_size": 8,
        "in_channels": in_channels,
        "out_channels": 4,
        "layers_per_block": 1,
        "block_out_channels": (16, 32),
        "norm_num_groups": 8,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
        "cross_attention_dim": context,
        "attention_head_dim": 4,
    }
    return UNet2DConditionModel(**(config | changes)).eval()


def xl_unet(numbers: int = 6, context: int = 64, seed: int = 3) -> UNet2DConditionModel:
    """A UNet with SDXL's additional conditioning: 6 numbers for the base, 5 for the refiner."""
    return unet(
        4,
        context,
        seed,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2),
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=8 * numbers + 32,
        use_linear_projection=True,
    )


def ddim() -> DDIMScheduler:
    """The scheduler of the SD-like models."""
    return DDIMScheduler(**NOISE, clip_sample=False, set_alpha_to_one=False, steps_offset=1)


def sd(**changes: Any) -> StableDiffusionPipeline:
    """Like Stable Diffusion 1.5."""
    parts: dict[str, Any] = {
        "vae": vae(),
        "text_encoder": clip_text(),
        "tokenizer": tokenizer(),
        "unet": unet(),
        "scheduler": ddim(),
    }
    return StableDiffusionPipeline(
        **(parts | changes), safety_checker=None, feature_extractor=None, requires_safety_checker=False
    )


def instruct() -> StableDiffusionInstructPix2PixPipeline:
    """Like InstructPix2Pix: eight input channels."""
    return StableDiffusionInstructPix2PixPipeline(
        vae=vae(),
        text_encoder=clip_text(),
        tokenizer=tokenizer(),
        unet=unet(8),
        scheduler=ddim(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def lcm() -> LatentConsistencyModelPipeline:
    """Like a latent consistency model: the UNet is told the guidance scale."""
    return LatentConsistencyModelPipeline(
        vae=vae(),
        text_encoder=clip_text(),
        tokenizer=tokenizer(),
        unet=unet(time_cond_proj_dim=24),
        scheduler=LCMScheduler(**NOISE),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def sdxl() -> StableDiffusionXLPipeline:
    """Like SDXL base: two encoders."""
    return StableDiffusionXLPipeline(
        vae=vae(scaling=0.13025),
        text_encoder=clip_text(32, seed=10),
        text_encoder_2=clip_text(32, 32, "gelu", 11),
        tokenizer=tokenizer(),
        tokenizer_2=tokenizer("!"),
        unet=xl_unet(),
        scheduler=EulerDiscreteScheduler(**NOISE, steps_offset=1, timestep_spacing="leading"),
        force_zeros_for_empty_prompt=True,
        add_watermarker=False,
    )


def refiner() -> StableDiffusionXLImg2ImgPipeline:
    """Like the SDXL refiner: the second encoder alone, five numbers."""
    return StableDiffusionXLImg2ImgPipeline(
        vae=vae(scaling=0.13025),
        text_encoder=None,
        text_encoder_2=clip_text(32, 32, "gelu", 11),
        tokenizer=None,
        tokenizer_2=tokenizer("!"),
        unet=xl_unet(5, 32, 4),
        scheduler=EulerDiscreteScheduler(**NOISE, steps_offset=1, timestep_spacing="leading"),
        requires_aesthetics_score=True,
        add_watermarker=False,
    )


def controlnet(of: UNet2DConditionModel, seed: int = 5) -> ControlNetModel:
    """A ControlNet for a UNet, with random instead of zero convolutions, so that it says something."""
    torch.manual_seed(seed)
    net = ControlNetModel.from_unet(of, conditioning_embedding_out_channels=(8, 8, 8, 16)).eval()
    for convolution in [*net.controlnet_down_blocks, net.controlnet_mid_block, net.controlnet_cond_embedding.conv_out]:
        torch.nn.init.normal_(convolution.weight, std=0.2)
    return net


def controlnet_of(folder: Path) -> ControlNetModel:
    """A saved ControlNet, as diffusers opens it."""
    net: ControlNetModel = ControlNetModel.from_pretrained(folder, use_safetensors=True, local_files_only=True)
    return net


class Folder:
    """Files of a test: the models are the subfolders of one folder, inputs its files. Digests are made up by name."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def input(self, name: str) -> Path:
        """An input file."""
        return self.root / name

    def model(self, name: str) -> Path:
        """A model's folder."""
        return self.root / name

    def models(self) -> list[str]:
        """The subfolders."""
        return sorted(path.name for path in self.root.iterdir())

    def digest(self, path: Path) -> str:
        """Distinct for distinct folders of one test."""
        return f"sha256:{path.relative_to(self.root)}"


class Resident:
    """Weights of a test: opened once, kept."""

    def __init__(self) -> None:
        self.opened: dict[tuple[object, str, str], Any] = {}

    def get(self, ref: Ref[Any], device: str, dtype: str) -> Any:
        """The opened weights."""
        key = (ref, device, dtype)
        if key not in self.opened:
            self.opened[key] = ref.open(device, dtype)
        return self.opened[key]


def context(root: Path, weights: Resident, dtype: str = "float32") -> Context:
    """A context over a folder of models."""
    return Context(files=Folder(root), weights=weights, dtype=dtype)


def save_all(root: Path) -> None:
    """Write every tiny model as a folder under `root`."""
    base = sd()
    base.save_pretrained(root / "sd")
    sd(unet=unet(9)).save_pretrained(root / "inpaint")
    instruct().save_pretrained(root / "instruct")
    lcm().save_pretrained(root / "lcm")
    large = sdxl()
    large.save_pretrained(root / "sdxl")
    controlnet(large.unet).save_pretrained(root / "control_xl")
    refiner().save_pretrained(root / "refiner")
    controlnet(base.unet).save_pretrained(root / "control")
    controlnet(base.unet, seed=6).save_pretrained(root / "control_b")
    unet(seed=20).save_pretrained(root / "expert")
