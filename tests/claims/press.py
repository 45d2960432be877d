"""A process that has the libraries imported and forks command lines off itself: `python -m tests.claims.press`.

A `loom` of its own takes seconds to import torch before it does anything; a forked one is at work in a fraction of one,
so that a test can afford to kill it a hundred times. What is forked is a process like any other: it runs `loom` from
its first line to its exit code, with its own files, folder and limits.

The parent reads one JSON object per line: {"argv", "cwd", "log", "limit"} is answered with the new process's id;
{"wait": id} with its exit status, negative for a signal.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


def serve() -> None:
    """Fork and reap, until the input ends."""
    import diffusers
    import torch
    import transformers

    import engine.commands  # noqa: F401
    import nodes  # noqa: F401

    torch.set_num_threads(1)
    for name in ("AutoencoderKL", "UNet2DConditionModel", "DPMSolverMultistepScheduler", "DDIMScheduler"):
        getattr(diffusers, name)
    for name in ("CLIPTextModel", "CLIPTokenizer"):
        getattr(transformers, name)
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            _, status = os.waitpid(asked["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        child = os.fork()
        if not child:
            _become(asked)
        print(child, flush=True)


def _become(asked: dict[str, Any]) -> None:
    """In the child: run the command line and end."""
    from engine.cli import main

    code = 70
    try:
        log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        null = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((null, 0), (log, 1), (log, 2)):
            os.dup2(source, target)
        os.chdir(asked["cwd"])
        if asked["limit"]:
            resource.setrlimit(resource.RLIMIT_FSIZE, (asked["limit"], asked["limit"]))
        code = main(asked["argv"])
        sys.stdout.flush()
        sys.stderr.flush()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        os._exit(code)


class Child:
    """A `loom` under way."""

    def __init__(self, press: Press, pid: int, log: Path) -> None:
        self.press, self.pid, self._log = press, pid, log
        self.began = time.monotonic()

    def kill(self) -> int:
        """End it with SIGKILL. Returns its exit status: 0 if it was done before."""
        os.kill(self.pid, signal.SIGKILL)
        return self.wait()

    def wait(self) -> int:
        """Its exit status, negative for a signal."""
        return int(self.press.ask({"wait": self.pid}))

    @property
    def said(self) -> list[str]:
        """The lines it has printed, of both streams."""
        return self._log.read_text().splitlines()

    def json(self) -> dict[str, Any]:
        """The JSON object that it printed last. It must have printed no warning."""
        assert not [line for line in self.said if line.startswith("loom:")], self.said
        found: dict[str, Any] = json.loads(self.said[-1])
        return found


class Press:
    """The forking process, as a test sees it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.claims.press"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._answer() == "ready"

    def __enter__(self) -> Press:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def ask(self, said: dict[str, Any]) -> str:
        """One request and its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(said) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def start(self, *argv: object, cwd: Path | None = None, limit: int = 0) -> Child:
        """`loom argv…` in a folder, with a limit on the size of the files it writes."""
        self._count += 1
        log = self.folder / f"log-{self._count}"
        log.touch()
        arguments = [str(argument) for argument in argv]
        said = {"argv": arguments, "cwd": str(cwd or self.folder), "log": str(log), "limit": limit}
        return Child(self, int(self.ask(said)), log)

    def done(self, *argv: object, cwd: Path | None = None, limit: int = 0) -> Child:
        """A command line that ended well."""
        child = self.start(*argv, cwd=cwd, limit=limit)
        status = child.wait()
        assert status == 0, (status, child.said)
        return child

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


if __name__ == "__main__":
    serve()
