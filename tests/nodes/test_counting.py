"""Counting tokens without transformers: the same tokens, the same limit, the same words that are not read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import transformers
from hypothesis import given
from hypothesis import strategies as st

from engine.files import BUILT_IN
from nodes.checkpoints import vocabulary
from nodes.counting import Counter, counter

SHAPES = BUILT_IN / "shapes"
WORDS = ["a", "Red", "circle's", "2048", "<|endoftext|>", "naïve", "ﬁ", "e\u0301", "  \n", "日本", "🎨", ",", "(x:1.1)"]
TEXTS = st.text() | st.lists(st.sampled_from(WORDS)).map(" ".join)


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Counter, transformers.CLIPTokenizer]]:
    """Ours and transformers': of a folder, and the one that is shipped for checkpoint files."""
    ours, shipped = counter(SHAPES), counter(Path(__file__))
    assert ours is not None
    assert shipped is not None
    theirs = transformers.CLIPTokenizer.from_pretrained(str(SHAPES / "tokenizer"), local_files_only=True)
    return [(ours, theirs), (shipped, vocabulary.tokenizer())]


@given(TEXTS)
def test_the_tokens_are_those_of_transformers(
    pairs: list[tuple[Counter, transformers.CLIPTokenizer]], text: str
) -> None:
    for ours, theirs in pairs:
        found = theirs(text, truncation=False, verbose=False).input_ids
        assert ours.ids(text) == found[1:-1]
        assert ours.count(text).tokens == len(found)
        assert ours.limit == theirs.model_max_length


def test_what_is_cut_is_named() -> None:
    shipped = counter(Path(__file__))
    assert shipped is not None
    assert shipped.count("") == shipped.count("   ")
    assert shipped.count("").tokens == 2
    full = " ".join(["red"] * 75)
    assert (shipped.count(full).tokens, shipped.count(full).unread) == (77, "")
    over = shipped.count(f"{full} a blue Circle")
    assert (over.tokens, over.unread) == (80, "a blue circle")


def test_a_folder_without_a_vocabulary_and_a_damaged_one_have_no_counter(tmp_path: Path) -> None:
    assert counter(tmp_path) is None
    (tmp_path / "tokenizer_2").mkdir()
    for name in ("vocab.json", "merges.txt"):
        (tmp_path / "tokenizer_2" / name).write_text("{")
    assert counter(tmp_path) is None


def test_counting_loads_neither_torch_nor_transformers() -> None:
    code = (
        "import sys, pathlib; from nodes.counting import counter;"
        f"print(counter(pathlib.Path({str(SHAPES)!r})).count('a red circle').tokens,"
        " {'torch', 'transformers', 'diffusers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["5", "set()"]
