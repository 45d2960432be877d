"""What the open loop costs: a sampling run of the engine against the same loop written by hand with diffusers.

Same weights, same steps, same arithmetic; runs are interleaved, so that a busy machine slows all of them alike. The
engine's time is that of a whole run for the loop's result: plan, noise, steps, step cache, report. A fresh seed each
time, so nothing of the loop is cached. Also: the memory of the process before and after many runs.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline
from table import show

from engine.api import Engine
from engine.workflow import Workflow

ROOT = Path(__file__).resolve().parent.parent


class ByHand:
    """The loop as one would write it."""

    def __init__(self, steps: int) -> None:
        self.pipe = StableDiffusionPipeline.from_pretrained(
            ROOT / "models" / "shapes", dtype=torch.float32, safety_checker=None, local_files_only=True
        )
        self.pipe.set_progress_bar_config(disable=True)
        config = {**self.pipe.scheduler.config, "algorithm_type": "dpmsolver++", "solver_order": 2}
        self.scheduler = DPMSolverMultistepScheduler.from_config(config)
        self.steps = steps
        self.text, self.empty = self.pipe.encode_prompt("a red circle on a blue background", "cpu", 1, True, "")

    @torch.no_grad()
    def run(self, seed: int) -> torch.Tensor:
        """One run of the loop."""
        self.scheduler.set_timesteps(self.steps)
        latent = torch.randn((1, 4, 16, 16), generator=torch.Generator().manual_seed(seed))
        latent = latent * self.scheduler.init_noise_sigma
        text = torch.cat([self.empty, self.text])
        for timestep in self.scheduler.timesteps:
            both = self.scheduler.scale_model_input(torch.cat([latent] * 2), timestep)
            low, high = self.pipe.unet(both, timestep, encoder_hidden_states=text, return_dict=False)[0].chunk(2)
            prediction = low + 3.0 * (high - low)
            latent = self.scheduler.step(prediction, timestep, latent, return_dict=False)[0]
        return latent


def workflow(steps: int) -> Workflow:
    """The example, up to the loop."""
    return Workflow.load(ROOT / "workflows" / "text_to_image.json").set("schedule.steps", steps)


def timed(work: Any) -> float:
    """Seconds."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=12)
    options.add_argument("--steps", type=int, default=20)
    options.add_argument("--threads", type=int, default=1)
    asked = options.parse_args()
    torch.set_num_threads(asked.threads)
    hand = ByHand(asked.steps)
    document = workflow(asked.steps)
    with (
        tempfile.TemporaryDirectory() as home,
        Engine(home=home, device="cpu", dtype="fp32", threads=asked.threads) as stored,
        Engine(home=home, device="cpu", dtype="fp32", threads=asked.threads, disk=False) as memory,
    ):

        def run(engine: Engine, seed: int) -> Any:
            return engine.run(document, set={"noise.seed": seed}, targets=["sample"])

        same = torch.equal(hand.run(1), run(stored, 1)["sample"].latent)
        run(memory, 1)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        times: dict[str, list[float]] = {"by hand": [], "engine, memory only": [], "engine, disk tier on": []}
        for seed in range(2, 2 + asked.rounds):
            times["by hand"].append(timed(lambda seed=seed: hand.run(seed)))
            times["engine, memory only"].append(timed(lambda seed=seed: run(memory, seed)))
            times["engine, disk tier on"].append(timed(lambda seed=seed: run(stored, seed)))
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    base = times["by hand"]
    rows: list[list[object]] = []
    for name, took in times.items():
        ratio = statistics.median(t / b for t, b in zip(took, base, strict=True))
        rows.append([name, statistics.median(took) / asked.steps * 1000, min(took) / asked.steps * 1000, ratio])
    rows.append(["peak memory grew by, MiB", (after - before) / 1024, "", ""])
    rows.append(["latents equal, bit for bit", str(same), "", ""])
    title = f"Denoise loop, {asked.steps} steps, {asked.threads} thread(s), {asked.rounds} interleaved rounds"
    show("loop", title, ["", "median ms/step", "best ms/step", "median ratio to by hand"], rows)


if __name__ == "__main__":
    main()
