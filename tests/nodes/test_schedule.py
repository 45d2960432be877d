"""Schedules are explicit, cut by named conventions, and refuse what a solver does not know."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import diffusers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.digest import encode
from engine.errors import NodeError
from nodes import steps as s
from nodes.schedule import (
    cut_between,
    cut_denoising,
    cut_indices,
    cut_strength,
    items,
    make_schedule,
    schedule_to_steps,
)
from nodes.types import Schedule, SchedulerConfig, Step
from tests.tiny import NOISE

CONFIG = SchedulerConfig("DDIMScheduler", json.dumps(NOISE | {"steps_offset": 1, "clip_sample": False}))


def made(solver: Any = "euler", steps: int = 10, **widgets: Any) -> Schedule:
    return make_schedule(CONFIG, solver=solver, steps=steps, **widgets)


def indices(schedule: Schedule) -> list[int]:
    return [step.index for step in schedule_to_steps(schedule)]


def test_every_key_of_the_configuration_is_written_out():
    known = set(diffusers.EulerDiscreteScheduler._get_init_keys(diffusers.EulerDiscreteScheduler))
    assert set(json.loads(made().config)) == known - {"self", "kwargs"}


def test_equal_schedules_have_equal_identities_however_they_were_asked_for():
    karras = made(curve="karras")
    option = made(options={"use_karras_sigmas": True})
    assert karras == option
    assert encode(karras) == encode(option)
    assert encode(karras) != encode(made())


def test_a_step_is_named_by_schedule_and_index_and_not_by_the_cut():
    whole, cut = made(), cut_indices(made(), start=4)
    assert encode(schedule_to_steps(cut)[0]) == encode(schedule_to_steps(whole)[4])
    assert encode(schedule_to_steps(whole)[4]) != encode(schedule_to_steps(whole)[5])
    assert schedule_to_steps(cut)[0].count == 10


def test_more_items_than_steps_where_a_step_takes_more_evaluations():
    counts = {name: made(name).count for name in ("euler", "pndm", "pndm_prk", "heun", "dpm2", "dpmpp_sde")}
    assert counts == {"euler": 10, "pndm": 11, "pndm_prk": 19, "heun": 19, "dpm2": 19, "dpmpp_sde": 19}


def test_noise_levels_fall():
    for name in ("ddim", "euler", "dpmpp_2m", "unipc", "flow_euler", "lcm"):
        sigmas = made(name).sigmas
        assert all(a > b for a, b in pairwise(sigmas)), name


@pytest.mark.parametrize(
    ("widgets", "input", "says"),
    [
        ({"curve": "lu", "solver": "euler"}, "curve", "use_lu_lambdas"),
        ({"curve": "karras", "solver": "ddim"}, "curve", "use_karras_sigmas"),
        ({"options": {"use_karras_sigma": True}}, "options", "did you mean 'use_karras_sigmas'"),
        ({"timesteps": [900.0], "sigmas": [1.0]}, "sigmas", "not both"),
        ({"timesteps": [900.0], "solver": "unipc"}, "timesteps", "takes no list of timesteps"),
        ({"timesteps": []}, "timesteps", "empty"),
        ({"betas": "squaredcos_cap_v2", "options": {"beta_schedule": "sine"}}, "options", "sine"),
        ({"options": {"use_karras_sigmas": True, "use_beta_sigmas": True}}, "options", "Only one"),
    ],
)
def test_what_a_solver_does_not_know_is_refused(widgets: dict[str, Any], input: str, says: str):
    with pytest.raises(NodeError, match=says) as error:
        made(**widgets)
    assert error.value.input == input


def test_a_scheduler_that_cannot_drive_a_loop_says_why():
    with pytest.raises(NodeError, match="discrete tokens"):
        make_schedule(SchedulerConfig("AmusedScheduler", "{}"))
    with pytest.raises(NodeError, match="no scheduler 'Nonsense'"):
        make_schedule(SchedulerConfig("Nonsense", "{}"))


def test_the_cut_of_a_strength_is_that_of_the_pipelines():
    assert indices(cut_strength(made(steps=10), strength=0.3)) == [7, 8, 9]
    assert indices(cut_strength(made(steps=10), strength=1.0)) == list(range(10))
    assert indices(cut_strength(made(steps=10), strength=0.0)) == []
    assert indices(cut_strength(made("heun", steps=4), strength=0.5)) == [4, 5, 6]


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 1), st.sampled_from(["euler", "heun", "pndm", "dpmpp_2m"]), st.integers(1, 12))
def test_every_way_to_cut_in_two_makes_the_whole(at: float, solver: str, steps: int):
    whole = made(solver, steps)
    for first, rest in (
        (cut_between(whole, end=at), cut_between(whole, start=at)),
        (cut_denoising(whole, end=at), cut_denoising(whole, start=at)),
    ):
        if at in (0, 1):
            continue
        assert indices(first) + indices(rest) == indices(whole)


def test_cuts_can_be_cut_again():
    assert indices(cut_between(cut_indices(made(), start=2, end=8), start=0.4)) == [4, 5, 6, 7]
    assert indices(cut_indices(cut_indices(made(), start=2), end=4)) == [2, 3]
    assert indices(cut_indices(made(), start=50)) == []


WHOLE = schedule_to_steps(made())


def step(index: int) -> Step:
    return WHOLE[index]


def test_the_items_of_a_schedule_go_either_way():
    cut = cut_indices(made(), start=2, end=5)
    assert [step.index for step in items(cut)] == [2, 3, 4]
    assert items(cut, backwards=True) == items(cut)[::-1]
    assert items(cut) == schedule_to_steps(cut)
    assert items(cut_indices(made(), start=3, end=3)) == []


def test_questions_about_a_step():
    assert s.step_at(step(3), index=3)
    assert not s.step_at(step(4), index=3)
    assert [s.step_since(step(i), index=3) for i in (2, 3, 4)] == [False, True, True]
    assert [s.step_between(step(i), start=0.2, end=0.7) for i in (1, 2, 6, 7)] == [False, True, True, False]
    assert s.step_between(step(9))
    info = s.step_info(step(5))
    assert (info.position, info.total, info.progress) == (5, 10, 0.5)
    assert info.timestep == made().timesteps[5]
    assert info.sigma == made().sigmas[5]


@given(st.integers(0, 9), st.floats(0, 1), st.floats(0, 1))
def test_the_control_interval_is_that_of_the_pipelines(index: int, start: float, end: float):
    kept = 1.0 - float(index / 10 < start or (index + 1) / 10 > end)
    assert s.step_control_interval(step(index), start=start, end=end) == bool(kept)


def test_an_experts_interval_is_half_open():
    at = made().timesteps[4]
    assert s.step_timestep_between(step(4), low=at, high=1000)
    assert not s.step_timestep_between(step(4), low=0, high=at)
