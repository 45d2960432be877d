"""A tiny base model for the tests of what starts from one, and equality of runs to the bit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from training import export, vae
from training.diffusion import Diffusion


def tiny_base(root: Path) -> Path:
    """The folder of an untrained base model of 32 x 32 pixels."""
    torch.manual_seed(0)
    model = Diffusion(root / "words", (16, 32), 16)
    export.export(vae.build((8, 8, 8, 8), 32).eval(), model.eval(), 0.8, root / "model")
    return root / "model"


def weights(run: Path) -> dict[str, Tensor]:
    """Everything that a run's checkpoint holds."""
    files = sorted((run / "checkpoint").glob("*.safetensors"))
    return {f"{file.name}/{name}": value for file in files for name, value in load_file(file).items()}


def same(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    """Equal to the bit."""
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
