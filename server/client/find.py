"""Where the server is, and with which token: what a person did not say is read from the state folder."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from urllib.parse import urlsplit

from engine.errors import InvalidInput, LoomError
from engine.home import Home
from server.security import TOKEN, is_loopback


def where(url: str | None = None, home: Home | None = None, token: str = "") -> tuple[str, str]:
    """Address and token. A token of this machine's state folder is sent to this machine alone. Raises `LoomError`."""
    folder = (home or Home.find()).path
    told = token or os.environ.get("LOOM_TOKEN", "")
    if url is None:
        try:
            found = json.loads((folder / "server.json").read_text())
            return str(found["url"]), told or str(found["token"])
        except (OSError, ValueError, KeyError, TypeError):
            raise LoomError(f"no server runs for {folder}: start one with `loom serve`, or give its URL") from None
    host = urlsplit(url).hostname or ""
    if not told and is_loopback(host):
        with contextlib.suppress(OSError):
            told = (folder / "token").read_text().strip()
    if not told:
        raise LoomError(f"set LOOM_TOKEN to the token of {url}, or name a file that holds it")
    return url, told


def token_in(path: str | os.PathLike[str]) -> str:
    """The token in a file. Raises `InvalidInput` for what is none: it would be sent as it stands."""
    try:
        token = Path(path).read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror or error}") from None
    if TOKEN.match(token) is None:
        raise InvalidInput(f"{path} holds no token: expected 16 to 256 letters, digits and . _ ~ + -")
    return token
