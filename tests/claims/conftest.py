"""Fixtures of the claims: engines over the tiny models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.claims.studio import Studio
from tests.oracles import Oracles


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one input picture, 64×64."""
    import numpy as np
    import PIL.Image

    folder = tmp_path_factory.mktemp("inputs")
    pixels = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    PIL.Image.fromarray(pixels).save(folder / "picture.png")
    return folder


@pytest.fixture(scope="module")
def oracles(tiny_models: Path) -> Oracles:
    return Oracles(tiny_models)


@pytest.fixture(scope="module")
def picture(inputs: Path) -> torch.Tensor:
    """The input picture as a tensor."""
    import numpy as np
    import PIL.Image

    with PIL.Image.open(inputs / "picture.png") as shown:
        return torch.from_numpy(np.array(shown)).permute(2, 0, 1)[None].float() / 255


@pytest.fixture(scope="module")
def mask() -> torch.Tensor:
    made = torch.zeros(1, 1, 64, 64)
    made[..., 8:40, 16:56] = 1
    return made


@pytest.fixture(scope="module")
def studio(tiny_models: Path, inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """An engine on a fresh home; results of the module's earlier tests are in its cache, so tests take own seeds."""
    with Studio(tmp_path_factory.mktemp("home"), tiny_models, [inputs]) as made:
        yield made


@pytest.fixture(scope="module")
def disk_studio(tiny_models: Path, inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """An engine that keeps no result in memory: whatever it has, it reads from disk."""
    with Studio(tmp_path_factory.mktemp("disk_home"), tiny_models, [inputs], ram="0 B") as made:
        yield made
