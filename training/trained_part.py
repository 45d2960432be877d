"""The trained part of larger networks, as the module that the training loop sees.

What is frozen belongs in no checkpoint and needs no average: it is read from the base model's folder each time.
"""

from __future__ import annotations

from torch import nn


class TrainedPart(nn.Module):
    """Those parameters of the named networks that ask for gradients; they stay the networks' own."""

    def __init__(self, **networks: nn.Module) -> None:
        super().__init__()
        for prefix, network in networks.items():
            for name, value in network.named_parameters():
                if value.requires_grad:
                    self.register_parameter(f"{prefix}/{name}".replace(".", "/"), value)
