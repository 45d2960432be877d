"""UNet, guidance, text and noise refuse what does not fit, and mean what their formulas say."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.errors import NodeError
from engine.values import Alias, Rng
from nodes.guidance import cfg_combine, compose, instruct_combine, rescale
from nodes.noise import draw, draw_like, gaussian, start, streams
from nodes.schedule import schedule_to_steps
from nodes.text import concat_text, encode_text, size_text
from nodes.types import Concat, Conditioning, Latent, Prediction, State, Step
from nodes.unet import denoise
from nodes.vae import decode, encode
from tests.nodes.loop import Studio, seeds
from tests.oracles import EULER
from tests.tiny import Resident, context

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def studio(tiny_models: Path) -> Studio:
    return Studio(context(tiny_models, Resident()))


@pytest.fixture(scope="module")
def step(studio: Studio) -> Step:
    return schedule_to_steps(studio.schedule(EULER))[1]


def state(batch: int = 1, channels: int = 4, side: int = 8) -> State:
    generator = torch.Generator().manual_seed(4)
    return State(torch.randn(batch, channels, side, side, generator=generator), Rng(tuple(range(batch))))


def prediction(value: float, kind: str = "epsilon") -> Prediction:
    return Prediction(torch.full((1, 4, 2, 2), float(value)), kind)  # type: ignore[arg-type]


def test_two_calls_as_a_batch_say_what_they_say_alone_but_for_the_last_bits(studio: Studio, step: Step):
    texts = studio.texts()
    alone = [denoise(studio.model.unet, state(), step, text, ctx=studio.ctx) for text in texts]
    calls = [{"unet": studio.model.unet, "state": state(), "step": step, "text": t, "ctx": studio.ctx} for t in texts]
    assert denoise.batch_fn is not None
    for a, b in zip(alone, denoise.batch_fn(calls), strict=True):
        assert torch.allclose(a.data, b.data, atol=1e-4)
        assert a.kind == b.kind == "epsilon"


def test_nothing_asks_for_gradients(studio: Studio, step: Step):
    made = denoise(studio.model.unet, state(), step, studio.texts()[0], ctx=studio.ctx)
    assert not made.data.requires_grad
    assert not studio.texts()[0].sequence.requires_grad


def test_embeddings_of_another_width_are_refused(studio: Studio, step: Step):
    wide = Conditioning(torch.zeros(1, 77, 64))
    with pytest.raises(NodeError, match="width 32, got 64") as error:
        denoise(studio.model.unet, state(), step, wide, ctx=studio.ctx)
    assert error.value.input == "text"


def test_a_batch_that_does_not_fit_is_refused(studio: Studio, step: Step):
    pair = Conditioning(torch.zeros(2, 77, 32))
    with pytest.raises(NodeError, match="batch of 3 images takes 1 or 3 here, got 2"):
        denoise(studio.model.unet, state(3), step, pair, ctx=studio.ctx)


def test_extra_channels_are_for_models_that_take_them(studio: Studio, step: Step):
    extra = Concat(torch.zeros(1, 5, 8, 8))
    text = studio.texts()[0]
    with pytest.raises(NodeError, match="takes 4 channels, got a latent of 4 and 5 more") as error:
        denoise(studio.model.unet, state(), step, text, None, extra, ctx=studio.ctx)
    assert error.value.input == "concat"
    nine = Studio(studio.ctx, "inpaint").model.unet
    with pytest.raises(NodeError, match="connect `concat`"):
        denoise(nine, state(), step, text, ctx=studio.ctx)
    with pytest.raises(NodeError, match=r"\(4, 4\), the latent \(8, 8\)"):
        denoise(nine, state(), step, text, None, Concat(torch.zeros(1, 5, 4, 4)), ctx=studio.ctx)
    with pytest.raises(NodeError, match="takes 4 channels, got a latent of 16") as error:
        denoise(studio.model.unet, state(channels=16), step, text, ctx=studio.ctx)
    assert error.value.input == "state"


def test_a_latent_of_another_family_is_not_decoded(studio: Studio):
    with pytest.raises(NodeError, match="4 channels, got 16"):
        decode(studio.model.vae, Latent(torch.zeros(1, 16, 8, 8)), ctx=studio.ctx)


def test_guidance_is_its_formula():
    assert torch.equal(cfg_combine(prediction(1), prediction(3), scale=5.0).data, prediction(11).data)
    assert cfg_combine.reducer is not None
    assert cfg_combine.reducer(scale=1.0) == Alias("cond")
    assert cfg_combine.reducer(scale=1.5) is None
    same = prediction(2)
    assert cfg_combine(prediction(1), same, scale=1.0) is same


def test_guidance_by_text_and_picture_is_its_formula():
    both, picture, neither = prediction(7), prediction(3), prediction(1)
    for text_scale, image_scale in ((5.0, 1.5), (5.0, 0.5), (0.0, 0.0), (1.0, 2.0)):
        wanted = 1 + text_scale * (7 - 3) + image_scale * (3 - 1)
        made = instruct_combine(both, picture, neither, text_scale=text_scale, image_scale=image_scale)
        assert torch.equal(made.data, prediction(wanted).data)
    assert instruct_combine(both, picture, neither, text_scale=1.0, image_scale=1.0) is both
    assert instruct_combine.reducer is not None
    assert instruct_combine.reducer(text_scale=1.0, image_scale=1.0) == Alias("both")
    assert instruct_combine.reducer(text_scale=5.0, image_scale=1.0) is None


def test_every_call_of_a_batch_has_its_own_further_channels(tiny_models: Path, step: Step):
    studio = Studio(context(tiny_models, Resident()), "instruct")
    text, shown, blank = studio.texts()[0], Concat(torch.ones(1, 4, 8, 8)), Concat(torch.zeros(1, 4, 8, 8))
    same = {"unet": studio.model.unet, "state": state(2), "step": step, "text": text, "ctx": studio.ctx}
    assert denoise.batch_fn is not None
    made = denoise.batch_fn([same | {"concat": concat} for concat in (shown, blank)])
    for concat, part in zip((shown, blank), made, strict=True):
        alone = denoise(studio.model.unet, state(2), step, text, None, concat, ctx=studio.ctx)
        assert torch.allclose(alone.data, part.data, atol=1e-4)
    assert not torch.allclose(made[0].data, made[1].data, atol=1e-2)
    with pytest.raises(NodeError, match="takes 8 channels, got a latent of 4: connect `concat`"):
        denoise.batch_fn([same | {"concat": concat} for concat in (shown, None)])


def test_predictions_of_two_kinds_do_not_mix():
    with pytest.raises(ValueError, match="epsilon cannot be combined with one of v_prediction"):
        cfg_combine(prediction(1, "v_prediction"), prediction(1), scale=2.0)


def test_rescale_gives_the_spread_of_the_conditional_prediction():
    generator = torch.Generator().manual_seed(0)
    cond = Prediction(torch.randn(2, 4, 8, 8, generator=generator))
    guided = Prediction(cond.data * 4)
    assert torch.allclose(rescale(guided, cond, amount=1.0).data.std(dim=(1, 2, 3)), cond.data.std(dim=(1, 2, 3)))
    assert rescale.reducer is not None
    assert rescale.reducer(amount=0.0) == Alias("guided")


def test_one_composed_prompt_is_guidance():
    guided = cfg_combine(prediction(1), prediction(3), scale=5.0)
    assert torch.equal(compose(prediction(1), (prediction(3),), weights=[5.0]).data, guided.data)
    assert torch.equal(compose(prediction(1), (prediction(3), prediction(9)), weights=[5.0, 0.0]).data, guided.data)
    assert compose(prediction(1), ()).data.mean() == 1
    with pytest.raises(NodeError, match="1 weights for 2 predictions"):
        compose(prediction(1), (prediction(3), prediction(9)), weights=[1.0])


def test_conditionings_join_along_tokens_and_batch(studio: Studio):
    a, b = studio.texts()
    assert concat_text(a, b).sequence.shape == (1, 154, 32)
    assert concat_text(a, b, along="batch").sequence.shape == (2, 77, 32)
    with pytest.raises(NodeError, match="width 32 and 64"):
        concat_text(a, Conditioning(torch.zeros(1, 77, 64)))
    with pytest.raises(NodeError, match="one conditioning is for SDXL"):
        concat_text(a, Conditioning(b.sequence, torch.zeros(1, 32)), along="batch")


def test_sizes_are_height_first():
    sized = size_text(Conditioning(torch.zeros(1, 2, 4)), width=300, height=200, crop_x=5, crop_y=3)
    assert sized.time_ids is not None
    assert sized.time_ids.tolist() == [[200, 300, 3, 5, 200, 300]]
    scored = size_text(sized, width=300, height=200, aesthetic=2.5)
    assert scored.time_ids is not None
    assert scored.time_ids.tolist() == [[200, 300, 0, 0, 2.5]]


def test_more_layers_than_there_are_cannot_be_skipped(studio: Studio):
    with pytest.raises(NodeError, match="has 2 layers") as error:
        encode_text(studio.model.text_encoder, text="cat", clip_skip=2, ctx=studio.ctx)
    assert error.value.input == "clip_skip"


def test_a_size_that_the_vae_cannot_make_is_refused(studio: Studio):
    schedule = studio.schedule(EULER)
    for name in ("width", "height"):
        with pytest.raises(NodeError, match=f"{name} must be a multiple of 8, got 65") as error:
            gaussian(seeds(1), studio.model.vae, schedule, **{"width": 64, "height": 64, name: 65}, ctx=studio.ctx)
        assert error.value.input == name


def test_noise_in_two_nodes_is_noise_in_one(studio: Studio):
    schedule = studio.schedule(EULER)
    whole = gaussian(seeds(1), studio.model.vae, schedule, width=64, height=32, batch=2, ctx=studio.ctx)
    noise, rng = draw(seeds(1), studio.model.vae, width=64, height=32, batch=2, ctx=studio.ctx)
    assert torch.equal(start(noise, rng, schedule).latent, whole.latent)
    assert whole.latent.shape == (2, 4, 4, 8)
    assert whole.rng.seeds == (1, 2)
    again, _ = draw_like(noise, rng, ctx=studio.ctx)
    assert not torch.equal(again.data, noise.data)


def test_streams_fit_the_batch():
    assert streams(Rng((5,)), 3, "rng").seeds == (5, 6, 7)
    assert streams(Rng((9, 2)), 2, "rng").seeds == (9, 2)
    with pytest.raises(NodeError, match="2 seeds do not fit a batch of 3"):
        streams(Rng((1, 2)), 3, "rng")
    drawn = Rng((1,)).advanced(Rng((1,)).generators())
    with pytest.raises(NodeError, match="already drawn"):
        streams(drawn, 2, "rng")


def test_a_picture_of_odd_size_is_not_encoded(studio: Studio):
    from nodes.types import Image

    with pytest.raises(NodeError, match="multiples of 8, got 60×64"):
        encode(studio.model.vae, Image(torch.zeros(1, 3, 64, 60)), ctx=studio.ctx)
