"""Schedules: which noise levels a run visits, and with which solver. Plan-time: a schedule holds numbers, no tensors.

`schedule.make` writes out every key of the solver's configuration, so that a schedule says by itself what it is. Cuts
keep the absolute indices. Pipelines cut in several ways that differ by a step; each has its own node, named for it.
"""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from engine.about import Formula
from engine.errors import NodeError, nearest
from engine.lazy import lazy
from engine.node import Slider, conversion, node
from nodes import papers
from nodes.adapter import make_scheduler, scheduler_class
from nodes.solver_list import EXCLUDED, SOLVERS, SolverName
from nodes.types import Schedule, SchedulerConfig, Step

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")

STAGE = "solver"

Steps = Annotated[int, Field(ge=1, le=1000), Slider(step=1)]
Fraction = Annotated[float, Field(ge=0, le=1), Slider(step=0.01)]
Spacing = Literal["model", "linspace", "leading", "trailing"]
Curve = Literal["model", "plain", "karras", "exponential", "beta", "lu"]
Betas = Literal["model", "linear", "scaled_linear", "squaredcos_cap_v2"]
Options = dict[str, bool | int | float | str | list[float] | None]

CURVES = ("karras", "exponential", "beta", "lu")
ENDS_AT_DATA = frozenset({"SCMScheduler"})  # their last timestep is the picture itself: no step starts there
PURE_NOISE = 4096.0  # σ where ᾱ is 0 (zero terminal SNR): ᾱ = 2⁻²⁴, as diffusers takes it


@node(
    "schedule.make",
    plan=True,
    label="Noise schedule",
    formula=Formula(
        "σ_T > σ_{T−1} > … > 0",
        r"\sigma_i = \Big(\sigma_{\max}^{1/\rho} + \tfrac{i}{N - "
        r"1}\big(\sigma_{\min}^{1/\rho} - \sigma_{\max}^{1/\rho}\big)\Big)^{\rho}",
    ),
    paper=papers.EDM,
)
def make_schedule(
    config: SchedulerConfig,
    *,
    solver: SolverName = "model",
    steps: Steps = 20,
    spacing: Spacing = "model",
    curve: Curve = "model",
    betas: Betas = "model",
    options: Options | None = None,
    timesteps: list[float] | None = None,
    sigmas: list[float] | None = None,
) -> Schedule:
    """A noise schedule for a solver, by the model's scheduler configuration.

    The model's keys hold for every solver that knows them; what the solver's name stands for goes over them, then the
    widgets, then `options` (any key of the solver's configuration or of its `set_timesteps`). spacing: how timesteps
    are picked (Lin et al. 2024, table 2). curve: how noise levels are spaced (Karras et al. 2022, eq. 5). betas: not
    the noise schedule that the model was trained with. timesteps or sigmas: an explicit list instead of `steps`.
    Raises `NodeError` for an option that the solver does not know, or a combination that it refuses.
    """
    name, fixed = (config.solver, {}) if solver == "model" else SOLVERS[solver]
    if name in EXCLUDED:
        raise NodeError(f"{name} cannot drive a workflow: it {EXCLUDED[name]}", input="config")
    kind = scheduler_class(name)
    known = _defaults(kind)
    full = known | {key: value for key, value in json.loads(config.config).items() if key in known} | dict(fixed)
    for key, value, widget in _widgets(spacing, curve, betas):
        if key in known:
            full[key] = value
        elif value:
            raise NodeError(f"{solver} has no {key}", input=widget)
    arguments = _arguments(kind, steps, timesteps, sigmas)
    _apply(options or {}, full, arguments, kind)
    return _build(name, json.dumps(full, sort_keys=True), json.dumps(arguments, sort_keys=True), steps)


@node("schedule.strength", plan=True, label="Cut by strength", paper=papers.SDEDIT)
def cut_strength(schedule: Schedule, *, strength: Fraction = 0.8) -> Schedule:
    """The end of a schedule, for image-to-image (SDEdit, Meng et al. 2022): start from the picture with noise on it.

    The convention of diffusers' image-to-image and inpainting pipelines: the last int(steps · strength) steps. Strength
    0 gives an empty schedule.
    """
    kept = min(int(schedule.steps * strength), schedule.steps)
    begin = min(max(schedule.steps - kept, 0) * schedule.order, schedule.count)
    return replace(schedule, begin=max(schedule.begin, begin))


@node("schedule.between", plan=True)
def cut_between(schedule: Schedule, *, start: Fraction = 0.0, end: Fraction = 1.0) -> Schedule:
    """The items whose progress (index / count) is at least `start` and less than `end`."""
    indices = [i for i in range(schedule.begin, schedule.end) if start <= i / schedule.count < end]
    return _cut(schedule, indices)


@node("schedule.indices", plan=True)
def cut_indices(
    schedule: Schedule,
    *,
    start: Annotated[int, Field(ge=0)] = 0,
    end: Annotated[int, Field(ge=0)] | None = None,
) -> Schedule:
    """The items with an index of at least `start` and less than `end` (None: to the last)."""
    last = schedule.end if end is None else min(end, schedule.end)
    return _cut(schedule, list(range(max(start, schedule.begin), last)))


@node("schedule.denoising", plan=True, label="Cut for base and refiner", paper=papers.SDXL)
def cut_denoising(schedule: Schedule, *, start: Fraction = 0.0, end: Fraction = 1.0) -> Schedule:
    """SDXL's `denoising_start` and `denoising_end`: cut where the timestep passes a share of the training timesteps.

    end: keeps t ≥ round(T − end · T) (the base); start: keeps t < round(T − start · T) (the refiner). With equal values
    the two parts make the whole.
    """
    total = schedule.train_steps
    indices = [
        i
        for i in range(schedule.begin, schedule.end)
        if (end == 1 or schedule.timesteps[i] >= round(total - end * total))
        and (start == 0 or schedule.timesteps[i] < round(total - start * total))
    ]
    return _cut(schedule, indices)


@node("schedule.items", plan=True)
def items(schedule: Schedule, *, backwards: bool = False) -> list[Step]:
    """The items of a schedule as a list. backwards: from the least noise to the most, as noise is added."""
    found = schedule_to_steps(schedule)
    return found[::-1] if backwards else found


@conversion
def schedule_to_steps(schedule: Schedule) -> list[Step]:
    """The items of a schedule, from `begin` to `end`, each with the whole schedule."""
    whole = (
        schedule
        if (schedule.begin, schedule.end) == (0, schedule.count)
        else replace(schedule, begin=0, end=schedule.count)
    )
    return [Step(whole, i) for i in range(schedule.begin, schedule.end)]


def _cut(schedule: Schedule, indices: Sequence[int]) -> Schedule:
    """The schedule from the first to the last of the indices; empty if there are none."""
    if not indices:
        return replace(schedule, end=schedule.begin)
    return replace(schedule, begin=indices[0], end=indices[-1] + 1)


def _defaults(kind: Any) -> dict[str, Any]:
    """Every key of a scheduler's configuration with its default."""
    parameters = inspect.signature(kind.__init__).parameters.values()
    return {
        p.name: None if p.default is p.empty else list(p.default) if isinstance(p.default, tuple) else p.default
        for p in parameters
        if p.name != "self" and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
    }


def _widgets(spacing: Spacing, curve: Curve, betas: Betas) -> list[tuple[str, object, str]]:
    """Configuration keys, values and the widget they come from, for the widgets that are not "model"."""
    said: list[tuple[str, object, str]] = []
    if spacing != "model":
        said.append(("timestep_spacing", spacing, "spacing"))
    if curve != "model":
        said += [(f"use_{'lu_lambdas' if c == 'lu' else c + '_sigmas'}", c == curve, "curve") for c in CURVES]
    if betas != "model":
        said.append(("beta_schedule", betas, "betas"))
    return said


def _arguments(kind: Any, steps: int, timesteps: list[float] | None, sigmas: list[float] | None) -> dict[str, Any]:
    """The arguments of `set_timesteps`: the number of steps, or an explicit list if the solver takes one."""
    accepted = inspect.signature(kind.set_timesteps).parameters
    if timesteps is not None and sigmas is not None:
        raise NodeError("give timesteps or sigmas, not both", input="sigmas")
    for name, values in (("timesteps", timesteps), ("sigmas", sigmas)):
        if values is None:
            continue
        if name not in accepted:
            raise NodeError(f"{kind.__name__} takes no list of {name}", input=name)
        if not values:
            raise NodeError(f"the list of {name} is empty", input=name)
        whole = name == "timesteps" and all(float(v).is_integer() for v in values)
        return {name: [int(v) for v in values] if whole else values}
    if "intermediate_timesteps" in accepted and steps != 2:  # SCM knows one only for its two-step form
        return {"num_inference_steps": steps, "intermediate_timesteps": None}
    return {"num_inference_steps": steps}


def _apply(options: Options, config: dict[str, Any], arguments: dict[str, Any], kind: Any) -> None:
    """Sort `options` into the configuration and the arguments of `set_timesteps`."""
    accepted = set(inspect.signature(kind.set_timesteps).parameters) - {"self", "device", "num_inference_steps"}
    for key, value in options.items():
        if key in config:
            config[key] = value
        elif key in accepted:
            arguments[key] = value
        else:
            close = nearest(key, [*config, *accepted])
            hint = f" (did you mean {close!r}?)" if close else ""
            raise NodeError(f"{kind.__name__} has no option {key!r}{hint}", input="options")


def _build(solver: str, config: str, arguments: str, steps: int) -> Schedule:
    """Ask the scheduler itself for its timesteps and noise levels."""
    try:
        scheduler = make_scheduler(solver, config, arguments)
    except ImportError as error:
        needs = "scipy" if "scipy" in str(error) else "torchsde" if "torchsde" in str(error) else "another library"
        message = f"{solver} with these options needs {needs}: pip install 'latent-loom[solvers]'"
        raise NodeError(message, input="solver") from error
    except (ValueError, TypeError, NotImplementedError, AssertionError, IndexError, KeyError) as error:
        raise NodeError(f"{solver} refuses this configuration: {error}", input="options") from error
    timesteps = tuple(float(t) for t in scheduler.timesteps.tolist())
    if solver in ENDS_AT_DATA:
        timesteps = timesteps[:-1]
    given = json.loads(arguments)
    return Schedule(
        solver,
        config,
        arguments,
        0,
        len(timesteps),
        timesteps,
        _sigmas(scheduler, len(timesteps)),
        float(getattr(scheduler, "init_noise_sigma", 1.0)),
        steps if "num_inference_steps" in given else len(timesteps),
        int(getattr(scheduler, "order", 1)),
        int(scheduler.config.get("num_train_timesteps") or 1000),
    )


def _sigmas(scheduler: Any, count: int) -> tuple[float, ...]:
    """The noise level of each item: the scheduler's own sigmas, or σ = √((1 − ᾱ) / ᾱ) at its timesteps."""
    sigmas = getattr(scheduler, "sigmas", None)
    if sigmas is not None and len(sigmas) >= count:
        return tuple(min(float(s), PURE_NOISE) for s in sigmas[:count].tolist())
    kept = getattr(scheduler, "alphas_cumprod", None)
    if kept is None:
        return tuple(float(t) for t in scheduler.timesteps.tolist())
    last = len(kept) - 1
    at = [float(kept[min(max(round(float(t)), 0), last)]) for t in scheduler.timesteps.tolist()]
    return tuple(min(math.sqrt((1 - a) / a), PURE_NOISE) if a > 0 else PURE_NOISE for a in at)
