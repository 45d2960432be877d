"""What the rest of the library knows of LoRAs: the change that a handle carries, the network that one has to fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

NetPart = Literal["unet", "text_encoder", "text_encoder_2", "text_encoder_3"]
Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Lora:
    """One change on a handle: the LoRA file by the digest of its bytes, the part of it that is meant, how much."""

    digest: str
    part: NetPart
    strength: float
    path: str = field(default="", compare=False)


@dataclass(frozen=True)
class Net:
    """A network as a LoRA meets it: the shapes of its tensors by name, and a UNet's configuration."""

    shapes: Shapes
    config: Mapping[str, Any] | None = None
