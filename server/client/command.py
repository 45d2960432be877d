"""`loom run --server`: what the module of the entry points `latent_loom.remote` does.

The document goes to the server, its events come back, then its files. A connection that is lost is made again and the
events go on after the last one that came. Ctrl-C cancels this run, and no other; a second one ends at once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine.api import load_workflow
from engine.commands import note, say
from engine.deliver import deliver, template_of
from engine.errors import Cancelled, InvalidInput, InvalidWorkflow, LoomError, Problem
from engine.home import Home
from engine.progress import Bar
from engine.registry import Registry
from engine.settings import read
from engine.values import Artifact
from engine.workflow import Workflow
from server.client.aio import AsyncClient, ServerError
from server.client.find import token_in, where
from server.client.told import event_of
from server.live.names import is_address

OK, FAILED = 0, 1
TRIES = 30  # a server that is started anew is waited for: about two minutes
LOCAL = "local"
FILES = (".json", ".png")  # what is called so is a file, also where there is none


def run(options: argparse.Namespace) -> int:
    """Run a workflow at a server, as `loom run` does here. Raises as the engine does."""
    home = Home.find(options.home)
    token = token_in(options.token_file) if options.token_file is not None else ""
    url, token = where(None if options.server == LOCAL else options.server, home, token)
    lost = Once(lambda: note("loom: the connection was lost; trying again"))
    try:
        return asyncio.run(_run(options, AsyncClient(url, token, tries=TRIES, on_lost=lost), home, lost))
    except ServerError as error:
        raise _as_ours(error) from None


class Once:
    """Says something once until it is taken back."""

    def __init__(self, say: Any) -> None:
        self._say, self._said = say, False

    def __call__(self) -> None:
        if not self._said:
            self._said = True
            self._say()

    def over(self) -> None:
        """From now on it would be news again."""
        self._said = False


async def _run(options: argparse.Namespace, client: AsyncClient, home: Home, lost: Once) -> int:
    async with client:
        workflow, document = await _workflow(options.file, client)
        registry = Registry.installed(home.nodes)
        changes = dict(read(workflow, options.set, registry))
        asked = asyncio.ensure_future(client.submit(document, set=changes, targets=options.target))
        try:
            run = (await asyncio.shield(asked))["id"]
        except asyncio.CancelledError:  # Ctrl-C: it may have been taken in already
            await client.cancel((await asked)["id"])
            raise Cancelled("cancelled") from None
        shown = not options.quiet and sys.stderr.isatty()
        try:
            with Bar(shown, lambda message: note(f"loom: {message}")) as bar:
                bar.wait("waiting for its turn")
                async for body in client.events(run):
                    lost.over()
                    if (event := event_of(body)) is not None:
                        bar.event(event)
                    if body["event"] == "RunStarted":
                        bar.expect(body.get("eta"))
        except asyncio.CancelledError:
            await _cancelled(client, run)
            raise Cancelled(f"run {run} was cancelled") from None
        except ServerError:
            raise
        except LoomError as error:
            raise LoomError(f"{error}; run {run} goes on there") from None
        return await _ended(options, client, await client.run(run))


async def _workflow(file: str, client: AsyncClient) -> tuple[Workflow, Any]:
    """The workflow, and what to submit: the document of a file, or the name of one that the server keeps."""
    if not Path(file).exists() and is_address(file) and Path(file).suffix not in FILES:
        return Workflow(await client.workflow(file)), file
    workflow = load_workflow(file)
    return workflow, workflow.data


async def _cancelled(client: AsyncClient, run: str) -> None:
    """Cancel it, and see it end."""
    await client.cancel(run)
    await client.wait(run)


async def _ended(options: argparse.Namespace, client: AsyncClient, run: Any) -> int:
    """Take the files, say how it ended; the exit code."""
    if run["status"] == "cancelled":
        raise Cancelled(f"run {run['id']} was cancelled")
    files = [await _taken(client, file, Path(options.output)) for file in run["artifacts"]]
    for file in files:
        say(file["path"])
    problems = [_problem(one) for one in run["problems"]]
    for line in problems or (run["error"] or "").splitlines():
        note(f"loom: {line}")
    if options.json:
        body = {"run": run["id"], "status": run["status"], "seconds": run["seconds"], "nodes": run["nodes"]}
        body |= {"artifacts": files}
        if run["status"] != "done":
            body |= {"error": run["error"], "node": run["node"]}
        say(json.dumps(body, ensure_ascii=False))
    return OK if run["status"] == "done" else FAILED


async def _taken(client: AsyncClient, file: Any, folder: Path) -> dict[str, str]:
    """Write a file of the run into a folder, durably and over no other one."""
    data = await client.artifact(file["digest"])
    if f"sha256:{sha256(data).hexdigest()}" != file["digest"]:
        raise LoomError(f"{file['name']}: the server sent other bytes than its digest says")
    name, suffix = template_of(file["name"])
    made = await asyncio.to_thread(deliver, Artifact(data, suffix, name), file["node"], folder, {}, None)
    return {"node": file["node"], "path": str(made.path), "digest": made.digest}


def _as_ours(error: ServerError) -> LoomError:
    """What the server refused, as the engine says it."""
    if error.problems:
        return InvalidWorkflow([_problem(problem) for problem in error.problems])
    return InvalidInput(str(error)) if error.status in (400, 404, 413, 422) else LoomError(str(error))


def _problem(body: Any) -> Problem:
    fields = ("message", "node", "input", "expected", "got", "nearest")
    return Problem(**{name: body[name] for name in fields if body.get(name) is not None})
