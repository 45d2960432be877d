"""The change itself: W' = W + strength · (alpha / r) · B A, in the weights of a module that nobody else holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import NodeError
from engine.lazy import lazy
from nodes.checkpoints.header import read_header
from nodes.lora.names import plain
from nodes.lora.pairs import fit
from nodes.lora.values import Lora, Net, NetPart

if TYPE_CHECKING:
    import safetensors
    import torch
else:
    safetensors, torch = lazy("safetensors"), lazy("torch")


def merged(module: Any, loras: Sequence[Lora]) -> Any:
    """`module` with the changes in its weights, in order. It must be freshly opened: its weights are written to."""
    for lora in loras:
        _merge(module, lora)
    return module


def delta(up: torch.Tensor, down: torch.Tensor, factor: float) -> torch.Tensor:
    """factor · B A as a matrix [out, in · kernel], in float32."""
    return (up.flatten(1).float() @ down.flatten(1).float()) * factor


def _merge(module: Any, lora: Lora) -> None:
    path = Path(lora.path)
    weights = dict(module.named_parameters())
    modules = {plain(name.removesuffix(".weight")): weight for name, weight in weights.items()}
    net = Net({name: tuple(weight.shape) for name, weight in weights.items()}, _config(module, lora.part))
    # what belongs to other parts of the file was checked when the handle was made
    pairs = fit(read_header(path, "lora"), {lora.part: net}, path.name, whole=False)[lora.part]
    try:
        with safetensors.safe_open(path, framework="pt") as file, torch.no_grad():
            for name, pair in pairs.items():
                factor = pair.factor if pair.alpha is None else file.get_tensor(pair.alpha).item() / pair.rank
                change = delta(file.get_tensor(pair.up), file.get_tensor(pair.down), factor * lora.strength)
                weight = modules[name]
                weight += change.reshape(weight.shape).to(weight)
    except (OSError, safetensors.SafetensorError) as error:
        raise NodeError(f"{path.name} does not hold the tensors that its header announced: {error}") from error


def _config(module: Any, part: NetPart) -> Any:
    """A UNet's configuration."""
    return module.config if part == "unet" else None
