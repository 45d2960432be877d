"""Listen, say where, and end in order.

The token of a session is made at the start and written, with address and process id, to `LOOM_HOME/server.json` (mode
0600), so that a program of the same user finds it. `LOOM_TOKEN` sets one instead. The token in `LOOM_HOME/token` stays
from start to start and is good too. On an address that others can reach, a session's token that was made is printed,
once; a server that asks for none says so each time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import signal
import ssl
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from engine.errors import InvalidInput, LoomError
from engine.home import Home
from engine.workflow import write_durably
from server.app import make_app
from server.browser import hint, opened
from server.database_url import find_url
from server.logs import set_up
from server.security import TOKEN, Guard, is_loopback
from server.security_limits import Limits
from server.security_tls import tls
from server.security_token import kept_token
from server.workbench import Workbench

if TYPE_CHECKING:
    from engine.registry import Registry

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
GRACE = 2.0  # seconds that a request under way is given at the end


async def serve(options: argparse.Namespace) -> bool:
    """Serve until SIGINT or SIGTERM; or (True) until sources change, with `--dev`. Raises `LoomError` if it cannot."""
    home = Home.find(options.home)
    output = Path(options.output).absolute() if options.output else home.path / "output"
    given = os.environ.get("LOOM_TOKEN", "")
    secure = tls(options.tls_cert, options.tls_key)
    settings = home.settings().server
    limits = Limits.read(settings)
    guard = make_guard(options.host, options.allow_host, given or secrets.token_urlsafe(32))
    guard = replace(guard, kept=kept_token(home.path / "token"), open=options.auth == "none")
    set_up(options.log)
    workbench = Workbench(partial(_registry, home))
    app = make_app(
        home=home,
        guard=guard,
        workbench=workbench,
        output=output,
        engines=engines(home, options),
        limits=limits,
        database=find_url(options.database, settings),
    )
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=GRACE)
    try:
        await runner.setup()
        with _told_to_end() as end:
            url = await _listen(runner, options.host, options.port, secure)
            workbench.warm_up()  # not before: it would take its time from the start
            page = opened(home.path / "open.html", url, guard.token, wanted=options.open)
            with announced(home, url, guard.token), page:
                _say(f"Latent Loom is at {url} (Ctrl-C ends it)")
                if guard.open:
                    _say("NO TOKEN is asked for (--auth none): whoever can reach this address can do everything")
                if not is_loopback(options.host):
                    if secure is None:
                        _say("others can reach it, without encryption; --tls-cert and --tls-key give it TLS")
                    if not given and not guard.open:
                        _say(f"token: {guard.token}")
                _say(f"the token is in {home.path / 'server.json'}")
                if (told := hint(url, guard.token, sys.stdout)) is not None and not guard.open:
                    _say(told)
                return await _until(end, options.dev, home)
    finally:
        await runner.cleanup()


async def _until(end: asyncio.Event, dev: bool, home: Home) -> bool:
    """Wait for the end. True if it is because sources changed."""
    waiting: set[asyncio.Task[Any]] = {asyncio.create_task(end.wait())}
    if dev:
        from server.reload import Sources, changed

        waiting.add(asyncio.create_task(changed(Sources.installed(home.nodes))))
    _, others = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for other in others:
        other.cancel()
    return not end.is_set()


def make_guard(host: str, names: list[str], token: str) -> Guard:
    """Who may ask, for a server at `host` that is also reached by `names`. Raises `InvalidInput` for a weak token."""
    if TOKEN.match(token) is None:
        raise InvalidInput("LOOM_TOKEN: expected 16 to 256 letters, digits and . _ ~ + -")
    own = set() if host in ("0.0.0.0", "::") else {_in_url(host).lower()}
    hosts = LOOPBACK | own | {name.lower() for name in names}
    return Guard(token, hosts, any_address=not is_loopback(host))


@contextlib.contextmanager
def announced(home: Home, url: str, token: str) -> Iterator[None]:
    """While this server runs, `server.json` says where it is and what its token is, to this user only."""
    path = home.path / "server.json"
    text = json.dumps({"url": url, "port": int(url.rstrip("/").rpartition(":")[2]), "pid": os.getpid(), "token": token})
    write_durably(path, text.encode())  # over a temporary file that nobody else may read
    path.chmod(0o600)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # a later server may have put its own there: that stays
            if path.read_text() == text:
                path.unlink()


async def _listen(runner: web.AppRunner, host: str, port: int, secure: ssl.SSLContext | None) -> str:
    try:
        site = web.TCPSite(runner, host, port, ssl_context=secure)
        await site.start()
    except OSError as error:
        raise LoomError(f"cannot listen at {host}, port {port}: {(error.strerror or str(error)).lower()}") from None
    return f"{'http' if secure is None else 'https'}://{_in_url(host)}:{runner.addresses[0][1]}/"


@contextlib.contextmanager
def _told_to_end() -> Iterator[asyncio.Event]:
    """What the first SIGINT or SIGTERM sets. Afterwards they are as before: a second one ends the process at once."""
    loop, end = asyncio.get_running_loop(), asyncio.Event()
    with contextlib.ExitStack() as stack:
        for one in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C is a KeyboardInterrupt there
                loop.add_signal_handler(one, end.set)
                stack.callback(loop.remove_signal_handler, one)
        yield end


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _registry(home: Home) -> Registry:
    from engine.registry import Registry

    return Registry.installed(home.nodes)


def engines(home: Home, options: argparse.Namespace) -> list[dict[str, Any]]:
    """The options of each worker's engine: one worker for each device."""
    same = {"home": str(home.path), "dtype": options.dtype, "threads": options.threads}
    return [{**same, "device": device.strip()} for device in options.device.split(",") if device.strip()]
