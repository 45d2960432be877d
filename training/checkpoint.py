"""Checkpoints: a run's weights, averages and optimizer state as safetensors, everything else as JSON.

A checkpoint is a folder that is written beside the old one and then takes its place, so a run that is stopped in the
middle of saving leaves a whole checkpoint behind. Nothing is pickled.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import Optimizer


def save(
    folder: Path, model: nn.Module, averages: dict[str, Tensor], optimizer: Optimizer, notes: dict[str, Any]
) -> None:
    """Write the checkpoint; `averages` are the EMA of the parameters by name, `notes` is anything JSON can say."""
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    save_file(_plain(dict(model.state_dict())), fresh / "model.safetensors")
    save_file(_plain(averages), fresh / "average.safetensors")
    save_file(_plain(_optimizer_tensors(optimizer)), fresh / "optimizer.safetensors")
    (fresh / "notes.json").write_text(json.dumps(notes, indent=1))
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def load(folder: Path, model: nn.Module, averages: dict[str, Tensor], optimizer: Optimizer) -> dict[str, Any]:
    """Read a checkpoint back into the same objects; returns its notes."""
    model.load_state_dict(load_file(folder / "model.safetensors"))
    for name, value in load_file(folder / "average.safetensors").items():
        averages[name].copy_(value)
    _restore_optimizer(optimizer, load_file(folder / "optimizer.safetensors"))
    notes: dict[str, Any] = json.loads((folder / "notes.json").read_text())
    return notes


def load_average(folder: Path, model: nn.Module) -> None:
    """Put a checkpoint's averaged weights into a model: what is exported and sampled from."""
    model.load_state_dict(load_file(folder / "model.safetensors"))
    model.load_state_dict(load_file(folder / "average.safetensors"), strict=False)


def _plain(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Contiguous CPU copies that share no memory, as safetensors wants them."""
    return {name: value.detach().to("cpu", copy=True).contiguous() for name, value in tensors.items()}


def _optimizer_tensors(optimizer: Optimizer) -> dict[str, Tensor]:
    """The optimizer's state as flat names: '<parameter's index>.<entry>'."""
    state = optimizer.state_dict()["state"]
    return {f"{index}.{name}": torch.as_tensor(value) for index, one in state.items() for name, value in one.items()}


def _restore_optimizer(optimizer: Optimizer, tensors: dict[str, Tensor]) -> None:
    """The inverse of `_optimizer_tensors`; learning rates and the like stay the optimizer's own."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, name = key.split(".", 1)
        state.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
