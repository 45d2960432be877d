"""Evaluate from the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from training.evaluate import (  # noqa: F401 (importing a suite registers it)
    clip_suite,
    controlnet_suites,
    few_step_suite,
    fid_suite,
    inpainting_suite,
    instruct_suite,
    lora_suites,
    refiner_suite,
    text_suites,
    vae_suite,
)
from training.evaluate.report import Absent, as_json, as_table, as_text
from training.evaluate.sheet import write_sheets
from training.evaluate.suite import SUITES, Figures, Options, missing


def main(arguments: list[str] | None = None) -> None:
    """Run the suites, print the table, write report and sheets."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description="Judge an exported model.")
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--suites", help=f"names with commas between: {', '.join(SUITES)} (default: all whose nets are there)"
    )
    parser.add_argument("--count", type=int, default=64, help="prompts of each suite")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance", type=float, default=2.5)
    parser.add_argument("--text-guidance", type=float, default=3.0, help="scale of the instruction (instruct)")
    parser.add_argument("--image-guidance", type=float, default=2.0, help="scale of the picture to change (instruct)")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sheet", type=Path, help="write the first 32 pictures of each suite as PNG, eight to a row")
    parser.add_argument("--json", type=Path, help="write the figures and every verdict")
    options = parser.parse_args(arguments)
    folder = options.folder.absolute()  # its name names the nets beside it
    names = [name.strip() for name in options.suites.split(",")] if options.suites else list(SUITES)
    if unknown := [name for name in names if name not in SUITES]:
        parser.error(f"no suite {unknown[0]!r}; there are {', '.join(SUITES)}")
    absent: Absent = {name: nets for name in names if (nets := missing(name, folder))}
    if absent and options.suites:
        name, nets = next(iter(absent.items()))
        parser.error(f"suite {name!r} needs what is not there: {', '.join(map(str, nets))}")
    torch.set_num_threads(options.threads)
    told = Options(
        folder=folder,
        count=options.count,
        steps=options.steps,
        guidance=options.guidance,
        batch=options.batch,
        text_guidance=options.text_guidance,
        image_guidance=options.image_guidance,
    )
    found: dict[str, Figures] = {name: SUITES[name](told) for name in names if name not in absent}
    print(as_table(found, absent))
    if options.json:
        options.json.write_text(as_text(as_json(told, found, absent)))
    if options.sheet:
        write_sheets(options.sheet, found)
