"""From a name to a `Clip`: JSON only; weights are opened when a node that takes the handle runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.context import INJECTED, Context
from engine.errors import NodeError
from engine.node import node
from nodes import papers
from nodes.clip.handle import Clip
from nodes.clip.pixels import Preparation, preparation
from nodes.loaders import ModelName, find, read_json, variant

VOCABULARIES = ("vocab.json", "tokenizer.json")


@node("clip.load", plan=True, label="Load CLIP", paper=papers.CLIP)
def load_clip(*, clip: ModelName, ctx: Context = INJECTED) -> Clip:
    """A CLIP pair: text tower, image tower and their common space (Radford et al. 2021).

    clip: the name of a transformers folder of a CLIPModel inside the model roots, or of a model's folder that holds one
    as `clip`. The tokenizer is in the same folder or, as `tokenizer`, beside it. Raises `NodeError` if there is none,
    if it is of another kind, or if it holds pickled weights only.
    """
    path = find(ctx.files, clip, "clip")
    if path.is_file():
        raise NodeError(f"{path.name} is a file, expected the folder of a CLIPModel", input="clip")
    folder = path / "clip" if (path / "clip").is_dir() else path
    config = read_json(folder / "config.json", "clip")
    text, vision = config.get("text_config"), config.get("vision_config")
    if not isinstance(text, dict) or not isinstance(vision, dict) or config.get("model_type", "clip") != "clip":
        kind = (config.get("architectures") or [config.get("model_type", "unknown")])[0]
        raise NodeError(f"{folder.name} holds a {kind}, expected a CLIPModel", input="clip")
    tokenizer = _tokenizer(folder)
    side = int(vision.get("image_size", 224))
    return Clip(
        ctx.files.digest(folder),
        width=int(config.get("projection_dim", 512)),
        side=side,
        length=int(text.get("max_position_embeddings", 77)),
        preparation=_preparation(folder, side),
        tokenizer=ctx.files.digest(tokenizer),
        path=str(folder),
        tokenizer_path=str(tokenizer),
        variant=variant(folder, "model", "clip"),
    )


def _tokenizer(folder: Path) -> Path:
    """The folder of the pair's tokenizer: its own, or the one beside it."""
    for place in (folder, folder.parent / "tokenizer"):
        if any((place / name).is_file() for name in VOCABULARIES):
            return place
    raise NodeError(f"{folder.name} has no tokenizer ({' or '.join(VOCABULARIES)}), nor is one beside it", input="clip")


def _preparation(folder: Path, side: int) -> Preparation:
    """How the pair's pictures are prepared; without a file that says so, as OpenAI's are."""
    if (folder / "preprocessor_config.json").is_file():
        return preparation(read_json(folder / "preprocessor_config.json", "clip"), side)
    whole: dict[str, Any] = {}
    if (folder / "processor_config.json").is_file():  # how transformers 5 writes a whole processor
        whole = read_json(folder / "processor_config.json", "clip")
    return preparation(whole.get("image_processor") or {}, side)
