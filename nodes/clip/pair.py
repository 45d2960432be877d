"""A CLIP pair and its tokenizer as one module, so that both are resident together.

Imports torch: the handle imports it only to open weights.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class ClipPair(nn.Module):
    """`tokenizer`: texts → token ids; `model`: a transformers CLIPModel.

    The towers and projections are called themselves: what `get_image_features` returns differs between versions of
    transformers.
    """

    def __init__(self, tokenizer: Any, model: Any) -> None:
        super().__init__()
        self.tokenizer = tokenizer
        self.model = model

    def look(self, pixels: torch.Tensor, joint: bool) -> torch.Tensor:
        """Features [B, D] of prepared pixels, of length as they come: projected, or what the tower alone gives."""
        pooled = self.model.vision_model(pixels.to(self.model.device, self.model.dtype)).pooler_output
        found: torch.Tensor = self.model.visual_projection(pooled) if joint else pooled
        return found.float().cpu()

    def read(self, tokens: torch.Tensor) -> torch.Tensor:
        """Projected features [B, D] of token ids, which are read out at the first end-of-text token.

        Attention looks back from there, so the padding needs no mask.
        """
        pooled = self.model.text_model(tokens.to(self.model.device)).pooler_output
        found: torch.Tensor = self.model.text_projection(pooled)
        return found.float().cpu()

    def scale(self) -> float:
        """The learnt exp(logit scale) that cosines are multiplied by, 100 for OpenAI's pairs."""
        return float(self.model.logit_scale.detach().float().exp())
