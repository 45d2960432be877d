"""Pictures as a CLIP pair sees them, and the metrics on that: by the functions of the nodes `clip.*` and `metric.*`.

So a figure here is the figure of a workflow on the same pictures: float32 features, float64 statistics.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from PIL import Image as PilImage

from engine.context import Context
from nodes.clip.features import image_features, text_features
from nodes.clip.handle import Clip
from nodes.clip.load import load_clip
from nodes.metrics.frechet import frechet
from nodes.metrics.inception import inception_score
from nodes.metrics.likeness import clip_score, zero_shot
from nodes.metrics.values import Features
from nodes.pixels import tensor
from nodes.types import Image
from training.captions import with_articles
from training.scenes import COLOURS, SHAPES

Layer = Literal["pooled", "joint"]
LAYERS: tuple[Layer, ...] = get_args(Layer)
KINDS = [with_articles(f"a {colour} {shape}") for colour in COLOURS for shape in SHAPES]
"""The classes of the inception score: every colour with every shape."""


@dataclass(frozen=True)
class Seen:
    """Features of some pictures, [N, D] for each layer."""

    layers: dict[Layer, Features]


class Eye:
    """The CLIP pair in a folder, as the nodes open it."""

    def __init__(self, folder: Path) -> None:
        self.context = Context(files=_Beside(folder), weights=_Kept(), on_warning=_warn)
        self.clip: Clip = load_clip(clip=folder.name, ctx=self.context)

    def look(self, pictures: list[PilImage.Image]) -> Seen:
        """Both layers of pictures."""
        images = [Image(tensor(picture)[None]) for picture in pictures]
        return Seen({layer: image_features(self.clip, images, layer=layer, ctx=self.context) for layer in LAYERS})

    def distance(self, seen: Seen, reference: Seen, layer: Layer) -> float:
        """Fréchet distance of two sets: 0 or more, lower is better."""
        return frechet(seen.layers[layer], reference.layers[layer], ctx=self.context).distance

    def likeness(self, seen: Seen, texts: list[str]) -> float:
        """Mean CLIP score, 0..100, of pictures and their texts."""
        return clip_score(seen.layers["joint"], text_features(self.clip, texts=texts, ctx=self.context)).score

    def variety(self, seen: Seen) -> float:
        """Inception score over `KINDS`, 1..72, the zero-shot labels being the classifier."""
        said = zero_shot(self.clip, seen.layers["joint"], labels=KINDS, template="{}", ctx=self.context)
        return inception_score(said.probabilities).score


def _warn(_node: str, text: str) -> None:
    """Say what a metric has to say of its input."""
    print(f"warning: {text}", file=sys.stderr)


class _Beside:
    """The files of a context: models are the folders beside one another, and a digest is a path."""

    def __init__(self, folder: Path) -> None:
        self.root = folder.parent

    def input(self, name: str) -> Path:
        """There are no inputs."""
        raise FileNotFoundError(name)

    def within(self, folder: str) -> list[str]:
        """There are no inputs."""
        return []

    def model(self, name: str) -> Path:
        """A folder."""
        return self.root / name

    def models(self) -> list[str]:
        """All folders."""
        return sorted(path.name for path in self.root.iterdir())

    def digest(self, path: Path) -> str:
        """One for each path: nothing is kept beyond this process."""
        return str(path)


class _Kept:
    """The weights of a context: opened once, kept as long as it is."""

    def __init__(self) -> None:
        self.opened: dict[object, Any] = {}

    def get(self, ref: Any, device: str, dtype: str) -> Any:
        """The opened weights."""
        if ref not in self.opened:
            self.opened[ref] = ref.open(device, dtype)
        return self.opened[ref]

    def evict_all(self) -> None:
        """There is one."""
        self.opened.clear()
