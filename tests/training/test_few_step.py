"""Distillation to a few steps: its parts are the scheduler's, its runs resume, the pipeline samples with the result."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    LCMScheduler,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)

from tests.training.bases import same, tiny_base, weights
from training import consistency, few_step
from training.base import load
from training.networks import SCHEDULE, signal_shares
from training.sampling import sampled, trajectories

ARGUMENTS = ["--steps", "2", "--batch", "2", "--rank", "2", "--examples", "3", "--threads", "1", "--no-half"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny base model."""
    return tiny_base(tmp_path_factory.mktemp("base"))


@pytest.mark.parametrize("flags", [[], ["--method", "steps", "--guidance", "2", "4"], ["--full"]])
def test_a_run_resumes_bit_for_bit_and_the_pipeline_samples_in_two_steps(
    base: Path, tmp_path: Path, flags: list[str]
) -> None:
    def train(run: Path, *more: str) -> Path:
        out = run / ("unet" if "--full" in flags else "lora.safetensors")
        few_step.main([*ARGUMENTS, *flags, *more, "--base", str(base), "--folder", str(run), "--out", str(out)])
        return out

    out = train(tmp_path / "whole")
    assert not train(tmp_path / "parts", "--stop-at", "1").exists()
    halfway = weights(tmp_path / "parts")
    train(tmp_path / "parts")
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "parts"))
    assert not same(halfway, weights(tmp_path / "parts"))

    pipeline = StableDiffusionPipeline.from_pretrained(base, safety_checker=None, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = LCMScheduler.from_config(pipeline.scheduler.config)

    def draw() -> torch.Tensor:
        noise = torch.randn(1, 4, 4, 4, generator=torch.Generator().manual_seed(0))
        again = torch.Generator().manual_seed(1)
        asked = {"num_inference_steps": 2, "guidance_scale": 1.0, "output_type": "latent"}
        return pipeline("a red circle", latents=noise, generator=again, **asked).images

    before = draw()
    if "--full" in flags:
        pipeline.unet = UNet2DConditionModel.from_pretrained(out, local_files_only=True).float()
    else:
        pipeline.load_lora_weights(out.parent, weight_name=out.name)
    assert torch.isfinite(draw()).all()
    assert not torch.equal(draw(), before)


def test_the_consistency_function_and_its_timesteps_are_the_schedulers() -> None:
    schedule = LCMScheduler(**{k: v for k, v in SCHEDULE.items() if k != "rescale_betas_zero_snr"})
    noisy, velocity = (torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(i)) for i in range(2))
    for steps in range(1, 9):
        schedule.set_timesteps(steps)
        assert schedule.timesteps.tolist() == consistency.few_times(steps)
        for time in schedule.timesteps:
            schedule._step_index = None
            theirs = schedule.step(velocity, time, noisy).denoised
            ours = consistency.consistent(noisy, velocity, time[None], signal_shares())
            torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
    start = consistency.consistent(noisy, velocity, torch.zeros(1).long(), signal_shares())
    assert torch.equal(start, noisy)


def test_a_step_of_the_teacher_is_ddims() -> None:
    schedule = DDIMScheduler(**{**SCHEDULE, "timestep_spacing": "leading", "steps_offset": 19}, clip_sample=False)
    schedule.set_timesteps(50)
    noisy, velocity = (torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(i)) for i in range(2))
    shares = signal_shares()
    ours = consistency.ddim(noisy, velocity, shares[[519]], shares[[499]])
    torch.testing.assert_close(ours, schedule.step(velocity, 519, noisy).prev_sample, rtol=1e-5, atol=1e-5)


def test_ways_start_at_noise_of_their_own_and_end_at_what_the_pipeline_draws(base: Path) -> None:
    source = load(base)
    texts = ["a red circle", "a blue star", "a green heart"]
    ways = trajectories(source, texts, few_step.teacher_times(), seed=3)
    assert ways.shape[:2] == (3, len(few_step.teacher_times()) + 1)
    torch.testing.assert_close(trajectories(source, texts, few_step.teacher_times(), seed=3, batch=2), ways)
    assert abs(float(ways[:, 0].std()) - 1) < 0.2
    assert set(consistency.used_times()) <= set(few_step.teacher_times())

    pipeline = StableDiffusionPipeline.from_pretrained(base, safety_checker=None, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    assert isinstance(pipeline.scheduler, DPMSolverMultistepScheduler)
    noise = trajectories(source, texts, [999], seed=5)[:, 0]
    drawn = pipeline(
        texts, 32, 32, latents=noise, num_inference_steps=20, guidance_scale=3.0, output_type="latent"
    ).images
    torch.testing.assert_close(sampled(source, texts, seed=5), drawn, rtol=1e-3, atol=1e-3)
