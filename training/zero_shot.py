"""What a contrastive pair can tell apart without being trained for it: labels as sentences, the nearest one wins.

Radford et al. 2021, section 3.1. Scenes are fresh: none of them is in a training set. Run:
python -m training.zero_shot models/shapes/clip
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from transformers import CLIPModel, CLIPTokenizer

from training import contrast
from training.captions import NUMBERS, plain_caption, plural_of, with_articles
from training.drawing import draw
from training.negatives import group
from training.scenes import COLOURS, EVERYTHING, PATTERNS, RELATIONS, SHAPES, Mix, Scene, random_scene
from training.vae import pixels

FRESH = 778_000
SINGLE = Mix(centred=0.5, combinations="all")


@dataclass(frozen=True)
class Question:
    """Scenes to look at, and the sentences to choose from, the right one first."""

    mix: Mix
    labels: Callable[[Scene], list[str]]


def _first(right: str, labels: list[str]) -> list[str]:
    """All labels, the right one first, with their articles."""
    return [with_articles(label) for label in (right, *(label for label in labels if label != right))]


def _kinds(scene: Scene) -> list[str]:
    (item,) = scene.items
    return _first(f"a {item.colour} {item.shape}", [f"a {colour} {shape}" for colour in COLOURS for shape in SHAPES])


def _relations(scene: Scene) -> list[str]:
    one, two = (f"a {item.colour} {item.shape}" for item in scene.items)
    return _first(f"{one} {scene.relation} {two}", [f"{one} {relation} {two}" for relation in RELATIONS])


def _numbers(scene: Scene) -> list[str]:
    name = f"{scene.items[0].colour} {plural_of(scene.items[0].shape)}"
    return _first(f"{NUMBERS[len(scene.items)]} {name}", [f"{word} {name}" for word in NUMBERS.values()])


QUESTIONS = {
    "colour and shape": Question(SINGLE, _kinds),
    "kept-out colour and shape": Question(Mix(centred=0.5, combinations="kept out"), _kinds),
    "shape": Question(SINGLE, lambda s: _first(f"a {s.items[0].shape}", [f"a {shape}" for shape in SHAPES])),
    "colour": Question(
        SINGLE, lambda s: _first(f"a {s.items[0].colour} shape", [f"a {colour} shape" for colour in COLOURS])
    ),
    "background": Question(
        SINGLE, lambda s: _first(f"a {s.background} background", [f"a {colour} background" for colour in COLOURS])
    ),
    "pattern": Question(
        Mix(plain=0.1, combinations="all"),
        lambda s: _first(f"a {s.pattern} background", [f"a {pattern} background" for pattern in PATTERNS]),
    ),
    "number": Question(Mix(counts=1.0, combinations="all"), _numbers),
    "relation": Question(Mix(pairs=1.0, combinations="all"), _relations),
}


@torch.no_grad()
def zero_shot(pair: CLIPModel, tokenizer: CLIPTokenizer, question: Question, count: int = 256) -> float:
    """Share (0..1) of fresh scenes whose right label is the nearest one."""
    scenes = [random_scene(random.Random(f"{FRESH}:{number}"), question.mix) for number in range(count)]
    side = int(pair.config.vision_config.image_size)
    images = _seen(pair, scenes, side)
    labels = [question.labels(scene) for scene in scenes]
    texts = sorted({label for some in labels for label in some})
    vectors = torch.cat([contrast.read(pair, tokenizer, texts[i : i + 128]) for i in range(0, len(texts), 128)])
    row = {text: vectors[i] for i, text in enumerate(texts)}
    right = 0
    for image, some in zip(images, labels, strict=True):
        near = torch.stack([row[label] for label in some]) @ image
        right += bool(near[0] > near[1:].max())
    return right / count


@torch.no_grad()
def hard_accuracy(pair: CLIPModel, tokenizer: CLIPTokenizer, size: int = 6, count: int = 64) -> float:
    """Share of pictures whose whole caption is nearer than those of scenes that differ in one attribute."""
    right = 0
    for number in range(count):
        scenes = group(random.Random(f"{FRESH}:group:{number}"), size, EVERYTHING)
        texts = contrast.read(pair, tokenizer, [plain_caption(scene) for scene in scenes])
        images = _seen(pair, list(scenes), int(pair.config.vision_config.image_size))
        right += int(((images @ texts.T).argmax(1).cpu() == torch.arange(size)).sum())
    return right / (size * count)


def _seen(pair: CLIPModel, scenes: list[Scene], side: int) -> Tensor:
    """The scenes' vectors."""
    parts = (scenes[i : i + 64] for i in range(0, len(scenes), 64))
    return torch.cat([contrast.look(pair, pixels([draw(scene, side) for scene in part])) for part in parts])


def figures(pair: CLIPModel, tokenizer: CLIPTokenizer, count: int = 256) -> dict[str, float]:
    """The shares of right answers, by question."""
    pair.eval()
    found = {name: round(zero_shot(pair, tokenizer, question, count), 4) for name, question in QUESTIONS.items()}
    return {**found, "one attribute changed": round(hard_accuracy(pair, tokenizer, count=max(1, count // 4)), 4)}


def main(arguments: list[str] | None = None) -> None:
    """Measure an exported pair from the command line."""
    parser = argparse.ArgumentParser(description="Zero-shot accuracy of a contrastive pair on fresh scenes.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=256, help="scenes for each question")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    pair = CLIPModel.from_pretrained(options.folder, local_files_only=True, dtype=torch.float32)
    tokenizer = CLIPTokenizer.from_pretrained(options.folder, local_files_only=True)
    text = json.dumps(figures(pair, tokenizer, options.count), indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
