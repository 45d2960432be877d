"""What diffusers' own pipelines make of the tiny models: the pictures that nodes and workflows must equal bit for bit.

`Oracles` loads the pipelines from the same folders as the nodes, with a scheduler made from the same configuration.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import diffusers
import torch

PROMPT, NEGATIVE = "a cat and a dog", "do"
SIDE = 64


@dataclass(frozen=True)
class Picture:
    """The final latent [B, 4, 8, 8] and the image [B, 3, 64, 64] of a run, and the latents after each step."""

    latent: torch.Tensor
    image: torch.Tensor
    path: tuple[torch.Tensor, ...] = field(default=())


@dataclass(frozen=True)
class Solver:
    """A scheduler configuration in both worlds: the widgets of `schedule.make`, and diffusers' class and options."""

    name: str
    solver: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    widgets: Mapping[str, Any] = field(default_factory=dict)
    eta: float = 0.0


def _with(
    solver: Solver, name: str, eta: float = 0.0, widgets: Mapping[str, Any] | None = None, **options: Any
) -> Solver:
    return Solver(name, solver.solver, solver.kind, {**solver.options, **options}, widgets or {}, eta)


DDIM = Solver("ddim", "ddim", "DDIMScheduler")
EULER = Solver("euler", "euler", "EulerDiscreteScheduler")
DPMPP_2M = Solver(
    "dpmpp_2m", "dpmpp_2m", "DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++", "solver_order": 2}
)
SDE = {"algorithm_type": "sde-dpmsolver++", "solver_order": 2}
UNIPC = Solver("unipc", "unipc", "UniPCMultistepScheduler")
HEUN = Solver("heun", "heun", "HeunDiscreteScheduler")

COMMON: tuple[Solver, ...] = (
    DDIM,
    _with(DDIM, "ddim η=1", eta=1.0),
    Solver("ddpm", "ddpm", "DDPMScheduler"),
    Solver("pndm", "pndm", "PNDMScheduler", {"skip_prk_steps": True}),
    Solver("lms", "lms", "LMSDiscreteScheduler"),
    EULER,
    Solver("euler_a", "euler_a", "EulerAncestralDiscreteScheduler"),
    HEUN,
    Solver("dpm2", "dpm2", "KDPM2DiscreteScheduler"),
    Solver("dpm2_a", "dpm2_a", "KDPM2AncestralDiscreteScheduler"),
    DPMPP_2M,
    _with(DPMPP_2M, "dpmpp_2m karras", widgets={"curve": "karras"}, use_karras_sigmas=True),
    Solver("dpmpp_2m_sde", "dpmpp_2m_sde", "DPMSolverMultistepScheduler", SDE),
    Solver("dpmpp_2s", "dpmpp_2s", "DPMSolverSinglestepScheduler", {**DPMPP_2M.options, "lower_order_final": True}),
    Solver("deis", "deis", "DEISMultistepScheduler"),
    UNIPC,
    Solver("sa", "sa", "SASolverScheduler"),
    Solver("lcm", "lcm", "LCMScheduler"),
    Solver("tcd η=0.3", "tcd", "TCDScheduler", eta=0.3),
)
"""Those that also start in the middle: image-to-image, inpainting."""

MORE: tuple[Solver, ...] = (
    Solver("model", "model", "DDIMScheduler"),
    Solver("pndm_prk", "pndm_prk", "PNDMScheduler", {"skip_prk_steps": False}),
    _with(DDIM, "ddim trailing", widgets={"spacing": "trailing"}, timestep_spacing="trailing"),
    _with(EULER, "euler karras", widgets={"curve": "karras"}, use_karras_sigmas=True),
    _with(EULER, "euler exponential", widgets={"curve": "exponential"}, use_exponential_sigmas=True),
    _with(EULER, "euler beta", widgets={"curve": "beta"}, use_beta_sigmas=True),
    _with(EULER, "euler cosine betas", widgets={"betas": "squaredcos_cap_v2"}, beta_schedule="squaredcos_cap_v2"),
    _with(HEUN, "heun karras", widgets={"curve": "karras"}, use_karras_sigmas=True),
    _with(DPMPP_2M, "dpmpp_2m lu", widgets={"curve": "lu"}, use_lu_lambdas=True),
    _with(UNIPC, "unipc order 3", solver_order=3),
    Solver("dpmpp_3m", "dpmpp_3m", DPMPP_2M.kind, {"algorithm_type": "dpmsolver++", "solver_order": 3}),
    Solver("dpmpp_2s_sde", "dpmpp_2s_sde", "DPMSolverSinglestepScheduler", {**SDE, "lower_order_final": True}),
    Solver("dpmpp_sde", "dpmpp_sde", "DPMSolverSDEScheduler", {"noise_sampler_seed": 7}),
    Solver("dpmpp_2m_sde_cosine", "dpmpp_2m_sde_cosine", "CosineDPMSolverMultistepScheduler"),
    Solver("ipndm", "ipndm", "IPNDMScheduler"),
    Solver("edm_euler", "edm_euler", "EDMEulerScheduler"),
    Solver("edm_dpmpp_2m", "edm_dpmpp_2m", "EDMDPMSolverMultistepScheduler", DPMPP_2M.options),
    Solver("cm", "cm", "CMStochasticIterativeScheduler"),
    Solver("ddim_parallel", "ddim_parallel", "DDIMParallelScheduler"),
    Solver("ddpm_parallel", "ddpm_parallel", "DDPMParallelScheduler"),
    Solver("ddim_video", "ddim_video", "CogVideoXDDIMScheduler"),
)


def generators(seeds: Sequence[int]) -> Any:
    """Fresh generators for a pipeline: one, or a list for a batch."""
    made = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
    return made[0] if len(made) == 1 else made


class Oracles:
    """Pipelines over the folder of tiny models that `tests.tiny` writes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._loaded: dict[str, Any] = {}

    def components(self, model: str) -> dict[str, Any]:
        """The components of a model's pipeline."""
        if model not in self._loaded:
            index = json.loads((self.root / model / "model_index.json").read_text())
            kind = getattr(diffusers, index["_class_name"])
            self._loaded[model] = kind.from_pretrained(self.root / model, use_safetensors=True, local_files_only=True)
        return dict(self._loaded[model].components)

    def scheduler(self, model: str, solver: Solver) -> Any:
        """diffusers' scheduler of that class, from the model's saved configuration."""
        saved = json.loads((self.root / model / "scheduler" / "scheduler_config.json").read_text())
        kind = getattr(diffusers, solver.kind)
        known = set(kind._get_init_keys(kind))
        return kind.from_config({k: v for k, v in saved.items() if k in known}, **solver.options)

    def pipeline(self, kind: Any, model: str, solver: Solver, **parts: Any) -> Any:
        """A pipeline of `kind` on a model's components."""
        components = self.components(model) | {"scheduler": self.scheduler(model, solver)} | parts
        extra: dict[str, Any] = {}
        if "XL" in kind.__name__:
            extra["add_watermarker"] = False
        else:
            extra["requires_safety_checker"] = False
        for name in ("force_zeros_for_empty_prompt", "requires_aesthetics_score"):
            saved = json.loads((self.root / model / "model_index.json").read_text())
            if saved.get(name) is not None:
                extra[name] = saved[name]
        pipeline = kind(**components, **extra)
        pipeline.set_progress_bar_config(disable=True)
        return pipeline

    def run(self, pipeline: Any, seeds: Sequence[int] = (7,), **arguments: Any) -> Picture:
        """The picture of a run, with the latents after each step."""
        path: list[torch.Tensor] = []

        def watch(_: Any, index: int, timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
            path.append(values["latents"].clone())
            return {}

        said: dict[str, Any] = {
            "prompt": PROMPT,
            "negative_prompt": NEGATIVE,
            "num_inference_steps": 6,
            "guidance_scale": 5.0,
            "output_type": "pt",
            "callback_on_step_end": watch,
            "num_images_per_prompt": len(seeds),
        }
        image = pipeline(**(said | arguments), generator=generators(seeds)).images
        return Picture(path[-1], image, tuple(path))

    def text_to_image(self, solver: Solver, seeds: Sequence[int] = (7,), **arguments: Any) -> Picture:
        """StableDiffusionPipeline on the SD-like model."""
        pipeline = self.pipeline(diffusers.StableDiffusionPipeline, "sd", solver)
        return self.run(pipeline, seeds, **({"width": SIDE, "height": SIDE, "eta": solver.eta} | arguments))

    def image_to_image(
        self, solver: Solver, image: torch.Tensor, strength: float, seeds: Sequence[int] = (7,), **arguments: Any
    ) -> Picture:
        """StableDiffusionImg2ImgPipeline on the SD-like model."""
        pipeline = self.pipeline(diffusers.StableDiffusionImg2ImgPipeline, "sd", solver)
        return self.run(pipeline, seeds, **({"image": image, "strength": strength, "eta": solver.eta} | arguments))

    def inpaint(
        self, model: str, solver: Solver, image: torch.Tensor, mask: torch.Tensor, strength: float, **arguments: Any
    ) -> Picture:
        """StableDiffusionInpaintPipeline: nine channels ("inpaint") or blended ("sd")."""
        pipeline = self.pipeline(diffusers.StableDiffusionInpaintPipeline, model, solver)
        said = {"image": image, "mask_image": mask, "strength": strength, "width": SIDE, "height": SIDE}
        return self.run(pipeline, **(said | {"eta": solver.eta} | arguments))

    def instruct(
        self, solver: Solver, image: torch.Tensor, image_scale: float, seeds: Sequence[int] = (7,), **arguments: Any
    ) -> Picture:
        """StableDiffusionInstructPix2PixPipeline on the eight-channel model; a prompt for each picture."""
        pipeline = self.pipeline(diffusers.StableDiffusionInstructPix2PixPipeline, "instruct", solver)
        many = {"prompt": [PROMPT] * len(image), "negative_prompt": [NEGATIVE] * len(image)}
        said = many | {"num_images_per_prompt": 1, "image": image, "image_guidance_scale": image_scale}
        return self.run(pipeline, seeds, **(said | {"eta": solver.eta} | arguments))

    def distilled(self, solver: Solver, seeds: Sequence[int] = (7,), **arguments: Any) -> Picture:
        """LatentConsistencyModelPipeline on the model that is told the guidance scale."""
        pipeline = self.pipeline(diffusers.LatentConsistencyModelPipeline, "lcm", solver)
        return self.run(pipeline, seeds, **({"width": SIDE, "height": SIDE} | arguments))

    def control(self, solver: Solver, nets: Any, image: Any, **arguments: Any) -> Picture:
        """StableDiffusionControlNetPipeline on the SD-like model with one net or a list."""
        pipeline = self.pipeline(diffusers.StableDiffusionControlNetPipeline, "sd", solver, controlnet=nets)
        return self.run(pipeline, **({"image": image, "width": SIDE, "height": SIDE} | arguments))

    def sdxl_control(self, solver: Solver, net: Any, image: torch.Tensor, **arguments: Any) -> Picture:
        """StableDiffusionXLControlNetPipeline on the SDXL-like model."""
        pipeline = self.pipeline(diffusers.StableDiffusionXLControlNetPipeline, "sdxl", solver, controlnet=net)
        return self.run(pipeline, **({"image": image, "width": SIDE, "height": SIDE} | arguments))

    def sdxl(self, solver: Solver, **arguments: Any) -> Picture:
        """StableDiffusionXLPipeline on the SDXL-like model."""
        pipeline = self.pipeline(diffusers.StableDiffusionXLPipeline, "sdxl", solver)
        return self.run(pipeline, **({"width": SIDE, "height": SIDE} | arguments))

    def refine(self, solver: Solver, latent: torch.Tensor, **arguments: Any) -> Picture:
        """StableDiffusionXLImg2ImgPipeline on the refiner-like model, from a latent."""
        pipeline = self.pipeline(diffusers.StableDiffusionXLImg2ImgPipeline, "refiner", solver)
        return self.run(pipeline, **({"image": latent} | arguments))
