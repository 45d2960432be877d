"""A LoRA from a folder of pictures with captions, as a user would train one; or from a folder that is drawn first.

    python -m training.lora --pictures DIR --out my-lora.safetensors
    python -m training.lora --style sketch            (models/shapes-sketch-lora.safetensors)
    python -m training.lora --subject --prior 64      (models/shapes-sks-lora.safetensors)

The loss is the base's own, the squared error of the velocity, on the pictures' latents. `--prior N` adds that of N
pictures of the subject's class, drawn by the base before it is changed (Ruiz et al. 2023, DreamBooth, arXiv 2208.12242,
equation 2), so that 'star' goes on to mean any star.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from training import adapters, base, checkpoint, lora_sets, picture_folder, places
from training.base import Base, small_attention
from training.loop import Run, add_arguments, run_from, step_generator, step_rng, train
from training.objective import noised, spread_times
from training.sampling import sampled
from training.trained_part import TrainedPart
from training.vae import pixels

FOLDER = places.runs()
MODELS = places.models()
DEFAULTS = Run(FOLDER / "lora", steps=400, batch=16, rate=2e-3, average=0.98, weight_decay=0.0, half=True)
DROPOUT = 0.1

Set = tuple[Tensor, list[str]]
"""Scaled latents N x 4 x h x w, and a caption for each."""


class LoraLosses:
    """Squared error of the velocity on the user's pictures, plus `weight` times that on the class's."""

    def __init__(self, source: Base, run: Run, pictures: Set, prior: Set | None = None, weight: float = 1.0) -> None:
        self.source, self.run, self.pictures, self.prior, self.weight = source, run, pictures, prior, weight

    def __call__(self, step: int) -> dict[str, Tensor]:
        sets = [self.pictures] if self.prior is None else [self.pictures, self.prior]
        rng, generator = step_rng(self.run, step), step_generator(self.run, step)
        clean, captions = [], []
        for latents, texts in sets:
            chosen = [rng.randrange(len(texts)) for _ in range(self.run.batch)]
            clean.append(latents[chosen])
            captions += ["" if rng.random() < DROPOUT else texts[i] for i in chosen]
        times = torch.cat([spread_times(self.run.batch, len(self.source.shares), generator) for _ in sets])
        start = torch.cat(clean)
        noise = torch.randn(start.shape, generator=generator)
        noisy, velocity = (part.to(self.run.device) for part in noised(start, noise, self.source.shares[times]))
        with small_attention():
            states = read(self.source, captions)
            guess = self.source.unet(noisy, times.to(self.run.device), states).sample.float()
        parts = [mse_loss(a, b) for a, b in zip(guess.chunk(len(sets)), velocity.chunk(len(sets)), strict=True)]
        if self.prior is None:
            return {"loss": parts[0]}
        return {"loss": parts[0] + self.weight * parts[1], "pictures": parts[0], "prior": parts[1]}


def read(source: Base, captions: list[str]) -> Tensor:
    """The text encoder's last hidden states, with gradients where it is adapted."""
    tokens = source.tokenizer(captions, padding="max_length", truncation=True, return_tensors="pt").input_ids
    states: Tensor = source.text_encoder(tokens.to(source.text_encoder.device)).last_hidden_state
    return states


def encoded(source: Base, examples: list[picture_folder.Example]) -> Set:
    """The examples' latents and captions."""
    parts = [source.encode(pixels([example.picture])).cpu() for example in examples]
    return torch.cat(parts), [example.caption for example in examples]


def drawn_folder(options: argparse.Namespace, source: Base) -> Path:
    """The folder of the preset, drawn into the run's folder."""
    folder: Path = options.folder / "pictures"
    if options.subject:
        picture_folder.write(folder, lora_sets.subject_set(options.examples or 20, source.side, options.seed))
    else:
        picture_folder.write(
            folder, lora_sets.style_set(options.style, options.examples or 200, source.side, options.seed)
        )
    return folder


def main(arguments: list[str] | None = None) -> None:
    """Train and export from the command line."""
    parser = argparse.ArgumentParser(description="Train a LoRA of the base model.")
    add_arguments(parser, DEFAULTS.folder, DEFAULTS)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--pictures", type=Path, help="folder of pictures with captions")
    what.add_argument("--style", choices=("sketch", "crayon", "pixel", "neon"), help="draw the pictures in this style")
    what.add_argument("--subject", action="store_true", help="draw pictures of one particular star, 'sks'")
    parser.add_argument("--base", type=Path, default=base.FOLDER, help="folder of the base model")
    parser.add_argument("--out", type=Path, help="the file that receives the adapters in float16")
    parser.add_argument("--examples", type=int, help="pictures that are drawn: 200 of a style, 20 of the subject")
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--convs", action=argparse.BooleanOptionalAction, default=True, help="adapt convolutions, too")
    parser.add_argument("--words", action="store_true", help="adapt the text encoder, too")
    parser.add_argument("--prior", type=int, default=0, help="pictures of the class that the base draws; 0 for none")
    parser.add_argument("--prior-weight", type=float, default=1.0)
    parser.add_argument("--noun", default="star", help="the subject's class")
    options = parser.parse_args(arguments)
    name = "sks" if options.subject else options.style or "my"
    if options.folder == DEFAULTS.folder:
        options.folder = FOLDER / f"lora-{name}"
    run = replace(run_from(options), average=DEFAULTS.average, weight_decay=DEFAULTS.weight_decay)
    source = base.load(options.base, run.device)
    folder = options.pictures or drawn_folder(options, source)
    pictures = encoded(source, picture_folder.read(folder, source.side))
    prior: Set | None = None
    if options.prior:
        texts = lora_sets.class_captions(options.prior, options.noun, run.seed)
        prior = sampled(source, texts, seed=run.seed, half=run.half), texts
    torch.manual_seed(run.seed)
    adapters.adapt(source.unet, options.rank, options.convs)
    if options.words:
        adapters.adapt_words(source.text_encoder, options.rank)
    part = TrainedPart(unet=source.unet, words=source.text_encoder)
    train(run, part, LoraLosses(source, run, pictures, prior, options.prior_weight), f"LoRA {name}", options.stop_at)
    if options.stop_at is not None and options.stop_at < run.steps:
        return
    checkpoint.load_average(run.folder / "checkpoint", part)
    out = options.out or MODELS / f"shapes-{name}-lora.safetensors"
    adapters.save(out, source.unet, source.text_encoder if options.words else None)


if __name__ == "__main__":
    main()
