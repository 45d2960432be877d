"""Files of runs: named by digest, shown only if they are pictures, and only as they were made."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.engine.kit import doc, link
from tests.server.kit import Client, in_loop, served

SCRIPT = "<script>alert(1)</script>"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
GIF = "GIF89a" + "\x01\x00\x01\x00\x00\x00\x00;"


async def made(client: Client, text: str, suffix: str, name: str = "{name}-{n}") -> tuple[str, dict[str, Any]]:
    """A run that makes one file; its id and the file."""
    inputs = {"a": link("a"), "text": text, "suffix": suffix, "name": name}
    run = await client.begin(doc(a=("t.make@1", {}), save=("serve.file@1", inputs)))
    shown = await client.ended(run)
    assert shown["status"] == "done", shown
    (artifact,) = shown["artifacts"]
    return run, artifact


@in_loop
async def test_only_pictures_are_shown_in_place(tmp_path: Path) -> None:
    table = [
        (GIF, ".gif", "image/gif"),
        (GIF, ".html", "image/gif"),  # by what it is, not by what it is called
        (SCRIPT, ".html", None),
        (SCRIPT, ".png", None),
        (SVG, ".svg", None),
        ("\xff\xd8\xff" + SCRIPT, ".jpg", "image/jpeg"),  # nosniff, and a policy without scripts
        ("%PDF-1.7", ".pdf", None),
        ("", ".txt", None),
    ]
    async with served(tmp_path) as client:
        for text, suffix, media in table:
            _, artifact = await made(client, text, suffix)
            status, data, headers = await client.ask("GET", artifact["url"])
            assert (status, data) == (200, text.encode("latin-1"))
            assert headers["Content-Type"] == (media or "application/octet-stream")
            assert headers["Content-Disposition"].startswith("inline;" if media else "attachment;")
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
            assert headers["ETag"] == f'"sha256:{sha256(data).hexdigest()}"'


@in_loop
async def test_a_file_is_reached_through_its_run_and_digest_only(tmp_path: Path) -> None:
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "private.txt").write_text("private")
    private = sha256(b"private").hexdigest()
    async with served(tmp_path) as client:
        run, artifact = await made(client, "mine", ".txt", 'über "it"\n')
        other, _ = await made(client, "other", ".txt")
        assert (await client.ask("GET", artifact["url"].replace("sha256:", "")))[0] == 200
        for path in (
            f"/api/v1/runs/{other}/artifacts/{artifact['digest']}",
            f"/api/v1/runs/{run}/artifacts/{private}",
            f"/api/v1/runs/{run}/artifacts/private.txt",
            f"/api/v1/runs/{run}/artifacts/..%2F..%2Fserver.json",
            f"/api/v1/runs/{run}/artifacts/%2Fetc%2Fpasswd",
            f"/api/v1/runs/..%2F{run}/artifacts/{artifact['digest']}",
            f"/api/v1/runs/none/artifacts/{artifact['digest']}",
        ):
            status, body, _ = await client.ask("GET", path)
            assert (status, "private" in str(body).replace("private.txt", "")) == (404, False), path


@in_loop
async def test_a_file_that_was_changed_is_not_served(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        _, artifact = await made(client, "true", ".txt")
        path = tmp_path / "output" / artifact["name"]
        path.write_text("false")
        assert (await client.ask("GET", artifact["url"]))[0] == 410
        path.unlink()
        (tmp_path / "secret").write_text("true")
        path.symlink_to(tmp_path / "secret")  # even with the right bytes: it leads out of the folder
        assert (await client.ask("GET", artifact["url"]))[0] == 410
