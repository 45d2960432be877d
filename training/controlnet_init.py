"""A ControlNet for the `shapes` UNet with random weights: for wiring and tests, until one is trained.

It has the widths of the UNet's way down, so that its residuals fit, and no attention: a hint says where, the prompt
says what, and without text the net is less than half as large. Every weight is +s or -s, the signs drawn from a fixed
seed, so that the packed file takes about a bit for each. s = gain / sqrt(inputs of the layer). The layers that read the
hint have a larger gain, because a SiLU halves what is small. The last convolutions, with which a ControlNet starts at
zero (Zhang et al. 2023), get small weights instead: at zero the net would do nothing.

Run: python -m training.controlnet_init models/shapes/unet models/shapes-controlnet
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import torch
from diffusers.models.controlnets.controlnet import ControlNetModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import nn

from training.controlnet import like

SEED = 20
GAIN, HINT, RESIDUAL = 1.0, 3.0, 0.4
"""Gains of the layers, of those that read the hint, and of the last ones: clearly seen, and the picture stays one."""

README = """# shapes-controlnet

A ControlNet in diffusers' layout that fits `models/shapes`, **with random weights**. It has learned nothing: a hint
changes the picture, but not into the hint's likeness. It lets the ControlNet workflows and their tests run without a
download, and is made by

```sh
python -m training.controlnet_init models/shapes/unet models/shapes-controlnet
```
"""


def randomise(net: ControlNetModel, seed: int = SEED) -> None:
    """Give every convolution and linear layer weights of +s or -s; biases are zero."""
    generator = torch.Generator().manual_seed(seed)
    gains = dict.fromkeys(net.controlnet_cond_embedding.modules(), HINT)
    gains |= dict.fromkeys([*net.controlnet_down_blocks.modules(), *net.controlnet_mid_block.modules()], RESIDUAL)
    for layer in net.modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            size = gains.get(layer, GAIN) / math.sqrt(layer.weight[0].numel())
            signs = torch.randint(2, layer.weight.shape, generator=generator) * 2.0 - 1.0
            with torch.no_grad():
                layer.weight.copy_(signs * size)
                if layer.bias is not None:
                    layer.bias.zero_()


def main(arguments: list[str] | None = None) -> None:
    """Make the net from the command line."""
    parser = argparse.ArgumentParser(description="Write a ControlNet with random weights that fits a UNet.")
    parser.add_argument("unet", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    net = like(UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(options.unet)))
    randomise(net, options.seed)
    nn.Module.half(net)  # diffusers' own `half` warns of layers to keep in float32, and names none
    net.save_pretrained(options.folder, safe_serialization=True)
    (options.folder / "README.md").write_text(README)


if __name__ == "__main__":
    main()
