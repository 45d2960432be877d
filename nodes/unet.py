"""The denoiser: one call of the UNet.

Sibling calls of one step that differ only in what they are told run as one batch, in the order of the graph: that is
what makes classifier-free guidance one call, as in diffusers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from engine.about import Formula
from engine.context import INJECTED, Context
from engine.errors import NodeError
from engine.lazy import lazy
from engine.node import node
from nodes import papers
from nodes.adapter import solver_for
from nodes.embedding import added_conditions, guidance_embedding, rows
from nodes.handles import Unet
from nodes.types import Concat, Conditioning, Prediction, Residuals, State, Step

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")

STAGE = "unet"

Scale = Annotated[float, Field(ge=0, le=30)]


@node(
    "unet.denoise",
    stack=("text", "control", "concat"),
    label="UNet step",
    formula=Formula("ε̂ = ε_θ(x_t, t, c)", r"\hat\varepsilon = \varepsilon_\theta(x_t, t, c)"),
    paper=papers.LATENT,
)
def denoise(
    unet: Unet,
    state: State,
    step: Step,
    text: Conditioning,
    control: Residuals | None = None,
    concat: Concat | None = None,
    *,
    embedded_scale: Scale = 7.5,
    ctx: Context = INJECTED,
) -> Prediction:
    """What the UNet predicts for a latent at a step: [B, C, h, w], tagged with its kind (Ho et al. 2020; Rombach 2022).

    The latent is scaled as the schedule's solver asks. text: embeddings [1 or B, T, D] as wide as the UNet attends to.
    control: residuals of one or several ControlNets. concat: further input channels, of a model for inpainting or for
    instructions. embedded_scale: the guidance scale that a distilled model (LCM) is told. Raises `NodeError` if the
    parts do not fit the UNet.
    """
    call = {"text": text, "control": control, "concat": concat}
    return _denoise([call], unet, state, step, embedded_scale, ctx)[0]


@denoise.batched
def _batched(calls: Sequence[Mapping[str, Any]]) -> Sequence[Prediction]:
    """Calls with several texts as one batch: latents repeated, texts one after another, the result cut again."""
    one = calls[0]
    scale, ctx = one.get("embedded_scale", 7.5), one.get("ctx", INJECTED)
    return _denoise(calls, one["unet"], one["state"], one["step"], scale, ctx)


def _denoise(
    calls: Sequence[Mapping[str, Any]],
    unet: Unet,
    state: State,
    step: Step,
    embedded_scale: float,
    ctx: Context,
) -> list[Prediction]:
    solver = solver_for(step.schedule, ctx)
    latent = solver.scale(state, step.index)
    batch, count = len(latent), len(calls)
    texts: list[Conditioning] = [call["text"] for call in calls]
    extras: list[Concat | None] = [call.get("concat") for call in calls]
    for text, extra in zip(texts, extras, strict=True):
        _check(unet, latent, text, extra)
    arguments: dict[str, Any] = {"encoder_hidden_states": torch.cat([rows(t.sequence, batch, "text") for t in texts])}
    if unet.added:
        arguments["added_cond_kwargs"] = added_conditions(unet.added, unet.time_width, texts, latent)
    if unet.guidance_width:
        arguments["timestep_cond"] = guidance_embedding(embedded_scale, unet.guidance_width, latent).repeat(count, 1)
    down, mid = _stacked([call.get("control") for call in calls])
    if mid is not None:
        arguments |= {"down_block_additional_residuals": down, "mid_block_additional_residual": mid}
    sample = torch.cat([latent] * count) if count > 1 else latent
    channels = [rows(extra.data, batch, "concat").to(latent) for extra in extras if extra is not None]
    if channels:
        sample = torch.cat([sample, torch.cat(channels)], dim=1)
    with torch.no_grad():
        out = ctx.load(unet)(sample, solver.timestep(step.index), return_dict=False, **arguments)[0]
    return [Prediction(part, unet.prediction) for part in (out.chunk(count) if count > 1 else [out])]


def _check(unet: Unet, latent: torch.Tensor, text: Conditioning, concat: Concat | None) -> None:
    if text.sequence.shape[-1] != unet.context:
        width = text.sequence.shape[-1]
        raise NodeError(f"the UNet attends to embeddings of width {unet.context}, got {width}", input="text")
    extra = 0 if concat is None else concat.data.shape[1]
    if latent.shape[1] + extra != unet.in_channels:
        got = f"a latent of {latent.shape[1]}" + (f" and {extra} more" if extra else "")
        hint = ": connect `concat`" if not extra and unet.in_channels > latent.shape[1] else ""
        message = f"the UNet takes {unet.in_channels} channels, got {got}{hint}"
        raise NodeError(message, input="concat" if extra or hint else "state")
    if concat is not None and concat.data.shape[2:] != latent.shape[2:]:
        raise NodeError(
            f"the extra channels are {tuple(concat.data.shape[2:])}, the latent {tuple(latent.shape[2:])}",
            input="concat",
        )


def _stacked(controls: Sequence[Residuals | None]) -> tuple[tuple[torch.Tensor, ...], torch.Tensor | None]:
    """Residuals of all calls as one batch; zeros for a call without them."""
    given = [c for c in controls if c is not None]
    if not given:
        return (), None
    if len(controls) == 1:
        return given[0].down, given[0].mid
    filled = [given[0].zeros() if c is None else c for c in controls]
    down = tuple(torch.cat(parts) for parts in zip(*(c.down for c in filled), strict=True))
    return down, torch.cat([c.mid for c in filled])
