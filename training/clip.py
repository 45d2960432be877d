"""A CLIP pair for the model's own pictures and words: `CLIPModel`, in the folder `clip` of the base model.

The text tower is the base model's text encoder, locked: it already tells the words apart, and only the new image tower
and the two projections are learnt (Zhai et al. 2022, LiT, arXiv 2111.07991, with the roles of the towers exchanged).
`--text tuned` goes on training it from there, and `--unlock` trains both towers from scratch, as Radford et al. 2021
(arXiv 2103.00020) did. Batches are groups of scenes that differ in one attribute (`training.negatives`), and two
captions in five say a part of the scene only (`training.claims`), since labels at use are short.

The image tower is first taught to name single shapes (`training.sight`, the run in the folder `sight`). Beside the
contrast a linear layer on its pooled output is asked for plain facts (colours, shapes, number, pattern, style); it is
thrown away at the end. `--sight 0` and `--facts 0` do without.

All pairs of shape and colour are shown, also those that the base model never saw: what measures composition has to know
them all. Run, after the base model is exported: python -m training.clip --base models/shapes
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, normalize
from transformers import CLIPModel

from training import base, checkpoint, places, zero_shot
from training.base import Base, small_attention
from training.claims import SIMPLE, short, simple_facts, true_of, whole
from training.contrast import LARGEST_SCALE, build, contrast, drawn, read, shifted
from training.loop import Run, add_arguments, run_from, step_generator, step_rng, train
from training.negatives import group
from training.scenes import EVERYTHING, SHAPES, Scene
from training.sight import SightLosses, numbered_singles
from training.trained_part import TrainedPart

FOLDER = places.runs("clip")
DEFAULTS = Run(FOLDER, steps=2500, batch=64, rate=1e-3, average=0.995, weight_decay=0.05, half=True)
GROUP = 4
SHORT = 0.4
MIX = replace(EVERYTHING, combinations="all")
KINDS_OF_FACTS = len({fact[0] for fact in SIMPLE})

Groups = list[tuple[Scene, ...]]


def numbered_groups(seed: int, count: int) -> Groups:
    """The training set: `count` groups of `GROUP` scenes."""
    return [group(random.Random(f"{seed}:group:{number}"), GROUP, MIX) for number in range(count)]


class ClipLosses:
    """The contrastive loss of a batch of whole groups; `pictures` holds the groups' scenes one after the other."""

    def __init__(
        self, pair: CLIPModel, source: Base, run: Run, groups: Groups, pictures: Tensor, asker: nn.Linear, weight: float
    ) -> None:
        self.pair, self.source, self.run, self.groups, self.pictures = pair, source, run, groups, pictures
        self.asker, self.weight = asker, weight
        self.facts = torch.stack([simple_facts(scene) for some in groups for scene in some])

    def __call__(self, step: int) -> dict[str, Tensor]:
        rng, generator = step_rng(self.run, step), step_generator(self.run, step)
        chosen = rng.sample(range(len(self.groups)), self.run.batch // GROUP)
        scenes = [scene for number in chosen for scene in self.groups[number]]
        places = [number * GROUP + i for number in chosen for i in range(GROUP)]
        claims = [(short if rng.random() < SHORT else whole)(scene, rng) for scene in scenes]
        pixels = shifted(self.pictures[places], generator).to(self.run.device)
        with small_attention():
            pooled = self.pair.vision_model(pixels).pooler_output
            images = normalize(self.pair.visual_projection(pooled).float(), dim=-1)
            asked = self.asker(pooled).float()
            texts = read(self.pair, self.source.tokenizer, [claim.text for claim in claims])
        scale = self.pair.logit_scale.clamp(max=LARGEST_SCALE).exp()
        true = true_of(claims, scenes).to(self.run.device)
        logits = scale * texts @ images.T
        best = logits.argmax(0)
        right = true[best, torch.arange(len(best), device=best.device)].float().mean()
        opposed = contrast(logits, true)
        right_facts = self.facts[places].to(asked)
        facts = binary_cross_entropy_with_logits(asked, right_facts, reduction="none").sum(1).mean() / KINDS_OF_FACTS
        return {"loss": opposed + self.weight * facts, "contrast": opposed, "facts": facts, "wrong": 1 - right.detach()}


def teach_to_see(pair: CLIPModel, run: Run, steps: int, pictures: int) -> None:
    """Teach the image tower the shapes, in a run of its own within the folder of `run`."""
    first = replace(run, folder=run.folder / "sight", steps=steps)
    scenes = numbered_singles(run.seed, pictures)
    seen = drawn(scenes, int(pair.config.vision_config.image_size), first.folder / "pictures.safetensors")
    tower = pair.vision_model
    asker = nn.Linear(tower.config.hidden_size, len(SHAPES)).to(run.device)
    part = TrainedPart(tower=tower, asker=asker)
    train(first, part, SightLosses(tower, asker, first, scenes, seen), "sight")
    checkpoint.load_average(first.folder / "checkpoint", part)


def export(pair: CLIPModel, source: Base, folder: Path) -> None:
    """Write the pair in float16 with tokenizer and image processor; its configuration says float32, as the base's."""
    nn.Module.half(pair)
    pair.save_pretrained(folder, safe_serialization=True)
    for file in (source.folder / "tokenizer").iterdir():
        shutil.copyfile(file, folder / file.name)
    processor = {
        "image_processor_type": "CLIPImageProcessor",
        "do_resize": True,
        "size": {"height": source.side, "width": source.side},
        "resample": 3,
        "do_center_crop": False,
        "do_convert_rgb": True,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(processor, indent=2) + "\n")
    config = folder / "config.json"
    content = json.loads(config.read_text())
    for part in (content, content["text_config"], content["vision_config"]):
        part["dtype"] = "float32"
    config.write_text(json.dumps(content, indent=2) + "\n")


def main(arguments: list[str] | None = None) -> None:
    """Train, export and measure from the command line."""
    parser = argparse.ArgumentParser(description="Train a CLIP pair beside the base model.")
    add_arguments(parser, FOLDER, DEFAULTS)
    parser.add_argument("--base", type=Path, default=base.FOLDER, help="folder of the base model")
    parser.add_argument("--out", type=Path, help="where the pair is written; by default `clip` within the base")
    parser.add_argument("--text", choices=("locked", "tuned", "scratch"), default="locked", help="the text tower")
    parser.add_argument("--unlock", dest="text", action="store_const", const="scratch", help="same as --text scratch")
    parser.add_argument("--groups", type=int, default=3072, help=f"groups of {GROUP} pictures in the training set")
    parser.add_argument("--width", type=int, default=160, help="width of the image tower")
    parser.add_argument("--layers", type=int, default=4, help="layers of the image tower")
    parser.add_argument("--sight", type=int, default=1400, help="steps in which the image tower is taught shapes first")
    parser.add_argument("--singles", type=int, default=6000, help="pictures of single shapes for that")
    parser.add_argument("--facts", type=float, default=1.0, help="weight of the question for plain facts")
    parser.add_argument("--count", type=int, default=256, help="fresh scenes for each zero-shot figure; 0 for none")
    options = parser.parse_args(arguments)
    run = replace(run_from(options), average=DEFAULTS.average, weight_decay=DEFAULTS.weight_decay)
    source = base.load(options.base, run.device)
    groups = numbered_groups(run.seed, options.groups)
    scenes = [scene for some in groups for scene in some]
    pictures = drawn(scenes, source.side, run.folder / "pictures.safetensors")
    torch.manual_seed(run.seed)
    pair = build(source, options.width, options.layers, text=options.text).to(run.device)
    begun = (run.folder / "checkpoint" / "notes.json").exists()
    if options.sight and not begun:
        teach_to_see(pair, run, options.sight, options.singles)
    asker = nn.Linear(options.width, len(SIMPLE)).to(run.device)
    part = TrainedPart(pair=pair, asker=asker)
    losses = ClipLosses(pair, source, run, groups, pictures, asker, options.facts)
    train(run, part, losses, "clip", options.stop_at)
    if options.stop_at is not None and options.stop_at < run.steps:
        return
    checkpoint.load_average(run.folder / "checkpoint", part)
    folder = options.out or places.beside(options.base, "clip", "shapes-clip")
    if options.count:
        found = zero_shot.figures(pair, source.tokenizer, options.count)
        print(json.dumps(found, indent=1))
        (run.folder / "zero_shot.json").write_text(json.dumps(found, indent=1) + "\n")
    export(pair, source, folder)


if __name__ == "__main__":
    main()
