"""CLIP's tokenizer, built in memory from its merges.

The vocabulary follows from the merges: 256 bytes, 256 bytes at the end of a word, one token per merge and the two marks
of start and end: 49 408 in all. The merges are those that OpenAI published with CLIP (see `clip_bpe/LICENSE`).

As in diffusers' pipelines, text is not repaired first: open_clip, which turns curly quotes straight and decodes HTML,
gives other tokens for such prompts.
"""

from __future__ import annotations

import gzip
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from engine.lazy import lazy

if TYPE_CHECKING:
    import transformers
else:
    transformers = lazy("transformers")

START, END = "<|startoftext|>", "<|endoftext|>"
DIGEST = "sha256:d308b7377a8ceaa9707a21614fe8c831b9196e197b7aeb69833359362907af02"  # of the merges, one per line


def merges() -> list[tuple[str, str]]:
    """The 48 894 pairs in the order in which they are joined."""
    lines = gzip.decompress(files("nodes.checkpoints").joinpath("clip_bpe", "merges.txt.gz").read_bytes())
    return [(first, second) for first, second in (line.split(" ") for line in lines.decode("utf-8").splitlines())]


def letters() -> list[str]:
    """A printable character for each of the 256 bytes, in CLIP's order: printable bytes first, as they are."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    return [chr(byte) for byte in plain] + [chr(256 + i) for i in range(256 - len(plain))]


def ids() -> dict[str, int]:
    """The number of each of the 49 408 tokens."""
    bytes_ = letters()
    tokens = [*bytes_, *(letter + "</w>" for letter in bytes_), *(a + b for a, b in merges()), START, END]
    return {token: i for i, token in enumerate(tokens)}


def tokenizer(padding: str = END) -> Any:
    """A transformers CLIPTokenizer for prompts of 77 tokens, filled up with `padding`.

    Stable Diffusion 1 and the first encoder of SDXL pad with the end mark, Stable Diffusion 2 and the second encoder of
    SDXL with "!".
    """
    kind: Any = transformers.CLIPTokenizer
    return kind(vocab=ids(), merges=merges(), model_max_length=77, pad_token=padding)
