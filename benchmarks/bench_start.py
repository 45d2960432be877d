"""How long the commands take to answer: best of five starts, in milliseconds, and what the libraries alone take.

`plan` is measured with an empty home and after a plan and a run of the same workflow.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from table import show

ROOT = Path(__file__).resolve().parent.parent
LOOM = str(Path(sys.executable).parent / "loom")
WORKFLOW = str(ROOT / "workflows" / "text_to_image.json")
CLASSES = (
    "from diffusers import AutoencoderKL, UNet2DConditionModel; from transformers import CLIPTextModel, CLIPTokenizer"
)


def start(command: list[str], home: str, times: int) -> float:
    """Best time of some starts, in milliseconds."""
    environment = {**os.environ, "LOOM_HOME": home}
    took = []
    for _ in range(times):
        begin = time.perf_counter()
        subprocess.run(command, env=environment, check=True, capture_output=True)
        took.append(time.perf_counter() - begin)
    return min(took) * 1000


def main() -> None:
    """Measure and print."""
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as home:
        rows.append(["python -c pass", start([sys.executable, "-c", "pass"], home, 5)])
        rows.append(["loom --help", start([LOOM, "--help"], home, 5)])
        rows.append(["loom validate", start([LOOM, "validate", WORKFLOW], home, 5)])
        rows.append(["loom plan, first time (empty home)", start([LOOM, "plan", WORKFLOW], home, 1)])
        rows.append(["loom plan, planned before", start([LOOM, "plan", WORKFLOW], home, 5)])
        imports = start([sys.executable, "-c", CLASSES], home, 3)
        rows.append(["import torch and the four model classes", imports])
        run = [LOOM, "run", WORKFLOW, "--output", str(Path(home) / "out"), "--quiet"]
        first = start(run, home, 1)
        rows.append(["loom run, 20 steps, empty cache", first])
        rows.append(["  the same ÷ importing", first / imports])
        rows.append(["loom run, all cached", start(run, home, 3)])
        rows.append(["loom plan, after the run", start([LOOM, "plan", WORKFLOW], home, 5)])
    show("start", "Start times", ["command", "ms (or ratio)"], rows)


if __name__ == "__main__":
    main()
