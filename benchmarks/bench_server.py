"""The server under load: submitting and working off runs of a trivial graph, event latency, memory.

A real `loom serve` with one worker; eight kept connections submit, twenty listen. A trivial run makes a number and adds
to it: what is measured is everything but the work. Who submits speaks HTTP by hand, so that it takes little of the time
that it measures. Beside the rates stands the CPU time that the processes took: on a busy machine only that means much.
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from table import show

RUNS = int(os.environ.get("LOOM_BENCH_RUNS", "1000"))
CLIENTS = 20
CONNECTIONS = 8
STEPS = 300
TIMES = 5  # what is measured again: starts, runs that are listened to
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


async def submit(server: Server, documents: list[dict[str, Any]]) -> float:
    """Submit runs one by one, over several kept connections at once; seconds."""
    waiting = [json.dumps(document).encode() for document in reversed(documents)]
    address = urlsplit(server.url)
    same = {**server.headers, "Host": address.netloc, "Content-Type": "application/json"}
    head = f"POST {address.path}/runs HTTP/1.1\r\n" + "".join(f"{name}: {text}\r\n" for name, text in same.items())

    async def one() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        while waiting:
            body = waiting.pop()
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            said = await reader.readexactly(int(answer.partition(b"content-length:")[2].split(b"\r")[0]))
            assert b" 201 " in answer[:20], said
        writer.close()

    begin = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
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
        await asyncio.sleep(0.2)


async def latencies(server: Server, session: aiohttp.ClientSession, pause: float) -> list[float]:
    """Milliseconds from a step's end in the worker until each client has heard of it, sorted."""
    heard: list[dict[int, float]] = [{} for _ in range(CLIENTS)]
    listening = asyncio.Semaphore(0)

    async def listen(place: int, run: str) -> None:
        async with session.ws_connect(f"{server.url}/runs/{run}/events", timeout=aiohttp.ClientWSTimeout()) as socket:
            listening.release()
            async for message in socket:
                event = json.loads(message.data)
                if event["event"] == "StepDone":
                    heard[place][event["number"]] = time.time() - event["time"]

    async def begin() -> None:
        for _ in range(CLIENTS):
            await listening.acquire()
        await (await session.post(f"{server.url}/queue/resume", json={})).read()

    await (await session.post(f"{server.url}/queue/pause", json={})).read()
    asked = {"workflow": chain(pause), "targets": ["loop"]}
    async with session.post(f"{server.url}/runs", json=asked) as response:
        run = (await response.json())["id"]
    await asyncio.gather(begin(), *(listen(place, run) for place in range(CLIENTS)))
    return sorted(1000 * seconds for one in heard for seconds in one.values())


async def measure(server: Server) -> list[list[object]]:
    """All figures."""
    rows: list[list[object]] = []
    async with aiohttp.ClientSession(headers=server.headers, connector=aiohttp.TCPConnector(limit=0)) as session:
        await (await session.get(f"{server.url}/nodes")).read()
        await asyncio.sleep(1)
        idle = resident(server.process.pid)
        rows += [["HTTP process, idle, MiB", idle]]
        warm = {"workflow": chain(), "targets": ["b"]}
        await submit(server, [warm])
        await drain(server, session)
        await (await session.post(f"{server.url}/queue/pause", json={})).read()
        many = [{"workflow": chain(), "targets": ["b"], "set": {"b.by": i + 0.5}} for i in range(RUNS)]
        before = worked(server.process.pid), time.process_time()
        rows += [[f"submitted a second ({RUNS} runs, {CONNECTIONS} connections)", RUNS / await submit(server, many)]]
        rows += [["  CPU ms a submission, HTTP process", (worked(server.process.pid) - before[0]) / RUNS * 1000]]
        rows += [["  CPU ms a submission, who submits", (time.process_time() - before[1]) / RUNS * 1000]]
        pid = worker_of(server.process.pid)
        before = worked(server.process.pid), worked(pid)
        seconds = await drain(server, session)
        rows += [["worked off a second", RUNS / seconds]]
        rows += [["  CPU ms a run, HTTP process", (worked(server.process.pid) - before[0]) / RUNS * 1000]]
        rows += [["  CPU ms a run, worker", (worked(pid) - before[1]) / RUNS * 1000]]
        before = worked(server.process.pid), worked(pid)
        rounds = [await latencies(server, session, 0.01 + place / 10_000) for place in range(TIMES)]
        each = (worked(server.process.pid) - before[0]) / (STEPS * CLIENTS * TIMES) * 1000
        high = [found[int(len(found) * 0.99)] for found in rounds]
        middle = statistics.median(statistics.median(found) for found in rounds)
        rows += [[f"event latency with {CLIENTS} clients, median ms", middle]]
        rows += [[f"  p99 ms, median of {TIMES} runs", statistics.median(high)]]
        rows += [["  p99 ms, of the worst run", max(high)]]
        rows += [["  CPU ms an event and client, HTTP process", each]]
        for _ in range(3):
            http, own = resident(server.process.pid), resident(pid)
            rows += [[f"HTTP process after {RUNS * (_ + 1)} runs, MiB", http], ["  worker, MiB", own]]
            if _ < 2:
                await submit(server, [{**one, "set": {"b.by": _ * 7.25 + i}} for i, one in enumerate(many)])
                await drain(server, session)
    return rows


@contextmanager
def serving(home: Path) -> Iterator[Server]:
    """A server until the end of the block."""
    server = Server(home)
    try:
        yield server
    finally:
        server.process.send_signal(signal.SIGTERM)
        server.process.wait()


def main() -> None:
    """Measure and print."""
    rows: list[list[object]] = [[f"load average before, on {os.cpu_count()} cores", os.getloadavg()[0]]]
    starts = []
    for _ in range(TIMES):
        with tempfile.TemporaryDirectory() as home, serving(Path(home)) as server:
            starts.append((server.listens * 1000, server.worked * 1000))
    rows += [[f"until it listens, ms, median of {TIMES} first starts", statistics.median(wall for wall, _ in starts)]]
    rows += [["  worst", max(wall for wall, _ in starts)]]
    rows += [["  CPU ms", statistics.median(cpu for _, cpu in starts)]]
    with tempfile.TemporaryDirectory() as home, serving(Path(home)) as server:
        rows += asyncio.run(measure(server))
    show("server", "The server", ["what", "figure"], rows)


if __name__ == "__main__":
    main()
