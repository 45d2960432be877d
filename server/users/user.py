"""Who a request comes from, and whose things they see.

The owner is whoever started the server: the token in the state folder, that of a session, and everybody under `--auth
none`. Others have tokens of their own (`loom token add`). What somebody makes is theirs; the owner sees everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy import ColumnElement, true

OWNER_NAME = "owner"


@dataclass(frozen=True)
class User:
    """A user; `token` is the id of the token that they came with, empty for the owner's."""

    name: str
    token: str = ""

    @property
    def is_owner(self) -> bool:
        """Whether they see and may do everything."""
        return self.name == OWNER_NAME

    def sees(self, owner: str) -> bool:
        """Whether they see what somebody made."""
        return self.is_owner or self.name == owner

    def rows(self, column: Any) -> ColumnElement[bool]:
        """The condition for rows that they see, by the column that names whose they are."""
        return true() if self.is_owner else column == self.name


@dataclass(frozen=True)
class Exactly(User):
    """A user as the one whose things are meant: of the owner too only what is their own."""

    @property
    def is_owner(self) -> bool:
        """Never: no more than their own."""
        return False


OWNER = User(OWNER_NAME)
NOBODY = User("")
KEY = web.RequestKey("user", User)


def user_of(request: web.Request) -> User:
    """Who asks. The guard has put it there; without it nobody would be let in."""
    return request[KEY]
