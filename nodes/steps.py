"""Questions about a step, answered while planning: what a switch in a frame turns on.

Pipelines have several conventions for "from here to there" that differ by a step; each has its own node.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from pydantic import Field

from engine.node import Slider, node
from nodes import papers
from nodes.types import Step

Fraction = Annotated[float, Field(ge=0, le=1), Slider(step=0.01)]
Index = Annotated[int, Field(ge=0)]
Time = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class StepInfo(NamedTuple):
    """Where a step stands: its position of `total`, timestep (0 … 999), noise level σ, progress (position / total)."""

    position: int
    total: int
    timestep: float
    sigma: float
    progress: float


@node("step.info", plan=True)
def step_info(item: Step) -> StepInfo:
    """The numbers of a step."""
    return StepInfo(item.index, item.count, item.timestep, item.sigma, item.progress)


@node("step.at", plan=True)
def step_at(item: Step, *, index: Index = 0) -> bool:
    """True at the item with this index (from 0, of the whole schedule)."""
    return item.index == index


@node("step.since", plan=True)
def step_since(item: Step, *, index: Index = 0) -> bool:
    """True from the item with this index on: a prompt that changes at step 6 of 10."""
    return item.index >= index


@node("step.between", plan=True)
def step_between(item: Step, *, start: Fraction = 0.0, end: Fraction = 1.0) -> bool:
    """True while start ≤ progress < end; with `end` 1 also at the last item."""
    return start <= item.progress < end


@node("step.control_interval", plan=True)
def step_control_interval(item: Step, *, start: Fraction = 0.0, end: Fraction = 1.0) -> bool:
    """ControlNet's rule in diffusers (`control_guidance_start`, `control_guidance_end`): the whole step lies inside.

    index / count ≥ start and (index + 1) / count ≤ end. Index and count are those of the whole schedule.
    """
    return not (item.index / item.count < start or (item.index + 1) / item.count > end)


@node("step.timestep_between", plan=True, label="Step: timestep between", paper=papers.EDIFF)
def step_timestep_between(item: Step, *, low: Time = 0.0, high: Time = 1000.0) -> bool:
    """True while low ≤ timestep < high: an expert denoiser's interval (eDiff-I, Balaji et al. 2022)."""
    return low <= item.timestep < high


@node("step.denoising", plan=True)
def step_denoising(item: Step, *, end: Fraction = 0.8) -> bool:
    """True for the base's part of an SDXL run, t ≥ round(T − end · T); the refiner takes over where it is False."""
    total = item.schedule.train_steps
    return item.timestep >= round(total - end * total)
