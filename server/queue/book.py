"""What is recorded of a run: how it goes on, and its end, whole or not at all."""

from __future__ import annotations

import json
import time
from collections import OrderedDict

from server.answers import LOG
from server.database import Database
from server.queue import eta, store
from server.queue.journal import Journal
from server.queue.live import Json, Live
from server.stream import Hub

PRUNED = 200  # runs that end, between two prunings
KNOWN = 256  # workflows whose timings are at hand


class Book:
    """Writes what happens to runs into the journal."""

    def __init__(self, database: Database, hub: Hub) -> None:
        self.database, self.hub = database, hub
        self.journal = Journal(database, hub)
        self._timings: OrderedDict[str, dict[str, float]] = OrderedDict()
        self._ended = 0

    def queued(self, live: Live) -> None:
        """It was taken in."""
        self.journal.tell(live, {"event": "RunQueued", "name": live.name, "batch": live.batch})

    async def begin(self, live: Live, resumed: bool) -> None:
        """Its turn has come."""
        live.started = live.started or time.time()
        self.journal.change(live.id, status="running", started=live.started)
        if resumed:
            self._tell(live, {"event": "RunResumed"})
        if live.timed not in self._timings:
            self._timings[live.timed] = await self.database.ask(lambda c: store.timings(c, live.timed))
            while len(self._timings) > KNOWN:
                self._timings.popitem(last=False)

    def happened(self, live: Live, body: Json) -> None:
        """An event of its worker."""
        live.seen.see(body)
        if body["event"] == "RunStarted":
            live.seen.estimate = eta.estimate(self._timings.get(live.timed, {}), body)
            body["eta"] = live.seen.estimate
            self.journal.change(live.id, steps=live.seen.steps)
        elif body["event"] == "StepDone":
            self.journal.change(live.id, steps_done=live.seen.steps_done)
        self.journal.tell(live, body)

    def died(self, live: Live, reason: str, progress: bool) -> None:
        """Its worker died; `deaths` counts since it last got on."""
        live.deaths = 1 if progress else live.deaths + 1
        LOG.warning("run %s: its worker %s", live.id, reason, extra={"run": live.id})
        self.journal.change(live.id, deaths=live.deaths)
        self._tell(live, {"event": "WorkerRestarted", "reason": reason, "deaths": live.deaths})

    def suspend(self, live: Live) -> None:
        """It did not end, the server does."""
        live.status = "queued"
        self.hub.forget(live.id)
        self.journal.change(live.id, status="queued")
        self._tell(live, {"event": "RunSuspended"})

    def _tell(self, live: Live, body: Json) -> None:
        live.seen.see(body)
        self.journal.tell(live, body)

    def finish(self, live: Live, ended: Json) -> None:
        """All of its end; one transaction, as there is no `await` here."""
        now = time.time()
        seen, status, error = live.seen, ended["status"], ended.get("error", "")
        for i, made in enumerate(ended.get("artifacts", ())):
            self.journal.file({"run": live.id, "owner": live.owner, "position": i, "created": now, **made})
            told = {name: made[name] for name in ("node", "name", "digest", "mime", "bytes")}
            self.journal.tell(live, {"event": "ArtifactMade", **told, "url": url_of(live.id, made["digest"])})
        seconds = round(now - live.started, 4) if live.started is not None else 0.0
        report = {"nodes": seen.nodes, "warnings": seen.warnings, **ended.get("report", {})}
        report["nodes"] = seen.told(report["nodes"])
        self.journal.change(
            live.id,
            status=status,
            ended=now,
            seconds=seconds,
            steps=seen.steps,
            steps_done=seen.steps_done,
            steps_cached=max(0, ended.get("steps", seen.steps_done) - seen.steps_done),
            report=json.dumps(report),
            error=error or None,
        )
        live.status = status
        self.journal.tell(live, {"event": "RunDone", "status": status, "seconds": seconds, "message": error}, end=True)
        if status == "done":
            self._learn(live, seconds)
        self._ended += 1
        if self._ended % PRUNED == 0:
            self.journal.also(store.prune)
        LOG.info("run %s: %s", live.id, status, extra={"run": live.id, "status": status, "seconds": seconds})

    def takes(self, name: str) -> float | None:
        """Seconds that a run of a workflow takes, if that is known."""
        return self._timings.get(name, {}).get(eta.WHOLE)

    def _learn(self, live: Live, seconds: float) -> None:
        new = eta.learned(self._timings.get(live.timed, {}), live.seen, seconds)
        if live.timed in self._timings:
            self._timings[live.timed] |= new
        self.journal.took(live.timed, new)


def url_of(run: str, digest: str) -> str:
    """Where a file of a run is."""
    return f"/api/v1/runs/{run}/artifacts/{digest}"
