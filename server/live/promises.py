"""What was promised for edits that wait for the disk: an id that comes again is given the same answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Done:
    """An edit that is on the disk. `known`: it was there before, and was not done again."""

    revision: int
    known: bool = False
    kept: tuple[str, ...] = ()


class Promises:
    """Futures of the revisions that are not on the disk yet."""

    def __init__(self) -> None:
        self._made: dict[int, asyncio.Future[Done]] = {}

    def __bool__(self) -> bool:
        return bool(self._made)

    def make(self, revision: int) -> asyncio.Future[Done]:
        """For an edit that has just been taken."""
        made = self._made[revision] = asyncio.get_running_loop().create_future()
        return made

    def keep(self, revision: int) -> None:
        """It is on the disk."""
        del self._made[revision]

    def clear(self) -> None:
        """None of them will be."""
        self._made.clear()

    def known(self, revision: int) -> asyncio.Future[Done]:
        """The answer to an id that was used for a revision."""
        made: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        found = self._made.get(revision)
        if found is None:
            made.set_result(Done(revision, known=True))
        else:
            found.add_done_callback(lambda first: _pass_on(first, made))
        return made


def _pass_on(first: asyncio.Future[Done], made: asyncio.Future[Done]) -> None:
    if made.done() or first.cancelled():
        made.cancel()
    elif (error := first.exception()) is not None:
        made.set_exception(error)
    else:
        made.set_result(replace(first.result(), known=True))
