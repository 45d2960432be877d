"""Speak to a server from Python: `Client` for scripts, `AsyncClient` for programs with an event loop.

    from server.client import Client

    with Client.local() as loom:                       # the server of this user on this machine
        run = loom.submit(workflow, set={"noise.seed": 7})
        for event in loom.events(run["id"]):
            print(event["event"])
        for file in loom.run(run["id"])["artifacts"]:
            open(file["name"], "wb").write(loom.artifact(file["digest"]))

What the server refuses is a `ServerError` with its status and problems. Reading is tried again when the connection is
lost, and events go on after the last one that came: none is missed, none comes twice. A submission carries a key, so
that it can be sent again too, and is still one run.
"""

from server.client.aio import AsyncClient, ServerError
from server.client.sync import Client

__all__ = ["AsyncClient", "Client", "ServerError"]
