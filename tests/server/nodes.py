"""Cheap node types for the server's tests. `kit.write_nodes` puts them into a home, where workers find them."""

from __future__ import annotations

import os
import time
from pathlib import Path

from engine.context import INJECTED, Context
from engine.errors import NodeError
from engine.node import node
from engine.values import Artifact
from tests.engine.kit import Thing


@node("serve.hold")
def hold(a: Thing, *, seconds: float = 30.0, ctx: Context = INJECTED) -> Thing:
    """Takes its time, and looks whether it was cancelled."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ctx.check()
        time.sleep(0.005)
    return a


@node("serve.deaf")
def deaf(a: Thing, *, seconds: float = 30.0) -> Thing:
    """Takes its time, and hears nothing."""
    time.sleep(seconds)
    return a


@node("serve.die")
def die(a: Thing, *, unless: str = "") -> Thing:
    """Ends its process as the system's memory watch does, unless a file is there; makes it then."""
    if not unless or not Path(unless).exists():
        if unless:
            Path(unless).write_text("once")
        time.sleep(0.1)  # so that it is known where it was
        os.kill(os.getpid(), 9)
    return a


@node("serve.refuse", plan=True)
def refuse(*, value: float = 0.0) -> float:
    """Takes nothing, which only the plan finds out."""
    raise NodeError("nothing is ever right", input="value")


@node("serve.trip", plan=True)
def trip(*, value: float = 0.0) -> float:
    """Stumbles while planning."""
    return value / 0


@node("serve.read", plan=True)
def read(*, file: str = "", ctx: Context = INJECTED) -> float:
    """The number in a file, while the plan is made."""
    return float(Path(file).read_text())


@node("serve.file", sink=True)
def file(a: Thing, *, text: str = "", suffix: str = ".txt", name: str = "{name}-{n}") -> Artifact:
    """A file with a text."""
    return Artifact(text.encode("latin-1"), suffix, name)


@node("serve.value", sink=True)
def value(a: Thing) -> Artifact:
    """A file with the value."""
    return Artifact(f"{a.value!r}".encode(), ".txt", "{name}-{n}")
