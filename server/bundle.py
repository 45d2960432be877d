"""The editor: the files that `web/` is built to, in `server/static`, and what a browser may do with them.

Only what the folder holds when it is listed is served, so an address cannot lead elsewhere; a new build is noticed by
the times of `index.html` and of the folder beside it. Files are sent packed (`.br`, `.gz` beside them) to those who
take that. Vite names a file by the hash of what is in it, so such a file is kept for ever; the page that names them is
asked for each time.
"""

from __future__ import annotations

import re
from pathlib import Path

from aiohttp import web

from server import page

STATIC = Path(__file__).parent / "static"
HASHED = re.compile(r"-[A-Za-z0-9_-]{8}\.[a-z0-9]+\Z")
KINDS = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}  # what the machine says of a suffix differs from one to the next
TEXT = ("text/", "application/json", "application/manifest+json", "image/svg+xml")

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""No script or style but the bundle's files, nothing from elsewhere; pictures also from memory."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Vary": "Accept-Encoding",
}


class Bundle:
    """The files of a build, by the part of their address after `/`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._built: list[int] = []
        self._files: dict[str, Path] = {}

    def find(self, name: str) -> Path | None:
        """The file of an address; None if the build has none such, or if nothing was built."""
        try:
            built = [(self._folder / part).stat().st_mtime_ns for part in ("index.html", "assets")]
        except OSError:
            return None
        if built != self._built:
            found = (path for path in self._folder.rglob("*") if path.suffix in KINDS and path.is_file())
            self._files = {path.relative_to(self._folder).as_posix(): path for path in found if not path.is_symlink()}
            self._built = built
        return self._files.get(name)


BUNDLE = web.AppKey("bundle", Bundle)


async def home(request: web.Request) -> web.StreamResponse:
    """The editor; where it was not built, this page."""
    index = request.app[BUNDLE].find("index.html")
    return await page.home(request) if index is None else _file(index, "no-cache")


async def asset(request: web.Request) -> web.StreamResponse:
    """A file of the editor."""
    name = f"assets/{request.match_info['file']}"
    found = request.app[BUNDLE].find(name)
    if found is None:
        raise web.HTTPNotFound
    return _file(found, "public, max-age=31536000, immutable" if HASHED.search(name) else "no-cache")


def _file(path: Path, keep: str) -> web.FileResponse:
    kind = KINDS[path.suffix]
    kind += "; charset=utf-8" if kind.startswith(TEXT) else ""
    return web.FileResponse(path, headers={**HEADERS, "Content-Type": kind, "Cache-Control": keep})


ROUTES = (web.get("/", home), web.get("/assets/{file:.+}", asset))
