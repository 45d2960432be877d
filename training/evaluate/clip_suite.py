"""What the CLIP pair can tell apart: the questions of `training.zero_shot`, on fresh scenes of all kinds."""

from __future__ import annotations

import torch
from transformers import CLIPModel, CLIPTokenizer

from training.evaluate.shares import share
from training.evaluate.suite import Figures, Options, beside, register
from training.zero_shot import QUESTIONS, hard_accuracy, zero_shot

GROUP = 6
"""Scenes of a group that differ in one attribute each."""


def measure(options: Options) -> Figures:
    """The share of right answers to each question; `count` scenes of each, and of groups about as many."""
    folder = beside(options.folder, "clip")
    pair: CLIPModel = CLIPModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
    tokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
    pair.eval()  # type: ignore[no-untyped-call]
    parts = {}
    for name, question in QUESTIONS.items():
        parts[name] = _answers(zero_shot(pair, tokenizer, question, options.count), options.count)
    groups = max(1, options.count // GROUP)
    parts["one attribute changed"] = _answers(hard_accuracy(pair, tokenizer, GROUP, groups), groups * GROUP)
    return Figures(options.count, parts=parts)


def _answers(right: float, count: int) -> Figures:
    """A share of `count` answers as figures."""
    number = round(right * count)
    return Figures(count, {"right": share([True] * number + [False] * (count - number))})


register("clip", measure, "clip")
