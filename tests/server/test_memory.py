"""Run after run after run: the memory of the HTTP process and of the worker stays what it is."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.engine.kit import doc, link
from tests.server.kit import write_nodes
from tests.server.soak import count, counted, long, record
from tests.server.test_command import Process, children, resident, serving

RUNS = count(10_000)
BATCH = RUNS // 10
GROWTH = 12 << 20  # bytes: what is kept in memory on purpose (events, results) need not be full yet
NUMBERS = doc(a=("t.make@1", {"value": 1.0}), b=("t.inc@1", {"a": link("a"), "by": 1.0})) | {"name": "numbers"}


def work_off(server: Process, first: int) -> None:
    """Submit a batch, and wait until all of it is done."""
    values = [(first + i) / 1000 for i in range(BATCH)]
    server.ask("/api/v1/runs", {"workflow": NUMBERS, "targets": ["b"], "sweep": {"b.by": values}})
    while (state := server.ask("/api/v1/queue"))["waiting"] or state["running"]:
        time.sleep(0.1)


@long
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="looks at memory as Linux shows it")
def test_memory_stays_flat_over_many_runs(tmp_path: Path) -> None:
    begun, held = time.monotonic(), []
    write_nodes(tmp_path)
    with serving(tmp_path, "--threads", "1") as server:
        for i in counted(f"batches of {BATCH} runs", 10):
            work_off(server, i * BATCH)
            (worker,) = children(server.process.pid)
            held.append((resident(server.process.pid), resident(worker)))
        (shown,) = server.ask("/api/v1/runs?limit=1")["runs"]
        assert shown["status"] == "done"
        assert server.ask("/api/v1/runs?status=failed")["runs"] == []
    half, last = held[4], held[-1]
    assert max(last[0] - half[0], last[1] - half[1]) < GROWTH, held
    (http, worker), (http_last, worker_last) = ([round(one / (1 << 20), 1) for one in both] for both in (half, last))
    figures = {"http_mib": f"{http} to {http_last}", "worker_mib": f"{worker} to {worker_last}"}
    record("memory over many runs, from half of them to the last", begun, runs=RUNS, **figures)
