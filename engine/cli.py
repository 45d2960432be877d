"""The `loom` command. Heavy modules are imported by the subcommand that needs them: `--help` answers at once.

Exit codes: 0 done, 1 failed, 2 invalid input, 130 cancelled.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import cast

from engine.extensions import MAIN, Action, add_commands

DONE, FAILED, INVALID, CANCELLED = 0, 1, 2, 130

EXAMPLES = """examples:
  loom run workflows/text_to_image.json
  loom run workflows/text_to_image.json --set positive.text="a green star on a white background" --set noise.seed=11
  loom run output/text_to_image-0001.png            repeat the run that made a picture
  loom plan workflows/text_to_image.json            what would run, what is cached
  loom why workflows/text_to_image.json sample      why it will run
"""


def parser(asked: str | None = None) -> argparse.ArgumentParser:
    """The command line. The commands of other packages are looked for unless `asked` is one of the engine's own."""
    top = argparse.ArgumentParser(
        prog="loom",
        description="Latent Loom: a node-graph workflow engine for diffusion models.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="store_true", help="print the version and end")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")

    run = _command(
        commands,
        "run",
        "run a workflow: a JSON file, or a picture that carries one",
        "loom run w.json --set positive.text='a red circle' --target save --output pictures --json",
    )
    _workflow_options(run)
    run.add_argument("--target", action="append", metavar="NODE", help="run this node and what it needs (repeatable)")
    run.add_argument("--output", default="output", metavar="DIR", help="folder for files (default: ./output)")
    run.add_argument("--no-cache", action="store_true", help="read no stored result and store none on disk")
    run.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    run.add_argument("--quiet", action="store_true", help="no progress bar")
    run.add_argument(
        "--server",
        metavar="ADDRESS",
        help="run it there: the URL of a `loom serve`, or `local`; FILE can be a workflow that it keeps",
    )
    run.add_argument(
        "--token-file",
        metavar="FILE",
        help="holds the token of the server (default: $LOOM_TOKEN; on this machine `token` in the state folder)",
    )

    plan = _command(commands, "plan", "say what a run would do, without running", "loom plan w.json")
    _workflow_options(plan)
    plan.add_argument("--target", action="append", metavar="NODE", help="plan for this node (repeatable)")
    plan.add_argument("--json", action="store_true", help="print JSON")

    why = _command(commands, "why", "say why nodes will run, or will not", "loom why w.json sample")
    _workflow_options(why)
    why.add_argument("node", nargs="?", help="one node (default: all)")
    why.add_argument("--json", action="store_true", help="print JSON")

    validate = _command(
        commands, "validate", "report every problem of workflow files", "loom validate workflows/*.json"
    )
    validate.add_argument("files", nargs="+", metavar="FILE")
    validate.add_argument("--json", action="store_true", help="print JSON")

    nodes = _command(commands, "nodes", "list the node types, or describe one", "loom nodes guidance.cfg")
    nodes.add_argument("type", nargs="?", help="a node type, or the beginning of its name")
    nodes.add_argument("--json", action="store_true", help="print JSON, with the schema of every input")

    cache = _command(commands, "cache", "look after the cache", "loom cache info")
    cache.add_argument("action", choices=("info", "clear", "gc"))
    cache.add_argument("--json", action="store_true", help="print JSON")

    new = _command(commands, "new", "start a workflow from an example", "loom new mine.json --from image_to_image")
    new.add_argument("file", nargs="?", help="the file to write; without it, the examples are listed")
    new.add_argument("--from", dest="example", default="text_to_image", metavar="EXAMPLE")

    python = _command(
        commands,
        "python",
        "print a workflow as a Python program, or read such a program back",
        "loom python w.json > w.py; loom python w.json --read w.py > new.json",
    )
    python.add_argument("file", nargs="?", metavar="FILE", help="a workflow (.json) or a picture made by one (.png)")
    python.add_argument(
        "--read",
        metavar="PROGRAM",
        help="print the workflow that this program makes (- is standard input), without running it; "
        "where nodes stand, notes and groups are those of FILE, if one is given",
    )
    if asked not in commands.choices:
        add_commands(commands)
    return top


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, help: str, example: str
) -> argparse.ArgumentParser:
    made = commands.add_parser(
        name, help=help, description=help[0].upper() + help[1:] + ".", epilog=f"example: {example}"
    )
    made.add_argument("--home", metavar="DIR", help="state folder (default: $LOOM_HOME, or the user's data folder)")
    return made


def _workflow_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="FILE", help="a workflow (.json) or a picture made by one (.png)")
    command.add_argument(
        "--set", action="append", default=[], metavar="NODE.INPUT=VALUE", help="change an input (repeatable)"
    )
    command.add_argument("--device", default="auto", help="auto, cpu, cuda:N or mps")
    command.add_argument("--dtype", default="auto", choices=("auto", "fp32", "bf16", "fp16"))
    command.add_argument("--threads", type=int, metavar="N", help="CPU threads (part of the cache keys)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    top = parser(arguments[0] if arguments else None)
    options, rest = top.parse_known_args(arguments)
    if getattr(options, "node", "") is None and len(rest) == 1 and not rest[0].startswith("-"):
        options.node, rest = rest[0], []  # `why FILE --set … NODE`: argparse takes no second positional after options
    if rest:
        top.error(f"unrecognized arguments: {' '.join(rest)}")
    if options.version:
        from importlib.metadata import version

        print(f"loom {version('latent-loom')}")  # noqa: T201
        return DONE
    if options.command is None:
        top.print_help()
        return INVALID
    from engine.errors import Cancelled, InvalidInput, LoomError

    try:
        return _action(options)(options)
    except InvalidInput as error:
        _complain(options, error, "invalid")
        return INVALID
    except (Cancelled, KeyboardInterrupt) as error:
        _complain(options, error if str(error) else Cancelled("cancelled"), "cancelled")
        return CANCELLED
    except LoomError as error:
        _complain(options, error, "failed")
        return FAILED
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED


def _action(options: argparse.Namespace) -> Action:
    """What does the subcommand's work: a function of `engine.commands`, or the `main` of another package's module."""
    if (main := getattr(options, MAIN, None)) is not None:
        return cast(Action, main)
    from engine import commands

    return cast(Action, getattr(commands, options.command))


def _complain(options: argparse.Namespace, error: BaseException, status: str) -> None:
    from engine.commands import complain

    complain(options, error, status)


if __name__ == "__main__":
    sys.exit(main())
