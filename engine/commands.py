"""What the subcommands of `loom` do. `engine.cli` parses; these call the library and print."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from engine.api import Engine, load_workflow
from engine.builtin import builtin
from engine.errors import InvalidInput, InvalidWorkflow, LoomError, NodeFailed, Problem, nearest, printable
from engine.home import Home
from engine.plan import NodeReport
from engine.registry import Registry
from engine.settings import apply
from engine.validate import build
from engine.workflow import Workflow, read_bytes, write_durably

OK = 0
INVALID = 2


def say(text: str) -> None:
    """A line on standard output."""
    _write(sys.stdout, text)
    sys.stdout.flush()


def note(text: str) -> None:
    """A line on standard error."""
    _write(sys.stderr, printable(text))


def _write(stream: TextIO, text: str) -> None:
    """Write a line; what the stream's encoding does not have is escaped (in JSON, too, as JSON has it)."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def complain(options: argparse.Namespace, error: BaseException, status: str) -> None:
    """An error: one line each on standard error, and the JSON object if that was asked for."""
    lines = error.problems if isinstance(error, InvalidWorkflow) else str(error).splitlines()
    for line in lines or [type(error).__name__]:
        note(f"loom: {line}")
    if getattr(options, "json", False):
        body: dict[str, Any] = {"run": None, "status": status, "seconds": 0.0, "nodes": {}, "artifacts": []}
        body["error"] = str(error)
        if isinstance(error, InvalidWorkflow):
            body["problems"] = [vars(problem) for problem in error.problems]
        if isinstance(error, NodeFailed):
            body["node"] = error.node
        say(json.dumps(body, ensure_ascii=False))


@contextmanager
def _engine(options: argparse.Namespace, *, registry: Registry | None = None, disk: bool = True) -> Iterator[Engine]:
    engine = Engine(
        registry=registry,
        home=options.home,
        device=getattr(options, "device", "auto"),
        dtype=getattr(options, "dtype", "auto"),
        threads=getattr(options, "threads", None),
        disk=disk,
        inputs=[Path.cwd()],
        on_warning=lambda message: note(f"loom: {message}"),
    )
    try:
        for failure in engine.registry.failures:
            note(f"loom: node package {failure.source} was not loaded: {failure.error}")
        yield engine
    finally:
        engine.close()


@contextmanager
def _opened(options: argparse.Namespace, *, disk: bool = True) -> Iterator[tuple[Engine, Workflow]]:
    """The workflow of the command line, and an engine. What is invalid is refused before anything is written."""
    registry = Registry.installed(Home.find(options.home).nodes)
    workflow = apply(load_workflow(options.file), options.set, registry)
    build(workflow.data, registry)
    with _engine(options, registry=registry, disk=disk) as engine:
        yield engine, workflow


def run(options: argparse.Namespace) -> int:
    """`loom run`."""
    if options.server is not None:
        from engine import remote

        return remote.run(options)
    from engine.progress import Bar

    with _opened(options, disk=not options.no_cache) as (engine, workflow):
        shown = not options.quiet and sys.stderr.isatty()
        with Bar(shown, lambda message: note(f"loom: {message}")) as bar:
            result = engine.run(
                workflow,
                targets=options.target,
                output=options.output,
                on_event=lambda numbered: bar.event(numbered.event),
                reuse=not options.no_cache,
            )
    for file in result.files:
        say(str(file.path))
    if options.json:
        say(json.dumps(result.json(), ensure_ascii=False))
    return OK


def plan(options: argparse.Namespace) -> int:
    """`loom plan`."""
    with _opened(options) as (engine, workflow):
        reports = engine.plan(workflow, options.target)
    if options.json:
        say(json.dumps({name: vars_of(r) for name, r in reports.items()}, ensure_ascii=False))
        return OK
    width = max(map(len, reports), default=0)
    for name, r in reports.items():
        steps = f"  {r.steps_run} to run, {r.steps_cached} cached" if r.steps_run + r.steps_cached > 1 else ""
        say(f"{name:<{width}}  {r.status:<8}{steps}{'  ' + r.reason if r.reason else ''}".rstrip())
    return OK


def vars_of(r: NodeReport) -> dict[str, Any]:
    """A report as JSON."""
    steps = {"steps_run": r.steps_run, "steps_cached": r.steps_cached}
    return {"status": r.status, **steps, "reason": r.reason, "key": r.key}


def why(options: argparse.Namespace) -> int:
    """`loom why`."""
    with _opened(options) as (engine, workflow):
        reasons = engine.why(workflow, options.node)
    if options.json:
        say(json.dumps(reasons, ensure_ascii=False))
        return OK
    width = max(map(len, reasons), default=0)
    for name, reason in reasons.items():
        say(f"{name:<{width}}  {reason}")
    return OK


def validate(options: argparse.Namespace) -> int:
    """`loom validate`."""
    found: dict[str, list[dict[str, Any]]] = {}
    with _engine(options, disk=False) as engine:
        for file in options.files:
            found[file] = []
            try:
                engine.validate(load_workflow(file))
            except InvalidWorkflow as error:
                found[file] = [vars(problem) for problem in error.problems]
                for problem in error.problems:
                    note(f"{file}: {problem}")
            if not found[file] and not options.json:
                say(f"{file}: valid")
    if options.json:
        say(json.dumps(found, ensure_ascii=False))
    return INVALID if any(found.values()) else OK


def nodes(options: argparse.Namespace) -> int:
    """`loom nodes`."""
    from engine.describe import describe, describe_text

    registry = Registry.installed(Home.find(options.home).nodes)
    names = sorted(registry.specs)
    if options.type is not None:
        base = options.type.partition("@")[0]
        names = [name for name in names if name == base or name.startswith(base + ".")]
        if not names:
            like = nearest(base, registry.specs)
            raise InvalidWorkflow([Problem(f"no such node type: {options.type}", nearest=like)])
    if options.json:
        say(json.dumps([describe(registry, name) for name in names], ensure_ascii=False))
    elif len(names) == 1:
        say(describe_text(registry, names[0]))
    else:
        width = max(map(len, names), default=0)
        for name in names:
            say(f"{name:<{width}}  {registry.specs[name].title}")
    for failure in registry.failures:
        note(f"loom: node package {failure.source} was not loaded: {failure.error}")
    return OK


def cache(options: argparse.Namespace) -> int:
    """`loom cache`."""
    with _engine(options) as engine:
        if options.action == "clear":
            engine.cache.clear()
            say("the cache is empty")
            return OK
        if options.action == "gc":
            report = engine.cache.gc()
            say(f"removed {report.files} files ({report.bytes} bytes) and {report.rows} records of lost ones")
            return OK
        info = engine.cache.info().as_json()
        home = str(engine.home.path)
    if options.json:
        say(json.dumps({"home": home, **info}))
        return OK
    disk = info["disk"] or {}
    say(f"home    {home}")
    for name, value in disk.items():
        say(f"{name:<20}{value}")
    return OK


def python(options: argparse.Namespace) -> int:
    """`loom python`."""
    from engine.python_onto import onto
    from engine.python_read import read
    from engine.python_text import program

    known = load_workflow(options.file) if options.file is not None else None
    if options.read is None:
        if known is None:
            raise InvalidInput("name a workflow to print, or a program to --read")
        say(program(known.data).removesuffix("\n"))
        return OK
    text = sys.stdin.read() if options.read == "-" else _text(read_bytes(options.read), options.read)
    found = read(text, Registry.installed(Home.find(options.home).nodes).functions).workflow()
    document = found.data if known is None else onto(found.data, known.data)[0]
    say(Workflow(document).dumps().removesuffix("\n"))
    return OK


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise InvalidWorkflow([Problem(f"{name!r} is no text", expected="UTF-8")]) from None


def new(options: argparse.Namespace) -> int:
    """`loom new`."""
    folder = builtin("workflows")
    examples = {file.stem: file for file in sorted(folder.glob("*.json"))} if folder is not None else {}
    if options.file is None:
        for name, file in examples.items():
            say(f"{name:<20}{Workflow.load(file).data.get('description', '')}")
        return OK
    if options.example not in examples:
        like = nearest(options.example, examples)
        raise InvalidWorkflow([Problem(f"there is no example {options.example!r}", nearest=like)])
    target = Path(options.file)
    if target.exists():
        raise LoomError(f"{target} is there already; it was not touched")
    workflow = Workflow.load(examples[options.example])
    workflow.data["name"] = target.stem
    workflow.save(target)
    for name in _files_named(workflow, examples[options.example].parent):
        beside = target.parent / name
        if not beside.exists():
            write_durably(beside, (examples[options.example].parent / name).read_bytes())
    say(f"{target} — run it with: loom run {target}")
    return OK


def _files_named(workflow: Workflow, folder: Path) -> list[str]:
    """The input files of an example: the literals of its nodes that name a file in its folder."""
    literals = {
        value for node in workflow.nodes.values() for value in node["inputs"].values() if isinstance(value, str)
    }
    return sorted(name for name in literals if Path(name).suffix and (folder / name).is_file())
