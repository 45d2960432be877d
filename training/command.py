"""Measure a model: fresh prompts, fixed seeds, and a judge that says which pictures show what was asked.

The module of the command `loom evaluate`, cheap to import. It finds the model by its name and hands the other arguments
to `training.evaluate`.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `loom evaluate`."""
    parser.usage = "loom evaluate [-h] [--home DIR] MODEL ..."
    parser.epilog = "example: loom evaluate shapes --json figures.json (loom evaluate shapes --help: what may follow)"
    parser.add_argument("--home", metavar="DIR", help="state folder (default: $LOOM_HOME, or the user's data folder)")
    parser.add_argument("model", metavar="MODEL", help="name of a model folder within the model roots, or its path")
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="...", help="what and how to measure")


def main(options: argparse.Namespace) -> int:
    """Measure. Returns the exit code. Raises `LoomError` if there is no such model."""
    folder = model_folder(options.model, options.home)
    return forward("training.evaluate", [str(folder), *options.rest], f"loom evaluate {options.model}")


def model_folder(name: str, home: str | None = None) -> Path:
    """The folder of a model: by its name within the model roots, else as a path. Raises `LoomError`."""
    from engine.builtin import builtin
    from engine.errors import LoomError
    from engine.files import UserFiles
    from engine.home import Home

    place = Home.find(home)
    files = UserFiles(home=place, cache=_NoMemo(), models=place.settings().models, built_in=builtin("models"))
    try:
        found = files.model(name)
    except LoomError:
        found = Path(name)
        if not found.is_dir():
            raise
    if not (found / "model_index.json").is_file():
        raise LoomError(f"{name} is no diffusers folder: it has no model_index.json")
    return found


def forward(module: str, arguments: Sequence[str], command: str) -> int:
    """Run the `main` of a script with `arguments`; its help and errors call it `command`.

    Raises `LoomError` for a library that only training needs and that is not installed.
    """
    from engine.errors import LoomError

    called = sys.argv
    sys.argv = [command, *arguments]
    try:
        importlib.import_module(module).main(list(arguments))
    except ModuleNotFoundError as error:
        hint = "pip install 'latent-loom[train]' brings what training needs"
        raise LoomError(f"{command} needs {error.name}, which is not installed: {hint}") from error
    finally:
        sys.argv = called
    return 0


class _NoMemo:
    """A memory of digests that keeps nothing: names are looked up, no file is read."""

    def get_json(self, table: str, key: bytes) -> None:
        """Nothing is known."""

    def put_json(self, table: str, key: bytes, value: object) -> None:
        """Nothing is kept."""
