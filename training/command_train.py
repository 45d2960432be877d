"""Run a script that trains, exports or measures a part of the embedded model.

The module of the command `loom train`, cheap to import. Without a name it lists the scripts of this package: the files
that can be run as `python -m training.NAME`, each with the first sentence of its text.
"""

from __future__ import annotations

import argparse
import ast
from pathlib import Path

from training.command import forward

START = 'if __name__ == "__main__":'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `loom train`."""
    parser.usage = "loom train [-h] [NAME ...]"
    parser.epilog = "example: loom train vae --steps 100 (loom train vae --help: what may follow)"
    parser.add_argument("name", nargs="?", metavar="NAME", help="the script; without it, all are listed")
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="...", help="its arguments")


def main(options: argparse.Namespace) -> int:
    """Run or list. Returns the exit code. Raises `LoomError` if there is no such script."""
    from engine.errors import LoomError, nearest

    known = scripts()
    if options.name is None:
        width = max(map(len, known))
        for name, text in known.items():
            print(f"{name:<{width}}  {text}")
        return 0
    if options.name not in known:
        close = nearest(options.name, known)
        hint = f"did you mean {close!r}?" if close else f"there are: {', '.join(known)}"
        raise LoomError(f"there is no script {options.name!r} ({hint})")
    return forward(f"training.{options.name}", options.rest, f"loom train {options.name}")


def scripts() -> dict[str, str]:
    """Name and first sentence of every script, read without importing them."""
    found = {}
    for file in sorted(Path(__file__).parent.glob("*.py")):
        text = file.read_text(encoding="utf-8")
        if f"\n{START}\n" in text:
            first = " ".join((ast.get_docstring(ast.parse(text)) or "").partition("\n\n")[0].split())
            found[file.stem] = first.partition(". ")[0].rstrip(".") + "."
    return found
