"""The base in one, two and four steps: the distilling LoRA, `LCMScheduler`, no guidance."""

from __future__ import annotations

from diffusers.schedulers.scheduling_lcm import LCMScheduler

from training.evaluate.lora_suites import with_lora
from training.evaluate.prompts import prompts
from training.evaluate.sampling import sample
from training.evaluate.suite import Figures, Options, beside, register
from training.evaluate.text_suites import judged

LORA = "-few-step.safetensors"
STEPS = (1, 2, 4)
ASKED = ("single", "pair")


def measure(options: Options) -> Figures:
    """The suites of single shapes and of pairs, at every number of steps."""
    pipeline = with_lora(options.folder, beside(options.folder, LORA))
    pipeline.scheduler = LCMScheduler.from_config(pipeline.scheduler.config)
    parts = {}
    for name in ASKED:
        asked = prompts(options.count, suite=name)
        for steps in STEPS:
            what = f"{name}, {steps} step{'s' if steps > 1 else ''}"
            parts[what] = judged(asked, sample(pipeline, [t for t, _ in asked], steps, 1.0, options.batch, what))
    return Figures(options.count, parts=parts)


register("few-step", measure, LORA)
