"""The editor's files, as the server sends them; the build itself is tried in `test_wheel`."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.server.kit import TOKEN, Client, in_loop, served

SCRIPT = b"export const answer = 42;\n" * 50
INDEX = b'<!doctype html><script type="module" src="/assets/index-a1B2c3D4.js"></script>'


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """What Vite leaves behind, and what it does not."""
    folder = tmp_path / "static"
    (folder / "assets" / "fonts").mkdir(parents=True)
    (folder / "index.html").write_bytes(INDEX)
    (folder / "assets" / "index-a1B2c3D4.js").write_bytes(SCRIPT)
    (folder / "assets" / "index-a1B2c3D4.js.gz").write_bytes(gzip.compress(SCRIPT))
    (folder / "assets" / "fonts" / "plain.woff2").write_bytes(b"font")
    (folder / "assets" / "index-a1B2c3D4.js.map").write_bytes(b"{}")
    (folder / "assets" / "link-a1B2c3D4.js").symlink_to(tmp_path / "home" / "token")
    return folder


async def got(client: Client, path: str, **headers: str) -> tuple[int, bytes, Mapping[str, str]]:
    """An answer to somebody without a token."""
    said = {"Accept-Encoding": "identity", **headers}
    status, body, found = await client.ask("GET", path, headers=said, token=False)
    return status, body, found


@in_loop
async def test_the_page_allows_itself_nothing_inline_and_nothing_from_elsewhere(tmp_path: Path, static: Path) -> None:
    async with served(tmp_path / "home", static=static) as client:
        status, body, headers = await got(client, "/")
        assert (status, body) == (200, INDEX)
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        assert headers["Cache-Control"] == "no-cache"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert policy["img-src"] == "'self' blob: data:"
        for name in ("default-src", "script-src", "style-src", "connect-src", "font-src", "worker-src"):
            assert policy[name] == "'self'"
        for name in ("frame-ancestors", "base-uri", "form-action", "object-src"):
            assert policy[name] == "'none'"
        again = {"If-None-Match": headers["ETag"]}
        assert (await got(client, "/", **again))[0] == 304


@in_loop
async def test_files_that_are_named_by_their_hash_are_kept_and_sent_packed(tmp_path: Path, static: Path) -> None:
    async with served(tmp_path / "home", static=static) as client:
        path = "/assets/index-a1B2c3D4.js"
        status, body, headers = await got(client, path)
        assert (status, body) == (200, SCRIPT)
        assert headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Content-Encoding" not in headers
        _, body, headers = await got(client, path, **{"Accept-Encoding": "gzip"})
        assert (body, headers["Content-Encoding"]) == (SCRIPT, "gzip")  # unpacked by the client
        assert int(headers["Content-Length"]) < len(SCRIPT)
        assert "accept-encoding" in headers["Vary"].lower()
        _, _, headers = await got(client, "/assets/fonts/plain.woff2")
        assert (headers["Cache-Control"], headers["Content-Type"]) == ("no-cache", "font/woff2")


@in_loop
async def test_nothing_but_the_build_is_there(tmp_path: Path, static: Path) -> None:
    async with served(tmp_path / "home", static=static) as client:
        for path in (
            "index-a1B2c3D4.js.map", "index-a1B2c3D4.js.gz", "link-a1B2c3D4.js", "fonts", "fonts/", "none.js",
            "../index.html", "%2e%2e/index.html", "..%2findex.html", "%2e%2e%2f%2e%2e%2fapp.py", "/etc/passwd",
            "fonts/../index-a1B2c3D4.js", "fonts%2f..%2findex-a1B2c3D4.js", "%00", "..%5cindex.html",
        ):  # fmt: skip
            status, body, _ = await got(client, f"/assets/{path}")
            assert status in (400, 401, 404) or (status, body) == (200, SCRIPT), path  # the client tidies dots away
            assert b"root:" not in bytes(str(body), "utf-8")
        for path in ("/index.html", "/static/index.html", "/assets", "/assets/"):
            assert (await got(client, path))[0] in (401, 404)


@in_loop
async def test_a_new_build_is_noticed(tmp_path: Path, static: Path) -> None:
    async with served(tmp_path / "home", static=static) as client:
        assert (await got(client, "/assets/new-a1B2c3D4.js"))[0] == 404
        (static / "assets" / "new-a1B2c3D4.js").write_bytes(b"new")
        (static / "index.html").write_bytes(INDEX + b"<!-- new -->")
        assert (await got(client, "/"))[1].endswith(b"<!-- new -->")
        assert (await got(client, "/assets/new-a1B2c3D4.js"))[1] == b"new"
        (static / "assets" / "late-a1B2c3D4.js").write_bytes(b"late")  # a build under way: the page came first
        assert (await got(client, "/assets/late-a1B2c3D4.js"))[1] == b"late"


@in_loop
async def test_where_the_editor_was_not_built_the_page_says_how(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        status, body, headers = await got(client, "/")
        assert status == 200
        assert b"make web" in body
        assert b"/api/v1/workflows/{name}/live" in body
        assert TOKEN.encode() not in body
        assert "default-src 'none'" in headers["Content-Security-Policy"]
