"""Where the server is, and with which token: what a person did not say is read from the state folder."""

from __future__ import annotations

import contextlib
import json
import os
from urllib.parse import urlsplit

from engine.errors import LoomError
from engine.home import Home
from server.security import is_loopback


def where(url: str | None = None, home: Home | None = None) -> tuple[str, str]:
    """Address and token. A token of this machine's state folder is sent to this machine alone. Raises `LoomError`."""
    folder = (home or Home.find()).path
    told = os.environ.get("LOOM_TOKEN", "")
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
        raise LoomError(f"set LOOM_TOKEN to the token of {url}")
    return url, told
