"""What the routes of workflows take and give."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from server.endpoint import Answer, Body
from server.live.kinds.fields import Id
from server.live.operations import Edit


class Which(Body):
    """Which workflows to list."""

    deleted: bool = False


class Listed(Answer):
    """A workflow in a list; `title` is the name that its document gives it. Times are seconds since 1970.

    `owner`: the user whose it is; `right`: own, or what it is shared for, edit or view.
    """

    name: str
    owner: str
    right: Literal["own", "edit", "view"]
    title: str
    revision: int
    bytes: int
    nodes: int
    created: float
    changed: float


class Listing(Answer):
    """The workflows."""

    workflows: list[Listed]


class Made(Answer):
    """A new revision."""

    name: str
    revision: int


class Operations(Body):
    """Edits of a client, in order. `client`: whose ids these are."""

    client: Id = "script"
    edits: Annotated[list[Edit], Field(min_length=1, max_length=1000)]


class Result(Answer):
    """What became of an edit: its revision (`known`: it had been done before), or why it was refused."""

    id: str
    revision: int | None = None
    known: bool = False
    refused: dict[str, Any] | None = None


class Results(Answer):
    """The newest revision, and what became of each edit."""

    revision: int
    results: list[Result]


class Page(Body):
    """A page of the history: before a revision, the newest first."""

    before: int | None = Field(default=None, ge=0, le=1 << 31)
    limit: int = Field(default=100, ge=1, le=500)


class Step(Answer):
    """One revision: who did what."""

    revision: int
    client: str
    id: str
    kind: str
    at: float
    did: list[str]


class History(Answer):
    """Revisions, the newest first; those up to `folded` are gone, but for the documents of the `kept`."""

    name: str
    revision: int
    deleted: bool
    history: list[Step]
    folded: int
    kept: list[int]


class Snapshot(Answer):
    """The document as it was."""

    name: str
    revision: int
    document: dict[str, Any]


class Restore(Body):
    """The revision to go back to."""

    revision: int = Field(ge=1, le=1 << 31)


class Between(Body):
    """Two revisions; `to` is the newest by default."""

    since: int = Field(alias="from", ge=0, le=1 << 31)
    to: int | None = Field(default=None, ge=0, le=1 << 31)


class Compared(Answer):
    """What became of nodes, inputs and links; moves apart. `subgraphs`: those that both have and that differ."""

    added: list[str]
    removed: list[str]
    renamed: list[dict[str, str]]
    inputs: list[dict[str, Any]]
    links: list[dict[str, Any]]
    changed: list[dict[str, Any]]
    moved: list[str]
    subgraphs: dict[str, Compared]
    other: list[str]


class Difference(Compared):
    """What became of a workflow between two of its revisions."""

    name: str
    since: int = Field(alias="from")
    to: int


class Kept(Body):
    """A version that the server keeps: a workflow as it was at a revision; without one, as it is."""

    workflow: str = Field(min_length=1, max_length=128)
    revision: int | None = Field(default=None, ge=0, le=1 << 31)


class Given(Body):
    """A version that the client has: of a file, of a picture, of a run."""

    document: dict[str, Any]


class Versions(Body):
    """Two versions to compare."""

    old: Kept | Given
    new: Kept | Given


class Version(Answer):
    """One of the two, whole. `revision`: of a workflow that the server keeps."""

    revision: int | None
    document: dict[str, Any]


class Comparison(Answer):
    """Two versions, and what became of the old one in the new one."""

    old: Version
    new: Version
    difference: Compared
