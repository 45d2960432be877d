"""What the denoiser believes the clean latent is, seen from one step: the trajectory of x̂₀ is the picture forming.

With α = 1 / √(1 + σ²) a latent in the variance-preserving convention is x = α x₀ + ασ ε; σ-based solvers (Euler, Heun,
LMS, …) carry x / α instead. Flows carry x = (1 − σ) x₀ + σ ε.
"""

from __future__ import annotations

import math

from engine.about import Formula
from engine.errors import NodeError
from engine.node import node
from nodes import papers
from nodes.solver_list import FLOW
from nodes.types import Latent, Prediction, State, Step

STAGE = "solver"

SCALED = frozenset(
    {
        "DPMSolverSDEScheduler",
        "EulerAncestralDiscreteScheduler",
        "EulerDiscreteScheduler",
        "HeunDiscreteScheduler",
        "KDPM2AncestralDiscreteScheduler",
        "KDPM2DiscreteScheduler",
        "LMSDiscreteScheduler",
    }
)
"""Solvers whose latents are x / α."""
OWN = frozenset(
    {
        "CMStochasticIterativeScheduler",
        "CosineDPMSolverMultistepScheduler",
        "EDMDPMSolverMultistepScheduler",
        "EDMEulerScheduler",
        "IPNDMScheduler",
        "SCMScheduler",
    }
)
"""Solvers with a parameterisation of their own."""


@node(
    "scheduler.clean",
    label="Clean latent",
    formula=Formula(
        "x̂₀ = (x_t − √(1 − ᾱ_t) · ε̂) / √ᾱ_t",
        r"\hat x_0 = \frac{x_t - \sqrt{1 - \bar\alpha_t}\,\hat\varepsilon}{\sqrt{\bar\alpha_t}}",
    ),
    paper=papers.DDPM,
)
def predict_clean(state: State, prediction: Prediction, step: Step) -> Latent:
    """The clean latent x̂₀ [B, C, h, w] that a prediction implies at a step (Ho et al. 2020, eq. 15).

    From noise: (x − ασ ε) / α; from velocity (Salimans & Ho 2022): αx − ασ v; from a flow: x − σ v. Raises `NodeError`
    for solvers with a parameterisation of their own.
    """
    solver = step.schedule.solver
    if solver in OWN:
        raise NodeError(
            f"{solver} has a parameterisation of its own: its clean estimate is not known here", input="step"
        )
    x, sigma = state.latent, step.sigma
    if prediction.kind == "sample":
        return Latent(prediction.data)
    if solver in FLOW or prediction.kind == "flow_prediction":
        return Latent(x - sigma * prediction.data)
    alpha = 1 / math.sqrt(1 + sigma * sigma)
    if solver in SCALED:
        x = x * alpha
    if prediction.kind == "v_prediction":
        return Latent(alpha * x - alpha * sigma * prediction.data)
    return Latent(x / alpha - sigma * prediction.data)
