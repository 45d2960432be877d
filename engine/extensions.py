"""Commands of `loom` that other packages bring, by entry points of the group `latent_loom.commands`.

An entry point `name = "package.module"` leads to a module with `add_arguments(parser)`, `main(options) -> int`, and a
docstring whose first sentence is the help. The module must be cheap to import: what it needs, it imports in `main`. One
that cannot be imported never stops `loom`: its command says so. The engine's own commands cannot be replaced.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points

from engine.errors import LoomError

GROUP = "latent_loom.commands"
MAIN = "extension"  # where the parsed options hold what runs the command

Action = Callable[[argparse.Namespace], int]


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add a parser for every installed command."""
    for point in entry_points(group=GROUP):
        if point.name not in commands.choices:
            _add(commands, point)


def _add(commands: argparse._SubParsersAction[argparse.ArgumentParser], point: EntryPoint) -> None:
    try:
        module = point.load()
        add_arguments, main = module.add_arguments, module.main
    except Exception as error:  # another package may raise anything
        reason = f"{point.value} was not loaded: {type(error).__name__}: {error}"
        broken = commands.add_parser(point.name, help="(cannot be loaded)", prefix_chars="\0")
        broken.add_argument("rest", nargs="*")
        broken.set_defaults(**{MAIN: _Broken(reason)})
        return
    text = " ".join((module.__doc__ or "").partition("\n\n")[0].split())
    help = (text[:1].lower() + text[1:].rstrip(".")).replace("%", "%%")
    made = commands.add_parser(point.name, help=help, description=text.replace("%", "%%"))
    add_arguments(made)
    made.set_defaults(**{MAIN: main})


class _Broken:
    """Stands for the `main` of a module that could not be imported."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def __call__(self, options: argparse.Namespace) -> int:
        raise LoomError(self._reason)
