"""The session of a browser: what its cookie is good for, what needs its key, and what needs the token."""

from __future__ import annotations

import time
from http.cookies import SimpleCookie
from pathlib import Path

import aiohttp
import pytest

from server.app import DECLARED, SHOWN
from server.endpoint import PREFIX
from server.security_session import HEADER, Sessions, cookie_name
from tests.engine.kit import doc
from tests.server.kit import TOKEN, Client, in_loop, served

SESSION = "/api/v1/session"


async def signed_in(client: Client) -> tuple[str, str]:
    """A session: the header with its cookie, and its key."""
    status, body, headers = await client.ask("POST", SESSION, headers={"Origin": client.url})
    assert status == 201
    (cookie,) = SimpleCookie(headers["Set-Cookie"]).values()
    return f"{cookie.key}={cookie.value}", body["key"]


def test_a_session_is_known_by_its_secret_until_it_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions("a secret")
    made = sessions.begin()
    assert sessions.key(made.cookie) == made.key
    assert made.key not in made.cookie
    assert Sessions("another").key(made.cookie) is None
    name, until, total = made.cookie.split(".")
    for bad in (
        "", ".", made.key, made.cookie[:-1], made.cookie + "0", f"{name}.{int(until) + 1}.{total}",
        f"{name[::-1]}.{until}.{total}", f"{name}.{until}.{made.key}", f"{name}.-1.{total}", f"{name}.9e9.{total}",
    ):  # fmt: skip
        assert sessions.key(bad) is None, bad
    monkeypatch.setattr(time, "time", lambda: made.until + 1)
    assert sessions.key(made.cookie) is None


def test_servers_of_one_host_have_cookies_of_their_own() -> None:
    names = [cookie_name(host) for host in ("127.0.0.1:8765", "127.0.0.1:8766", "[::1]:80", "loom.example")]
    assert names == ["loom_8765", "loom_8766", "loom_80", "loom"]


@in_loop
async def test_the_token_is_traded_for_a_cookie_that_scripts_cannot_read(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        assert (await client.ask("POST", SESSION, token=False))[0] == 401
        status, body, headers = await client.ask("POST", SESSION)
        assert (status, set(body)) == (201, {"key", "until"})
        said = headers["Set-Cookie"]
        for part in ("HttpOnly", "SameSite=Strict", "Path=/api/", "Max-Age="):
            assert part in said
        assert "Secure" not in said
        assert TOKEN not in said + str(body)
        assert body["key"] not in said
        behind_tls = {"Origin": client.url.replace("http:", "https:")}
        assert "Secure" in (await client.ask("POST", SESSION, headers=behind_tls))[2]["Set-Cookie"]


@in_loop
async def test_with_cookie_and_key_a_page_does_what_the_token_does(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        cookie, key = await signed_in(client)
        both = {"Cookie": cookie, HEADER: key}
        page = {**both, "Origin": client.url, "Sec-Fetch-Site": "same-origin"}
        assert (await client.ask("GET", "/api/v1/runs", headers=both, token=False))[0] == 200
        assert (await client.ask("GET", SESSION, headers=both, token=False))[1] == {"signed_in": True, "user": "owner"}
        asked = {"workflow": doc()}
        assert (await client.ask("POST", "/api/v1/validate", asked, headers=page, token=False))[0] in (200, 400)
        fresh = {**page, "If-None-Match": "*"}
        assert (await client.ask("PUT", "/api/v1/workflows/mine", doc(), headers=fresh, token=False))[0] in (200, 201)
        offers = ("loom", f"session.{key}")
        for path in ("/api/v1/workflows/mine/live", "/api/v1/events?after=0&previews=true"):
            headers = {"Cookie": cookie, "Origin": client.url}
            async with client.session.ws_connect(client.url + path, protocols=offers, headers=headers) as socket:
                assert socket.protocol == "loom"
        # a session begins the next one
        assert (await client.ask("POST", SESSION, headers=page, token=False))[0] == 201


@in_loop
async def test_a_cookie_alone_shows_pictures_and_events_and_nothing_else(tmp_path: Path) -> None:
    digest = "sha256:" + "0" * 64
    async with served(tmp_path) as client:
        cookie, key = await signed_in(client)
        for one in DECLARED:
            path = PREFIX + one.path.replace("{id}", "0" * 16).replace("{name}", "mine").replace("{digest}", digest)
            path = path.replace("{key}", "0" * 64)
            for more in ({}, {HEADER: ""}, {HEADER: key[:-1]}, {HEADER: TOKEN}, {HEADER: cookie}):
                headers = {"Cookie": cookie, "Origin": client.url, **more}
                status, _, _ = await client.ask(one.method, path, headers=headers, token=False)
                shown = one.handler in SHOWN and not more.get(HEADER)
                assert (status != 401) == (one.public or shown), (one.method, path, more)
        assert {one.path for one in DECLARED if one.shown} == {
            "/artifacts/{digest}", "/artifacts/{digest}/thumbnail", "/runs/{id}/artifacts/{digest}",
            "/events", "/runs/{id}/events", "/runs/{id}/steps/{key}",
        }  # fmt: skip
        assert all(one.method == "GET" for one in DECLARED if one.shown)
        assert (await client.ask("GET", SESSION, headers={"Cookie": cookie}, token=False))[1]["signed_in"] is False


@in_loop
async def test_no_other_page_can_use_a_session(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        cookie, key = await signed_in(client)
        both, own = {"Cookie": cookie, HEADER: key}, {"Origin": client.url}
        change = ("POST", "/api/v1/queue/pause")
        assert (await client.ask(*change, {}, headers={**both, **own}, token=False))[0] == 200
        assert (await client.ask(*change, {}, headers=both, token=False))[0] == 401  # a browser would name its page
        for site in ("cross-site", "same-site"):  # same-site: another port of this host
            told = {**both, **own, "Sec-Fetch-Site": site}
            assert (await client.ask(*change, {}, headers=told, token=False))[0] == 401
            for path in ("/api/v1/events", "/api/v1/runs"):
                assert (await client.ask("GET", path, headers=told, token=False))[0] == 401
        for origin in ("null", "http://evil.example", "http://127.0.0.1:1"):
            assert (await client.ask(*change, {}, headers={**both, "Origin": origin}, token=False))[0] == 403
        path = f"{client.url}/api/v1/events"
        for headers, offers in (
            ({"Cookie": cookie, **own}, ("loom",)),
            ({"Cookie": cookie, **own}, ("loom", f"session.{key[:-1]}")),
            ({"Cookie": cookie}, ("loom", f"session.{key}")),
            (own, ("loom", f"session.{key}")),
        ):
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                await client.session.ws_connect(path, protocols=offers, headers=headers)
            assert caught.value.status == 401


@in_loop
async def test_who_signs_out_is_out(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        cookie, key = await signed_in(client)
        headers = {"Cookie": cookie, HEADER: key, "Origin": client.url}
        status, body, said = await client.ask("DELETE", SESSION, {}, headers=headers, token=False)
        assert (status, body) == (200, {"signed_in": False, "user": None})
        gone = said["Set-Cookie"]
        assert gone.startswith(cookie.partition("=")[0] + '="";')
        assert "Max-Age=0" in gone
        assert "Path=/api/" in gone
