"""An installed package is not written to: training keeps its runs and models in LOOM_HOME."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from training import places

ROOT = Path(__file__).parents[2]


def test_a_source_tree_holds_its_own() -> None:
    assert places.in_source_tree()
    assert places.runs("vae") == ROOT / "training" / "checkpoints" / "vae"
    assert places.models("shapes-refiner") == ROOT / "models" / "shapes-refiner"
    assert places.embedded("shapes") == ROOT / "models" / "shapes"
    assert places.beside(places.embedded("shapes"), "clip", "x") == ROOT / "models" / "shapes" / "clip"


def test_an_installed_package_keeps_all_in_the_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, package = tmp_path / "home", tmp_path / "site-packages" / "training"
    monkeypatch.setenv("LOOM_HOME", str(home))
    assert places.runs("vae", package) == home / "training" / "vae"
    assert places.models("shapes-refiner", package) == home / "models" / "shapes-refiner"
    embedded, own = places.embedded("shapes"), tmp_path / "mine"
    assert places.beside(embedded, "clip", "shapes-clip", package) == home / "models" / "shapes-clip"
    assert places.beside(own, "clip", "shapes-clip", package) == own / "clip"


def test_every_default_of_an_installed_package_is_in_the_state_folder(tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    site.mkdir()
    for name in ("engine", "nodes", "training"):
        (site / name).mkdir()
        for file in (ROOT / name).rglob("*.py"):
            to = site / name / file.relative_to(ROOT / name)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(file.read_bytes())
    code = (
        "import importlib, pathlib\n"
        "for name in 'clip controlnet diffusion few_step inpainting instruct lora refiner vae'.split():\n"
        "    module = importlib.import_module(f'training.{name}')\n"
        "    print(module.__file__)\n"
        "    for one in ('FOLDER', 'MODELS', 'OUT'):\n"
        "        print(getattr(module, one, ''))\n"
    )
    env = {"PYTHONPATH": str(site), "LOOM_HOME": str(tmp_path / "home"), "PATH": "/usr/bin"}
    command = [sys.executable, "-P", "-c", code]
    said = subprocess.run(command, capture_output=True, text=True, env=env, check=True, cwd=tmp_path).stdout.split()
    files = [line for line in said if line.endswith(".py")]
    assert len(files) == 9
    assert all(line.startswith(str(site)) for line in files)
    folders = [line for line in said if not line.endswith(".py")]
    assert len(folders) >= 14
    assert all(line.startswith(str(tmp_path / "home")) for line in folders), folders
