"""Hand-over between denoisers: base and refiner (Podell et al. 2023, §2.5), or any two models of one latent space.

The usual way needs no node: two frames over one cut schedule (`schedule.denoising`), the second frame's state first
linked to the first frame's. Then history and random state go along, and the same weights on both sides give the picture
of a single pass. `refine.start` is the other way: the latent alone, as the pipelines hand it over.
"""

from __future__ import annotations

from engine.node import node
from engine.values import Rng
from nodes import papers
from nodes.noise import streams
from nodes.types import Latent, State

STAGE = "refine"


@node("refine.start", label="Start refining", paper=papers.SDXL)
def start_refining(latent: Latent, rng: Rng) -> State:
    """A noisy latent as a state without solver history, with random numbers from `rng` on."""
    return State(latent.data, streams(rng, len(latent.data), "rng"))
