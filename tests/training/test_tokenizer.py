"""The vocabulary loads as CLIP's does, and every word of a caption is one token."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from transformers import CLIPTokenizer

from training.captions import caption
from training.scenes import EVERYTHING, random_scene
from training.tokenizer import END, START, load, words, write


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> CLIPTokenizer:
    return load(tmp_path_factory.mktemp("words"))


def test_every_word_of_every_caption_is_one_token(clip: CLIPTokenizer) -> None:
    assert all(len(clip(word).input_ids) == 3 for word in words())
    rng = random.Random(0)
    for _ in range(200):
        text = caption(random_scene(rng, EVERYTHING), rng)
        ids = clip(text).input_ids
        assert len(ids) == 2 + len(text.replace(",", " ,").split())


def test_padding_truncation_and_specials_are_clips(clip: CLIPTokenizer) -> None:
    start, end = clip.convert_tokens_to_ids([START, END])
    assert (start, end) == (len(clip) - 2, len(clip) - 1)
    ids = clip(["a red circle", "red " * 100], padding="max_length", truncation=True).input_ids
    assert [len(row) for row in ids] == [77, 77]
    assert ids[0] == [start, *ids[0][1:4], *[end] * 73]
    assert ids[1].index(end) == 76


def test_text_out_of_the_vocabulary_is_spelt(clip: CLIPTokenizer) -> None:
    ids = clip("Zürich, ÜBER 42 🙂!").input_ids
    assert clip.unk_token_id not in ids[1:-1]
    assert clip.decode(ids, skip_special_tokens=True).replace(" ", "") == "zürich,über42🙂!"


def test_writing_twice_gives_the_same_files(tmp_path: Path) -> None:
    write(tmp_path / "a")
    write(tmp_path / "b")
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == ["merges.txt", "special_tokens_map.json", "tokenizer_config.json", "vocab.json"]
    assert all((tmp_path / "a" / n).read_bytes() == (tmp_path / "b" / n).read_bytes() for n in names)
