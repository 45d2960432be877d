"""What travels along the links of a diffusion workflow: frozen values, each with its shape.

Letters: B images in a batch, C channels, H W pixels, h w latent pixels, T tokens, D embedding width.
A value never changes; a node returns a new one. Tensors live on the run's device.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from engine.digest import digest_of
from engine.lazy import lazy
from engine.values import Content, Rng

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")

PredictionType = Literal["epsilon", "v_prediction", "sample", "flow_prediction", "trigflow"]


@dataclass(frozen=True, eq=False)
class Latent:
    """Latents [B, C, h, w], in the model's scale (already times the VAE's scaling factor)."""

    data: torch.Tensor


@dataclass(frozen=True, eq=False)
class Image:
    """RGB images [B, 3, H, W], float32, 0 … 1, on the CPU."""

    data: torch.Tensor


@dataclass(frozen=True, eq=False)
class Mask(Content):
    """Masks [B, 1, H, W], float32, 0 (keep) … 1 (change), on the CPU."""

    data: torch.Tensor


@dataclass(frozen=True, eq=False)
class Conditioning(Content):
    """What the denoiser is told.

    sequence: token embeddings [B, T, D]. pooled: [B, P] (SDXL, SD3). time_ids: [B, 6] or [B, 5] (SDXL's original size,
    crop, target size; the refiner's aesthetic score).
    """

    sequence: torch.Tensor
    pooled: torch.Tensor | None = None
    time_ids: torch.Tensor | None = None


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a denoiser says [B, C, h, w], tagged with what it predicts. Arithmetic needs equal tags."""

    data: torch.Tensor
    kind: PredictionType = "epsilon"

    def __add__(self, other: Prediction) -> Prediction:
        return replace(self, data=self.data + self._same(other))

    def __sub__(self, other: Prediction) -> Prediction:
        return replace(self, data=self.data - self._same(other))

    def __rmul__(self, factor: float) -> Prediction:
        return replace(self, data=factor * self.data)

    def _same(self, other: Prediction) -> torch.Tensor:
        if other.kind != self.kind:
            raise ValueError(f"a prediction of {self.kind} cannot be combined with one of {other.kind}")
        return other.data


@dataclass(frozen=True, eq=False)
class Residuals:
    """ControlNet residuals: one tensor per down block of the UNet, and one for the middle."""

    down: tuple[torch.Tensor, ...]
    mid: torch.Tensor

    def __add__(self, other: Residuals) -> Residuals:
        return Residuals(tuple(a + b for a, b in zip(self.down, other.down, strict=True)), self.mid + other.mid)

    def zeros(self) -> Residuals:
        """Residuals of this shape that change nothing."""
        return Residuals(tuple(torch.zeros_like(d) for d in self.down), torch.zeros_like(self.mid))


@dataclass(frozen=True, eq=False)
class Concat:
    """Further input channels of a denoiser [B, C, h, w], put after the latent's.

    Inpainting: mask, masked latent. Instructions: the latent of the picture to change, or zeros.
    """

    data: torch.Tensor


@dataclass(frozen=True)
class SchedulerConfig:
    """A scheduler configuration as a model's folder states it: class name and every key, as sorted JSON text."""

    solver: str
    config: str


@dataclass(frozen=True)
class Schedule:
    """A noise schedule: a diffusers scheduler class, its whole configuration and the arguments of `set_timesteps`.

    Identity is those three (`solver`, `config` and `arguments` as sorted JSON text) — never the arrays, which follow
    from them. `begin` and `end` cut it (img2img, refiner); indices stay absolute, so that cut schedules share step keys
    with the whole one, and neither is part of a step's identity.

    `steps` is what was asked for and `order` how many items the pipelines count as one step (2 for Heun); `train_steps`
    is the number of training timesteps.
    """

    solver: str
    config: str
    arguments: str
    begin: int
    end: int
    timesteps: tuple[float, ...] = field(compare=False, repr=False)
    sigmas: tuple[float, ...] = field(compare=False, repr=False)
    init_noise_sigma: float = field(compare=False, default=1.0)
    steps: int = field(compare=False, default=0)
    order: int = field(compare=False, default=1)
    train_steps: int = field(compare=False, default=1000)

    @cached_property
    def digest(self) -> bytes:
        """Digest of solver, configuration and arguments: the schedule without its cut."""
        return digest_of((self.solver, self.config, self.arguments))

    @property
    def count(self) -> int:
        """Number of items of the whole, uncut schedule (model evaluations, not 'steps')."""
        return len(self.timesteps)


@dataclass(frozen=True)
class Step:
    """One item of a schedule: the whole schedule (uncut) and the absolute index."""

    schedule: Schedule
    index: int

    def identity(self) -> object:
        """What names this step in a key: the schedule's digest and the index."""
        return (self.schedule.digest, self.index)

    @property
    def count(self) -> int:
        """Items of the whole schedule."""
        return self.schedule.count

    @property
    def timestep(self) -> float:
        """The training timestep, 0 … 999."""
        return self.schedule.timesteps[self.index]

    @property
    def sigma(self) -> float:
        """The noise level in the variance-exploding convention, σ = √((1 − ᾱ) / ᾱ)."""
        return self.schedule.sigmas[self.index]

    @property
    def progress(self) -> float:
        """index / count, 0 … 1."""
        return self.index / self.count


@dataclass(frozen=True, eq=False)
class State:
    """All that may cross a step boundary: the latent [B, C, h, w], the solver's history, the random state.

    `history` holds scheduler attributes by name (tensors, scalars, lists of them), copied, never shared. It means
    something only to the item that comes next: item `index` of the schedule whose digest is `schedule` (hex). Anywhere
    else, and for an empty `schedule`, the solver starts without history.
    """

    latent: torch.Tensor
    rng: Rng
    history: dict[str, Any] = field(default_factory=dict)
    schedule: str = ""
    index: int = 0
