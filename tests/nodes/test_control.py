"""ControlNet in nodes equals StableDiffusionControlNetPipeline bit for bit: one net, two, and an interval."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import diffusers
import pytest
import torch

from engine.errors import NodeError
from nodes.control import add_controls, apply_control
from nodes.handles import ControlNet
from nodes.loaders import load_control
from nodes.schedule import schedule_to_steps
from nodes.steps import step_control_interval
from nodes.types import Conditioning, Image, Residuals, State, Step
from tests.nodes.loop import Studio, assert_same
from tests.oracles import DPMPP_2M, EULER, SIDE, Oracles
from tests.tiny import Resident, context, controlnet_of

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def oracles(tiny_models: Path) -> Oracles:
    return Oracles(tiny_models)


@pytest.fixture(scope="module")
def studio(tiny_models: Path) -> Studio:
    return Studio(context(tiny_models, Resident()))


@pytest.fixture(scope="module")
def hints() -> list[Image]:
    generator = torch.Generator().manual_seed(2)
    return [Image(torch.rand(1, 3, SIDE, SIDE, generator=generator)) for _ in range(2)]


def net(root: Path, name: str) -> diffusers.ControlNetModel:
    return controlnet_of(root / name)


class Steering:
    """What the frame's body does about control: nets with hints and strengths, in an interval."""

    def __init__(
        self,
        studio: Studio,
        parts: Sequence[tuple[ControlNet, Image, float]],
        interval: tuple[float, float] = (0, 1),
        guess: bool = False,
    ) -> None:
        self.studio, self.parts, self.interval, self.guess, self.calls = studio, parts, interval, guess, 0

    def __call__(self, state: State, step: Step, texts: Sequence[Conditioning]) -> list[Residuals | None]:
        if not step_control_interval(step, start=self.interval[0], end=self.interval[1]):
            return [None] * len(texts)
        self.calls += 1
        told = texts[1:] if self.guess else texts
        found = [
            apply_control.batch_fn(
                [
                    {
                        "control": control,
                        "state": state,
                        "step": step,
                        "text": text,
                        "image": hint,
                        "strength": strength,
                        "guess": self.guess,
                        "ctx": self.studio.ctx,
                    }
                    for text in told
                ]
            )
            for control, hint, strength in self.parts
        ]
        summed = [add_controls(each) for each in zip(*found, strict=True)]
        return [None, *summed] if self.guess else summed


def test_one_net_equals_the_pipeline(tiny_models, studio, oracles, hints):
    control = load_control(control="control", ctx=studio.ctx)
    schedule = studio.schedule(EULER)
    steering = Steering(studio, [(control, hints[0], 0.8)])
    states = studio.run(schedule, studio.start(schedule), studio.texts(), control=steering)
    wanted = oracles.control(EULER, net(tiny_models, "control"), hints[0].data, controlnet_conditioning_scale=0.8)
    assert_same(studio.picture(states), wanted)
    assert not torch.equal(wanted.latent, oracles.text_to_image(EULER).latent)


def test_an_interval_equals_the_pipeline_and_runs_the_net_only_inside(tiny_models, studio, oracles, hints):
    control = load_control(control="control", ctx=studio.ctx)
    schedule = studio.schedule(DPMPP_2M)
    steering = Steering(studio, [(control, hints[0], 1.0)], (0.2, 0.7))
    states = studio.run(schedule, studio.start(schedule), studio.texts(), control=steering)
    interval = {"control_guidance_start": 0.2, "control_guidance_end": 0.7}
    wanted = oracles.control(DPMPP_2M, net(tiny_models, "control"), hints[0].data, **interval)
    assert_same(studio.picture(states), wanted)
    assert steering.calls == 2


def test_two_nets_equal_the_pipeline(tiny_models, studio, oracles, hints):
    parts = [
        (load_control(control=name, ctx=studio.ctx), hint, strength)
        for name, hint, strength in zip(("control", "control_b"), hints, (0.8, 0.4), strict=True)
    ]
    schedule = studio.schedule(EULER)
    states = studio.run(schedule, studio.start(schedule), studio.texts(), control=Steering(studio, parts))
    nets = [net(tiny_models, "control"), net(tiny_models, "control_b")]
    pictures = [hint.data for hint in hints]
    wanted = oracles.control(EULER, nets, pictures, controlnet_conditioning_scale=[0.8, 0.4])
    assert_same(studio.picture(states), wanted)


def test_guess_mode_equals_the_pipeline(tiny_models, studio, oracles, hints):
    control = load_control(control="control", ctx=studio.ctx)
    schedule = studio.schedule(EULER)
    steering = Steering(studio, [(control, hints[0], 1.0)], guess=True)
    states = studio.run(schedule, studio.start(schedule), studio.texts(), control=steering)
    wanted = oracles.control(EULER, net(tiny_models, "control"), hints[0].data, guess_mode=True)
    assert_same(studio.picture(states), wanted)


def test_a_net_for_sdxl_equals_the_pipeline(tiny_models, studio, oracles, hints):
    large = Studio(studio.ctx, "sdxl")
    control = load_control(control="control_xl", ctx=studio.ctx)
    schedule = large.schedule(EULER)
    states = large.run(
        schedule, large.start(schedule), large.texts(), control=Steering(large, [(control, hints[0], 1.0)])
    )
    wanted = oracles.sdxl_control(
        EULER, net(tiny_models, "control_xl"), hints[0].data, controlnet_conditioning_scale=1.0
    )
    assert_same(large.picture(states), wanted)


def test_a_strength_of_0_changes_nothing(studio, oracles, hints):
    control = load_control(control="control", ctx=studio.ctx)
    schedule = studio.schedule(EULER)
    steering = Steering(studio, [(control, hints[0], 0.0)])
    states = studio.run(schedule, studio.start(schedule), studio.texts(), control=steering)
    assert_same(studio.picture(states), oracles.text_to_image(EULER))


def test_nothing_to_add_is_nothing():
    assert add_controls(()) is None
    assert add_controls((None, None)) is None


def test_a_hint_of_another_size_is_refused(studio):
    control = load_control(control="control", ctx=studio.ctx)
    schedule = studio.schedule(EULER)
    step = schedule_to_steps(schedule)[0]
    small = Image(torch.zeros(1, 3, 32, 32))
    with pytest.raises(NodeError, match=r"64×64.*32×32.*image\.resize") as error:
        apply_control(control, studio.start(schedule), step, studio.texts()[0], small, ctx=studio.ctx)
    assert error.value.input == "image"
