"""`loom evaluate` and `loom train`: found by their entry points, and handed on to the scripts."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import training
from engine.cli import main
from engine.errors import LoomError
from training.command import forward, model_folder
from training.command_train import scripts

BASE = Path(training.__file__).parent.parent / "models" / "shapes"


def test_the_commands_are_announced():
    found = {point.name: point.value for point in entry_points(group="latent_loom.commands")}
    assert {"evaluate": "training.command", "train": "training.command_train"}.items() <= found.items()


def test_announcing_them_imports_nothing_heavy():
    code = (
        "import sys, training.command, training.command_train; print('torch' in sys.modules, 'engine' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_a_model_is_found_by_name_in_the_users_roots_and_the_built_in_ones_or_by_its_path(tmp_path: Path):
    own = tmp_path / "models" / "mine"
    own.mkdir(parents=True)
    (own / "model_index.json").write_text(json.dumps({"_class_name": "StableDiffusionPipeline"}))
    assert model_folder("mine", str(tmp_path)) == own.resolve()
    assert model_folder("shapes", str(tmp_path)) == BASE
    assert model_folder(str(own), str(tmp_path)) == own


def test_a_model_that_is_not_there_is_answered_with_what_comes_closest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["evaluate", "--home", str(tmp_path), "shape"]) == 1
    assert "did you mean 'shapes'" in capsys.readouterr().err
    assert main(["evaluate", "--home", str(tmp_path), "shapes/unet"]) == 1
    assert "is no diffusers folder" in capsys.readouterr().err


def test_without_a_name_the_scripts_are_listed(capsys: pytest.CaptureFixture[str]):
    assert main(["train"]) == 0
    lines = dict(line.split("  ", 1) for line in capsys.readouterr().out.splitlines())
    assert lines["vae"].strip().startswith("The autoencoder")
    assert not {"command", "command_train", "scenes"} & lines.keys()
    assert scripts().keys() == {name.strip() for name in lines}


def test_a_wrong_name_is_answered_with_what_comes_closest(capsys: pytest.CaptureFixture[str]):
    assert main(["train", "vea", "--steps", "1"]) == 1
    assert "did you mean 'vae'" in capsys.readouterr().err


def test_the_arguments_that_follow_are_the_scripts_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(["train", "tokenizer", "--no-such-option"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: loom train tokenizer ")
    called = list(sys.argv)
    with pytest.raises(SystemExit) as ended:
        main(["train", "tokenizer", "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: loom train tokenizer ")
    assert sys.argv == called


def test_a_library_that_is_not_installed_is_named():
    with pytest.raises(LoomError, match=r"loom train x needs training\.x, which is not installed: pip install"):
        forward("training.x", [], "loom train x")


def test_what_only_curves_need_is_imported_where_they_are_drawn():
    for file in Path(training.__file__).parent.rglob("*.py"):
        top = [node for node in ast.parse(file.read_text()).body if isinstance(node, (ast.Import, ast.ImportFrom))]
        names = [getattr(node, "module", None) or node.names[0].name for node in top]
        assert not any(name.startswith("matplotlib") for name in names), file
