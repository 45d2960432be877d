"""How values look in small: latents through the VAE of the workflow, pictures as they are; and what a step shows."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image as PilImage

from engine.errors import NodeError
from engine.values import Artifact
from nodes.clean import predict_clean
from nodes.looks import see_image, see_latent, see_mask
from nodes.schedule import schedule_to_steps
from nodes.solvers import scheduler_step
from nodes.types import Image, Latent, Mask, Prediction, State
from nodes.vae import decode
from tests.nodes.loop import Studio
from tests.nodes.test_schedule import made
from tests.tiny import Resident, context

NOISE = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def studio(tiny_models: Path) -> Studio:
    return Studio(context(tiny_models, Resident()))


def opened(found: Artifact | None) -> PilImage.Image:
    """The picture in an artifact."""
    assert found is not None
    assert (found.suffix, found.media) == (".webp", "image/webp")
    picture = PilImage.open(io.BytesIO(found.data))
    assert picture.format == "WEBP"
    return picture


def seen(studio: Studio, latent: torch.Tensor) -> PilImage.Image:
    """A latent as it is shown."""
    return opened(see_latent(Latent(latent), (studio.model.vae,), studio.ctx))


def test_a_latent_is_seen_through_the_vae(studio: Studio):
    side = 8 * studio.model.vae.downscale
    shown = seen(studio, NOISE)
    assert shown.size == (side, side)
    whole = see_image(decode(studio.model.vae, Latent(NOISE[:1]), ctx=studio.ctx))
    assert shown.tobytes() == opened(whole).tobytes()  # the first of the batch


def test_without_a_vae_that_has_its_channels_there_is_nothing_to_see(studio: Studio):
    assert see_latent(Latent(NOISE), (), studio.ctx) is None
    assert see_latent(Latent(torch.zeros(1, 16, 8, 8)), (studio.model.vae,), studio.ctx) is None


def test_a_latent_of_far_more_than_unit_variance_is_brought_down(studio: Studio):
    assert seen(studio, 10 * NOISE[:1]).tobytes() == seen(studio, 100 * NOISE[:1]).tobytes()
    assert seen(studio, NOISE[:1] / 2).tobytes() != seen(studio, NOISE[:1]).tobytes()


def test_a_large_latent_is_thinned_and_its_picture_is_small(studio: Studio):
    large = torch.randn(1, 4, 100, 40, generator=torch.Generator().manual_seed(0))
    shown, thin = seen(studio, large), seen(studio, large[..., ::2, ::2])
    assert shown.tobytes() == thin.tobytes()
    assert max(opened(see_image(Image(torch.rand(1, 3, 600, 300)))).size) == 256


def test_pictures_and_masks_are_shown_as_they_are():
    red = Image(torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1).expand(1, 3, 32, 32))
    r, g, b = opened(see_image(red)).convert("RGB").getpixel((16, 16))  # type: ignore[misc]
    assert (r > 240, g < 15, b < 15) == (True, True, True)
    assert opened(see_mask(Mask(torch.ones(1, 1, 32, 32)))).convert("L").getpixel((3, 3)) == 255


@pytest.mark.parametrize("solver", ["ddim", "euler", "dpmpp_2m"])
def test_a_solver_step_shows_the_clean_latent_that_it_goes_by(solver: str):
    (label, view) = scheduler_step.views["clean"]
    state, prediction = State(NOISE, rng=Any), Prediction(NOISE.flip(0))  # type: ignore[arg-type]
    step = schedule_to_steps(made(solver))[3]
    shown: Any = view(state=state, prediction=prediction, step=step)
    assert label == "clean x̂₀"
    assert shown.data.dtype == torch.float16
    assert torch.equal(shown.data, predict_clean(state, prediction, step).data.half())


def test_a_solver_with_a_parameterisation_of_its_own_shows_none():
    _, view = scheduler_step.views["clean"]
    step = schedule_to_steps(made("ipndm"))[0]
    with pytest.raises(NodeError, match="parameterisation of its own"):
        view(state=State(NOISE, rng=Any), prediction=Prediction(NOISE), step=step)  # type: ignore[arg-type]
