"""Noise: where a picture begins. Random state goes in and comes out advanced; nothing draws from a hidden generator.

Every image of a batch has its own stream on the CPU: image i of seed s is the single image of seed s + i, bit for bit,
on every device. Nodes that draw call the random state that they take `seed`: a number starts it, a link carries it on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import Field

from engine.about import Formula
from engine.context import INJECTED, Context
from engine.errors import NodeError
from engine.lazy import lazy
from engine.node import SeedWidget, Unit, conversion, node
from engine.values import MAX_SEED, Rng
from nodes import papers
from nodes.handles import Vae
from nodes.types import Latent, Schedule, State

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")

STAGE = "noise"

Side = Annotated[int, Field(ge=8, le=16384), Unit("px")]
Batch = Annotated[int, Field(ge=1, le=1024)]
Seed = Annotated[int, Field(ge=0, le=MAX_SEED), SeedWidget()]
Seeds = Seed | Annotated[list[Seed], Field(min_length=1)]


class Drawn(NamedTuple):
    """Standard normal noise, and the random state after it."""

    noise: Latent
    rng: Rng


@conversion
def seeds_to_rng(seeds: Seeds) -> Rng:
    """A seed starts one stream, a list of seeds one per image."""
    return Rng((seeds,) if isinstance(seeds, int) else tuple(seeds))


@conversion
def state_to_latent(state: State) -> Latent:
    """The latent of a sampling state."""
    return Latent(state.latent)


@node(
    "noise.gaussian",
    label="Noise",
    formula=Formula(
        "x_T = σ_T · ε,  ε ~ N(0, 1)", r"x_T = \sigma_T\,\varepsilon, \qquad \varepsilon \sim \mathcal{N}(0, I)"
    ),
    paper=papers.DDPM,
)
def gaussian(
    seed: Rng,
    like: Vae,
    schedule: Schedule,
    *,
    width: Side = 512,
    height: Side = 512,
    batch: Batch = 1,
    ctx: Context = INJECTED,
) -> State:
    """The state that a text-to-image run starts from: N(0, 1) noise times the schedule's first noise level.

    seed: a number, or one per image; a number with a batch of b means s, s + 1, … s + b − 1. like: the VAE, which says
    how many channels [B, C, height/8, width/8] a latent has. Raises `NodeError` for a size that the VAE cannot make.
    """
    noise, rng = _draw(seed, _shape(like, width, height, batch, seed), ctx)
    return State(noise * schedule.init_noise_sigma, rng)


@node(
    "noise.draw",
    label="Draw noise",
    formula=Formula("ε ~ N(0, 1)", r"\varepsilon \sim \mathcal{N}(0, I)"),
    paper=papers.DDPM,
)
def draw(
    seed: Rng, like: Vae, *, width: Side = 512, height: Side = 512, batch: Batch = 1, ctx: Context = INJECTED
) -> Drawn:
    """Standard normal noise [B, C, height/8, width/8] for a picture of this size; seeds as in `noise.gaussian`."""
    noise, rng = _draw(seed, _shape(like, width, height, batch, seed), ctx)
    return Drawn(Latent(noise), rng)


@node(
    "noise.like",
    label="Noise like a latent",
    formula=Formula("ε ~ N(0, 1)", r"\varepsilon \sim \mathcal{N}(0, I)"),
    paper=papers.DDPM,
)
def draw_like(latent: Latent, seed: Rng, *, ctx: Context = INJECTED) -> Drawn:
    """Standard normal noise of a latent's shape. seed: a number, or the `rng` of what drew before."""
    noise, advanced = _draw(seed, tuple(latent.data.shape), ctx)
    return Drawn(Latent(noise), advanced)


@node(
    "noise.start",
    label="Start from noise",
    formula=Formula("x_T = σ_T · ε", r"x_T = \sigma_T\,\varepsilon"),
    paper=papers.DDPM,
)
def start(noise: Latent, rng: Rng, schedule: Schedule) -> State:
    """The state that a run starts from, of noise that was drawn before: noise × the schedule's first noise level."""
    return State(noise.data * schedule.init_noise_sigma, streams(rng, len(noise.data), "rng"))


def streams(rng: Rng, batch: int, input: str) -> Rng:
    """`rng` with one stream per image: one fresh seed s becomes s, s + 1, … ; a list must be as long as the batch."""
    if len(rng.seeds) == batch:
        return rng
    if len(rng.seeds) != 1:
        raise NodeError(f"{len(rng.seeds)} seeds do not fit a batch of {batch}", input=input)
    if rng.states is not None:
        raise NodeError(f"one stream that has already drawn cannot serve a batch of {batch}", input=input)
    return Rng(tuple(rng.seeds[0] + i for i in range(batch)))


def normal(shape: tuple[int, ...], generators: list[torch.Generator], device: str, dtype: str) -> torch.Tensor:
    """Normal noise, image i from generator i, drawn on the CPU in the run's precision."""
    one = (1, *shape[1:])
    drawn = [torch.randn(one, generator=g, dtype=getattr(torch, dtype)) for g in generators]
    return (drawn[0] if len(drawn) == 1 else torch.cat(drawn)).to(device)


def _draw(rng: Rng, shape: tuple[int, ...], ctx: Context) -> tuple[torch.Tensor, Rng]:
    rng = streams(rng, shape[0], "seed")
    generators = rng.generators()
    return normal(shape, generators, ctx.device, ctx.dtype), rng.advanced(generators)


def _shape(vae: Vae, width: int, height: int, batch: int, rng: Rng) -> tuple[int, int, int, int]:
    for name, side in (("width", width), ("height", height)):
        if side % vae.downscale:
            raise NodeError(f"{name} must be a multiple of {vae.downscale}, got {side}", input=name)
    if batch == 1:
        batch = len(rng.seeds)
    return batch, vae.latent_channels, height // vae.downscale, width // vae.downscale
