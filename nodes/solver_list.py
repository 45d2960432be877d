"""Which of diffusers' schedulers a latent text-to-image loop can drive, by short name, and why the others cannot.

Both lists are explicit: a scheduler that a new version of diffusers adds is in neither, and a test says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Value = bool | int | float | str | None

SolverName = Literal[
    "model",
    "ddim",
    "ddpm",
    "pndm",
    "pndm_prk",
    "lms",
    "euler",
    "euler_a",
    "heun",
    "dpm2",
    "dpm2_a",
    "dpmpp_2m",
    "dpmpp_3m",
    "dpmpp_2m_sde",
    "dpmpp_2s",
    "dpmpp_2s_sde",
    "dpmpp_sde",
    "dpmpp_2m_sde_cosine",
    "deis",
    "unipc",
    "sa",
    "ipndm",
    "edm_euler",
    "edm_dpmpp_2m",
    "edm_dpmpp_2m_sde",
    "lcm",
    "tcd",
    "cm",
    "unclip",
    "flow_euler",
    "flow_heun",
    "flow_lcm",
    "flow_euler_a",
    "flow_map",
    "flow_minimax",
    "scm",
    "ddim_parallel",
    "ddpm_parallel",
    "ddim_video",
    "ddim_inverse",
    "dpmpp_2m_inverse",
]
"""Short names; "model" is the scheduler that the model's folder names."""

_2M: Mapping[str, Value] = {"algorithm_type": "dpmsolver++", "solver_order": 2}
_2M_SDE: Mapping[str, Value] = {"algorithm_type": "sde-dpmsolver++", "solver_order": 2}

SOLVERS: Mapping[str, tuple[str, Mapping[str, Value]]] = MappingProxyType(
    {
        # Song, Meng & Ermon 2021 · Ho, Jain & Abbeel 2020 · Liu et al. 2022
        "ddim": ("DDIMScheduler", {}),
        "ddpm": ("DDPMScheduler", {}),
        "pndm": ("PNDMScheduler", {"skip_prk_steps": True}),
        "pndm_prk": ("PNDMScheduler", {"skip_prk_steps": False}),
        # Karras et al. 2022, and k-diffusion
        "lms": ("LMSDiscreteScheduler", {}),
        "euler": ("EulerDiscreteScheduler", {}),
        "euler_a": ("EulerAncestralDiscreteScheduler", {}),
        "heun": ("HeunDiscreteScheduler", {}),
        "dpm2": ("KDPM2DiscreteScheduler", {}),
        "dpm2_a": ("KDPM2AncestralDiscreteScheduler", {}),
        # Lu et al. 2022: DPM-Solver++
        "dpmpp_2m": ("DPMSolverMultistepScheduler", _2M),
        "dpmpp_3m": ("DPMSolverMultistepScheduler", {**_2M, "solver_order": 3}),
        "dpmpp_2m_sde": ("DPMSolverMultistepScheduler", _2M_SDE),
        "dpmpp_2s": ("DPMSolverSinglestepScheduler", {**_2M, "lower_order_final": True}),
        "dpmpp_2s_sde": ("DPMSolverSinglestepScheduler", {**_2M_SDE, "lower_order_final": True}),
        "dpmpp_sde": ("DPMSolverSDEScheduler", {}),
        "dpmpp_2m_sde_cosine": ("CosineDPMSolverMultistepScheduler", {}),
        # Zhang & Chen 2022 · Zhao et al. 2023 · Xue et al. 2023 · Liu et al. 2022
        "deis": ("DEISMultistepScheduler", {"algorithm_type": "deis"}),
        "unipc": ("UniPCMultistepScheduler", {}),
        "sa": ("SASolverScheduler", {}),
        "ipndm": ("IPNDMScheduler", {}),
        # Karras et al. 2022, for models in EDM's own parameterisation
        "edm_euler": ("EDMEulerScheduler", {}),
        "edm_dpmpp_2m": ("EDMDPMSolverMultistepScheduler", _2M),
        "edm_dpmpp_2m_sde": ("EDMDPMSolverMultistepScheduler", _2M_SDE),
        # distilled models: Luo et al. 2023 · Zheng et al. 2024 · Song et al. 2023 · Ramesh et al. 2022
        "lcm": ("LCMScheduler", {}),
        "tcd": ("TCDScheduler", {}),
        "cm": ("CMStochasticIterativeScheduler", {}),
        "unclip": ("UnCLIPScheduler", {"beta_schedule": "squaredcos_cap_v2"}),
        # flow matching: Esser et al. 2024 and later
        "flow_euler": ("FlowMatchEulerDiscreteScheduler", {}),
        "flow_heun": ("FlowMatchHeunDiscreteScheduler", {}),
        "flow_lcm": ("FlowMatchLCMScheduler", {}),
        "flow_euler_a": ("LTXEulerAncestralRFScheduler", {}),
        "flow_map": ("FlowMapEulerDiscreteScheduler", {}),
        "flow_minimax": ("MiniMaxH3Scheduler", {}),
        "scm": ("SCMScheduler", {"prediction_type": "trigflow"}),
        # the same equations in other clothes, and backwards in time (Song et al. 2021, inversion)
        "ddim_parallel": ("DDIMParallelScheduler", {}),
        "ddpm_parallel": ("DDPMParallelScheduler", {}),
        "ddim_video": ("CogVideoXDDIMScheduler", {}),
        "ddim_inverse": ("DDIMInverseScheduler", {}),
        "dpmpp_2m_inverse": ("DPMSolverMultistepInverseScheduler", _2M),
    }
)

EXCLUDED: Mapping[str, str] = MappingProxyType(
    {
        "AmusedScheduler": "works on discrete tokens, not on latents",
        "BlockRefinementScheduler": "works on discrete tokens, not on latents",
        "DiscreteDDIMScheduler": "works on discrete tokens, not on latents",
        "EntropyBoundScheduler": "works on discrete tokens, not on latents",
        "VQDiffusionScheduler": "works on discrete tokens, not on latents",
        "CogVideoXDPMScheduler": "its step takes the previous clean estimate and timestep as extra arguments",
        "DDPMWuerstchenScheduler": "its step takes one timestep per sample, of a continuous time of its own",
        "HeliosScheduler": "needs a stage index: the latent changes size between the stages of a video pyramid",
        "HeliosDMDScheduler": "needs a stage index and the noise of earlier stages of a video pyramid",
        "KarrasVeScheduler": "deprecated; its step takes two noise levels, and a second correction step",
        "PiflowScheduler": "its model gives a policy to integrate, not a velocity at one time",
        "RFD4ProteinaScheduler": "works on protein coordinates, with a mask as an argument of its step",
        "RePaintScheduler": "its step takes the original picture and a mask, and its time runs back and forth",
        "ScoreSdeVeScheduler": "has no step: predictor and corrector are two calls around a score model",
    }
)

FLOW = frozenset(
    {
        "FlowMapEulerDiscreteScheduler",
        "FlowMatchEulerDiscreteScheduler",
        "FlowMatchHeunDiscreteScheduler",
        "FlowMatchLCMScheduler",
        "LTXEulerAncestralRFScheduler",
        "MiniMaxH3Scheduler",
    }
)
"""Those that expect a velocity ("flow_prediction") without a configuration key that says so."""
