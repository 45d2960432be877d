"""The clean estimate equals the one that diffusers' schedulers make on the way."""

from __future__ import annotations

from typing import Any

import diffusers
import pytest
import torch

from engine.errors import NodeError
from engine.values import Rng
from nodes.clean import predict_clean
from nodes.schedule import schedule_to_steps
from nodes.types import Prediction, State
from tests.nodes.test_schedule import made
from tests.tiny import NOISE

SAMPLE = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
OUTPUT = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1))


NAMES = {"ddim": "DDIMScheduler", "euler": "EulerDiscreteScheduler", "euler_a": "EulerAncestralDiscreteScheduler"}


@pytest.mark.parametrize(
    ("solver", "kind"),
    [(s, k) for s in NAMES for k in ("epsilon", "v_prediction", "sample") if (s, k) != ("euler_a", "sample")],
)
def test_it_is_the_schedulers_own_estimate(solver: str, kind: Any):
    schedule = made(solver, options={"prediction_type": kind})
    clip = {"clip_sample": False} if solver == "ddim" else {}
    scheduler = getattr(diffusers, NAMES[solver])(**NOISE, steps_offset=1, prediction_type=kind, **clip)
    scheduler.set_timesteps(10)
    for step in schedule_to_steps(schedule)[:3]:
        if hasattr(scheduler, "scale_model_input"):
            scheduler.scale_model_input(SAMPLE, scheduler.timesteps[step.index])
        wanted = scheduler.step(OUTPUT, scheduler.timesteps[step.index], SAMPLE).pred_original_sample
        clean = predict_clean(State(SAMPLE, Rng((0,))), Prediction(OUTPUT, kind), step)
        assert torch.allclose(clean.data, wanted, rtol=1e-4, atol=1e-4)


def test_a_flow_points_straight_at_the_picture():
    step = schedule_to_steps(made("flow_euler"))[3]
    clean, noise = SAMPLE, OUTPUT
    state = State((1 - step.sigma) * clean + step.sigma * noise, Rng((0,)))
    found = predict_clean(state, Prediction(noise - clean, "flow_prediction"), step)
    assert torch.allclose(found.data, clean, atol=1e-5)


def test_a_parameterisation_of_its_own_is_refused():
    step = schedule_to_steps(made("edm_euler"))[0]
    with pytest.raises(NodeError, match="parameterisation of its own"):
        predict_clean(State(SAMPLE, Rng((0,))), Prediction(OUTPUT), step)
