"""One adapter for diffusers' schedulers: their history becomes a value.

A diffusers scheduler keeps solver history in attributes and counts its own steps; one restarted at step 20 gives a
different picture. Here an instance is scratch. Each call clears it, puts back

    baseline    its attributes as `set_timesteps` left them
    carried     the attributes that `State.history` holds: those that a step left different from the baseline

runs one method, and takes what is now different as the next history. So any step can be repeated, in any order, from
its `State` alone. With nothing carried in the middle of a schedule (image-to-image), the step index is set, as the
image-to-image pipelines do. Attributes are compared by identity, scalars by value.
"""

from __future__ import annotations

import inspect
import json
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.errors import NodeError
from engine.lazy import lazy
from nodes.solver_list import FLOW
from nodes.types import Prediction, Schedule, State

if TYPE_CHECKING:
    import diffusers
    import torch

    from engine.context import Context
else:
    diffusers, torch = lazy("diffusers"), lazy("torch")

SCALARS = (bool, int, float, str, type(None))
REMADE = frozenset({"noise_sampler", "noise_sampler_seed", "_begin_index"})  # follow from seed and index: never carried
ADDED_TO = frozenset({"cur_model_output"})  # PNDM adds to this tensor in place


def scheduler_class(name: str, input: str = "solver") -> Any:
    """A scheduler class of diffusers; `NodeError` if there is none or a library for it is missing."""
    found = getattr(diffusers, name, None)
    if found is None:
        raise NodeError(f"diffusers has no scheduler {name!r}", input=input)
    return found


def make_scheduler(solver: str, config: str, arguments: str, device: str = "cpu") -> Any:
    """A scheduler instance with its timesteps set. Raises what diffusers raises for a bad configuration."""
    scheduler = scheduler_class(solver)(**json.loads(config))
    scheduler.set_timesteps(**json.loads(arguments), device=device)
    return scheduler


def solver_for(schedule: Schedule, ctx: Context) -> Solver:
    """The run's scratch solver for a schedule."""
    return ctx.memo(("solver", schedule.digest, ctx.device), lambda: Solver(schedule, ctx.device))


class Solver:
    """A scratch scheduler. Holds no state between calls."""

    def __init__(self, schedule: Schedule, device: str) -> None:
        self._name = schedule.digest.hex()
        self.scheduler = make_scheduler(schedule.solver, schedule.config, schedule.arguments, device)
        self._live: dict[str, Any] = self.scheduler.__dict__
        if "is_scale_input_called" in self._live:
            self._live["is_scale_input_called"] = True  # a flag for a warning: `unet.denoise` does scale
        self._baseline = dict(self._live)
        self._lists = {n: list(v) for n, v in self._baseline.items() if isinstance(v, list)}
        self._timesteps = self.scheduler.timesteps.unbind()
        self._accepts = frozenset(inspect.signature(self.scheduler.step).parameters)
        if "noise_sampler" in self._baseline:  # a Brownian tree, asked a rounding error outside of its interval
            warnings.filterwarnings("ignore", message="Should have t[ab][<>]=t[01]", module="torchsde")
        self._seeded = self._baseline.get("noise_sampler_seed", 0) is None
        self._begins = hasattr(self.scheduler, "set_begin_index")
        self._scales = hasattr(self.scheduler, "scale_model_input")
        flow = "flow_prediction" if schedule.solver in FLOW else None
        self._predicts = self.scheduler.config.get("prediction_type", flow)

    def timestep(self, index: int) -> torch.Tensor:
        """The timestep of an item, as the scheduler and the denoiser want it: a 0-d tensor on the device."""
        timestep: torch.Tensor = self._timesteps[index]
        return timestep

    def scale(self, state: State, index: int) -> torch.Tensor:
        """The latent as the denoiser wants to see it at this step (divided by √(σ² + 1) for σ-based solvers)."""
        if not self._scales:
            return state.latent
        self._restore(state, index)
        scaled: torch.Tensor = self.scheduler.scale_model_input(state.latent, self._timesteps[index])
        return scaled

    def step(self, state: State, prediction: Prediction, index: int, options: Mapping[str, float]) -> State:
        """One step: the latent, the history and the random state after it. `options` it does not know are left out."""
        if self._predicts is not None and prediction.kind != self._predicts:
            raise NodeError(
                f"the denoiser predicts {prediction.kind}, the schedule expects {self._predicts}", input="prediction"
            )
        self._restore(state, index)
        arguments: dict[str, Any] = {name: value for name, value in options.items() if name in self._accepts}
        rng = state.rng
        generators = rng.generators() if self._draws(options) else []
        if generators:
            arguments["generator"] = generators[0] if len(generators) == 1 else generators
        if self._seeded:
            seeds = rng.seeds
            self._live["noise_sampler_seed"] = seeds[0] if len(seeds) == 1 else list(seeds)
        latent = self.scheduler.step(
            prediction.data, self._timesteps[index], state.latent, **arguments, return_dict=False
        )[0]
        if generators:
            rng = rng.advanced(generators)
        return State(latent, rng, self._carried(), self._name, index + 1)

    def noised(self, latent: torch.Tensor, noise: torch.Tensor, index: int) -> torch.Tensor:
        """`latent` with `noise` at the noise level of item `index` (x_t = √ᾱ x_0 + √(1−ᾱ) ε, or x_0 + σ ε)."""
        self._restore(None, index)
        timestep = self._timesteps[index].reshape(1)
        if hasattr(self.scheduler, "add_noise"):
            made: torch.Tensor = self.scheduler.add_noise(latent, noise, timestep.repeat(len(latent)))
        elif hasattr(self.scheduler, "scale_noise"):
            made = self.scheduler.scale_noise(latent, timestep.repeat(len(latent)), noise)
        else:
            kind = type(self.scheduler).__name__
            raise NodeError(f"{kind} cannot add noise to a picture: choose another solver", input="schedule")
        return made

    def _draws(self, options: Mapping[str, float]) -> bool:
        """True if a step may take random numbers from the generators."""
        config = self.scheduler.config
        if "generator" not in self._accepts:
            return False
        algorithm = config.get("algorithm_type", "")
        if algorithm.startswith(("dpmsolver", "sde-dpmsolver")):
            return bool(algorithm.startswith("sde"))
        if "s_churn" in self._accepts:
            return options.get("s_churn", 0) > 0 or bool(config.get("stochastic_sampling", False))
        return "eta" not in self._accepts or options.get("eta", 0) > 0

    def _restore(self, state: State | None, index: int) -> None:
        live = self._live
        live.clear()
        live.update(self._baseline)
        for name, values in self._lists.items():
            live[name] = list(values)
        if state is not None and state.index == index and state.schedule == self._name:
            for name, value in state.history.items():
                live[name] = list(value) if type(value) is list else value.clone() if name in ADDED_TO else value
        elif self._begins:
            self.scheduler.set_begin_index(index)

    def _carried(self) -> dict[str, Any]:
        carried: dict[str, Any] = {}
        baseline = self._baseline
        for name, value in self._live.items():
            before = baseline.get(name, baseline)
            if value is before or name in REMADE:
                continue
            if isinstance(value, SCALARS):
                if isinstance(before, SCALARS) and value == before:
                    continue
            elif isinstance(value, list):
                start = self._lists.get(name)
                if start is not None and _same(value, start):
                    continue
            elif isinstance(value, torch.Size):
                value = tuple(value)
            carried[name] = value
        return carried


def _same(a: list[Any], b: list[Any]) -> bool:
    return len(a) == len(b) and all(x is y for x, y in zip(a, b, strict=True))
