"""Evaluate from the command line."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

from training.evaluate import text_suites, vae_suite  # noqa: F401 (importing a suite registers it)
from training.evaluate.report import as_json, as_table
from training.evaluate.sheet import write_sheets
from training.evaluate.suite import SUITES, Options


def main(arguments: list[str] | None = None) -> None:
    """Run the suites, print the table, write report and sheets."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description="Judge an exported model.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--suites", default=",".join(SUITES), help="names with commas between (default: all)")
    parser.add_argument("--count", type=int, default=64, help="prompts of each suite")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance", type=float, default=3.0)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sheet", type=Path, help="write the first 32 pictures of each suite as PNG, eight to a row")
    parser.add_argument("--json", type=Path, help="write the figures and every verdict")
    options = parser.parse_args(arguments)
    names = [name.strip() for name in options.suites.split(",")]
    if unknown := [name for name in names if name not in SUITES]:
        parser.error(f"no suite {unknown[0]!r}; there are {', '.join(SUITES)}")
    torch.set_num_threads(options.threads)
    told = Options(options.folder, options.count, options.steps, options.guidance, options.batch)
    found = {name: SUITES[name](told) for name in names}
    print(as_table(found))
    if options.json:
        options.json.write_text(json.dumps(as_json(told, found), indent=1) + "\n")
    if options.sheet:
        write_sheets(options.sheet, found)
