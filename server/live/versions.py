"""Two versions of a workflow beside each other: revisions, other workflows, documents of files and pictures.

Nodes are matched by name. Between two revisions of one workflow the log tells which were renamed.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from server.answers import Refusal, answer
from server.endpoint import body_of, endpoint
from server.live import models
from server.live.access import VIEW, opened_as
from server.live.changes import Json
from server.live.difference import compare
from server.live.limits import Refused, check_document, normal
from server.live.live import Live, as_refusal
from server.live.past import document_at, ever, renamed_between


@endpoint("POST", "/compare", body=models.Versions, answer=models.Comparison, users=True)
async def versions(request: web.Request) -> web.Response:
    """What differs between two versions: of workflows that the server keeps, or of documents that are sent."""
    asked = await body_of(request, models.Versions)
    (old_live, old_number, old), (new_live, new_number, new) = [
        await _version(request, side) for side in (asked.old, asked.new)
    ]
    renamed: dict[str, str] = {}
    if old_live is not None and old_live is new_live and old_number is not None and new_number is not None:
        renamed = await renamed_between(request, old_live, old_number, new_number)
    found = await asyncio.to_thread(compare, old, new, renamed)
    return answer(
        {
            "old": {"revision": old_number, "document": old},
            "new": {"revision": new_number, "document": new},
            "difference": found,
        }
    )


async def _version(request: web.Request, side: models.Kept | models.Given) -> tuple[Live | None, int | None, Json]:
    """A version: of what workflow, at which revision, and its document."""
    if isinstance(side, models.Given):
        try:
            document = await asyncio.to_thread(lambda: normal(check_document(side.document)))
        except Refused as refused:
            raise as_refusal(refused) from None
        if "nodes" not in document:
            raise Refusal(400, "this is no workflow: there are no nodes")
        return None, None, document
    live = ever(await opened_as(request, side.workflow, VIEW))
    number = live.shown.revision if side.revision is None else side.revision
    return live, number, await document_at(request, live, number)


VERSIONS = (versions,)
