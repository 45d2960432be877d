"""The examples of docs/server.md run as they stand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.server.test_command import serving

PAGE = Path(__file__).parents[2] / "docs" / "server.md"


@pytest.mark.skipif(shutil.which("curl") is None and "CI" not in os.environ, reason="the examples use curl")
def test_the_examples_of_the_docs_run(tmp_path: Path) -> None:
    script = "set -eu\n" + "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S))
    home, here = tmp_path / "home", tmp_path / "here"
    here.mkdir()
    with serving(home):
        env = {**os.environ, "LOOM_HOME": str(home)}
        told = subprocess.run(["sh", "-c", script], cwd=here, env=env, capture_output=True, text=True, timeout=240)
    assert (told.returncode, told.stderr) == (0, ""), told.stdout[-2000:]
    assert (here / "dot.png").read_bytes().startswith(b"\x89PNG")
    assert (home / "workflows" / "dot.json").exists()
    for said in ('{"valid":true,"problems":[]}', '"status":"done"', '"mask":"will run: never ran"', '"revision"'):
        assert said in told.stdout
