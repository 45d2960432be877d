"""Fixtures that several test folders share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module", autouse=True)
def drawn_alike() -> None:
    """What a module draws is the same whichever modules its process ran before."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(0)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Bit-for-bit equality needs an equal number of threads."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models sd, inpaint, instruct, lcm, sdxl, refiner; the ControlNets control, control_b, control_xl."""
    from tests import tiny

    root = tmp_path_factory.mktemp("models")
    tiny.save_all(root)
    return root
