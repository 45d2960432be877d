"""Fresh prompts: what each text suite asks for, from seeds that training does not draw from."""

from __future__ import annotations

import random
from dataclasses import dataclass

from training.captions import caption, plain_caption
from training.scenes import Mix, Scene, random_scene

FRESH = 777_000
"""Seed of the prompts and of their noise."""


@dataclass(frozen=True)
class Ask:
    """The scenes of a suite; `plain` ones are put in the plainest phrasing."""

    mix: Mix
    plain: bool = False


ASKS = {
    "single": Ask(Mix(centred=0.5)),
    "plain": Ask(Mix(centred=1.0), plain=True),
    "pair": Ask(Mix(pairs=1.0)),
    "count": Ask(Mix(counts=1.0)),
    "kept-out": Ask(Mix(centred=0.5, combinations="kept out")),
    "several": Ask(Mix(several=1.0)),
    "pattern": Ask(Mix(centred=0.5, plain=0.0)),
    "outlined": Ask(Mix(centred=0.5, filled=0.0)),
    "style": Ask(Mix(centred=0.5, flat=0.0)),
}
"""What the suites of prompts ask for; whatever is not named is as ordinary as can be."""


def prompts(count: int, plain: bool = False, suite: str = "") -> list[tuple[str, Scene]]:
    """Captions and their scenes of a suite; without a name, of `plain` or of `single`."""
    name = suite or ("plain" if plain else "single")
    ask = ASKS[name]
    pairs = []
    for number in range(count):
        rng = random.Random(f"{FRESH}:{name}:{number}")
        scene = random_scene(rng, ask.mix)
        while not _fits(name, scene):
            scene = random_scene(rng, ask.mix)
        pairs.append((plain_caption(scene) if ask.plain else caption(scene, rng), scene))
    return pairs


def _fits(name: str, scene: Scene) -> bool:
    """A ring has no outline to draw, and plain shapes are medium."""
    if name == "outlined":
        return all(item.fill == "outlined" for item in scene.items)
    return name != "plain" or scene.items[0].size == "medium"
