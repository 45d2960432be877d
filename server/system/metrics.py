"""`GET /metrics`: figures for Prometheus, in its text format (version 0.0.4).

Requests are counted per route — the declared path, never the one that was sent, so nobody can fill the memory with
names — and their times are summed in buckets. What is known elsewhere (runs by status, memory) is read when asked. The
format is a few lines of text; a library for it would double the time that the server takes to start.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

from aiohttp import web
from aiohttp.typedefs import Handler
from sqlalchemy import func, select

from server.database import DATABASE
from server.endpoint import endpoint
from server.page import installed_version
from server.queue.tables import runs
from server.system.machine import resident_bytes

BUCKETS = (0.005, 0.025, 0.1, 0.5, 2.5, 10.0)
TEXT = "text/plain"
STATUSES = ("queued", "running", "done", "failed", "cancelled")


class Figures:
    """What is counted while the server runs."""

    def __init__(self) -> None:
        self.started = time.time()
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self.buckets: Counter[int] = Counter()
        self.seconds = 0.0

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self.requests[method, route, status] += 1
        self.buckets[bisect_left(BUCKETS, seconds)] += 1
        self.seconds += seconds

    def lines(self) -> Iterator[str]:
        """In Prometheus' text."""
        yield from family("loom_requests_total", "counter", "Requests answered.")
        for (method, route, status), number in sorted(self.requests.items()):
            yield sample("loom_requests_total", number, method=method, route=route, status=str(status))
        yield from family("loom_request_seconds", "histogram", "Time from a request to the end of its answer.")
        total = 0
        for i, bound in enumerate((*map(str, BUCKETS), "+Inf")):
            total += self.buckets[i]
            yield sample("loom_request_seconds_bucket", total, le=bound)
        yield sample("loom_request_seconds_sum", self.seconds)
        yield sample("loom_request_seconds_count", total)
        yield from family("loom_start_time_seconds", "gauge", "When the server started, since 1970.")
        yield sample("loom_start_time_seconds", self.started)
        yield from family("loom_info", "gauge", "The version.")
        yield sample("loom_info", 1, version=installed_version())
        if (held := resident_bytes()) is not None:
            yield from family("loom_resident_bytes", "gauge", "Memory of the HTTP process.")
            yield sample("loom_resident_bytes", held)


FIGURES = web.AppKey("figures", Figures)


@web.middleware
async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Counts every answer; stands outside of what makes errors into answers."""
    began = time.perf_counter()
    response = await handler(request)
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else "none"
    method = request.method if request.method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") else "other"
    request.app[FIGURES].count(method, route, response.status, time.perf_counter() - began)
    return response


@endpoint("GET", "/metrics", media=TEXT)
async def metrics(request: web.Request) -> web.Response:
    """Figures for Prometheus."""
    asked = select(runs.c.status, func.count()).group_by(runs.c.status)
    found = await request.app[DATABASE].ask(lambda connection: {row[0]: row[1] for row in connection.execute(asked)})
    lines = list(request.app[FIGURES].lines())
    lines += family("loom_runs", "gauge", "Runs by status.")
    lines += [sample("loom_runs", found.get(status, 0), status=status) for status in STATUSES]
    return web.Response(text="\n".join(lines) + "\n", content_type=TEXT, charset="utf-8")


def family(name: str, kind: str, text: str) -> Iterator[str]:
    """The two lines before the samples of a name."""
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"


def sample(name: str, value: float, **labels: str) -> str:
    """One line."""
    inside = ",".join(f'{key}="{_escape(text)}"' for key, text in labels.items())
    return f"{name}{{{inside}}} {value!r}" if inside else f"{name} {value!r}"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
