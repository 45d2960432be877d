"""ControlNet: an image steers the denoiser through residuals (Zhang, Rao & Agrawala 2023: y = F(x) + Z(F'(x + Z(c)))).

When it should act is drawn in the frame: `step.control_interval` and a switch between its residuals and none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from engine.about import Formula
from engine.context import INJECTED, Context
from engine.errors import NodeError
from engine.lazy import lazy
from engine.node import Many, Slider, node
from nodes import papers
from nodes.adapter import solver_for
from nodes.embedding import added_conditions, rows
from nodes.handles import ControlNet
from nodes.types import Conditioning, Image, Residuals, State, Step

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")

STAGE = "control"

Strength = Annotated[float, Field(ge=0, le=10), Slider(step=0.05)]


@node(
    "control.apply",
    stack=("text",),
    label="ControlNet",
    formula=Formula(
        "r = s · C_φ(x_t, t, c, hint)",
        r"r = s\,\mathcal{C}_\varphi(x_t, t, c, h), \qquad y = \mathcal{F}(x) + "
        r"\mathcal{Z}\big(\mathcal{F}'(x + \mathcal{Z}(h))\big)",
    ),
    paper=papers.CONTROLNET,
)
def apply_control(
    control: ControlNet,
    state: State,
    step: Step,
    text: Conditioning,
    image: Image,
    *,
    strength: Strength = 1.0,
    guess: bool = False,
    ctx: Context = INJECTED,
) -> Residuals:
    """A ControlNet's residuals for a latent at a step; link them to `control` of `unet.denoise`.

    image: the hint [1 or B, 3, H, W] 0 … 1, of the picture's size. strength: factor on all residuals. guess: weaker
    residuals in shallow blocks, for use without a prompt. Raises `NodeError` if the sizes do not fit.
    """
    return _apply([text], control, state, step, image, strength, guess, ctx)[0]


@apply_control.batched
def _batched(calls: Sequence[Mapping[str, Any]]) -> Sequence[Residuals]:
    """Calls with several texts as one batch, cut again afterwards."""
    one = calls[0]
    texts = [call["text"] for call in calls]
    strength, guess, ctx = one.get("strength", 1.0), one.get("guess", False), one.get("ctx", INJECTED)
    return _apply(texts, one["control"], one["state"], one["step"], one["image"], strength, guess, ctx)


@node("control.add", label="Add ControlNets", formula=Formula("r = Σ rᵢ", r"r = \sum_i r_i"), paper=papers.CONTROLNET)
def add_controls(controls: Many[Residuals | None]) -> Residuals | None:
    """The sum of the residuals of several ControlNets. Those that are switched off count nothing."""
    given = [c for c in controls if c is not None]
    if not given:
        return None
    total = given[0]
    for further in given[1:]:
        total = total + further
    return total


def _apply(
    texts: Sequence[Conditioning],
    control: ControlNet,
    state: State,
    step: Step,
    image: Image,
    strength: float,
    guess: bool,
    ctx: Context,
) -> list[Residuals]:
    solver = solver_for(step.schedule, ctx)
    latent = solver.scale(state, step.index)
    batch, count = len(latent), len(texts)
    for text in texts:
        if text.sequence.shape[-1] != control.context:
            width = text.sequence.shape[-1]
            raise NodeError(
                f"the ControlNet attends to embeddings of width {control.context}, got {width}", input="text"
            )
    height, width = (side * control.downscale for side in latent.shape[2:])
    if image.data.shape[2:] != (height, width):
        got = f"{image.data.shape[3]}×{image.data.shape[2]}"
        raise NodeError(
            f"the hint must be {width}×{height} like the picture, got {got}: use image.resize", input="image"
        )
    arguments: dict[str, Any] = {
        "encoder_hidden_states": torch.cat([rows(t.sequence, batch, "text") for t in texts]),
        "controlnet_cond": torch.cat([rows(image.data, batch, "image").to(latent)] * count),
        "conditioning_scale": strength,
        "guess_mode": guess,
    }
    if control.added:
        arguments["added_cond_kwargs"] = added_conditions(control.added, control.time_width, texts, latent)
    sample = torch.cat([latent] * count) if count > 1 else latent
    with torch.no_grad():
        down, mid = ctx.load(control)(sample, solver.timestep(step.index), return_dict=False, **arguments)
    if count == 1:
        return [Residuals(tuple(down), mid)]
    parts = zip(*(d.chunk(count) for d in down), strict=True)
    return [Residuals(tuple(part), middle) for part, middle in zip(parts, mid.chunk(count), strict=True)]
