"""`loom serve --open`: show the server in the person's browser, already with its token.

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

PAGE = """<!doctype html>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0;url={url}">
<title>Latent Loom</title>
<p><a href="{url}">Latent Loom</a></p>
"""


@contextlib.contextmanager
def opened(path: Path, url: str, token: str, *, wanted: bool) -> Iterator[None]:
    """Open the browser, if that is wanted; the file at `path` is there until the end."""
    if not wanted:
        yield
        return
    with contextlib.suppress(OSError):
        path.unlink()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(PAGE.format(url=escape(f"{url}#token={token}")))
    threading.Thread(target=_open, args=(path,), name="loom-browser", daemon=True).start()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink()


def _open(path: Path) -> None:
    import webbrowser

    webbrowser.open(path.as_uri())
