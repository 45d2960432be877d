"""The text encoder, the denoiser and the noise schedule of the `shapes` model: their sizes and their reasons."""

from __future__ import annotations

from typing import Any

from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

SCHEDULE: dict[str, Any] = {
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.02,
    "beta_schedule": "scaled_linear",
    "trained_betas": None,
    "prediction_type": "v_prediction",
    "timestep_spacing": "trailing",
    "steps_offset": 1,
    "rescale_betas_zero_snr": False,
}
"""Stable Diffusion's schedule with more noise at its end (sigma 65 instead of 14.6).

A 16 x 16 latent averages noise over 16 times fewer cells than a 64 x 64 one, so at sigma 14.6 a plain background would
still show through; velocity (Salimans & Ho 2022, arXiv 2202.00512) keeps the prediction well-conditioned up there, and
trailing steps (Lin et al. 2023, arXiv 2305.08891) start sampling where the noise is purest.
"""

CHANNELS = (64, 128, 160)
TEXT_WIDTH = 128


def text_encoder(tokenizer: CLIPTokenizer, width: int = TEXT_WIDTH, layers: int = 2) -> CLIPTextModel:
    """A small CLIP text model for 77 tokens, untrained.

    Word embeddings start five times wider than CLIP's, so that words differ from the first step.
    """
    encoder = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=width,
            intermediate_size=4 * width,
            projection_dim=width,
            num_hidden_layers=layers,
            num_attention_heads=4,
            max_position_embeddings=tokenizer.model_max_length,
            hidden_act="quick_gelu",
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    words = encoder.get_input_embeddings()
    assert isinstance(words, nn.Embedding)
    nn.init.normal_(words.weight, std=0.1)
    return encoder


def denoiser(channels: tuple[int, ...] = CHANNELS, width: int = TEXT_WIDTH, side: int = 128) -> UNet2DConditionModel:
    """The UNet, untrained: text enters at 8 x 8 and 4 x 4 cells, where attention is cheap, as in SDXL."""
    down = ("DownBlock2D", *["CrossAttnDownBlock2D"] * (len(channels) - 1))
    up = (*["CrossAttnUpBlock2D"] * (len(channels) - 1), "UpBlock2D")
    unet: UNet2DConditionModel = UNet2DConditionModel(
        sample_size=side // 8,
        in_channels=4,
        out_channels=4,
        layers_per_block=1,
        block_out_channels=channels,
        norm_num_groups=16,
        down_block_types=down,
        up_block_types=up,
        cross_attention_dim=width,
        attention_head_dim=4,
    )
    return unet


def signal_shares() -> Tensor:
    """Alpha-bar, the share of the signal's variance, at each training timestep."""
    shares: Tensor = DDPMScheduler(**SCHEDULE).alphas_cumprod
    return shares


def sampling_schedule() -> DPMSolverMultistepScheduler:
    """DPM-Solver++ (2M), deterministic: what the exported model samples with unless told otherwise."""
    schedule: DPMSolverMultistepScheduler = DPMSolverMultistepScheduler(
        **SCHEDULE,
        solver_order=2,
        algorithm_type="dpmsolver++",
        solver_type="midpoint",
        lower_order_final=True,
        euler_at_final=False,
        final_sigmas_type="zero",
        use_karras_sigmas=False,
        thresholding=False,
        lambda_min_clipped=-100.0,  # -inf by default, which JSON cannot say; no log-SNR here is near it
    )
    return schedule
