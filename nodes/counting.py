"""How many tokens a prompt takes, and what of it is not read, by the tokenizer that a model brings.

Built with the `tokenizers` library alone, from the files that transformers' `CLIPTokenizer` reads, so that whoever only
counts loads neither transformers nor torch. A test compares the two.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import BPE

from nodes.checkpoints import vocabulary
from nodes.checkpoints.vocabulary import END, START

LIMIT = 77
MARKS = 2  # start and end
WORD_END = "</w>"
WORDS = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


@dataclass(frozen=True)
class Count:
    """tokens: with the marks of start and end. unread: the words that the encoder does not see ("" for none)."""

    tokens: int
    unread: str


class Counter:
    """Counts for one tokenizer; `limit` is how many tokens the encoder reads, marks included."""

    def __init__(self, model: BPE, limit: int = LIMIT) -> None:
        self.limit = limit
        self._tokenizer = Tokenizer(model)
        self._tokenizer.add_special_tokens([START, END])
        self._tokenizer.normalizer = normalizers.Sequence(
            [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
        )
        split = pre_tokenizers.Split(Regex(WORDS), behavior="removed", invert=True)
        self._tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [split, pre_tokenizers.ByteLevel(add_prefix_space=False)]
        )
        self._tokenizer.decoder = decoders.ByteLevel()

    def ids(self, text: str) -> list[int]:
        """The tokens between start and end."""
        found: list[int] = self._tokenizer.encode(text).ids
        return found

    def count(self, text: str) -> Count:
        """What a prompt takes."""
        ids = self.ids(text)
        unread: str = self._tokenizer.decode(ids[self.limit - MARKS :], skip_special_tokens=False)
        return Count(len(ids) + MARKS, unread.replace(WORD_END, " ").strip())


def counter(model: Path) -> Counter | None:
    """The counter for a model's folder, or for a checkpoint file; None if it has no CLIP tokenizer that can be read."""
    if model.is_file():
        return Counter(_shipped())
    folder = tokenizer_folder(model)
    try:
        return None if folder is None else Counter(_bpe(folder), _limit(folder))
    except Exception:  # of a damaged file the library says so with a bare Exception
        return None


def tokenizer_folder(model: Path) -> Path | None:
    """Where a folder has CLIP's vocabulary. The two encoders of SDXL have the same; its refiner has the second."""
    found = (model / name for name in ("tokenizer", "tokenizer_2"))
    return next((path for path in found if (path / "vocab.json").is_file() and (path / "merges.txt").is_file()), None)


def _bpe(folder: Path) -> BPE:
    return BPE.from_file(
        str(folder / "vocab.json"),
        str(folder / "merges.txt"),
        continuing_subword_prefix="",
        end_of_word_suffix=WORD_END,
        fuse_unk=False,
        unk_token=END,
    )


def _shipped() -> BPE:
    return BPE(
        vocab=vocabulary.ids(),
        merges=vocabulary.merges(),
        continuing_subword_prefix="",
        end_of_word_suffix=WORD_END,
        fuse_unk=False,
        unk_token=END,
    )


def _limit(folder: Path) -> int:
    try:
        said = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))["model_max_length"]
    except (OSError, ValueError, KeyError, TypeError):
        return LIMIT
    return said if isinstance(said, int) and MARKS < said <= 1 << 16 else LIMIT
