"""What a document can be called: a few letters and digits, so never a path, and no device of Windows."""

from __future__ import annotations

import re

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")
USER = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}\Z")
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])\Z")
NO_NAME = "a workflow's name is 1 to 64 of a-z, 0-9, _ and -, the first a letter or digit"


def is_name(name: str) -> bool:
    """True for what can be a document's name."""
    return NAME.match(name) is not None and RESERVED.match(name) is None


def is_address(text: str) -> bool:
    """True for what can name a document from outside: `portrait`, or another user's, `alice.portrait`."""
    user, dot, name = text.rpartition(".")
    return is_name(name) and (not dot or is_user(user))


def is_user(name: str) -> bool:
    """True for what can be a user's name."""
    return USER.match(name) is not None and RESERVED.match(name) is None


def is_key(key: str) -> bool:
    """True for what a document is kept under: `portrait`, or another user's, `alice/portrait`."""
    user, slash, name = key.rpartition("/")
    return is_name(name) and (not slash or is_user(user))
