"""Runs: begin one, look at it, stop it, take its files.

The engine works off runs in order. What a client sees of a run is folded from its numbered events (`Seen`), so that the
list, the JSON events and the WebSocket never contradict each other. When a run has ended, its values are let go of; its
events and its files stay until `KEPT` later runs have ended. They do not outlive the process.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from engine.errors import InvalidWorkflow, LoomError, NodeFailed
from engine.events import ArtifactMade
from server.answers import LOG, Refusal, answer
from server.artifacts import Artifact, digest_in, send
from server.questions import read_asked
from server.seen import Seen
from server.workbench import WORKBENCH

if TYPE_CHECKING:
    from engine.api import Run

KEPT = 200
MOST_WAITING = 100


class Entry:
    """One run, from submission until it is forgotten."""

    def __init__(self, run: Run, name: str, folder: Path) -> None:
        self.id, self.name, self.log = run.id, name, run.log
        self.created = time.time()
        self.cancelling = False
        self._run: Run | None = run
        self._folder = folder
        self._seen = Seen()
        self._end: dict[str, Any] = {}
        self.task = asyncio.create_task(self._follow(run))

    async def _follow(self, run: Run) -> None:
        """Wait for the end and keep what a client may want to know of it, but none of its values."""
        try:
            self._end = {"nodes": (await run.wait()).json()["nodes"]}
        except InvalidWorkflow as error:
            self._end = {"problems": [asdict(problem) for problem in error.problems]}
        except NodeFailed as error:
            self._end = {"node": error.node}
        except LoomError:
            pass  # the last event tells it
        except Exception:
            LOG.exception("run %s", run.id)
        self._run = None

    @property
    def seen(self) -> Seen:
        """What the events told, up to now."""
        for numbered in self.log.since(self._seen.number):
            self._seen.see(numbered.number, numbered.event)
        return self._seen

    @property
    def artifacts(self) -> list[Artifact]:
        """The files that were delivered up to now."""
        return [self.artifact(event) for event in self.seen.files]

    def artifact(self, event: ArtifactMade) -> Artifact:
        """The file that an event tells of."""
        return Artifact.made(self.id, event, self._folder)

    @property
    def ended(self) -> bool:
        """True after the last event."""
        return self.seen.seconds is not None

    def cancel(self) -> None:
        """Stop this run within one step."""
        if self._run is not None and not self.ended:
            self.cancelling = True
            self._run.cancel()

    def brief(self) -> dict[str, Any]:
        """A line of the list."""
        seen = self.seen
        found = {"run": self.id, "name": self.name, "status": seen.status, "created": round(self.created, 3)}
        if self.cancelling and not self.ended:
            found["cancelling"] = True
        return {**found, "seconds": seen.seconds, "steps": seen.steps, "steps_done": seen.steps_done}

    async def whole(self) -> dict[str, Any]:
        """All there is to know."""
        if self.ended:
            await self.task  # it ends with the last event
        seen = self.seen
        found = {**self.brief(), "nodes": seen.nodes, "artifacts": [a.json() for a in self.artifacts]}
        found |= {"warnings": seen.warnings, "last": seen.number}
        if seen.error:
            found["error"] = seen.error
        return {**found, **self._end}


class Runs:
    """The runs of this process, oldest first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._entries: dict[str, Entry] = {}

    def check_room(self) -> None:
        """Raise `Refusal` if too many runs wait."""
        if sum(not entry.ended for entry in self._entries.values()) >= MOST_WAITING:
            raise Refusal(429, f"{MOST_WAITING} runs wait already")

    def add(self, run: Run, name: str) -> Entry:
        """Keep a run that was submitted, and forget the oldest of those that ended long ago."""
        entry = self._entries[run.id] = Entry(run, name, self.folder)
        ended = [entry.id for entry in self._entries.values() if entry.ended]
        for old in ended[:-KEPT]:
            del self._entries[old]
        return entry

    def of(self, request: web.Request) -> Entry:
        """The run that a URL names. Raises `Refusal`."""
        found = self._entries.get(request.match_info["id"])
        if found is None:
            raise Refusal(404, "there is no such run")
        return found

    def all(self) -> list[Entry]:
        """All runs, newest first."""
        return list(reversed(self._entries.values()))

    async def close(self) -> None:
        """Cancel what is under way and wait for its end."""
        for entry in self._entries.values():
            entry.cancel()
        await asyncio.gather(*(entry.task for entry in self._entries.values()))


RUNS = web.AppKey("runs", Runs)


async def runs_lifetime(app: web.Application) -> AsyncIterator[None]:
    """At the end, every run is stopped; its finished steps stay stored."""
    yield
    await app[RUNS].close()


async def create(request: web.Request) -> web.Response:
    """Begin a run of a workflow, with inputs to `set` and `targets` to run; answers with its id."""
    asked = await read_asked(request, "set", "targets")
    runs = request.app[RUNS]
    runs.check_room()
    run = await request.app[WORKBENCH].ask(
        lambda engine: engine.submit(asked.workflow, set=asked.set, targets=asked.targets, output=runs.folder)
    )
    entry = runs.add(run, asked.workflow.name)
    return answer({"run": entry.id}, 201, {"Location": f"/api/v1/runs/{entry.id}"})


async def index(request: web.Request) -> web.Response:
    """The runs of this process, newest first."""
    return answer({"runs": [entry.brief() for entry in request.app[RUNS].all()]})


async def show(request: web.Request) -> web.Response:
    """A run: status, steps, nodes, files, error."""
    return answer(await request.app[RUNS].of(request).whole())


async def cancel(request: web.Request) -> web.Response:
    """Stop this run, and only this one, within one step. What it finished stays stored."""
    entry = request.app[RUNS].of(request)
    entry.cancel()
    return answer(entry.brief())


async def artifact(request: web.Request) -> web.Response:
    """A file that the run made: a picture in place, anything else as a download."""
    digest = digest_in(request.match_info["digest"])
    entry = request.app[RUNS].of(request)
    found = next((one for one in entry.artifacts if one.digest == digest), None)
    if found is None:
        raise Refusal(404, "the run made no such file")
    return await send(found)
