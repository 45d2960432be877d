"""What the server remembers of one client of a document: the ids that it has used, and what it can undo.

Both are read from the log, so they outlive the server. `done` holds the revisions whose changes an undo would take
back, the last one on top; `undone` those that a redo would. An undo moves the top of one to the other; a new edit
empties the second.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

UNDO, REDO, EDIT = "undo", "redo", "edit"


@dataclass
class Author:
    """One client of one document."""

    client: str
    known: dict[str, int] = field(default_factory=dict)
    done: list[int] = field(default_factory=list)
    undone: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, client: str, rows: Iterable[tuple[int, str, str]]) -> Author:
        """From the log: revision, id and kind of all that the client did."""
        made = cls(client)
        for revision, edit, kind in rows:
            made.note(revision, edit, kind)
        return made

    def note(self, revision: int, edit: str, kind: str) -> None:
        """The client has made a revision."""
        self.known[edit] = revision
        if kind == UNDO:
            if self.done:
                self.done.pop()
            self.undone.append(revision)
        elif kind == REDO:
            if self.undone:
                self.undone.pop()
            self.done.append(revision)
        elif kind == EDIT:
            self.done.append(revision)
            self.undone.clear()

    def stack(self, kind: str) -> list[int]:
        """What an undo, or a redo, takes from."""
        return self.done if kind == UNDO else self.undone
