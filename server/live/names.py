"""What a document can be called: a few letters and digits, so never a path, and no device of Windows."""

from __future__ import annotations

import re

from server.answers import Refusal

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])\Z")


def is_name(name: str) -> bool:
    """True for what can be a document's name."""
    return NAME.match(name) is not None and RESERVED.match(name) is None


def checked_name(name: str) -> str:
    """The name. Raises `Refusal` for what is none."""
    if not is_name(name):
        raise Refusal(404, "a workflow's name is 1 to 64 of a-z, 0-9, _ and -, the first a letter or digit")
    return name
