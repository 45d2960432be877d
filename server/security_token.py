"""The token that stays: `LOOM_HOME/token`, made once, readable by its owner alone.

It is always accepted, beside the token of a session, so that scripts need not look for a new one after each start. Who
removes the file has a new one at the next start. A file that others could read, or that holds no token, is refused in
words: a secret that leaked is not used on.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from engine.errors import InvalidInput
from server.security import TOKEN


def kept_token(path: Path) -> str:
    """The token in a file; it is made if there is none. Raises `InvalidInput` if the file is no good."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror or error}") from None
    token = secrets.token_urlsafe(32)
    with os.fdopen(handle, "w") as file:
        file.write(token + "\n")
        file.flush()
        os.fsync(file.fileno())
    return token


def _read(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        token = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror or error}") from None
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise InvalidInput(f"{path} can be read by others: chmod 600 it, or remove it to have a new one made")
    if TOKEN.match(token) is None:
        raise InvalidInput(f"{path} holds no token: expected 16 to 256 letters, digits and . _ ~ + -; or remove it")
    return token
