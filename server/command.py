"""Serve workflows over HTTP, until Ctrl-C.

The module of the command `loom serve`: `engine.cli` finds it by its entry point. It is cheap to import.
"""

from __future__ import annotations

import argparse

DEFAULT_PORT = 8765


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `loom serve`."""
    parser.epilog = "example: loom serve --port 9000"
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: this machine only)")
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help=f"default {DEFAULT_PORT}; 0 takes a free one")
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name of this server (repeatable)",
    )
    parser.add_argument(
        "--auth", choices=("token", "none"), default="token", help="none: whoever can reach it may do everything"
    )
    parser.add_argument("--tls-cert", metavar="FILE", help="speak TLS with this certificate (PEM)")
    parser.add_argument("--tls-key", metavar="FILE", help="the key of the certificate (PEM, without a password)")
    parser.add_argument("--open", action="store_true", help="show it in the browser")
    parser.add_argument("--home", metavar="DIR", help="state folder (default: $LOOM_HOME, or the user's data folder)")
    parser.add_argument("--output", metavar="DIR", help="folder for files (default: output in the state folder)")
    parser.add_argument(
        "--database",
        metavar="URL",
        help="where runs and workflows are kept (default: $LOOM_DATABASE, or server.db in the state folder)",
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda:N or mps; several with commas")
    parser.add_argument("--dtype", default="auto", choices=("auto", "fp32", "bf16", "fp16"))
    parser.add_argument(
        "--log", default="text", choices=("text", "json"), help="warnings as text, or all as JSON lines"
    )
    parser.add_argument("--dev", action="store_true", help="start anew when Python source changes")
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads (part of the cache keys)")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected 0 to 65535, got {text!r}")
    return int(text)


def main(options: argparse.Namespace) -> int:
    """Serve. Returns the exit code. Raises `LoomError` if it cannot listen."""
    import gc

    gc.disable()  # what is imported stays: looking through it for garbage would only delay the start
    import asyncio

    from server.listen import serve

    gc.freeze()
    gc.enable()
    if asyncio.run(serve(options)):
        from server.reload import start_anew

        start_anew()
    return 0
