"""The scheduler step: from a prediction to the next, less noisy latent."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from engine.about import Formula
from engine.context import INJECTED, Context
from engine.node import Slider, node
from nodes import papers
from nodes.adapter import solver_for
from nodes.clean import predict_clean
from nodes.types import Latent, Prediction, State, Step

STAGE = "solver"

Unit = Annotated[float, Field(ge=0, le=1), Slider(step=0.01)]
Churn = Annotated[float, Field(ge=0, le=100), Slider(step=0.1)]
Level = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Order = Annotated[int, Field(ge=1, le=4)]


@node(
    "scheduler.step",
    label="Solver step",
    formula=Formula(
        "x_{t−1} = solve(x_t, ε̂, t)",
        r"x_{t-1} = \sqrt{\bar\alpha_{t-1}}\,\hat x_0 + \sqrt{1 - \bar\alpha_{t-1} - "
        r"\varsigma_t^2}\,\hat\varepsilon + \varsigma_t\,z, \qquad z \sim \mathcal{N}(0, I)",
    ),
    paper=papers.DDIM,
)
def scheduler_step(
    state: State,
    prediction: Prediction,
    step: Step,
    *,
    eta: Unit = 0.0,
    s_churn: Churn = 0.0,
    s_tmin: Level = 0.0,
    s_tmax: Level | None = None,
    s_noise: Churn = 1.0,
    order: Order = 4,
    ctx: Context = INJECTED,
) -> State:
    """One step of the schedule's solver: latent [B, C, h, w], history and random state after it.

    eta: how much noise DDIM and TCD add (0: none; 1: DDPM; Song et al. 2021, eq. 16). s_churn, s_tmin, s_tmax, s_noise:
    the stochastic part of Euler (Karras et al. 2022, algorithm 2), s_tmax None: no upper bound. order: of LMS. Each
    solver takes those it knows. Raises `NodeError` if the denoiser predicts something else than the schedule expects.
    """
    options = {"eta": eta, "s_churn": s_churn, "s_tmin": s_tmin, "s_noise": s_noise, "order": order}
    if s_tmax is not None:
        options["s_tmax"] = s_tmax
    return solver_for(step.schedule, ctx).step(state, prediction, step.index, options)


@scheduler_step.view("clean", "clean x̂₀")
def _clean(state: State, prediction: Prediction, step: Step) -> Latent:
    """The clean latent x̂₀ [B, C, h, w] that the step goes by, in half precision: it is only looked at."""
    return Latent(predict_clean(state, prediction, step).data.half())
