"""Twenty clients edit one document of a real server: edits per second, and how long until a client sees its own.

Throughput: every client keeps 16 edits under way. Echo: every client edits five times a second, as a person who drags
does; measured from sending an edit to hearing it told to everybody, which is after it is on the disk.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
from table import show

CLIENTS = 20
WINDOW = 16
EDITS = 250  # of each client, for the throughput
SECONDS = 8.0  # of the echoes
RATE = 5.0
WORKFLOW = Path(__file__).parent.parent / "workflows" / "trajectory.json"


class Client:
    """One WebSocket; `sent` holds when each edit went, `echoes` how long each took to come back."""

    def __init__(self, name: str, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.name, self.socket = name, socket
        self.sent: dict[str, float] = {}
        self.echoes: list[float] = []
        self.room = asyncio.Semaphore(WINDOW)
        self.count = 0
        self.own = re.compile(f'"client":"{name}","id":"([^"]+)"')

    async def edit(self) -> None:
        """Set an input and move the node."""
        await self.room.acquire()
        self.count += 1
        name = f"{self.name}-{self.count}"
        value = {"op": "set_input", "node": "cfg", "input": "scale", "value": self.count}
        move = {"op": "move", "positions": {"cfg": [self.count, 7]}}
        self.sent[name] = time.perf_counter()
        await self.socket.send_str(json.dumps({"type": "ops", "id": name, "operations": [value, move]}))

    async def listen(self) -> None:
        """Hear all that is told; note the own edits."""
        async for message in self.socket:
            for name in self.own.findall(message.data):
                self.echoes.append(time.perf_counter() - self.sent.pop(name))
                self.room.release()


def worked(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(url: str, token: str, pid: int) -> list[list[object]]:
    """The rows of the table."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    address = f"{url}api/v1/workflows/bench"
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.put(address, data=WORKFLOW.read_bytes(), headers={"If-None-Match": "*"}) as put:
            assert put.status == 201, await put.text()
        names = [f"c{n}" for n in range(CLIENTS)]
        clients = [Client(name, await session.ws_connect(f"{address}/live?client={name}")) for name in names]
        listeners = [asyncio.create_task(client.listen()) for client in clients]
        await asyncio.sleep(1)
        begun, before = time.perf_counter(), worked(pid)
        await asyncio.gather(*(_many(client) for client in clients))
        rate = CLIENTS * EDITS / (time.perf_counter() - begun)
        each = (worked(pid) - before) / (CLIENTS * EDITS) * 1000
        for client in clients:
            client.echoes.clear()
        await asyncio.gather(*(_steady(client) for client in clients))
        echoes = sorted(1000 * echo for client in clients for echo in client.echoes)
        for client in clients:
            await client.socket.close()
        await asyncio.gather(*listeners)
    return [
        ["edits accepted, a second", rate],
        ["  CPU ms an edit, told to all clients", each],
        ["messages told, a second", rate * CLIENTS],
        ["echo, median, ms", statistics.median(echoes)],
        ["echo, p99, ms", echoes[int(len(echoes) * 0.99)]],
        ["echo, worst, ms", echoes[-1]],
    ]


async def _many(client: Client) -> None:
    for _ in range(EDITS):
        await client.edit()
    while client.sent:
        await asyncio.sleep(0.005)


async def _steady(client: Client) -> None:
    end = time.perf_counter() + SECONDS
    await asyncio.sleep(int(client.name[1:]) / CLIENTS / RATE)
    while time.perf_counter() < end:
        await client.edit()
        await asyncio.sleep(1 / RATE)
    while client.sent:
        await asyncio.sleep(0.005)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "engine.cli", "serve", "--port", "0", "--device", "cpu"]
        environment = {**os.environ, "LOOM_HOME": home}
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                server.stdout.readline()
                facts = json.loads((Path(home) / "server.json").read_text())
                rows = asyncio.run(measure(facts["url"], facts["token"], server.pid))
            finally:
                server.terminate()
    show("live", f"One document, {CLIENTS} clients (server and clients on one machine)", ["", ""], rows)


if __name__ == "__main__":
    main()
