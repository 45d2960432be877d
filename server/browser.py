"""How a person's browser comes to the server with its token: `loom serve --open`, or an address for a terminal.

The token must not stand on a command line, where other users of the machine can read it. So the browser is given a
file that only the owner can read, and the file leads on to the server with the token behind the `#`, which a browser
never sends. The file goes when the server ends.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TextIO

PAGE = """<!doctype html>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0;url={url}">
<title>Latent Loom</title>
<p><a href="{url}">Latent Loom</a></p>
"""


def address(url: str, token: str) -> str:
    """The address that signs a browser in. What is behind the `#` is sent to nobody; the editor takes it off."""
    return f"{url}#token={token}"


def hint(url: str, token: str, stream: TextIO) -> str | None:
    """What to tell a person who looks at `stream`: nothing, if that is a file or a log, which others may read."""
    return f"the editor, already signed in: {address(url, token)}" if stream.isatty() else None


@contextlib.contextmanager
def opened(path: Path, url: str, token: str, *, wanted: bool) -> Iterator[None]:
    """Open the browser, if that is wanted; the file at `path` is there until the end."""
    if not wanted:
        yield
        return
    with contextlib.suppress(OSError):
        path.unlink()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(PAGE.format(url=escape(address(url, token))))
    threading.Thread(target=_open, args=(path,), name="loom-browser", daemon=True).start()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink()


def _open(path: Path) -> None:
    import webbrowser

    webbrowser.open(path.as_uri())
