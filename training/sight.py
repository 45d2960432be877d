"""What an image tower is taught first: to name the shape of a single thing, easy pictures before hard ones.

A contrast with captions says little to a tower that sees nothing yet, and questions about colours drown those about
shapes: after 2 000 such steps a tower of this size named every colour and hardly a shape. Asked for the shape alone,
and shown large shapes in the middle first and ever fewer of them (a curriculum, Bengio et al. 2009), it names most
within 800 steps of half the cost.
"""

from __future__ import annotations

import random

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from training.base import small_attention
from training.contrast import shifted
from training.loop import Run, step_generator, step_rng
from training.scenes import SHAPES, Mix, Scene, random_scene

MIX = Mix(centred=0.6, plain=0.85, flat=0.85, filled=0.9, combinations="all")
LEAST_EASY, EASY_UNTIL = 0.2, 0.5
"""Draws of easy pictures fall from all of them to this share, over this part of the run."""


def numbered_singles(seed: int, count: int) -> list[Scene]:
    """The training set: `count` scenes of one shape."""
    return [random_scene(random.Random(f"{seed}:sight:{number}"), MIX) for number in range(count)]


def is_easy(scene: Scene) -> bool:
    """One plain filled shape in the middle, not a small one."""
    (item,) = scene.items
    ordinary = (scene.pattern, scene.style, item.fill) == ("plain", "flat", "filled")
    return ordinary and item.place == "centre" and item.size != "small"


def easy_share(step: int, steps: int) -> float:
    """Share of a step's draws that are easy ones."""
    return max(LEAST_EASY, 1 - step / (EASY_UNTIL * steps))


class SightLosses:
    """Cross-entropy of the shape's name, read from the tower's pooled output by a linear layer of width 8."""

    def __init__(self, tower: nn.Module, asker: nn.Linear, run: Run, scenes: list[Scene], pictures: Tensor) -> None:
        self.tower, self.asker, self.run, self.pictures = tower, asker, run, pictures
        self.names = torch.tensor([SHAPES.index(scene.items[0].shape) for scene in scenes])
        self.easy = [number for number, scene in enumerate(scenes) if is_easy(scene)] or list(range(len(scenes)))

    def __call__(self, step: int) -> dict[str, Tensor]:
        rng, share = step_rng(self.run, step), easy_share(step, self.run.steps)
        chosen = [
            rng.choice(self.easy) if rng.random() < share else rng.randrange(len(self.names))
            for _ in range(self.run.batch)
        ]
        pixels = shifted(self.pictures[chosen], step_generator(self.run, step)).to(self.run.device)
        with small_attention():
            asked = self.asker(self.tower(pixels).pooler_output).float()
        names = self.names[chosen].to(asked.device)
        wrong = (asked.argmax(1) != names).float().mean()
        return {"loss": cross_entropy(asked, names), "wrong": wrong}
