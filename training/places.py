"""Where training keeps its runs and puts what it made, unless it is told.

In a source tree both are in it: `training/checkpoints/` and `models/`. An installed package is no place to write to:
there runs are in `LOOM_HOME/training`, and what was made is in `LOOM_HOME/models`, where workflows find it.
"""

from __future__ import annotations

from pathlib import Path

from engine.builtin import builtin
from engine.home import Home

SOURCE = Path(__file__).resolve().parent


def in_source_tree(package: Path = SOURCE) -> bool:
    """Whether the package stands in the project's folder, beside what it is made of."""
    return (package.parent / "pyproject.toml").is_file()


def runs(name: str = "", package: Path = SOURCE) -> Path:
    """The folder of a run: its checkpoints and its log."""
    folder = package / "checkpoints" if in_source_tree(package) else Home.find().path / "training"
    return folder / name


def models(name: str = "", package: Path = SOURCE) -> Path:
    """The folder or the file of a model that is made."""
    folder = package.parent / "models" if in_source_tree(package) else Home.find().models
    return folder / name


def beside(base: Path, part: str, name: str, package: Path = SOURCE) -> Path:
    """Where a part of a model goes: into its folder; for one that came with an installed package, among the models."""
    return models(name, package) if base == embedded(base.name) and not in_source_tree(package) else base / part


def embedded(name: str) -> Path:
    """The folder of a model that comes with the product."""
    return (builtin("models") or models()) / name
