"""The contrastive pair: its networks, its loss, and the pictures that it is shown.

Loss (Radford et al. 2021, arXiv 2103.00020, figure 3): with unit vectors I_i, T_j and s = exp(logit scale), half the
sum of the cross-entropies of s T I^T along its rows and along its columns, where (i, i) is right. Captions that are
true of a picture other than their own are left out of both sums: they are neither right nor wrong.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from rich.progress import track
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

from training.base import Base
from training.drawing import draw
from training.scenes import Scene

Text = Literal["locked", "tuned", "scratch"]
LARGEST_SCALE = math.log(100)


def build(base: Base, width: int = 160, layers: int = 4, patch: int = 16, text: Text = "locked") -> CLIPModel:
    """A pair whose text tower is the base model's encoder (or only as large, with 'scratch').

    The place of each patch starts as sines and cosines, not as noise: plain vision transformers learn faster so (Beyer
    et al. 2022, arXiv 2205.01580). The filters that read a patch start as its slowest cosines: they see flat colours
    and straight edges from the first step, which noise would have to learn.
    """
    reader = base.text_encoder.config.to_dict()
    seen = {
        "hidden_size": width,
        "intermediate_size": 4 * width,
        "num_hidden_layers": layers,
        "num_attention_heads": max(1, width // 40),
        "image_size": base.side,
        "patch_size": patch,
    }
    shared = int(reader["hidden_size"])
    pair = CLIPModel(CLIPConfig(text_config=reader, vision_config=seen, projection_dim=shared))
    cells = base.side // patch
    with torch.no_grad():
        pair.vision_model.embeddings.position_embedding.weight[1:] = 0.1 * waves(cells, width)
        pair.vision_model.embeddings.patch_embedding.weight.copy_(cosines(patch, width))
    if text != "scratch":
        pair.text_model.load_state_dict(base.text_encoder.state_dict())
    pair.text_model.requires_grad_(text != "locked")
    return pair


def waves(cells: int, width: int) -> Tensor:
    """Sines and cosines of column and row, [cells^2, width] (Vaswani et al. 2017, in two directions)."""
    quarter = width // 4
    rates = math.pi * torch.logspace(0, -1, quarter, base=cells)  # a wave is two cells long at the least
    row, column = torch.meshgrid(torch.arange(cells), torch.arange(cells), indexing="ij")
    turns = torch.cat([row.reshape(-1, 1) * rates, column.reshape(-1, 1) * rates], 1)
    return torch.nn.functional.pad(torch.cat([turns.sin(), turns.cos()], 1), (0, width - 4 * quarter))


def cosines(patch: int, width: int) -> Tensor:
    """Filters [width, 3, patch, patch]: products of two cosines for each colour, slow ones first, faster ones stronger.

    The edges of flat shapes hold the less of a cosine the faster it is; the factor evens that out.
    """
    order = sorted((u + v, u, v) for u in range(patch) for v in range(patch))
    turn = math.pi * (torch.arange(patch) + 0.5) / patch
    filters = torch.zeros(width, 3, patch, patch)
    for number in range(width):
        fast, u, v = order[number // 3 % len(order)]
        filters[number, number % 3] = (1 + fast) / patch**2 * torch.outer((u * turn).cos(), (v * turn).cos())
    return filters


def read(pair: CLIPModel, tokenizer: CLIPTokenizer, texts: list[str]) -> Tensor:
    """Unit vectors of the texts, padded to the longest alone.

    What is read out is the first end-of-text token, and attention looks back from there.
    """
    tokens = tokenizer(texts, padding=True, truncation=True, return_tensors="pt").input_ids.to(pair.device)
    features: Tensor = pair.text_projection(pair.text_model(tokens).pooler_output)
    return normalize(features.float(), dim=-1)


def look(pair: CLIPModel, pixels: Tensor) -> Tensor:
    """Unit vectors of pixels N x 3 x side x side in [-1, 1]."""
    features: Tensor = pair.visual_projection(pair.vision_model(pixels.to(pair.device)).pooler_output)
    return normalize(features.float(), dim=-1)


def contrast(logits: Tensor, true: Tensor) -> Tensor:
    """The loss of logits [captions, pictures], where `true` says which caption is true of which picture."""
    right = torch.arange(len(logits), device=logits.device)
    others = true.to(logits.device) & ~torch.eye(len(logits), dtype=torch.bool, device=logits.device)
    logits = logits.masked_fill(others, -math.inf)
    return (cross_entropy(logits, right) + cross_entropy(logits.T, right)) / 2


def drawn(scenes: list[Scene], side: int, path: Path) -> Tensor:
    """The scenes as bytes N x 3 x side x side, drawn once and kept in the file `path`."""
    key = hashlib.sha256(repr((scenes, side)).encode()).hexdigest()
    if path.exists():
        with safe_open(path, framework="pt") as file:
            if (file.metadata() or {}).get("key") == key:
                kept: Tensor = file.get_tensor("pictures")
                return kept
    pictures = torch.empty(len(scenes), 3, side, side, dtype=torch.uint8)
    for number, scene in enumerate(track(scenes, description="drawing")):
        pictures[number] = torch.from_numpy(np.array(draw(scene, side))).permute(2, 0, 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({"pictures": pictures}, path, {"key": key})
    return pictures


def shifted(pictures: Tensor, generator: torch.Generator, most: int = 3) -> Tensor:
    """Bytes as pixels in [-1, 1], each picture moved by up to `most` pixels; its edge fills what comes in."""
    side = pictures.shape[-1]
    axis = torch.arange(side)
    moves = torch.randint(-most, most + 1, (len(pictures), 2), generator=generator)
    cut = []
    for picture, (down, right) in zip(pictures, moves, strict=True):
        rows, columns = (axis + down).clamp(0, side - 1), (axis + right).clamp(0, side - 1)
        cut.append(picture[:, rows][:, :, columns])
    return torch.stack(cut).float() / 127.5 - 1
