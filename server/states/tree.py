"""The states of a document as a tree, from its log.

Two revisions with the same document are one state. Its parent is the state that stood when it was first reached. So an
undo, a redo or a restore goes back to a state that is there already, and what is edited next branches off from it; what
was undone stays where it was. No client has to say anything for it, and every server makes the same tree of a log.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from server.live.changes import ABSENT, Change, Json, Put, applied
from server.live.words import said
from server.states.digest import Digest, digest


@dataclass(frozen=True, slots=True)
class Step:
    """A revision, as the log has it."""

    revision: int
    client: str
    kind: str
    at: float
    operations: Sequence[Json]
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class State:
    """A state: the revision that first reached it, and what was done to get there from its parent.

    `graph`: the digest of what a run of it depends on. `looks`: that is the parent's; only looks differ.
    `value`: where one input got another value, both.
    """

    revision: int
    parent: int | None
    client: str
    kind: str
    at: float
    did: tuple[str, ...]
    graph: int
    looks: bool
    value: tuple[Any, Any] | None


class Tree:
    """The states up to a revision. `now`: the state that it is."""

    def __init__(self, document: Json, revision: int) -> None:
        """Begin with the document at a revision; 0 with nothing."""
        self.revision, self.now = revision, revision
        self.states: dict[int, State] = {}
        self._document = document
        self._digest = digest(document)
        self._known: dict[int, int] = {}
        if revision > 0:
            self._add(State(revision, None, "", "earlier", 0.0, (), self._digest.graph, False, None))

    def feed(self, steps: Iterable[Step]) -> None:
        """Revisions that follow."""
        for step in steps:
            before, was = self._document, self._digest
            for change in step.changes:
                after = applied(self._document, change)
                self._digest = self._digest.after(self._document, after, change)
                self._document = after
            self.revision = step.revision
            known = self._known.get(self._digest.all)
            if known is None or not self.states:
                self._add(self._made(step, before, was))
            else:
                self.now = known

    def _made(self, step: Step, before: Json, was: Digest) -> State:
        parent = self.now if self.states else None
        looks = parent is not None and self._digest.graph == was.graph
        did, value = tuple(said(step.operations)), _value(step)
        return State(step.revision, parent, step.client, step.kind, step.at, did, self._digest.graph, looks, value)

    def _add(self, state: State) -> None:
        self.states[state.revision] = state
        self._known[self._digest.all] = self.now = state.revision


def _value(step: Step) -> tuple[Any, Any] | None:
    """What an input was and is, if that is all that was done."""
    puts = [one for one in step.changes if isinstance(one, Put)]
    if len(step.changes) != 1 or len(puts) != 1 or puts[0].path[:1] != ("nodes",) or puts[0].path[2:3] != ("inputs",):
        return None
    was = puts[0].was
    return (None if was is ABSENT else was), puts[0].value
