"""Operations on reroutes: points that links are led through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from server.endpoint import Body
from server.live.changes import ABSENT, Draft
from server.live.kinds.fields import Id, Position, Source
from server.live.limits import Refused
from server.live.reroutes import AT, reads

_NAME = r"[a-z_][a-z0-9_-]{0,63}"
End = Annotated[
    str,
    StringConstraints(
        pattern=rf"^{_NAME}\.(inputs\.[^\x00-\x1f]{{1,128}}|carry\.{_NAME}\.(first|next)|collect\.{_NAME}|until)$"
    ),
]
Ends = Annotated[list[End], Field(min_length=1, max_length=10_000)]


class AddReroute(Body):
    """A point that links of one output pass; each is named by where it ends. `before`: they pass it before that one."""

    op: Literal["add_reroute"]
    reroute: Id
    source: Source
    links: Ends
    position: Position
    before: Id | None = None


def add_reroute(op: AddReroute, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    _links_there(draft, op.links, op.source)
    if draft.get(*AT) is ABSENT:
        draft.put(AT, [])
    if draft.get(*AT, op.reroute) is not ABSENT:
        raise Refused(f"{op.reroute!r} is there already")
    made = {"source": op.source, "links": list(dict.fromkeys(op.links)), "position": list(op.position)}
    draft.put((*AT, op.reroute), {"id": op.reroute, **made}, op.before)


class EditReroute(Body):
    """Where a point stands, or which links pass it; what is left out stays."""

    op: Literal["edit_reroute"]
    reroute: Id
    position: Position | None = None
    links: Ends | None = None


def edit_reroute(op: EditReroute, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    source = _there(draft, op.reroute)
    if op.links is not None:
        _links_there(draft, op.links, source)
        draft.put((*AT, op.reroute, "links"), list(dict.fromkeys(op.links)))
    if op.position is not None:
        draft.put((*AT, op.reroute, "position"), list(op.position))


class RemoveReroute(Body):
    """Take a point away; the links that passed it go on without it."""

    op: Literal["remove_reroute"]
    reroute: Id


def remove_reroute(op: RemoveReroute, draft: Draft) -> None:
    """Do it. Raises `Refused`."""
    _there(draft, op.reroute)
    draft.drop((*AT, op.reroute))


def _there(draft: Draft, reroute: str) -> str:
    """What the links of a point read. Raises `Refused` if there is no such point."""
    if draft.get(*AT, reroute) is ABSENT:
        raise Refused(f"{reroute!r} is gone")
    source = draft.get(*AT, reroute, "source")
    return source if isinstance(source, str) else ""


def _links_there(draft: Draft, links: Iterable[str], source: str) -> None:
    for end in links:
        if not reads(draft.document, end, source):
            node, _, slot = end.partition(".")
            raise Refused(f"there is no link from {source} to {end}", node=node, input=slot.removeprefix("inputs."))
