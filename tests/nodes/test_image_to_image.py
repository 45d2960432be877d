"""Image to image, inpainting and forward noising in nodes equal diffusers' pipelines bit for bit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nodes.inpaint import inpaint_condition
from nodes.noise import draw, draw_like, start
from nodes.noising import blend, noise_at, noise_latent, with_rng
from nodes.schedule import cut_strength, schedule_to_steps
from nodes.types import Image, Mask, State, Step
from nodes.vae import decode, encode, encode_sample
from tests.nodes.loop import Studio, assert_same, seeds
from tests.oracles import COMMON, DDIM, DPMPP_2M, EULER, HEUN, SIDE, Oracles, Solver
from tests.tiny import Resident, context

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def oracles(tiny_models: Path) -> Oracles:
    return Oracles(tiny_models)


@pytest.fixture(scope="module")
def studio(tiny_models: Path) -> Studio:
    return Studio(context(tiny_models, Resident()))


@pytest.fixture(scope="module")
def image() -> Image:
    return Image(torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1)))


@pytest.fixture(scope="module")
def mask() -> Mask:
    data = torch.zeros(1, 1, SIDE, SIDE)
    data[..., 8:40, 16:56] = 1
    return Mask(data)


def masked(image: Image, mask: Mask) -> Image:
    """The picture without what the mask covers, as 0 … 1."""
    return Image(((2 * image.data - 1) * (mask.data < 0.5) + 1) / 2)


@pytest.mark.parametrize("solver", COMMON, ids=lambda s: s.name)
def test_image_to_image_equals_the_pipeline(studio: Studio, oracles: Oracles, image: Image, solver: Solver):
    schedule = cut_strength(studio.schedule(solver), strength=0.6)
    latent, rng = encode_sample(studio.model.vae, image, seeds(7), ctx=studio.ctx)
    noise, rng = draw_like(latent, rng, ctx=studio.ctx)
    first = noise_latent(latent, noise, rng, schedule, ctx=studio.ctx)
    states = studio.run(schedule, first, studio.texts(), eta=solver.eta)
    assert_same(studio.picture(states), oracles.image_to_image(solver, image.data, 0.6))


@pytest.mark.parametrize("strength", [0.2, 0.5, 1.0])
def test_every_strength_equals_the_pipeline(studio: Studio, oracles: Oracles, image: Image, strength: float):
    schedule = cut_strength(studio.schedule(EULER), strength=strength)
    latent, rng = encode_sample(studio.model.vae, image, seeds(3), ctx=studio.ctx)
    noise, rng = draw_like(latent, rng, ctx=studio.ctx)
    states = studio.run(schedule, noise_latent(latent, noise, rng, schedule, ctx=studio.ctx), studio.texts())
    assert_same(studio.picture(states), oracles.image_to_image(EULER, image.data, strength, (3,)))


def test_a_batch_of_pictures_equals_the_pipeline(studio: Studio, oracles: Oracles, image: Image):
    pair = Image(torch.cat([image.data, image.data.flip(3)]))
    schedule = cut_strength(studio.schedule(DPMPP_2M), strength=0.6)
    latent, rng = encode_sample(studio.model.vae, pair, seeds(3, 4), ctx=studio.ctx)
    noise, rng = draw_like(latent, rng, ctx=studio.ctx)
    states = studio.run(schedule, noise_latent(latent, noise, rng, schedule, ctx=studio.ctx), studio.texts())
    negative, positive = (text.sequence.repeat(2, 1, 1) for text in studio.texts())
    embeds = {"prompt": None, "negative_prompt": None, "prompt_embeds": positive, "negative_prompt_embeds": negative}
    wanted = oracles.image_to_image(DPMPP_2M, pair.data, 0.6, (3, 4), num_images_per_prompt=1, **embeds)
    assert_same(studio.picture(states), wanted)


def test_strength_0_gives_the_encoded_picture(studio: Studio, image: Image):
    schedule = cut_strength(studio.schedule(EULER), strength=0.0)
    latent, rng = encode_sample(studio.model.vae, image, seeds(7), ctx=studio.ctx)
    noise, rng = draw_like(latent, rng, ctx=studio.ctx)
    first = noise_latent(latent, noise, rng, schedule, ctx=studio.ctx)
    assert schedule_to_steps(schedule) == []
    assert torch.equal(first.latent, latent.data)


def test_the_mode_of_the_encoder_is_a_latent_that_decodes(studio: Studio, image: Image):
    latent = encode(studio.model.vae, image, ctx=studio.ctx)
    assert latent.data.shape == (1, 4, 8, 8)
    made = decode(studio.model.vae, latent, ctx=studio.ctx)
    assert made.data.shape == (1, 3, SIDE, SIDE)
    assert made.data.dtype == torch.float32
    assert 0 <= made.data.min() <= made.data.max() <= 1


def test_tiling_of_one_tile_changes_nothing(studio: Studio, image: Image):
    latent = encode(studio.model.vae, image, tiled=True, ctx=studio.ctx)
    assert torch.equal(latent.data, encode(studio.model.vae, image, ctx=studio.ctx).data)
    whole, tiled = (decode(studio.model.vae, latent, tiled=t, ctx=studio.ctx).data for t in (False, True))
    assert torch.equal(whole, tiled)


@pytest.mark.parametrize("solver", [DDIM, DPMPP_2M, HEUN, COMMON[2], COMMON[6]], ids=lambda s: s.name)
@pytest.mark.parametrize("strength", [0.7, 1.0])
def test_blended_inpainting_equals_the_pipeline(
    studio: Studio, oracles: Oracles, image: Image, mask: Mask, solver: Solver, strength: float
):
    schedule = cut_strength(studio.schedule(solver), strength=strength)
    latent, rng = encode_sample(studio.model.vae, image, seeds(7), ctx=studio.ctx)
    noise, rng = draw_like(latent, rng, ctx=studio.ctx)
    _, after = inpaint_condition(studio.model.vae, image, mask, rng, ctx=studio.ctx)  # the pipeline draws it, too
    if strength == 1:
        first = start(noise, after, schedule)
    else:
        first = noise_latent(latent, noise, after, schedule, ctx=studio.ctx)

    def keep(state: State, step: Step) -> State:
        return blend(state, latent, noise, mask, step, ctx=studio.ctx)

    states = studio.run(schedule, first, studio.texts(), after=keep)
    made = studio.picture(states)
    assert_same(made, oracles.inpaint("sd", solver, image.data, mask.data, strength))
    outside = torch.nn.functional.interpolate(mask.data, size=(8, 8)).expand_as(made.latent) == 0
    assert torch.equal(made.latent[outside], latent.data[outside])


@pytest.mark.parametrize("solver", [DDIM, DPMPP_2M, COMMON[6]], ids=lambda s: s.name)
@pytest.mark.parametrize("strength", [0.7, 1.0])
def test_nine_channel_inpainting_equals_the_pipeline(
    tiny_models: Path, studio: Studio, oracles: Oracles, image: Image, mask: Mask, solver: Solver, strength: float
):
    nine = Studio(studio.ctx, "inpaint")
    schedule = cut_strength(nine.schedule(solver), strength=strength)
    if strength == 1:
        noise, rng = draw(seeds(7), nine.model.vae, width=SIDE, height=SIDE, ctx=nine.ctx)
        first = start(noise, rng, schedule)
    else:
        latent, rng = encode_sample(nine.model.vae, image, seeds(7), ctx=nine.ctx)
        noise, rng = draw_like(latent, rng, ctx=nine.ctx)
        first = noise_latent(latent, noise, rng, schedule, ctx=nine.ctx)
    concat, rng = inpaint_condition(nine.model.vae, image, mask, first.rng, ctx=nine.ctx)
    states = nine.run(schedule, with_rng(first, rng), nine.texts(), concat=concat)
    assert_same(nine.picture(states), oracles.inpaint("inpaint", solver, image.data, mask.data, strength))


@pytest.mark.parametrize("solver", [DDIM, EULER, HEUN], ids=lambda s: s.name)
def test_forward_noising_equals_add_noise(studio: Studio, oracles: Oracles, image: Image, solver: Solver):
    schedule = studio.schedule(solver)
    scheduler = oracles.scheduler("sd", solver)
    scheduler.set_timesteps(6)
    latent = encode(studio.model.vae, image, ctx=studio.ctx)
    noise, _ = draw_like(latent, seeds(5), ctx=studio.ctx)
    for step in schedule_to_steps(schedule):
        if solver is HEUN:
            scheduler.set_begin_index(step.index)
        wanted = scheduler.add_noise(latent.data, noise.data, scheduler.timesteps[step.index : step.index + 1])
        assert torch.equal(noise_at(latent, noise, step, ctx=studio.ctx).data, wanted)
