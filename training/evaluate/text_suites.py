"""The suites of prompts: sample a picture for each, and let the judge compare it with its scene."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

from PIL import Image

from training.evaluate.prompts import ASKS, prompts
from training.evaluate.sampling import opened, sample
from training.evaluate.shares import share
from training.evaluate.suite import Figures, Options, register
from training.judge import agreement, look
from training.scenes import Scene


def judged(asked: list[tuple[str, Scene]], pictures: list[Image.Image]) -> Figures:
    """The judge's figures on pictures of what was asked for, 'whole' first."""
    found = [look(picture) for picture in pictures]
    verdicts = [agreement(what, scene) for what, (_, scene) in zip(found, asked, strict=True)]
    shares = {"whole": share([verdict.whole for verdict in verdicts])}
    if verdicts:
        shares |= {name: share([vars(verdict)[name] for verdict in verdicts]) for name in vars(verdicts[0])}
    rows = [
        {"prompt": text, "wrong": [name for name, right in vars(verdict).items() if not right], "found": asdict(what)}
        for (text, _), verdict, what in zip(asked, verdicts, found, strict=True)
    ]
    return Figures(len(asked), shares, rows=rows, pictures=pictures)


def measure(options: Options, name: str) -> Figures:
    """One suite of prompts."""
    asked = prompts(options.count, suite=name)
    texts = [text for text, _ in asked]
    return judged(asked, sample(opened(options.folder), texts, options.steps, options.guidance, options.batch))


for _name in ASKS:
    register(_name, partial(measure, name=_name))
