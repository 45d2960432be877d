"""What a `Clip` socket carries: which pair, and how its pictures are prepared. Never weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.errors import LoomError
from engine.lazy import lazy
from engine.values import Ref
from nodes.clip.pixels import Preparation
from nodes.handles import _no_progress_bar, settled

if TYPE_CHECKING:
    import torch
    import transformers

    from nodes.clip.pair import ClipPair
else:
    torch, transformers = lazy("torch"), lazy("transformers")


@dataclass(frozen=True)
class Clip(Ref["ClipPair"]):
    """A CLIPModel with its tokenizer. width: of the space where pictures and texts meet; side: pixels of the pictures
    that it sees; length: tokens that it reads."""

    width: int
    side: int
    length: int
    preparation: Preparation
    tokenizer: str  # the digest of the tokenizer's folder
    path: str = field(default="", compare=False)
    tokenizer_path: str = field(default="", compare=False)
    variant: str | None = field(default=None, compare=False)

    @property
    def space(self) -> str:
        """The name of the space of its projected features."""
        return f"joint {self.digest} {self.tokenizer}"

    def open(self, device: str, dtype: str) -> ClipPair:
        """Pair and tokenizer on `device`. Only safetensors files are read. Raises `LoomError` if weights are missing,
        where transformers would go on with random ones."""
        from nodes.clip.pair import ClipPair  # imports torch

        arguments: dict[str, Any] = {"use_safetensors": True, "local_files_only": True, "variant": self.variant}
        opening: Any = transformers.CLIPModel
        with _no_progress_bar():
            model, found = opening.from_pretrained(
                self.path, dtype=getattr(torch, dtype), output_loading_info=True, **arguments
            )
        if missing := sorted(found["missing_keys"]):
            raise LoomError(f"{self.path} lacks weights of its pair: {', '.join(missing[:3])} …")
        tokenizer = transformers.CLIPTokenizer.from_pretrained(self.tokenizer_path, local_files_only=True)
        opened: ClipPair = settled(ClipPair(tokenizer, model), device)
        return opened
