"""Deny by default: every route, every wrong Host, Origin and token."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from engine.errors import InvalidInput
from engine.home import Home
from server.app import PUBLIC, make_app
from server.listen import LOOPBACK, make_guard
from server.security import Guard, is_loopback
from server.workbench import Workbench
from tests.engine.kit import doc
from tests.server.kit import TOKEN, in_loop, registry, served


def routes() -> list[tuple[str, str, bool]]:
    """Method, address and whether it is public, of every route that the app has."""
    bench = Workbench(registry)
    app = make_app(home=Home(Path("/none")), guard=Guard(TOKEN, LOOPBACK), workbench=bench, output=Path("/none"))
    found = []
    for route in app.router.routes():
        assert route.resource is not None
        found.append((route.method, route.resource.canonical, route.handler in PUBLIC))
    return found


def concrete(path: str) -> str:
    """An address of a route."""
    return path.replace("{id}", "0" * 16).replace("{name}", "mine").replace("{digest}", "sha256:" + "0" * 64)


def test_public_is_the_editor_the_sign_of_life_and_whether_one_is_signed_in() -> None:
    assert {(method, path) for method, path, public in routes() if public and method != "HEAD"} == {
        ("GET", path) for path in ("/", "/assets/{file}", "/health", "/api/v1/health", "/api/v1/session")
    }
    assert len(routes()) >= 16


@in_loop
async def test_every_route_needs_the_token(tmp_path: Path) -> None:
    bad = ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN, "Bearer null"]
    async with served(tmp_path) as client:
        for method, path, public in [*routes(), ("GET", "/api/v1/none", False), ("POST", "/", False)]:
            for given in bad:
                headers = {"Authorization": given, "Sec-WebSocket-Protocol": "loom, bearer.wrong"}
                status, body, said = await client.ask(method, concrete(path), headers=headers, token=False)
                assert status in ((200, 404) if public else (401,)), (method, path, given)
                if not public:
                    assert said["WWW-Authenticate"] == "Bearer"
                    assert method == "HEAD" or "token" in body["detail"]
        assert not list(tmp_path.glob("workflows/*"))
        assert not (tmp_path / "cache").exists()  # nothing was asked of an engine


@in_loop
async def test_no_route_takes_a_token_from_elsewhere(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for headers in ({"Cookie": f"token={TOKEN}"}, {"X-Token": TOKEN}, {"Sec-WebSocket-Protocol": TOKEN}):
            status, _, _ = await client.ask("GET", f"/api/v1/runs?token={TOKEN}", headers=headers, token=False)
            assert status == 401
        subprotocol = {"Sec-WebSocket-Protocol": f"loom, bearer.{TOKEN}"}  # good for a GET alone
        assert (await client.ask("POST", "/api/v1/runs", {}, headers=subprotocol, token=False))[0] == 401


@in_loop
async def test_pages_of_other_origins_are_refused(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        port = client.url.rpartition(":")[2]
        bad = [
            "null", "http://evil.example", f"http://evil.example:{port}", "http://127.0.0.1", "http://127.0.0.1:1",
            f"http://localhost:{port}", f"file://127.0.0.1:{port}", f"http://127.0.0.1:{port}.evil.example",
            f"http://127.0.0.1:{port}@evil.example", f"http://evil.example/127.0.0.1:{port}", f"127.0.0.1:{port}",
            "http://", "http://[", "https:", " ", f"{client.url}, http://evil.example", f"{client.url} null",
        ]  # fmt: skip
        for origin in bad:
            for method, path, _ in routes():
                status, _, said = await client.ask(method, concrete(path), {}, headers={"Origin": origin})
                assert status == 403, (origin, method, path)
                assert "Access-Control-Allow-Origin" not in said
            auth = {"Authorization": f"Bearer {TOKEN}", "Origin": origin}
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                await client.session.ws_connect(f"{client.url}/api/v1/runs/{'0' * 16}/events", headers=auth)
            assert caught.value.status == 403
        for origin in (client.url, client.url.upper(), client.url.replace("http", "https")):
            status, _, _ = await client.ask("POST", "/api/v1/validate", {"workflow": doc()}, headers={"Origin": origin})
            assert status in (200, 400)
            # the own origin alone is no token
            assert (await client.ask("GET", "/api/v1/runs", headers={"Origin": origin}, token=False))[0] == 401


@in_loop
async def test_names_that_are_not_this_server_are_refused(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        port = client.url.rpartition(":")[2]
        bad = [
            "evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "localhost.evil.example", "localhost.",
            "192.168.0.5", "0.0.0.0", "[::ffff:7f00:1]", "2130706433", "127.1", "127.0.0.1@evil.example", "a b",
            "127.0.0.1:x", "127.0.0.1:123456", "[::1", "localhost, evil.example", "localhost/..", "%6cocalhost",
        ]  # fmt: skip
        for host in bad:
            for path in ("/", "/api/v1/health", "/api/v1/nodes", "/none"):
                status, _, _ = await client.ask("GET", path, headers={"Host": host})
                assert status in (400, 403), (host, path, status)
        for host in ("127.0.0.1", f"LOCALHOST:{port}", "localhost:9", "[::1]:80"):
            assert (await client.ask("GET", "/api/v1/runs", headers={"Host": host}))[0] == 200, host


@in_loop
async def test_a_request_without_one_host_is_refused(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        port = int(client.url.rpartition(":")[2])
        for head in (
            "GET /api/v1/health HTTP/1.0",
            "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example",
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head.encode() + b"\r\nConnection: close\r\n\r\n")
            said = await reader.read()
            writer.close()
            await writer.wait_closed()
            assert said.split(b" ")[1] in (b"400", b"403"), said


@in_loop
async def test_what_a_form_can_send_changes_nothing(tmp_path: Path) -> None:
    kinds = ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"]
    async with served(tmp_path) as client:
        for method, path, _ in routes():
            if method not in ("GET", "HEAD"):
                for kind in kinds:
                    body = {"workflow": doc()}
                    status, _, _ = await client.ask(method, concrete(path), body, headers={"Content-Type": kind})
                    bytes_ = kind == "" and path.endswith("/import")  # sent as octets, as no form can
                    assert status == (400 if bytes_ else 415), (method, path, kind)


@in_loop
async def test_every_answer_says_how_it_may_be_used(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for path, token in (("/", False), ("/api/v1/health", False), ("/api/v1/runs", True), ("/api/v1/none", True)):
            _, _, headers = await client.ask("GET", path, token=token)
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert headers["Cache-Control"] == "no-store"
            assert headers["Server"] == "loom"
        _, page, headers = await client.ask("GET", "/", token=False)
        assert headers["Content-Type"].startswith("text/html")
        assert b"/api/v1/runs/{id}/artifacts/{digest}" in page
        assert b"<script" not in page
        assert str(tmp_path).encode() not in page


@in_loop
async def test_an_address_that_is_not_there_tells_nothing_without_the_token(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for path in (
            "/api/v1/none",
            "/api/v1/runs/none",
            "/api/v1/workflows/none",
            "/..%2f..%2fetc%2fpasswd",
            "/web/x.js",
        ):
            assert (await client.ask("GET", path, token=False))[0] == 401
            status, body, _ = await client.ask("GET", path)
            assert (status, bool(body["detail"])) == (404, True)
        assert (await client.ask("OPTIONS", "/api/v1/runs"))[0] == 405
        assert (await client.ask("TRACE", "/api/v1/runs"))[0] == 405


def test_a_server_that_others_can_reach_answers_to_what_it_was_told() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.168.0.5", "example.org", "localhost.example.org", "")))
    guard = make_guard("0.0.0.0", ["Loom.example"], TOKEN)
    assert guard.any_address
    assert "loom.example" in guard.hosts
    assert "0.0.0.0" not in guard.hosts
    assert not make_guard("127.0.0.1", [], TOKEN).any_address
    for weak in ("", "short", "x" * 15, "a token with spaces", "x" * 257, "ünïcödé-ünïcödé-ünïcödé"):
        with pytest.raises(InvalidInput, match="LOOM_TOKEN"):
            make_guard("0.0.0.0", [], weak)
