"""A document's picture against a pipeline's."""

from __future__ import annotations

from typing import Any

import torch

from engine.result import Result
from tests.claims.studio import Studio
from tests.oracles import Picture


def run(studio: Studio, document: dict[str, Any], frame: str = "sample") -> Result:
    """The state after a frame and the image."""
    return studio.go(document, frame, "image")


def assert_same(result: Result, wanted: Picture, frame: str = "sample") -> None:
    """The final latent and the image, bit for bit."""
    assert torch.equal(result[f"{frame}.state"].latent, wanted.latent)
    assert torch.equal(result["image"].data, wanted.image)
