"""The server under load: submitting and working off runs of a trivial graph, event latency, memory.

A real `loom serve` with one worker; eight connections submit, twenty listen. A trivial run makes a number and adds to
it: what is measured is everything but the work.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
from table import show

RUNS = int(os.environ.get("LOOM_BENCH_RUNS", "1000"))
CLIENTS = 20
STEPS = 300
NODES = '''
import time
from dataclasses import dataclass
from engine.node import node


@dataclass(frozen=True)
class Number:
    value: float


@node("bench.make")
def make(*, value: float = 0.0) -> Number:
    """A number."""
    return Number(value)


@node("bench.more")
def more(a: Number, *, by: float = 1.0, seconds: float = 0.0) -> Number:
    """One more."""
    time.sleep(seconds)
    return Number(a.value + by)
'''


def chain(seconds: float = 0.0) -> dict[str, Any]:
    """Two nodes; with seconds, a loop of steps that take so long."""
    more: dict[str, Any] = {"type": "bench.more@1", "inputs": {"a": {"from": "a"}}}
    nodes: dict[str, Any] = {"a": {"type": "bench.make@1"}, "b": more}
    if seconds:
        nodes["b"] = {"type": "bench.more@1", "in": "loop", "inputs": {"a": {"from": "loop.x"}, "seconds": seconds}}
        nodes["loop"] = {"type": "flow.loop@1", "inputs": {"over": list(range(STEPS))}}
        nodes["loop"]["carry"] = {"x": {"first": {"from": "a"}, "next": {"from": "b"}}}
    return {"format": 1, "name": "bench", "nodes": nodes}


def resident(pid: int) -> float:
    """MiB of memory that a process has."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def worked(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def worker_of(pid: int) -> int:
    """The worker of a server."""
    return int(next(c for t in Path(f"/proc/{pid}/task").iterdir() for c in (t / "children").read_text().split()))


class Server:
    """A `loom serve` in a home of its own."""

    def __init__(self, home: Path) -> None:
        (home / "nodes").mkdir(parents=True, exist_ok=True)
        (home / "nodes" / "bench.py").write_text(NODES)
        command = [sys.executable, "-m", "engine.cli", "serve", "--port", "0", "--device", "cpu", "--threads", "1"]
        begin = time.perf_counter()
        env = {**os.environ, "LOOM_HOME": str(home)}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
        assert self.process.stdout is not None
        self.process.stdout.readline()
        self.listens = time.perf_counter() - begin
        self.worked = worked(self.process.pid)
        facts = json.loads((home / "server.json").read_text())
        self.url = facts["url"].rstrip("/") + "/api/v1"
        self.headers = {"Authorization": f"Bearer {facts['token']}"}


async def submit(server: Server, session: aiohttp.ClientSession, documents: list[dict[str, Any]]) -> float:
    """Submit runs over eight connections; seconds."""
    waiting = list(reversed(documents))

    async def one() -> None:
        while waiting:
            async with session.post(f"{server.url}/runs", json=waiting.pop()) as response:
                assert response.status == 201, await response.text()

    begin = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(8)))
    return time.perf_counter() - begin


async def drain(server: Server, session: aiohttp.ClientSession) -> float:
    """Let the queue work; seconds until it is empty."""
    begin = time.perf_counter()
    await (await session.post(f"{server.url}/queue/resume", json={})).read()
    while True:
        async with session.get(f"{server.url}/queue") as response:
            state = await response.json()
        if not state["waiting"] and not state["running"]:
            return time.perf_counter() - begin
        await asyncio.sleep(0.05)


async def latencies(server: Server, session: aiohttp.ClientSession) -> list[float]:
    """Milliseconds from a step's end in the worker until each client has heard of it, sorted."""
    heard: list[dict[int, float]] = [{} for _ in range(CLIENTS)]

    async def listen(place: int, run: str) -> None:
        async with session.ws_connect(f"{server.url}/runs/{run}/events", timeout=aiohttp.ClientWSTimeout()) as socket:
            async for message in socket:
                event = json.loads(message.data)
                if event["event"] == "StepDone":
                    heard[place][event["number"]] = time.time() - event["time"]

    async with session.post(f"{server.url}/runs", json={"workflow": chain(0.01), "targets": ["loop"]}) as response:
        run = (await response.json())["id"]
    await asyncio.gather(*(listen(place, run) for place in range(CLIENTS)))
    return sorted(1000 * seconds for one in heard for seconds in one.values())


async def measure(server: Server) -> list[list[object]]:
    """All figures."""
    rows: list[list[object]] = []
    idle = 0.0
    async with aiohttp.ClientSession(headers=server.headers, connector=aiohttp.TCPConnector(limit=0)) as session:
        await (await session.get(f"{server.url}/nodes")).read()
        await asyncio.sleep(1)
        idle = resident(server.process.pid)
        rows += [["until it listens, ms", server.listens * 1000], ["  of that, CPU ms", server.worked * 1000]]
        rows += [["HTTP process, idle, MiB", idle]]
        warm = {"workflow": chain(), "targets": ["b"]}
        await submit(server, session, [warm])
        await drain(server, session)
        await (await session.post(f"{server.url}/queue/pause", json={})).read()
        many = [{"workflow": chain(), "targets": ["b"], "set": {"b.by": i + 0.5}} for i in range(RUNS)]
        before = worked(server.process.pid), 0.0
        rows += [[f"submitted a second ({RUNS} runs)", RUNS / await submit(server, session, many)]]
        rows += [["  CPU ms a submission", (worked(server.process.pid) - before[0]) / RUNS * 1000]]
        pid = worker_of(server.process.pid)
        before = worked(server.process.pid), worked(pid)
        seconds = await drain(server, session)
        rows += [["worked off a second", RUNS / seconds]]
        rows += [["  CPU ms a run, HTTP process", (worked(server.process.pid) - before[0]) / RUNS * 1000]]
        rows += [["  CPU ms a run, worker", (worked(pid) - before[1]) / RUNS * 1000]]
        found = await latencies(server, session)
        rows += [[f"event latency with {CLIENTS} clients, median ms", statistics.median(found)]]
        rows += [["  p99 ms", found[int(len(found) * 0.99)]]]
        for _ in range(3):
            http, own = resident(server.process.pid), resident(pid)
            rows += [[f"HTTP process after {RUNS * (_ + 1)} runs, MiB", http], ["  worker, MiB", own]]
            if _ < 2:
                await submit(server, session, [{**one, "set": {"b.by": _ * 7.25 + i}} for i, one in enumerate(many)])
                await drain(server, session)
    return rows


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as home:
        server = Server(Path(home))
        try:
            rows = asyncio.run(measure(server))
        finally:
            server.process.send_signal(signal.SIGTERM)
            server.process.wait()
    show("server", "The server", ["what", "figure"], rows)


if __name__ == "__main__":
    main()
