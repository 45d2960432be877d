"""Uploads: taken whole or not at all, seen for what they are, kept once; and sent by digest, whole or in part."""

from __future__ import annotations

import asyncio
import io
from hashlib import sha256
from pathlib import Path
from typing import Any

from PIL import Image

from tests.server.kit import Client, in_loop, served

FILE = {"Content-Type": "application/octet-stream"}


def picture(kind: str = "PNG", colour: str = "red", size: tuple[int, int] = (40, 30)) -> bytes:
    """The bytes of a picture."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


async def sent(client: Client, data: bytes, name: str = "mine.png") -> tuple[int, Any]:
    """Upload; status and answer."""
    status, body, _ = await client.ask("POST", f"/api/v1/assets?name={name}", data, headers=FILE)
    return status, body


@in_loop
async def test_an_upload_is_kept_once_where_nodes_find_it(tmp_path: Path) -> None:
    data = picture()
    digest = sha256(data).hexdigest()
    async with served(tmp_path) as client:
        status, body = await sent(client, data)
        assert status == 201
        assert (body["digest"], body["mime"], body["width"], body["height"]) == (
            f"sha256:{digest}",
            "image/png",
            40,
            30,
        )
        assert (body["name"], body["bytes"]) == ("mine.png", len(data))
        kept = tmp_path / "inputs" / body["input"]
        assert kept.read_bytes() == data
        again = await sent(client, data, "other.png")
        assert again == (200, body)
        assert [file.name for file in kept.parent.iterdir()] == [f"{digest}.png"]
        assert (await client.get("/api/v1/assets"))["total"] == 1
        assert (await client.ask("GET", body["url"]))[1] == data
    async with served(tmp_path) as client:  # another start of the server
        assert (await client.get("/api/v1/assets"))["assets"] == [body]


@in_loop
async def test_every_kind_of_picture_gets_the_suffix_of_what_it_is(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for kind, suffix in (("PNG", ".png"), ("JPEG", ".jpg"), ("GIF", ".gif"), ("WEBP", ".webp")):
            status, body = await sent(client, picture(kind, "blue"), "evil.html")
            assert (status, Path(body["input"]).suffix) == (201, suffix)
            _, _, headers = await client.ask("GET", body["url"])
            assert headers["Content-Type"] == body["mime"]


@in_loop
async def test_many_uploads_at_once_are_all_kept(tmp_path: Path) -> None:
    pictures = [picture("PNG", f"#{i:06x}") for i in range(20)] * 2
    async with served(tmp_path) as client:
        found = await asyncio.gather(*(sent(client, data) for data in pictures))
        assert {status for status, _ in found} <= {200, 201}
        assert (await client.get("/api/v1/assets"))["total"] == 20
        assert len(list((tmp_path / "inputs" / "uploads").iterdir())) == 20


@in_loop
async def test_ranges_are_as_the_standard_says(tmp_path: Path) -> None:
    data = picture(size=(200, 100), colour="#123456")
    size = len(data)
    async with served(tmp_path) as client:
        url = (await sent(client, data))[1]["url"]
        parts = {
            "bytes=0-0": (0, 1), "bytes=5-9": (5, 10), "bytes=-7": (size - 7, size),
            f"bytes={size - 3}-": (size - 3, size), "bytes=0-999999": (0, size),
            f"bytes=-{size + 5}": (0, size), "bytes=0-": (0, size),
        }  # fmt: skip
        for asked, (start, stop) in parts.items():
            status, body, headers = await client.ask("GET", url, headers={"Range": asked})
            assert (status, body) == (206, data[start:stop]), asked
            assert headers["Content-Range"] == f"bytes {start}-{stop - 1}/{size}"
        for asked in (
            "bytes=9-5",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "lines=0-1",
            "bytes=0-1,3-4",
            "bytes=" + "9" * 40 + "-",
        ):
            status, body, _ = await client.ask("GET", url, headers={"Range": asked})
            assert (status, body) == (200, data), asked
        for asked in (f"bytes={size}-", f"bytes={size}-{size + 9}", "bytes=-0"):
            status, _, headers = await client.ask("GET", url, headers={"Range": asked})
            assert (status, headers["Content-Range"]) == (416, f"bytes */{size}"), asked
        _, _, headers = await client.ask("GET", url)
        same, other = {"If-Range": headers["ETag"]}, {"If-Range": '"other"'}
        assert (await client.ask("GET", url, headers={"Range": "bytes=1-2", **same}))[0] == 206
        assert (await client.ask("GET", url, headers={"Range": "bytes=1-2", **other}))[0] == 200


@in_loop
async def test_who_has_a_file_is_not_sent_it_again(tmp_path: Path) -> None:
    data = picture()
    async with served(tmp_path) as client:
        url = (await sent(client, data))[1]["url"]
        status, body, headers = await client.ask("HEAD", url)
        assert (status, body, headers["Content-Length"]) == (200, b"", str(len(data)))
        status, body, again = await client.ask("GET", url, headers={"If-None-Match": headers["ETag"]})
        assert (status, body, again["ETag"]) == (304, b"", headers["ETag"])
        assert "immutable" in again["Cache-Control"]


@in_loop
async def test_a_thumbnail_is_small_and_made_once(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        body = (await sent(client, picture("JPEG", size=(800, 400))))[1]
        status, small, headers = await client.ask("GET", body["thumbnail"] + "?size=100")
        assert (status, headers["Content-Type"]) == (200, "image/webp")
        with Image.open(io.BytesIO(small)) as shown:
            assert (shown.format, shown.size) == ("WEBP", (128, 64))
        (kept,) = (tmp_path / "thumbnails").iterdir()
        before = kept.stat().st_mtime_ns
        assert (await client.ask("GET", body["thumbnail"] + "?size=128"))[1] == small
        assert kept.stat().st_mtime_ns == before
        tag = {"If-None-Match": headers["ETag"]}
        assert (await client.ask("GET", body["thumbnail"] + "?size=100", headers=tag))[0] == 304
        for wrong in ("0", "-1", "1025", "x", "1e3", ""):
            assert (await client.ask("GET", body["thumbnail"] + f"?size={wrong}"))[0] == 400, wrong


@in_loop
async def test_a_file_that_was_changed_or_removed_is_not_sent(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        body = (await sent(client, picture()))[1]
        path = tmp_path / "inputs" / body["input"]
        assert (await client.ask("GET", body["thumbnail"]))[0] == 200
        path.chmod(0o644)
        path.write_bytes(picture(colour="blue"))
        assert (await client.ask("GET", body["url"]))[0] == 410
        assert (await client.ask("GET", body["thumbnail"]))[0] == 410
        path.unlink()
        assert (await client.ask("GET", body["url"]))[0] == 410
        (tmp_path / "secret").write_bytes(picture())
        path.symlink_to(tmp_path / "secret")  # the right bytes, but it leads out of the folder
        assert (await client.ask("GET", body["url"]))[0] == 410
        assert (await client.ask("GET", f"/api/v1/artifacts/sha256:{'0' * 64}"))[0] == 404
