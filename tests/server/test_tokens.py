"""The token that stays, TLS, a server without a token, and the browser that is shown it."""

from __future__ import annotations

import io
import json
import os
import shutil
import ssl
import stat
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from engine.cli import main
from engine.errors import InvalidInput
from server.browser import hint
from server.security_tls import tls
from server.security_token import kept_token
from tests.server.test_command import serving


def asked(url: str, token: str | None, context: ssl.SSLContext | None = None) -> int:
    """The status of an answer."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20, context=context) as got:
            return int(got.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_the_token_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "token"
    token = kept_token(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert kept_token(path) == token
    assert len(token) >= 40
    path.chmod(0o644)
    with pytest.raises(InvalidInput, match="read by others"):
        kept_token(path)
    path.chmod(0o600)
    for bad in ("", "short", "two words are no token at all", "ü" * 20):
        path.write_text(bad)
        with pytest.raises(InvalidInput, match="holds no token"):
            kept_token(path)
    path.unlink()
    assert kept_token(path) != token


def test_both_tokens_are_good_and_one_stays(tmp_path: Path) -> None:
    session = set()
    for _ in range(2):
        with serving(tmp_path) as server:
            url, kept = server.facts()["url"], (tmp_path / "token").read_text().strip()
            session.add(server.facts()["token"])
            assert asked(f"{url}api/v1/nodes", kept) == 200
            assert asked(f"{url}api/v1/nodes", server.facts()["token"]) == 200
            for wrong in (None, kept[:-1], kept + "x", kept.swapcase()):
                assert asked(f"{url}api/v1/nodes", wrong) == 401
    assert len(session) == 2


def test_no_token_is_asked_for_only_where_that_was_said(tmp_path: Path) -> None:
    with serving(tmp_path, "--auth", "none") as server:
        url = server.facts()["url"]
        assert asked(f"{url}api/v1/nodes", None) == 200
        request = urllib.request.Request(f"{url}api/v1/nodes", headers={"Origin": "http://evil.example"})
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        caught.value.close()
        assert caught.value.code == 403
        assert "NO TOKEN is asked for" in server.end()[1]


@pytest.mark.skipif(shutil.which("openssl") is None and "CI" not in os.environ, reason="makes a certificate by openssl")
def test_it_speaks_tls_with_a_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", *options, "-keyout", str(key), "-out", str(certificate), *names]
    subprocess.run(command, check=True, capture_output=True)
    with serving(tmp_path / "home", "--tls-cert", str(certificate), "--tls-key", str(key)) as server:
        facts = server.facts()
        assert facts["url"].startswith("https://127.0.0.1:")
        context = ssl.create_default_context(cafile=str(certificate))
        assert asked(f"{facts['url']}api/v1/nodes", facts["token"], context) == 200
        old = ssl.create_default_context(cafile=str(certificate))
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(urllib.error.URLError):
            asked(f"{facts['url']}api/v1/nodes", facts["token"], old)
    assert tls(None, None) is None
    for wrong in ((str(certificate), None), (None, str(key)), (str(key), str(certificate)), ("/none", str(key))):
        with pytest.raises(InvalidInput, match="tls"):
            tls(*wrong)


def test_the_browser_is_led_to_the_server_without_a_token_on_the_command_line(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    browser = tmp_path / "browser.sh"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}.tmp && mv {seen}.tmp {seen}\n')
    browser.chmod(0o700)
    home = tmp_path / "home"
    with serving(home, "--open", BROWSER=f"{browser} %s") as server:
        for _ in range(500):
            if seen.exists():
                break
            time.sleep(0.02)
        page = home / "open.html"
        assert seen.read_text().strip() == page.as_uri()
        assert stat.S_IMODE(page.stat().st_mode) == 0o600
        assert f"{server.facts()['url']}#token={server.facts()['token']}" in page.read_text()
        assert server.end()[0] == 0
        assert not page.exists()


class Terminal(io.StringIO):
    """What a person looks at."""

    def isatty(self) -> bool:
        return True


def test_the_address_with_the_token_is_shown_to_a_person_and_to_no_log() -> None:
    url, token = "http://127.0.0.1:8765/", "t" * 20
    told = hint(url, token, Terminal())
    assert told is not None
    assert told.endswith(f"{url}#token={token}")
    assert hint(url, token, io.StringIO()) is None


def test_limits_are_set_in_loom_toml(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "loom.toml").write_text("[server]\nnodes = 2\n")
    nodes = {str(i): {"type": "math.constant@1", "inputs": {}} for i in range(3)}
    with serving(tmp_path) as server:
        with pytest.raises(urllib.error.HTTPError) as caught:
            server.ask("/api/v1/validate", {"workflow": {"format": 1, "name": "x", "nodes": nodes}})
        with caught.value as refused:
            assert (refused.code, json.load(refused)["detail"]) == (413, "too many nodes: at most 2, got 3")
    (tmp_path / "loom.toml").write_text("[server]\nnods = 2\n")
    assert main(["serve", "--port", "0", "--home", str(tmp_path)]) == 1
    assert "server.nods" in capsys.readouterr().err
