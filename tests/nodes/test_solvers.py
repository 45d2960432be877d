"""The scheduler adapter: every listed scheduler steps as diffusers' own does, from its state alone."""

from __future__ import annotations

import inspect
import json
import warnings
from pathlib import Path
from typing import Any, get_args

import diffusers
import pytest
import torch

from engine.context import Context
from engine.errors import NodeError
from engine.pack import pack, unpack
from engine.values import Rng
from nodes.noise import normal
from nodes.schedule import cut_indices, make_schedule, schedule_to_steps
from nodes.solver_list import EXCLUDED, FLOW, SOLVERS, SolverName
from nodes.solvers import scheduler_step
from nodes.types import Prediction, Schedule, SchedulerConfig, State, Step
from tests.tiny import NOISE

pytestmark = pytest.mark.usefixtures("one_thread")

CONFIG = SchedulerConfig("DDIMScheduler", json.dumps(NOISE | {"steps_offset": 1, "clip_sample": False}))
CASES: dict[str, dict[str, Any]] = {name: {} for name in SOLVERS} | {
    "ddim η=1": {"solver": "ddim", "eta": 1.0},
    "tcd η=0.5": {"solver": "tcd", "eta": 0.5},
    "euler churn": {"solver": "euler", "s_churn": 5.0, "s_noise": 1.01},
    "flow_euler stochastic": {"solver": "flow_euler", "options": {"stochastic_sampling": True}},
    "dpmpp_2m karras": {"solver": "dpmpp_2m", "curve": "karras"},
    "dpmpp_2m final ode": {"solver": "dpmpp_2m", "options": {"euler_at_final": True}},
    "unipc order 3": {"solver": "unipc", "options": {"solver_order": 3}},
    "deis order 3": {"solver": "deis", "options": {"solver_order": 3}},
    "edm churn": {"solver": "edm_euler", "s_churn": 5.0},
}
STEP_OPTIONS = ("eta", "s_churn", "s_noise")
STATE_TYPES = {"nodes.types.State": State, "engine.values.Rng": Rng}


class Case:
    """One configuration, its schedule and a stand-in for the denoiser (any smooth function of what it is shown)."""

    def __init__(self, name: str, seeds: tuple[int, ...] = (7,)) -> None:
        said = dict(CASES[name])
        self.step_options = {key: said.pop(key) for key in STEP_OPTIONS if key in said}
        solver = said.pop("solver", name)
        said["steps"] = 2 if solver == "scm" else 6
        self.schedule: Schedule = make_schedule(CONFIG, solver=solver, **said)
        self.seeds = seeds
        flow = "flow_prediction" if self.schedule.solver in FLOW else "epsilon"
        self.kind = json.loads(self.schedule.config).get("prediction_type", flow)

    def predict(self, shown: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
        """A prediction [B, C, h, w]; twice the channels for a solver that wants a variance, too."""
        made = torch.tanh(shown * 0.7 + float(timestep) / 1000) * 0.9
        wide = "learned" in str(json.loads(self.schedule.config).get("variance_type", ""))
        return torch.cat([made, made * 0.1], dim=1) if wide else made

    def start(self) -> State:
        """Noise at the first level."""
        generators = Rng(self.seeds).generators()
        noise = normal((len(self.seeds), 4, 8, 8), generators, "cpu", "float32")
        return State(noise * self.schedule.init_noise_sigma, Rng(self.seeds).advanced(generators))

    def one(self, state: State, step: Step, ctx: Context) -> State:
        """One step by the adapter."""
        from nodes.adapter import solver_for

        solver = solver_for(step.schedule, ctx)
        data = self.predict(solver.scale(state, step.index), solver.timestep(step.index))
        return scheduler_step(state, Prediction(data, self.kind), step, **self.step_options, ctx=ctx)

    def states(self) -> list[State]:
        """The first state and one after each step."""
        ctx, states = Context(), [self.start()]
        for step in schedule_to_steps(self.schedule):
            states.append(self.one(states[-1], step, ctx))
        return states

    def wanted(self) -> list[torch.Tensor]:
        """The latents of a plain diffusers loop."""
        scheduler = getattr(diffusers, self.schedule.solver)(**json.loads(self.schedule.config))
        scheduler.set_timesteps(**json.loads(self.schedule.arguments))
        if getattr(scheduler, "noise_sampler_seed", 0) is None:
            scheduler.noise_sampler_seed = self.seeds[0] if len(self.seeds) == 1 else list(self.seeds)
        generators = [torch.Generator("cpu").manual_seed(seed) for seed in self.seeds]
        latent = normal((len(self.seeds), 4, 8, 8), generators, "cpu", "float32")
        latent = latent * getattr(scheduler, "init_noise_sigma", 1.0)
        accepted = inspect.signature(scheduler.step).parameters
        options = {k: v for k, v in ({"eta": 0.0} | self.step_options).items() if k in accepted}
        if "generator" in accepted:
            options["generator"] = generators[0] if len(generators) == 1 else generators
        latents = [latent]
        for t in scheduler.timesteps[: self.schedule.count]:
            scales = hasattr(scheduler, "scale_model_input")
            shown = scheduler.scale_model_input(latents[-1], t) if scales else latents[-1]
            latents.append(scheduler.step(self.predict(shown, t), t, latents[-1], **options, return_dict=False)[0])
        return latents


@pytest.mark.parametrize("name", CASES)
def test_a_run_equals_a_plain_diffusers_loop(name: str):
    case = Case(name)
    made, wanted = case.states(), case.wanted()
    assert len(made) == len(wanted)
    for i, (state, latent) in enumerate(zip(made, wanted, strict=True)):
        assert torch.isfinite(latent).all()
        assert torch.equal(state.latent, latent), f"after step {i}: {(state.latent - latent).abs().max()}"


@pytest.mark.parametrize("name", CASES)
def test_a_batch_equals_a_plain_diffusers_loop(name: str):
    case = Case(name, (3, 12))
    assert all(torch.equal(s.latent, x) for s, x in zip(case.states(), case.wanted(), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_every_step_goes_on_from_a_stored_state_in_a_new_run(name: str):
    case = Case(name)
    states = case.states()
    for step, state, after in zip(schedule_to_steps(case.schedule), states, states[1:], strict=False):
        packed = pack(state)
        leaves = [leaf.clone() if isinstance(leaf, torch.Tensor) else leaf for leaf in packed.leaves]
        again = case.one(unpack(packed.json, leaves, STATE_TYPES), step, Context())
        assert torch.equal(again.latent, after.latent), f"step {step.index}"
        assert pack(again).json == pack(after).json
        for a, b in zip(pack(again).leaves, pack(after).leaves, strict=True):
            assert torch.equal(torch.as_tensor(a), torch.as_tensor(b))


@pytest.mark.parametrize("name", CASES)
def test_a_step_changes_no_state_and_draws_from_no_hidden_generator(name: str):
    case = Case(name)
    hidden = torch.get_rng_state()
    states = case.states()
    assert torch.equal(torch.get_rng_state(), hidden)
    versions = [leaf._version for state in states for leaf in pack(state).leaves if isinstance(leaf, torch.Tensor)]
    ctx = Context()
    for step in reversed(schedule_to_steps(case.schedule)):  # in any order
        again = case.one(states[step.index], step, ctx)
        assert torch.equal(again.latent, states[step.index + 1].latent)
    after = [leaf._version for state in states for leaf in pack(state).leaves if isinstance(leaf, torch.Tensor)]
    assert after == versions


@pytest.mark.parametrize("name", CASES)
def test_two_frames_over_one_cut_schedule_equal_one(name: str):
    case = Case(name)
    whole = case.states()
    k = case.schedule.count // 2
    state, ctx = case.start(), Context()
    for part in (cut_indices(case.schedule, end=k), cut_indices(case.schedule, start=k)):
        for step in schedule_to_steps(part):
            state = case.one(state, step, ctx)
    assert torch.equal(state.latent, whole[-1].latent)


def test_a_state_of_another_solver_brings_no_history():
    two_m, euler = Case("dpmpp_2m"), Case("euler")
    strange = two_m.states()[3]
    bare = State(strange.latent, strange.rng)
    step = schedule_to_steps(euler.schedule)[3]
    assert torch.equal(euler.one(strange, step, Context()).latent, euler.one(bare, step, Context()).latent)


def test_every_scheduler_of_diffusers_is_listed_or_excluded():
    listed = {kind for kind, _ in SOLVERS.values()}
    names = {name for name in dir(diffusers) if name.endswith("Scheduler")}
    names -= {"SchedulerMixin"}
    assert names - listed - set(EXCLUDED) == set(), "in neither list"
    assert (listed | set(EXCLUDED)) - names == set(), "gone from diffusers"
    assert listed & set(EXCLUDED) == set()


def test_the_names_of_the_widget_are_those_of_the_list():
    assert set(get_args(SolverName)) == {"model", *SOLVERS}


def test_a_prediction_of_another_kind_is_refused():
    case = Case("euler")
    step = schedule_to_steps(case.schedule)[0]
    with pytest.raises(NodeError, match="predicts v_prediction, the schedule expects epsilon") as error:
        scheduler_step(case.start(), Prediction(torch.zeros(1, 4, 8, 8), "v_prediction"), step)
    assert error.value.input == "prediction"


def test_a_step_costs_little_more_than_the_scheduler_itself(tmp_path: Path):
    """Not a benchmark: an upper bound that a slip (a copy of the schedule, a new instance) would break."""
    from time import perf_counter

    case, ctx = Case("euler"), Context()
    step = schedule_to_steps(case.schedule)[0]
    state, data = case.start(), torch.zeros(1, 4, 8, 8)
    prediction = Prediction(data, "epsilon")
    scheduler_step(state, prediction, step, ctx=ctx)
    best = min(_timed(lambda: scheduler_step(state, prediction, step, ctx=ctx), perf_counter) for _ in range(50))
    assert best < 0.002


def _timed(call: Any, clock: Any) -> float:
    begin = clock()
    call()
    return float(clock() - begin)


def test_no_scheduler_warns_of_a_deprecation():
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        for name in SOLVERS:
            Case(name)
