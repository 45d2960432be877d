"""Latents: size, batches, mixtures. The scale is the model's; h = H / 8 for Stable Diffusion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from engine.about import Formula
from engine.errors import NodeError
from engine.lazy import lazy
from engine.node import Many, Slider, node
from nodes import papers
from nodes.types import Latent, State

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")

LONGEST = 4096  # latent pixels of a side
MOST = 4096  # images of a batch
Amount = Annotated[float, Field(ge=0, le=1), Slider(0.05)]
Interpolation = Literal["nearest", "bilinear", "bicubic"]


@node("latent.resize")
def resize(
    latent: Latent,
    *,
    factor: Annotated[float, Field(gt=0, le=16), Slider(0.25)] = 2.0,
    interpolation: Interpolation = "bicubic",
) -> Latent:
    """The latent `factor` times as large, [B, C, round(h · factor), round(w · factor)]: start of a hi-res second pass.

    "nearest" repeats latent pixels, the others blend them (and blur: give the second pass a strength of 0.5 or more).
    Computed in float32. Raises NodeError for a side of 0 or of more than 4096.
    """
    sides = [round(side * factor) for side in latent.data.shape[-2:]]
    if min(sides) < 1 or max(sides) > LONGEST:
        raise NodeError(f"expected sides of 1 to {LONGEST} latent pixels, got {sides[1]} × {sides[0]}", input="factor")
    mode = "nearest-exact" if interpolation == "nearest" else interpolation
    smooth = None if interpolation == "nearest" else factor < 1
    made = torch.nn.functional.interpolate(latent.data.float(), size=sides, mode=mode, antialias=bool(smooth))
    return Latent(made.to(latent.data.dtype))


@node("latent.batch")
def batch(latents: Many[Latent]) -> Latent:
    """The linked latents as one batch, in the order of the links. Raises NodeError for different sizes or none."""
    return _one_batch(list(latents))


@node("latent.stack")
def stack(latents: list[Latent]) -> Latent:
    """A list of latents as one batch. Raises NodeError for different sizes or an empty list."""
    return _one_batch(latents)


@node("latent.trajectory")
def trajectory(states: list[State], *, every: Annotated[int, Field(ge=1, le=1000)] = 1, image: int = 0) -> Latent:
    """The states that a sampling frame collected as one batch, to decode the way from noise to picture in one go.

    Every `every`-th state, counted back from the last, so that the last one is always there; of a batch, the image
    number `image`. Raises NodeError for an empty list or an image outside the batch.
    """
    if not states:
        raise NodeError("expected at least one state, got an empty list", input="states")
    count = len(states[0].latent)
    if not -count <= image < count:
        raise NodeError(f"expected an image inside the batch of {count}, got {image}", input="image")
    chosen = states[::-1][::every][::-1]
    return _one_batch([Latent(state.latent[image % count, None]) for state in chosen])


def _one_batch(latents: list[Latent]) -> Latent:
    if not latents:
        raise NodeError("expected at least one latent, got none", input="latents")
    first = latents[0].data
    for latent in latents:
        if latent.data.shape[1:] != first.shape[1:]:
            expected, got = tuple(first.shape[1:]), tuple(latent.data.shape[1:])
            raise NodeError(f"expected latents [C, h, w] of {expected}, got one of {got}", input="latents")
    return Latent(torch.cat([latent.data.to(first.device, first.dtype) for latent in latents]))


@node("latent.pick")
def pick(latent: Latent, *, index: int = 0) -> Latent:
    """One latent of a batch, counted from 0; −1 is the last. Raises NodeError outside the batch."""
    count = len(latent.data)
    if not -count <= index < count:
        raise NodeError(f"expected an index inside the batch of {count}, got {index}", input="index")
    return Latent(latent.data[index % count, None])


@node("latent.items")
def items(latent: Latent) -> list[Latent]:
    """The latents of a batch as a list, for a frame to go over."""
    return [Latent(one[None]) for one in latent.data]


@node("latent.repeat")
def repeat(latent: Latent, *, count: Annotated[int, Field(ge=1, le=MOST)] = 2) -> Latent:
    """The whole batch `count` times, one after the other."""
    return Latent(latent.data.repeat(count, 1, 1, 1))


@node(
    "latent.lerp",
    label="Blend latents (straight)",
    formula=Formula("x = (1 − w) · a + w · b", r"x = (1 - w)\,a + w\,b"),
)
def lerp(a: Latent, b: Latent, *, amount: Amount = 0.5) -> Latent:
    """a at 0, b at 1, on the straight line between. Raises NodeError if the shapes differ."""
    _same_shape(a, b)
    return Latent((1 - amount) * a.data + amount * b.data)


@node(
    "latent.slerp",
    label="Blend latents (arc)",
    formula=Formula(
        "x = (sin((1 − w)Ω) · a + sin(wΩ) · b) / sin Ω",
        r"x = \frac{\sin((1 - w)\,\Omega)}{\sin\Omega}\,a + \frac{\sin(w\,\Omega)}{\sin\Omega}\,b, \qquad "
        r"\cos\Omega = \frac{\langle a, b\rangle}{\lVert a\rVert\,\lVert b\rVert}",
    ),
    paper=papers.SLERP,
)
def slerp(a: Latent, b: Latent, *, amount: Amount = 0.5) -> Latent:
    """a at 0, b at 1, on the arc between, image by image: keeps the length, as noise needs (Shoemake 1985).

    sin((1 − t)·θ)/sin θ · a + sin(t·θ)/sin θ · b with θ the angle between a and b; the straight line where they point
    the same way. Raises NodeError if the shapes differ.
    """
    _same_shape(a, b)
    flat_a, flat_b = a.data.flatten(1).cpu().double(), b.data.flatten(1).cpu().double()
    unit_a, unit_b = (torch.nn.functional.normalize(v, dim=1) for v in (flat_a, flat_b))
    angle = (unit_a * unit_b).sum(1, keepdim=True).clamp(-1, 1).acos()
    sine = angle.sin()
    arc = ((1 - amount) * angle).sin() / sine * flat_a + (amount * angle).sin() / sine * flat_b
    line = (1 - amount) * flat_a + amount * flat_b
    made = torch.where(sine.abs() < 1e-6, line, arc)
    return Latent(made.reshape(a.data.shape).to(a.data))


def _same_shape(a: Latent, b: Latent) -> None:
    if a.data.shape != b.data.shape:
        raise NodeError(f"expected a latent of {tuple(a.data.shape)}, got {tuple(b.data.shape)}", input="b")
