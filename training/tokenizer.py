"""The vocabulary: byte-pair merges learnt from the words of the captions, in the files of CLIP's tokenizer.

Every word that a caption may hold is one token; any other text still works, letter by letter, because all 256 bytes
are in the vocabulary, as in CLIP. Run: python -m training.tokenizer FOLDER
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

from transformers import CLIPTokenizer

from training.captions import NUMBERS, OPENINGS, SETTINGS, STYLED
from training.scenes import COLOURS, PATTERNS, PLACES, RELATIONS, SHAPES, SIZES

LENGTH = 77
START, END = "<|startoftext|>", "<|endoftext|>"
WORD_END = "</w>"

SPOKEN = "little tiny big in at on the of centre center middle an"
"""Further words of the captions."""

RESERVED = (
    "one two three four five several many no not and or with without between next beside under over inside behind "
    "near far small medium large outline outlined filled empty thick thin solid plain gradient striped stripes dotted "
    "dots checkered spotted noisy flat crayon pixel neon sketch watercolor painting photo art style line light dark "
    "bright pale make turn change add remove replace into to from it them its object shape scene color colour pink "
    "brown cyan grey circles squares triangles stars hearts rings crosses hexagons background foreground image picture "
    "drawing edges map best worst quality high low blurry sharp sks"
)
"""Words with a token of their own for edits, places and qualities that the captions of scenes do not use."""


def words() -> list[str]:
    """Every word with a token of its own, sorted."""
    styled = [phrasing for phrasings in STYLED.values() for phrasing in phrasings]
    drawn = [*SHAPES, *COLOURS, *SIZES, *PLACES, *RELATIONS, *PATTERNS, *NUMBERS.values()]
    text = re.sub(r"{\w+}|,", " ", " ".join([*drawn, *OPENINGS, *SETTINGS, *styled, SPOKEN, RESERVED]))
    return sorted(set(text.split()))


def byte_characters() -> list[str]:
    """CLIP's printable character for each of the 256 bytes, printable ones first (openai/CLIP, simple_tokenizer)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + i) for i in range(len(others))]


def learn_merges(vocabulary: list[str]) -> list[tuple[str, str]]:
    """Merge the most frequent neighbours, first by count and then by letters, until each word is one symbol."""
    split = [[*word[:-1], word[-1] + WORD_END] for word in vocabulary]
    merges: list[tuple[str, str]] = []
    while True:
        counts = Counter(pair for symbols in split for pair in pairwise(symbols))
        if not counts:
            return merges
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(best)
        split = [_merged(symbols, best) for symbols in split]


def _merged(symbols: list[str], pair: tuple[str, str]) -> list[str]:
    """The symbols of one word with every occurrence of the pair joined, from the left."""
    joined: list[str] = []
    for symbol in symbols:
        if joined and (joined[-1], symbol) == pair:
            joined[-1] += symbol
        else:
            joined.append(symbol)
    return joined


def write(folder: Path) -> None:
    """Write vocab.json, merges.txt, tokenizer_config.json and special_tokens_map.json."""
    folder.mkdir(parents=True, exist_ok=True)
    letters = byte_characters()
    merges = learn_merges(words())
    tokens = [*letters, *(letter + WORD_END for letter in letters), *(a + b for a, b in merges), START, END]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    special = {"bos_token": START, "eos_token": END, "pad_token": END, "unk_token": END}
    config = {"tokenizer_class": "CLIPTokenizer", "model_max_length": LENGTH, "do_lower_case": True, **special}
    _write_json(folder / "vocab.json", vocabulary)
    _write_json(folder / "tokenizer_config.json", config)
    _write_json(folder / "special_tokens_map.json", special)
    lines = ["#version: 0.2", *(f"{a} {b}" for a, b in merges), ""]
    (folder / "merges.txt").write_text("\n".join(lines), encoding="utf-8")


def _write_json(path: Path, content: dict[str, object] | dict[str, int] | dict[str, str]) -> None:
    """Indented JSON, not escaped."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def load(folder: Path) -> CLIPTokenizer:
    """The tokenizer of a folder, written first where there is none."""
    if not (folder / "vocab.json").exists():
        write(folder)
    tokenizer: CLIPTokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
    return tokenizer


def main(arguments: list[str] | None = None) -> None:
    """Write the tokenizer's files from the command line."""
    parser = argparse.ArgumentParser(description="Write the tokenizer.")
    parser.add_argument("folder", type=Path)
    write(parser.parse_args(arguments).folder)


if __name__ == "__main__":
    main()
