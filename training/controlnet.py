"""A ControlNet: a hint drawn from the scene steers the base model, which stays as it is (arXiv 2302.05543).

The net is a copy of the UNet's way down that also sees the hint; what it finds is added to the UNet's skip connections
through 1x1 convolutions that start at zero, so the first step's output is the base's. Two things differ from the paper:

* no attention: a hint says where and the prompt says what, and without text the net is half as large;
* the layers that read the hint start with weights that keep its size, the last of them too, where the paper has zeros
  behind which nothing is learnt until the later zeros have moved. A short run cannot wait for that.

Half of the captions name no shape, so that it must come from the hint. Run:
python -m training.controlnet --hint edges --base models/shapes
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import torch
from diffusers.models.controlnets.controlnet import ControlNetModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from training import places
from training.annotations import edges, segmentation_picture
from training.base import Base, small_attention
from training.captions import caption, with_articles
from training.drawing import draw
from training.latents import numbered_scene
from training.loop import Run, step_rng, train
from training.scenes import Scene
from training.specialised import export, flags, latents_of, noised_batch, opened, started, weighed
from training.vae import pixels

FOLDER = places.runs()
MODELS = places.models()
DEFAULTS = Run(FOLDER, steps=1000, batch=16, rate=1e-3, decay=0.5)
HINTS: dict[str, tuple[Callable[[Scene, int], Image.Image], str]] = {
    "edges": (edges, "shapes-controlnet"),
    "segmentation": (segmentation_picture, "shapes-controlnet-segmentation"),
}
"""What draws each hint, and the model's name."""

FOCUS = 3.0
DROPOUT, VAGUE = 0.1, 0.5
"""Shares of the captions that are left out, and of those that name no shape."""
HINT_GAIN = 1.7
"""Keeps the size of what passes a SiLU (gain / sqrt(inputs))."""


def like(unet: UNet2DConditionModel) -> ControlNetModel:
    """A ControlNet whose residuals have the shapes of the UNet's skip connections, untrained."""
    config = unet.config
    net: ControlNetModel = ControlNetModel(
        in_channels=config["in_channels"],
        block_out_channels=tuple(config["block_out_channels"]),
        layers_per_block=config["layers_per_block"],
        norm_num_groups=config["norm_num_groups"],
        cross_attention_dim=config["cross_attention_dim"],
        attention_head_dim=config["attention_head_dim"],
        down_block_types=("DownBlock2D",) * len(config["block_out_channels"]),
        mid_block_type="UNetMidBlock2D",
        conditioning_embedding_out_channels=(8, 16, 32, 64),
    )
    return net


def started_from(unet: UNet2DConditionModel) -> ControlNetModel:
    """The ControlNet at the start of its training: the UNet's weights wherever it has the same layer."""
    net = like(unet)
    weights, own = unet.state_dict(), net.state_dict()
    shared = {n: v.detach().cpu() for n, v in weights.items() if n in own and own[n].shape == v.shape}
    net.load_state_dict(shared, strict=False)
    for layer in net.controlnet_cond_embedding.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.normal_(layer.weight, std=HINT_GAIN / math.sqrt(layer.weight[0].numel()))
    return net


def vague_caption(scene: Scene, rng: random.Random) -> str:
    """The colours, the background and the style, and no shape: 'a red object on a white background'."""
    style = "" if scene.style == "flat" else f", {scene.style} style"
    ground = scene.background if scene.pattern == "plain" else f"{scene.pattern} {scene.background}"
    if rng.random() < 0.1:
        return f"a {ground} background{style}"
    colours = list(dict.fromkeys(item.colour for item in scene.items))
    things = " and ".join(f"a {colour} {rng.choice(('shape', 'object'))}" for colour in colours)
    return with_articles(f"{things} on a {ground} background{style}")


def said(scene: Scene, rng: random.Random) -> str:
    """Nothing, a caption without shapes, or a whole one."""
    chance = rng.random()
    if chance < DROPOUT:
        return ""
    return vague_caption(scene, rng) if chance < DROPOUT + VAGUE else caption(scene, rng)


class ControlLosses:
    """Squared error of the base's velocity with the net's residuals; cells that the hint speaks of count more."""

    def __init__(
        self,
        net: ControlNetModel,
        base: Base,
        run: Run,
        hint: str,
        scenes: list[Scene],
        latents: Tensor,
        focus: float = FOCUS,
        least_time: int = 0,
    ) -> None:
        self.net, self.base, self.run, self.scenes, self.latents = net, base, run, scenes, latents
        self.draw_hint, self.focus, self.least_time = HINTS[hint][0], focus, least_time

    def __call__(self, step: int) -> dict[str, Tensor]:
        run, base, rng = self.run, self.base, step_rng(self.run, step)
        chosen = rng.choices(range(len(self.scenes)), k=run.batch)
        scenes = [self.scenes[i] for i in chosen]
        noisy, velocity, times = noised_batch(run, step, self.latents[chosen], base.shares, self.least_time)
        hints = pixels([self.draw_hint(scene, base.side) for scene in scenes]).to(run.device) / 2 + 0.5
        with small_attention():
            states = base.read([said(scene, rng) for scene in scenes])
            down, middle = self.net(noisy, times, states, hints, return_dict=False)
            guess = base.unet(
                noisy, times, states, down_block_additional_residuals=down, mid_block_additional_residual=middle
            ).sample
        spoken_of = max_pool2d(hints.amax(dim=1, keepdim=True), base.side // noisy.shape[-1])
        return weighed(guess, velocity, spoken_of, self.focus)


def main(arguments: list[str] | None = None) -> None:
    """Train from the command line."""
    parser = flags("Train a ControlNet.", FOLDER, DEFAULTS, MODELS, examples=4000)
    parser.set_defaults(folder=None, out=None)
    parser.add_argument("--hint", choices=list(HINTS), required=True)
    parser.add_argument("--focus", type=float, default=FOCUS, help="extra weight of cells that the hint speaks of")
    options = parser.parse_args(arguments)
    options.folder = options.folder or FOLDER / f"controlnet-{options.hint}"
    run, base = opened(options)
    scenes = [numbered_scene(run.seed, number) for number in range(options.examples)]
    latents = latents_of(
        base, run, len(scenes), lambda number: pixels([draw(scenes[number], base.side)])[0], (scenes, base.side)
    )
    # a fifth quicker on a CPU than channels first
    base.unet.to(memory_format=torch.channels_last)  # type: ignore[call-arg]
    net = started(started_from(base.unet), options.start).to(memory_format=torch.channels_last)  # type: ignore[call-arg]
    losses = ControlLosses(net, base, run, options.hint, scenes, latents, options.focus, options.least_time)
    train(run, net, losses, f"controlnet {options.hint}", options.stop_at)
    export(run, net, options.out or MODELS / HINTS[options.hint][1])


if __name__ == "__main__":
    main()
