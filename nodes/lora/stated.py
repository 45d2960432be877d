"""What a LoRA file states beside its tensors: the settings that peft trained it with.

alpha is no tensor in files of diffusers and peft. Where the file's metadata has it, it counts; a file without it means
a factor of 1 (alpha = r), as diffusers reads it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import NodeError
from nodes.checkpoints.header import Header
from nodes.lora.names import plain
from nodes.lora.values import NetPart

KEY = "lora_adapter_metadata"  # in the metadata of the file, by diffusers
REFUSED = ("use_dora", "lora_bias")  # changes of another kind, which B A is only a part of


@dataclass(frozen=True)
class Settings:
    """The settings by name, `unet.lora_alpha` for instance; empty if the file states none."""

    values: Mapping[str, Any]
    name: str

    def factor(self, part: NetPart, module: str, rank: int) -> float:
        """alpha / r of a module (alpha / √r where the file says rank-stabilised; Kalajdzievski 2023)."""
        alpha = self.values.get(f"{part}.lora_alpha")
        patterns = self.values.get(f"{part}.alpha_pattern")
        for pattern, value in patterns.items() if isinstance(patterns, dict) else ():
            wanted = plain(str(pattern).removeprefix("^"))
            if module == wanted or module.endswith(f".{wanted}"):
                alpha = value
                break
        if alpha is None:
            return 1.0
        if isinstance(alpha, bool) or not isinstance(alpha, (int, float)) or not math.isfinite(alpha):
            raise NodeError(f"{self.name}: expected a number as alpha of {module}, got {alpha!r}", input="lora")
        return float(alpha / (math.sqrt(rank) if self.values.get(f"{part}.use_rslora") else rank))


def settings(header: Header, name: str) -> Settings:
    """What the file states. Raises NodeError if it cannot be read, or states a change that is not LoRA's."""
    text = header.metadata.get(KEY)
    if text is None:
        return Settings({}, name)
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NodeError(f"{name}: its metadata cannot be read: {error}", input="lora") from None
    if not isinstance(values, dict):
        raise NodeError(f"{name}: its metadata holds no JSON object", input="lora")
    for key, value in values.items():
        setting = key.rpartition(".")[2]
        if setting in REFUSED and value:
            raise NodeError(f"{name} was made with {setting}, which is not supported", input="lora")
    return Settings(values, name)
