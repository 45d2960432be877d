"""The loop that a frame runs, written by hand: nodes called as functions, with the grouping that the plan finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from engine.context import Context
from engine.values import Rng
from nodes.guidance import cfg_combine
from nodes.handles import Model, Unet
from nodes.loaders import load_model
from nodes.noise import gaussian, seeds_to_rng, state_to_latent
from nodes.schedule import make_schedule, schedule_to_steps
from nodes.solvers import scheduler_step
from nodes.text import encode_text
from nodes.types import Concat, Conditioning, Prediction, Residuals, Schedule, State, Step
from nodes.unet import denoise
from nodes.vae import decode
from tests.oracles import NEGATIVE, PROMPT, SIDE, Picture, Solver

Control = Callable[[State, Step, Sequence[Conditioning]], Sequence[Residuals | None]]
After = Callable[[State, Step], State]


class Studio:
    """A model and what the tests ask of it, in nodes."""

    def __init__(self, ctx: Context, model: str = "sd") -> None:
        self.ctx = ctx
        self.model: Model = load_model(model=model, ctx=ctx)

    def schedule(self, solver: Solver, steps: int = 6) -> Schedule:
        """The schedule of a solver; options that the widgets do not say go into `options`."""
        options = None if solver.widgets else dict(solver.options)
        return make_schedule(
            self.model.scheduler, solver=solver.solver, steps=steps, options=options, **dict(solver.widgets)
        )

    def texts(self, prompt: str = PROMPT, negative: str = NEGATIVE, **widgets: Any) -> list[Conditioning]:
        """Negative and positive conditioning, in diffusers' order."""
        return [encode_text(self.model.text_encoder, text=text, **widgets, ctx=self.ctx) for text in (negative, prompt)]

    def start(self, schedule: Schedule, seeds: Sequence[int] = (7,)) -> State:
        """Pure noise."""
        rng = seeds_to_rng(list(seeds))
        return gaussian(rng, self.model.vae, schedule, width=SIDE, height=SIDE, ctx=self.ctx)

    def predict(
        self,
        state: State,
        step: Step,
        texts: Sequence[Conditioning],
        control: Control | None = None,
        concat: Concat | None = None,
        scale: float = 5.0,
        unet: Unet | None = None,
    ) -> Prediction:
        """Both predictions in one batch, and guidance."""
        residuals = [None] * len(texts) if control is None else control(state, step, texts)
        same = {"unet": unet or self.model.unet, "state": state, "step": step, "concat": concat, "ctx": self.ctx}
        calls = [same | {"text": text, "control": r} for text, r in zip(texts, residuals, strict=True)]
        assert denoise.batch_fn is not None
        uncond, cond = denoise.batch_fn(calls)
        return cfg_combine(uncond, cond, scale=scale)

    def run(
        self,
        schedule: Schedule,
        state: State,
        texts: Sequence[Conditioning],
        *,
        eta: float = 0.0,
        after: After = lambda state, step: state,
        **more: Any,
    ) -> list[State]:
        """The states of a frame over a schedule: the first, and one after each step."""
        states = [state]
        for step in schedule_to_steps(schedule):
            prediction = self.predict(states[-1], step, texts, **more)
            solved = scheduler_step(states[-1], prediction, step, eta=eta, ctx=self.ctx)
            states.append(after(solved, step))
        return states

    def picture(self, states: Sequence[State]) -> Picture:
        """The end of a run, decoded."""
        last = states[-1]
        image = decode(self.model.vae, state_to_latent(last), ctx=self.ctx)
        return Picture(last.latent, image.data, tuple(state.latent for state in states[1:]))


def assert_same(made: Picture, wanted: Picture) -> None:
    """Bit for bit: every latent on the way and the image."""
    assert len(made.path) == len(wanted.path)
    for i, (a, b) in enumerate(zip(made.path, wanted.path, strict=True)):
        assert torch.equal(a, b), f"step {i}: {(a - b).abs().max()}"
    assert torch.equal(made.image, wanted.image)


def seeds(*numbers: int) -> Rng:
    """Random state of several seeds."""
    return seeds_to_rng(list(numbers))
