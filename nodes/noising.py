"""Forward noising: a clean latent at some noise level of a schedule (Sohl-Dickstein et al. 2015; Ho et al. 2020).

x_t = √ᾱ_t x_0 + √(1 − ᾱ_t) ε, or x_0 + σ ε for σ-based solvers, or (1 − σ) x_0 + σ ε for flows: as the schedule's
solver adds noise.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.about import Formula
from engine.context import INJECTED, Context
from engine.errors import NodeError
from engine.lazy import lazy
from engine.node import node
from engine.values import Rng
from nodes import papers
from nodes.adapter import solver_for
from nodes.embedding import rows
from nodes.noise import streams
from nodes.types import Latent, Mask, Schedule, State, Step

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")

STAGE = "noise"


@node(
    "latent.noise",
    label="Add noise",
    formula=Formula(
        "x_t = √ᾱ_t · x₀ + √(1 − ᾱ_t) · ε", r"x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1 - \bar\alpha_t}\,\varepsilon"
    ),
    paper=papers.SDEDIT,
)
def noise_latent(latent: Latent, noise: Latent, rng: Rng, schedule: Schedule, *, ctx: Context = INJECTED) -> State:
    """The state that image-to-image starts from (SDEdit, Meng et al. 2022): a latent with noise on it.

    The noise level is that of the first item of the cut schedule. noise, rng: from `noise.like`. An empty schedule
    (strength 0) leaves the latent as it is.
    """
    rng = streams(rng, len(latent.data), "rng")
    if schedule.begin >= schedule.end:
        return State(latent.data, rng)
    _same_shape(latent, noise)
    return State(solver_for(schedule, ctx).noised(latent.data, noise.data, schedule.begin), rng)


@node(
    "latent.noise_at",
    label="Noise at a step",
    formula=Formula(
        "x_t = √ᾱ_t · x₀ + √(1 − ᾱ_t) · ε", r"x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1 - \bar\alpha_t}\,\varepsilon"
    ),
    paper=papers.DDPM,
)
def noise_at(latent: Latent, noise: Latent, step: Step, *, ctx: Context = INJECTED) -> Latent:
    """A latent as it looks at a step of the forward process. In a frame over a schedule: the forward-noising strip."""
    _same_shape(latent, noise)
    return Latent(solver_for(step.schedule, ctx).noised(latent.data, noise.data, step.index))


@node(
    "latent.blend",
    label="Keep outside the mask",
    formula=Formula(
        "x = m · x + (1 − m) · x_orig", r"x_{t-1} \leftarrow m \odot x_{t-1} + (1 - m) \odot x^{\text{orig}}_{t-1}"
    ),
)
def blend(state: State, original: Latent, noise: Latent, mask: Mask, step: Step, *, ctx: Context = INJECTED) -> State:
    """Inpainting with any model: after a step, what the mask keeps is the original at the next noise level.

    x = (1 − m) · x_known + m · x, with the same `noise` in every step; after the last item x_known is the original
    itself. mask: [1 or B, 1, H, W], 1 is repainted; taken at latent size by nearest neighbour, as diffusers does.
    """
    known = original.data
    if step.index + 1 < step.count:
        _same_shape(original, noise)
        known = solver_for(step.schedule, ctx).noised(known, noise.data, step.index + 1)
    keep = latent_mask(mask, state.latent)
    return replace(state, latent=(1 - keep) * known + keep * state.latent)


@node("state.with_rng")
def with_rng(state: State, rng: Rng) -> State:
    """A state whose random numbers go on from `rng`: when something else has drawn since its noise."""
    return replace(state, rng=streams(rng, len(state.latent), "rng"))


def latent_mask(mask: Mask, latent: torch.Tensor) -> torch.Tensor:
    """A mask at a latent's size, [B, 1, h, w], on its device and in its precision."""
    small = torch.nn.functional.interpolate(mask.data, size=latent.shape[2:])
    return rows(small, len(latent), "mask").to(latent)


def _same_shape(latent: Latent, noise: Latent) -> None:
    if latent.data.shape != noise.data.shape:
        shapes = f"{tuple(noise.data.shape)} does not fit the latent {tuple(latent.data.shape)}"
        raise NodeError(f"noise of shape {shapes}: take it from noise.like", input="noise")
