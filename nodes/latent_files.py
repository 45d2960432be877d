"""Latents to files and from files: safetensors with one tensor `latent` [B, C, h, w]."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from engine.context import INJECTED, Context
from engine.errors import NodeError
from engine.lazy import lazy
from engine.node import Choice, node
from engine.values import Artifact
from nodes.image_files import FileName, check_name, input_path
from nodes.types import Latent

if TYPE_CHECKING:
    import safetensors
    import safetensors.torch as tensors
    import torch
else:
    safetensors, tensors, torch = lazy("safetensors"), lazy("safetensors.torch"), lazy("torch")

TENSOR = "latent"


@node("latent.save", sink=True, thread="pool")
def save(latent: Latent, *, name: FileName = "{name}-{n}") -> tuple[Artifact, ...]:
    """The batch as one `.safetensors` file. Equal latents give equal files. Raises NodeError for a name that leaves the
    output folder."""
    check_name(name)
    data = tensors.save({TENSOR: latent.data.detach().cpu().contiguous()})
    return (Artifact(data, ".safetensors", name),)


@node("latent.load", thread="pool")
def load(*, file: Annotated[str, Choice("inputs")], ctx: Context = INJECTED) -> Latent:
    """The latent of a file that `latent.save` made, on the run's device.

    Raises NodeError if the file is missing, is no safetensors file, or does not hold one finite tensor `latent`
    [B, C, h, w].
    """
    path = input_path(file, ctx)
    if not path.is_file():
        raise NodeError(f"there is no file {file!r} among the inputs", input="file")
    try:
        with safetensors.safe_open(str(path), framework="pt") as opened:
            names = list(opened.keys())
            data = opened.get_tensor(TENSOR) if TENSOR in names else None
    except (OSError, safetensors.SafetensorError) as error:
        raise NodeError(f"{file} is no safetensors file: {error}", input="file") from error
    if data is None:
        raise NodeError(f"{file}: expected a tensor {TENSOR!r}, got {', '.join(names[:5]) or 'none'}", input="file")
    if data.ndim != 4 or not data.is_floating_point():
        got = f"{data.dtype} {list(data.shape)}"
        raise NodeError(f"{file}: expected floating-point [B, C, h, w], got {got}", input="file")
    if not bool(torch.isfinite(data).all()):
        raise NodeError(f"{file} holds values that are not finite", input="file")
    return Latent(data.to(ctx.device))


@load.fingerprint
def _load(file: str, ctx: Context) -> str:
    """The digest of the file's bytes."""
    return ctx.files.digest(input_path(file, ctx))
