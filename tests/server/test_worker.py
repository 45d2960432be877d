"""The worker's parts: frames that are bounded, files delivered once, logs that a program can read."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import subprocess
import sys
import time
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from server.logs import JsonLines
from server.media import media_type
from server.worker.delivery import left_over
from server.worker.frames import HEAD, MOST, BadFrame, header_of, messages, picture_body, read
from server.worker.process import Died, Worker
from tests.engine.kit import doc
from tests.server.kit import in_loop


def test_frames_are_read_as_they_were_written_and_refused_if_they_are_none() -> None:
    stream = io.BytesIO(messages([{"op": "run", "text": "Kühe"}]) + messages([]))
    kind, body = read(stream) or (0, b"")
    assert (kind, json.loads(body)) == (1, [{"op": "run", "text": "Kühe"}])
    assert read(stream) == (1, b"[]")
    assert read(stream) is None
    assert read(io.BytesIO(messages([{"a": 1}])[:-1])) is None  # torn
    for size, kind in ((MOST[1] + 1, 1), (MOST[2] + 1, 2), (1, 3), (1, 0)):
        with pytest.raises(BadFrame):
            read(io.BytesIO(HEAD.pack(size, kind) + b"x"))
    assert header_of(picture_body({"run": "r"}, b"\x89PNG")) == {"run": "r"}


@in_loop
async def test_a_worker_that_speaks_nonsense_is_ended_and_who_asks_is_told(tmp_path: Path) -> None:
    code = "import sys; sys.stdout.buffer.write(b'\\xff' * 64); sys.stdout.flush(); sys.stdin.read()"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdin=PIPE, stdout=PIPE)
    worker = Worker(process, lambda said: None, lambda body: None)
    with pytest.raises(Died, match="signal 9"):
        await worker.ask("plan")
    with pytest.raises(Died):
        await worker.ask("plan")


@in_loop
async def test_what_nodes_need_is_imported_once_somebody_looks(tmp_path: Path) -> None:
    worker = await Worker.start({"home": str(tmp_path), "device": "cpu"}, lambda said: None, lambda body: None)
    maps = Path(f"/proc/{worker.pid}/maps")
    await worker.ask(
        "plan",
        document=doc(a=("mask.ellipse@1", {"width": 8, "height": 8, "left": 1, "top": 1, "right": 7, "bottom": 7})),
        set={},
        targets=None,
        inputs=None,
    )
    assert "tokenizers" not in maps.read_text()
    worker.send({"op": "previews", "on": True})
    while "tokenizers" not in maps.read_text():
        await asyncio.sleep(0.1)
    await worker.shutdown(10)


def test_a_file_of_an_earlier_attempt_is_found_by_its_bytes(tmp_path: Path) -> None:
    begun = time.time()
    (tmp_path / "sub").mkdir()
    for name, data in (("a.txt", b"same"), ("b.txt", b"same"), ("sub/c.txt", b"other"), (".d.tmp", b"same")):
        (tmp_path / name).write_bytes(data)
    (tmp_path / "e.txt").write_bytes(b"old")
    os.utime(tmp_path / "e.txt", (begun - 60, begun - 60))
    assert left_over(tmp_path, tmp_path, b"same", begun, {"a.txt"}) == tmp_path / "b.txt"
    assert left_over(tmp_path, tmp_path, b"same", begun, {"a.txt", "b.txt"}) is None
    assert left_over(tmp_path, tmp_path, b"other", begun, set()) == tmp_path / "sub" / "c.txt"
    assert left_over(tmp_path, tmp_path, b"old", begun, set()) is None
    assert left_over(tmp_path, tmp_path / "none", b"old", begun, set()) is None
    assert [media_type(data) for data in (b"GIF89a", b"<svg", b"\xff\xd8\xff", b"")] == [
        "image/gif",
        "application/octet-stream",
        "image/jpeg",
        "application/octet-stream",
    ]


def test_logs_are_one_json_object_a_line() -> None:
    record = logging.LogRecord("loom.server", logging.INFO, "f", 1, "run %s: %s\n", ("r", "done"), None)
    record.run = "r"
    line = JsonLines().format(record)
    assert "\n" not in line
    found = json.loads(line)
    assert (found["message"], found["level"], found["run"]) == ("run r: done\n", "info", "r")


def test_the_server_and_the_node_types_import_no_torch() -> None:
    code = (
        "import sys, server.listen; from engine.registry import Registry; Registry.installed();"
        "print(sorted({'torch', 'diffusers', 'transformers', 'engine.api'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
