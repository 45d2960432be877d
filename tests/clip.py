"""A tiny random CLIP pair, saved as a transformers folder, with the library's own model as the oracle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from transformers import CLIPConfig, CLIPModel

from tests.tiny import VOCABULARY, tokenizer

SIDE, WIDTH = 32, 16
PREPARED = {"size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}, "resample": 3}


def pair(seed: int = 0) -> CLIPModel:
    """A pair that looks at 32 × 32 pixels."""
    torch.manual_seed(seed)
    tower = {"intermediate_size": 37, "num_hidden_layers": 2, "num_attention_heads": 4}
    text: dict[str, Any] = {
        "vocab_size": VOCABULARY,
        "hidden_size": 32,
        "max_position_embeddings": 77,
        "bos_token_id": VOCABULARY - 2,
        "eos_token_id": VOCABULARY - 1,
        "pad_token_id": VOCABULARY - 1,
    }
    vision = {"hidden_size": 24, "image_size": SIDE, "patch_size": 8}
    config = CLIPConfig(text_config=tower | text, vision_config=tower | vision, projection_dim=WIDTH)
    return CLIPModel(config).eval()


def save(folder: Path, seed: int = 0, prepared: dict[str, Any] | None = None, beside: bool = False) -> Path:
    """Write a pair with its tokenizer and image processor. beside: the tokenizer as a folder next to it."""
    pair(seed).save_pretrained(folder)
    tokenizer().save_pretrained(folder.parent / "tokenizer" if beside else folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPARED if prepared is None else prepared))
    return folder
