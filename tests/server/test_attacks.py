"""A table of attacks, each of them refused by a real server, which afterwards is as it was.

Requests are bytes on a socket, so that no client library makes them harmless first.
"""

from __future__ import annotations

import gzip
import io
import json
import struct
import time
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from server.security_limits import Limits
from tests.server.background import Served, in_background, status_of
from tests.server.kit import TOKEN

SECRET = "what-nobody-may-read"
FILE = {"Content-Type": "application/octet-stream"}
MIB = 1 << 20
DIGEST = "sha256:" + "0" * 64


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    base = tmp_path_factory.mktemp("attacked")
    home = base / "home"
    (home / "inputs").mkdir(parents=True)
    (base / "secret.json").write_text(json.dumps({"format": 1, "name": SECRET, "nodes": {}}))
    (home / "token").write_text(SECRET)
    (home / "inputs" / "link.png").symlink_to(base / "secret.json")
    with in_background(home, Limits(body=2 * MIB, upload=2 * MIB, nodes=50, steps=100, pixels=MIB)) as made:
        yield made
        assert made.ask("GET", "/health", token=False)[0] == 200
        assert SECRET in (home / "token").read_text()
        assert SECRET in (base / "secret.json").read_text()
        assert not list((home / "inputs" / "uploads").glob(".incoming-*"))
        assert sorted(path.name for path in base.iterdir()) == ["home", "secret.json"]


NAMES = {
    "dots": "../secret.json",
    "dots that a slash hides": "..%2fsecret.json",
    "dots that are encoded": "%2e%2e%2fsecret",
    "dots that are encoded twice": "%252e%252e%252fsecret",
    "backslashes": "..%5csecret",
    "plain backslashes": "..\\secret",
    "an absolute path": "%2fetc%2fpasswd",
    "a drive": "C:%5cwindows%5cwin.ini",
    "a NUL": "token%00.png",
    "an overlong slash": "..%c0%afsecret",
    "overlong dots": "%c0%ae%c0%ae%c0%afsecret",
    "a Windows device": "con",
    "a Windows device with a suffix": "nul.json",
    "dots in dots": "....%2f%2fsecret",
    "a URL": "file:%2f%2f%2fetc%2fpasswd",
    "a home": "~root",
    "half a character": "%ed%a0%80",
    "a parameter": "..;%2fsecret",
    "a line": "a%0d%0aX-Injected:%20yes",
    "a hidden file": ".lock",
    "a stream": "token::$DATA",
    "a long name": "a" * 4000,
}
PLACES = (
    "/api/v1/artifacts/{}",
    "/api/v1/artifacts/{}/thumbnail",
    "/api/v1/runs/{}",
    "/api/v1/runs/{}/events",
    "/api/v1/workflows/{}",
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_no_name_in_an_address_leads_to_a_file(server: Served, place: str, name: str) -> None:
    status, answer = server.ask("GET", place.format(name))
    assert status in (400, 404), answer[:200]
    assert SECRET.encode() not in answer
    assert b"root:" not in answer
    assert b"\r\nX-Injected" not in answer


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_no_name_is_written_or_removed(server: Served, name: str) -> None:
    document = json.dumps({"format": 1, "name": "x", "nodes": {}}).encode()
    fresh = {"If-None-Match": "*"}
    if name not in ("a" * 4000,) and "%" not in name and "\\" not in name and "/" not in name:
        assert server.ask("PUT", f"/api/v1/workflows/{name}", document, headers=fresh)[0] in (400, 404)
    for method, path in (("DELETE", f"/api/v1/gallery/{name}"), ("PUT", f"/api/v1/gallery/{name}/favourite")):
        assert server.ask(method, path, b'{"favourite":true}')[0] in (400, 404, 405)


FILES = {
    "dots": "../token",
    "many dots": "uploads/../../token",
    "an absolute path": "/etc/passwd",
    "backslashes": "..\\token",
    "a NUL": "token\0.png",
    "a link out": "link.png",
    "a URL": "file:///etc/passwd",
    "a folder": "uploads",
    "nothing": "",
    "a device": "/dev/zero",
}


@pytest.mark.parametrize("name", FILES.values(), ids=FILES)
def test_no_input_of_a_node_leads_to_a_file(server: Served, name: str) -> None:
    nodes = {
        "load": {"type": "image.load@1", "inputs": {"file": name}},
        "save": {"type": "image.save@1", "inputs": {"image": {"from": "load"}}},
    }
    body = json.dumps({"workflow": {"format": 1, "name": "attack", "nodes": nodes}}).encode()
    status, answer = server.ask("POST", "/api/v1/runs", body)
    if status == 201:
        run = json.loads(answer.partition(b"\r\n\r\n")[2])["id"]
        shown: dict[str, Any] = {"status": "queued"}
        until = time.monotonic() + 60
        while shown["status"] in ("queued", "running") and time.monotonic() < until:
            time.sleep(0.05)
            shown = json.loads(server.ask("GET", f"/api/v1/runs/{run}")[1].partition(b"\r\n\r\n")[2])
        assert (shown["status"], shown["artifacts"]) == ("failed", [])
        assert SECRET not in str(shown)
    else:
        assert status in (400, 422)


ORIGINS = (
    "null", "http://evil.example", "http://127.0.0.1", "http://127.0.0.1.evil.example", "file://", "https://localhost",
    "http://localhost:1", "http://[::1]", "chrome-extension://abc", "", "http://evil.example http://127.0.0.1",
)  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
def test_no_other_page_can_ask(server: Served, origin: str) -> None:
    for method, path in (("GET", "/api/v1/nodes"), ("POST", "/api/v1/runs"), ("DELETE", f"/api/v1/gallery/{DIGEST}")):
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nOrigin: {origin}\r\nConnection: close\r\n"
        head += f"Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"
        assert status_of(server.raw(head.encode())) == 403
    upgrade = {"Origin": origin or " ", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    upgrade |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    assert server.ask("GET", "/api/v1/events", headers=upgrade, whole=False)[0] == 403
    assert server.ask("OPTIONS", "/api/v1/runs", headers={"Origin": origin or " "})[0] == 403


HOSTS = (
    "evil.example", "127.0.0.1.nip.io", "localhost.evil.example", "0.0.0.0", "2130706433", "0x7f000001",
    "[::ffff:7f00:1]",
)  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_no_name_can_be_rebound(server: Served, host: str) -> None:
    for path in ("/", "/health", "/api/v1/nodes"):
        assert server.ask("GET", path, headers={"Host": f"{host}:{server.port}"})[0] in (400, 403)


def smuggled(port: int) -> dict[str, bytes]:
    """Requests that two parsers could read in two ways."""
    host = f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n".encode()
    inner = b"DELETE /api/v1/none HTTP/1.1\r\n" + host + b"\r\n"
    start = b"POST /api/v1/validate HTTP/1.1\r\n" + host
    length = f"Content-Length: {len(inner)}\r\n".encode()
    return {
        "two lengths": start + length + b"Content-Length: 0\r\n\r\n" + inner,
        "a list of lengths": start + b"Content-Length: 0, 5\r\n\r\n" + inner,
        "a length and chunks": start + length + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
        "an unknown encoding": start + b"Transfer-Encoding: xchunked\r\n\r\n" + inner,
        "chunks that are not last": start + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "a length with a sign": start + b"Content-Length: +2\r\n\r\n{}",
        "a length below zero": start + b"Content-Length: -1\r\n\r\n{}",
        "a length with a space": start + b"Content-Length : 2\r\n\r\n{}",
        "a chunk with a sign": start + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
        "a chunk of no number": start + b"Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
        "two hosts": b"GET /health HTTP/1.1\r\nHost: evil.example\r\n" + host + b"\r\n",
        "a folded header": b"GET /api/v1/nodes HTTP/1.1\r\n" + host.replace(b"\r\n", b"\r\n .evil\r\n", 1) + b"\r\n",
        "a NUL in a header": b"GET /api/v1/nodes HTTP/1.1\r\nX: a\0b\r\n" + host + b"\r\n",
        "another server's address": b"GET http://evil.example/api/v1/nodes HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "no version": b"GET /api/v1/nodes\r\n\r\n",
        "an unknown version": b"GET /api/v1/nodes HTTP/9.9\r\n" + host + b"\r\n",
        "a header without end": b"GET / HTTP/1.1\r\n" + host + b"X: " + b"a" * 70_000 + b"\r\n\r\n",
        "a line without end": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + host + b"\r\n",
        "two tokens": b"GET /api/v1/nodes HTTP/1.1\r\nAuthorization: Bearer x\r\n" + host + b"\r\n",
    }


@pytest.mark.parametrize("kind", smuggled(0))
def test_no_request_can_be_read_in_two_ways(server: Served, kind: str) -> None:
    sent = smuggled(server.port)[kind].replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
    answer = server.raw(sent)
    assert status_of(answer) in (0, 400, 401, 403, 404, 413, 414, 431, 505), answer[:200]
    assert answer.count(b"HTTP/1.1 ") <= 1  # never an answer to what was smuggled


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG by hand."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(min((width + 1) * height, 5 << 20)))
    body = [(b"IHDR", header), *chunks, (b"IDAT", rows), (b"IEND", b"")]
    parts = [struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in body]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def encoded(kind: str, size: tuple[int, int]) -> bytes:
    """An honest picture."""
    out = io.BytesIO()
    Image.new("L", size).save(out, kind)
    return out.getvalue()


SCRIPT = b"<script>alert(1)</script>"
UPLOADS = {
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "HTML": b"<!doctype html>" + SCRIPT,
    "XML": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>',
    "a script": b"alert(1)",
    "a PDF": b"%PDF-1.7\n1 0 obj",
    "a program": b"\x7fELF" + bytes(100),
    "a pickle": b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94",
    "a ZIP": b"PK\x03\x04" + bytes(100),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(/etc/passwd) (r) file",
    "nothing": b"",
    "the beginning of a PNG": b"\x89PNG\r\n\x1a\n" + SCRIPT,
    "the beginning of a GIF": b"GIF89a=1;alert(1)",
    "the beginning of a JPEG": b"\xff\xd8\xff" + SCRIPT,
    "a PNG with a wrong sum": png(4, 4)[:-20] + bytes(20),
    "a PNG of too many pixels": png(60_000, 60_000),
    "a PNG just above the limit": encoded("PNG", (1025, 1024)),
    "a JPEG of too many pixels": encoded("JPEG", (4000, 4000)),
    "a GIF of too many pixels": b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\x00\x00\x00;",
    "a text that unpacks to 200 MB": png(4, 4, (b"zTXt", b"a\0\0" + zlib.compress(bytes(200 << 20), 9))),
    "a record that unpacks to 200 MB": png(4, 4, (b"iTXt", b"a\0\1\0\0\0" + zlib.compress(bytes(200 << 20), 9))),
    "too many bytes": bytes(3 * MIB),
}  # fmt: skip


@pytest.mark.parametrize("kind", UPLOADS)
def test_nothing_but_a_small_picture_can_be_uploaded(server: Served, kind: str) -> None:
    status, answer = server.ask("POST", "/api/v1/assets?name=evil.html", UPLOADS[kind], headers=FILE)
    assert status in (0, 413, 415), answer[:300]
    chunks = b"%x\r\n" % len(UPLOADS[kind]) + UPLOADS[kind] + b"\r\n0\r\n\r\n" if UPLOADS[kind] else b"0\r\n\r\n"
    chunked = {**FILE, "Content-Length": "", "Transfer-Encoding": "chunked"}
    assert server.ask("POST", "/api/v1/assets", chunks, headers=chunked)[0] in (0, 413, 415)


def test_a_picture_that_is_a_page_too_is_sent_as_a_picture_alone(server: Served) -> None:
    polyglot = encoded("PNG", (8, 8)) + b"<!doctype html>" + SCRIPT
    path = "/api/v1/assets?name=%22%3E%3Cscript%3E%0d%0aX-Injected%3A1.html"
    status, answer = server.ask("POST", path, polyglot, headers=FILE)
    assert status == 201
    url = json.loads(answer.partition(b"\r\n\r\n")[2])["url"]
    for path in (url, url + "/thumbnail"):
        head = server.ask("GET", path)[1].partition(b"\r\n\r\n")[0].lower()
        assert b"\r\ncontent-type: image/" in head
        assert b"nosniff" in head
        assert b"default-src 'none'" in head
        assert b"x-injected:" not in head
        assert b"<script" not in head
    assert SCRIPT not in server.ask("GET", url + "/thumbnail")[1]


def bodies() -> dict[str, bytes]:
    """Bodies for /validate, all of them too much or no JSON."""
    empty = {"format": 1, "name": "x", "nodes": {}}

    def asked(nodes: dict[str, Any], **more: Any) -> bytes:
        return json.dumps({"workflow": {**empty, "nodes": nodes}, **more}).encode()

    node = {"type": "math.constant@1", "inputs": {}}
    return {
        "deep lists": b'{"workflow":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "deep objects": b'{"workflow":' + b'{"a":' * 90 + b"1" + b"}" * 90 + b"}",
        "too long": b'{"workflow":"' + b"x" * (3 * MIB) + b'"}',
        "too many nodes": asked({f"n{i}": node for i in range(51)}),
        "too many steps": asked({"a": {"type": "schedule.make@1", "inputs": {"steps": 101}}}),
        "too many steps, set": asked({"a": {"type": "schedule.make@1", "inputs": {}}}, set={"a.steps": 10**9}),
        "too many pixels": asked({"a": {"type": "noise.gaussian@1", "inputs": {"width": 2048, "height": 2048}}}),
        "numbers that are too long": asked({"a": {"type": "x@1", "inputs": {"width": 10**4000, "height": 10**4000}}}),
        "a number that is no JSON": b'{"workflow":{"format":NaN}}',
        "a number that is endless": b'{"workflow":{"format":1e999}}',
        "a number of a million digits": b'{"workflow":{"format":' + b"1" * MIB + b"}}",
        "a name twice": b'{"workflow":{},"workflow":{}}',
        "no UTF-8": b'{"workflow":"\xff\xfe"}',
        "another encoding": json.dumps({"workflow": empty}).encode("utf-16"),
        "a prototype": b'{"workflow":{},"__proto__":{"admin":true}}',
        "an id": asked({}, id="0" * 16, client="admin"),
        "a list": b"[]",
        "nothing": b"",
        "a node that is no object": asked({"a": "x"}),  # type: ignore[dict-item]
        "a form": b"workflow=%7B%7D",
        "a pickle": b"\x80\x04N.",
    }


@pytest.mark.parametrize("kind", bodies())
def test_no_body_is_too_much(server: Served, kind: str) -> None:
    body = bodies()[kind]
    status, answer = server.ask("POST", "/api/v1/validate", body)
    assert status in (0, 400, 413) or b'"valid":false' in answer, answer[:300]
    assert server.ask("POST", "/api/v1/runs", body)[0] in (0, 400, 413)
    status, answer = server.ask("POST", "/api/v1/plan", body)
    assert status in (0, 400, 413) or b'{"nodes":{},"problems":[{' in answer, answer[:300]


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_no_packed_body_unpacks_to_too_much(server: Served, encoding: str) -> None:
    plain = b'{"workflow":"' + bytes(32 << 20).replace(b"\0", b" ") + b'"}'
    packed = gzip.compress(plain) if encoding == "gzip" else zlib.compress(plain)
    for path, more in (("/api/v1/validate", {}), ("/api/v1/assets", FILE)):
        status, _ = server.ask("POST", path, packed, headers={"Content-Encoding": encoding, **more})
        assert status in (0, 400, 413, 415)


FORMS = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/html", "")


@pytest.mark.parametrize("kind", FORMS)
def test_no_form_changes_anything(server: Served, kind: str) -> None:
    for method, path in (("POST", "/api/v1/runs"), ("POST", "/api/v1/assets"), ("DELETE", f"/api/v1/gallery/{DIGEST}")):
        assert server.ask(method, path, b"{}", headers={"Content-Type": kind})[0] == 415


def test_no_method_is_another_in_disguise(server: Served) -> None:
    path = f"/api/v1/gallery/{DIGEST}"
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert server.ask("GET", path, headers={name: "DELETE"})[0] == 405
        assert server.ask("POST", path, headers={name: "DELETE"})[0] == 405
    assert server.ask("POST", f"{path}?_method=DELETE")[0] == 405
    for method in ("TRACE", "PATCH", "PROPFIND", "get", "OPTIONS"):
        assert server.ask(method, "/api/v1/nodes")[0] in (400, 405)
    assert server.ask("CONNECT", "127.0.0.1:22")[0] in (0, 400, 403, 404, 405)


TOKENS = {
    "none": {},
    "an empty one": {"Authorization": "Bearer "},
    "a prefix": {"Authorization": f"Bearer {TOKEN[:-1]}"},
    "a longer one": {"Authorization": f"Bearer {TOKEN}x"},
    "another scheme": {"Authorization": f"Basic {TOKEN}"},
    "no scheme": {"Authorization": TOKEN},
    "a cookie": {"Cookie": f"token={TOKEN}"},
    "another header": {"X-Api-Key": TOKEN},
    "a proxy's header": {"Proxy-Authorization": f"Bearer {TOKEN}"},
    "a claim to be here": {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1"},
}  # fmt: skip


def session(server: Served) -> tuple[str, str]:
    """The cookie of a session, as a header has it, and its key."""
    head, _, body = server.ask("POST", "/api/v1/session", b"{}")[1].partition(b"\r\n\r\n")
    cookie = next(line for line in head.decode().split("\r\n") if line.lower().startswith("set-cookie:"))
    return cookie.partition(":")[2].partition(";")[0].strip(), str(json.loads(body)["key"])


def stolen(server: Served) -> dict[str, dict[str, str]]:
    """What a page, or a server at another port of this host, has of somebody's session, and how it is used."""
    cookie, key = session(server)
    other, second = session(server)
    own = f"http://127.0.0.1:{server.port}"
    name, _, value = cookie.partition("=")
    return {
        "the cookie": {"Cookie": cookie, "Origin": own},
        "the cookie, from nowhere": {"Cookie": cookie},
        "the cookie as the key": {"Cookie": cookie, "X-Loom-Session": value, "Origin": own},
        "the key alone": {"X-Loom-Session": key, "Origin": own},
        "the key of another session": {"Cookie": cookie, "X-Loom-Session": second, "Origin": own},
        "both, without a page": {"Cookie": cookie, "X-Loom-Session": key},
        "both, from another port": {
            "Cookie": cookie, "X-Loom-Session": key, "Origin": own, "Sec-Fetch-Site": "same-site",
        },
        "both, from another site": {
            "Cookie": cookie, "X-Loom-Session": key, "Origin": own, "Sec-Fetch-Site": "cross-site",
        },
        "both, in the wrong cookie": {"Cookie": f"loom={value}", "X-Loom-Session": key, "Origin": own},
        "a cookie that lasts longer": {
            "Cookie": f"{name}={value.split('.')[0]}.99999999999.{value.split('.')[2]}",
            "X-Loom-Session": key, "Origin": own,
        },
        "a cookie of two halves": {
            "Cookie": f"{name}={value.rpartition('.')[0]}.{other.rpartition('.')[2]}",
            "X-Loom-Session": key, "Origin": own,
        },
        "a cookie with a token's id": {"Cookie": f"{cookie}.00000000", "X-Loom-Session": key, "Origin": own},
        "the token as a cookie": {"Cookie": f"{name}={TOKEN}", "X-Loom-Session": TOKEN, "Origin": own},
        "the token as a session": {"Cookie": cookie, "X-Loom-Session": TOKEN, "Origin": own},
        "an empty key": {"Cookie": cookie, "X-Loom-Session": " ", "Origin": own},
    }  # fmt: skip


STOLEN = (
    "the cookie", "the cookie, from nowhere", "the cookie as the key", "the key alone", "the key of another session",
    "both, without a page", "both, from another port", "both, from another site", "both, in the wrong cookie",
    "a cookie that lasts longer", "a cookie of two halves", "a cookie with a token's id", "the token as a cookie",
    "the token as a session", "an empty key",
)  # fmt: skip


@pytest.mark.parametrize("kind", STOLEN)
def test_a_part_of_a_session_changes_nothing(server: Served, kind: str) -> None:
    headers = stolen(server)[kind]
    for method, path in (
        ("POST", "/api/v1/runs"), ("POST", "/api/v1/queue/pause"), ("PUT", "/api/v1/workflows/mine"),
        ("DELETE", f"/api/v1/gallery/{DIGEST}"), ("POST", "/api/v1/session"), ("DELETE", "/api/v1/session"),
    ):  # fmt: skip
        assert server.ask(method, path, b"{}", headers=headers, token=False)[0] == 401, (method, path)
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    upgrade |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "loom"}
    answer = server.ask("GET", "/api/v1/events", headers={**headers, **upgrade}, token=False, whole=False)
    assert answer[0] == 401


FILES_OF_THE_EDITOR = (
    "../app.py", "..%2fapp.py", "%2e%2e/app.py", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%5capp.py", "%00", "//etc/passwd",
    "%2fetc%2fpasswd", "assets/../../app.py", "....//app.py", "%c0%ae%c0%ae%c0%afapp.py", "~root", "C:%5cwindows",
)  # fmt: skip


@pytest.mark.parametrize("name", FILES_OF_THE_EDITOR)
def test_no_file_beside_the_editor_is_sent(server: Served, name: str) -> None:
    status, answer = server.ask("GET", f"/assets/{name}", token=False)
    assert status in (400, 401, 404), answer[:200]
    assert b"make_app" not in answer
    assert b"root:" not in answer


@pytest.mark.parametrize("kind", TOKENS)
def test_no_route_is_open(server: Served, kind: str) -> None:
    document = json.loads(server.ask("GET", "/api/v1/openapi.json")[1].partition(b"\r\n\r\n")[2])
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if operation.get("security") != []:
                place = path.replace("{digest}", DIGEST).replace("{id}", "0" * 16).replace("{name}", "mine")
                status, _ = server.ask(method.upper(), place + f"?token={TOKEN}", headers=TOKENS[kind], token=False)
                assert status == 401, (method, path)
