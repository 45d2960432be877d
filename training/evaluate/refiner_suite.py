"""With the refiner and without: one noise, one schedule, and the base down to t = 200; then either finishes it.

The cut is that of SDXL's `denoising_end` and `denoising_start` at 0.8. The refiner reads the base's text, is guided by
the same scale, and goes on with the solver's history, as the product's frames do.
"""

from __future__ import annotations

import copy
from dataclasses import replace

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from PIL import Image
from torch import Tensor

from training.evaluate.features import Eye
from training.evaluate.fid_suite import REFERENCE, asked, clip_of, numbers, reference
from training.evaluate.sampling import batches, opened, side_of, unet
from training.evaluate.suite import Figures, Options, beside, register
from training.evaluate.text_suites import judged

REFINER = "-refiner"
SPLIT = 0.8
"""The share of denoising that is the base's alone."""


@torch.no_grad()
def both_ways(
    pipeline: StableDiffusionPipeline,
    refiner: UNet2DConditionModel,
    texts: list[str],
    steps: int,
    guidance: float,
    noise: list[torch.Generator],
    split: float = SPLIT,
) -> tuple[list[Image.Image], list[Image.Image]]:
    """Pictures by the base alone, and the same ones finished by the refiner; `noise` is the source of each."""
    words, none = pipeline.encode_prompt(texts, "cpu", 1, guidance > 1)
    states = words if none is None else torch.cat([none, words])
    schedule = copy.deepcopy(pipeline.scheduler)
    schedule.set_timesteps(steps)
    side, channels = side_of(pipeline), int(pipeline.unet.config["in_channels"])
    latents = pipeline.prepare_latents(len(texts), channels, side, side, states.dtype, states.device, noise)  # type: ignore[no-untyped-call]
    # as the pipelines of SDXL cut, by timesteps and not by steps
    total = int(schedule.config["num_train_timesteps"])
    handover = round(total - split * total)

    def go_on(net: UNet2DConditionModel, latents: Tensor, schedule: object, times: list[Tensor]) -> Tensor:
        for time in times:
            given = schedule.scale_model_input(torch.cat([latents] * (1 if none is None else 2)), time)  # type: ignore[attr-defined]
            guess = net(given, time, encoder_hidden_states=states).sample
            if none is not None:
                without, with_words = guess.chunk(2)
                guess = without + guidance * (with_words - without)
            latents = schedule.step(guess, time, latents).prev_sample  # type: ignore[attr-defined]
        return latents

    first = [time for time in schedule.timesteps if time >= handover]
    rest = [time for time in schedule.timesteps if time < handover]
    latents = go_on(pipeline.unet, latents, schedule, first)
    ends = [go_on(net, latents, copy.deepcopy(schedule), rest) for net in (pipeline.unet, refiner)]
    alone, refined = (_decoded(pipeline, end) for end in ends)
    return alone, refined


def _decoded(pipeline: StableDiffusionPipeline, latents: Tensor) -> list[Image.Image]:
    """Latents as pictures, as the pipeline does it."""
    pixels = pipeline.vae.decode(latents / pipeline.vae.config["scaling_factor"], return_dict=False)[0]
    pictures: list[Image.Image] = pipeline.image_processor.postprocess(pixels, output_type="pil")
    return pictures


def measure(options: Options, most: int = REFERENCE) -> Figures:
    """The distances from drawn pictures and the judge's shares, both ways."""
    eye, pipeline = Eye(clip_of(options.folder)), opened(options.folder)
    refiner = unet(beside(options.folder, REFINER))
    pairs = asked(options.count)
    texts = [text for text, _ in pairs]
    alone: list[Image.Image] = []
    refined: list[Image.Image] = []
    for part, noise in batches(len(texts), options.batch):
        one, other = both_ways(pipeline, refiner, texts[part], options.steps, options.guidance, noise)
        alone += one
        refined += other
    real = reference(eye, max(most, options.count), side_of(pipeline))
    parts = {
        name: replace(judged(pairs, pictures), numbers=numbers(eye, pictures, texts, real))
        for name, pictures in (("without", alone), ("with", refined))
    }
    return Figures(options.count, parts=parts)


register("refiner", measure, "clip", REFINER)
