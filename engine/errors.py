"""Every error that the engine raises on purpose, as types with fields.

An error names the node, the input and the cause in one sentence. `Problem` is one finding of the validation,
which reports all of them at once.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


class LoomError(Exception):
    """Base of all errors that carry a message for the person who runs a workflow."""


class InvalidInput(LoomError):
    """What was asked for cannot be: nothing was begun."""


@dataclass(frozen=True)
class Problem:
    """One finding: where (`node`, `input`), what was `expected`, what was `got`, and the `nearest` match."""

    message: str
    node: str | None = None
    input: str | None = None
    expected: str | None = None
    got: str | None = None
    nearest: str | None = None

    def __str__(self) -> str:
        where = f"{self.node}.{self.input}" if self.node and self.input else self.node or self.input or ""
        text = f"{where}: {self.message}" if where else self.message
        if self.expected is not None:
            text += f" — expected {self.expected}"
        if self.got is not None:
            text += f", got {self.got}" if self.expected is not None else f" — got {self.got}"
        if self.nearest is not None:
            text += f" (did you mean {self.nearest!r}?)"
        return printable(text)


class InvalidWorkflow(InvalidInput):
    """The document cannot run; `problems` holds every finding."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class NodeError(LoomError):
    """A node refuses its inputs: raised by node code, with the name of the input if there is one."""

    def __init__(self, message: str, *, input: str | None = None) -> None:
        self.input = input
        super().__init__(message)


class NodeFailed(LoomError):
    """A node raised while it ran. `cause` is the sentence, `detail` the traceback for the record."""

    def __init__(self, node: str, type: str, cause: str, *, input: str | None = None, detail: str = "") -> None:
        self.node, self.type, self.cause, self.input, self.detail = node, type, cause, input, detail
        where = f"{node}.{input}" if input else node
        super().__init__(f"{where} ({type}): {cause}")

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The failure as a finding, for who asks what is wrong with a document."""
        return (Problem(self.cause, self.node, self.input),)


class Cancelled(LoomError):
    """The run was cancelled."""


class Unencodable(LoomError):
    """A value that the key encoder does not know: refused, never guessed."""


class OutsideRoot(LoomError):
    """A name that would leave the folder it is looked up in."""


class Work(Protocol):
    """Something that a plan waits for and that is no node's result (a file that is being hashed)."""

    reason: str

    def run(self) -> None:
        """Do it; afterwards the plan can be made again."""


class NotYet(LoomError):
    """Raised in the plan by what needs `work` first; a run does the work and plans again."""

    def __init__(self, work: Work) -> None:
        self.work = work
        super().__init__(work.reason)


def printable(text: str) -> str:
    """The text on one line that a terminal can show: line breaks, control characters and half characters escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def nearest(name: str, among: Iterable[str]) -> str | None:
    """The name in `among` that is most like `name`, or None if nothing is close."""
    found = difflib.get_close_matches(name[:100], list(among), n=1, cutoff=0.5)
    return found[0] if found else None
