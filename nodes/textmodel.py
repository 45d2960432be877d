"""A text encoder and its tokenizer as one module, so that both are resident together.

Imports torch: handles import it only to open weights.
"""

from __future__ import annotations

from typing import Any

from torch import nn


class TextModel(nn.Module):
    """`tokenizer`: text → token ids; `encoder`: a CLIPTextModel, CLIPTextModelWithProjection or T5EncoderModel."""

    def __init__(self, tokenizer: Any, encoder: Any) -> None:
        super().__init__()
        self.tokenizer = tokenizer
        self.encoder = encoder
