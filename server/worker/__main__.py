"""`python -m server.worker`: a worker, started by the HTTP process and ended by it.

The protocol has the pipes for itself: what a node prints goes to the error stream. Ctrl-C and SIGTERM reach the whole
group of processes; the HTTP process tells the worker what to do, so the worker does not heed them.
"""

from __future__ import annotations

import os
import signal
import sys

from server.worker.child import Child
from server.worker.outbox import Outbox


def main() -> None:
    """Serve the parent until the pipe ends."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    stream = os.fdopen(os.dup(0), "rb")
    outbox = Outbox(os.fdopen(os.dup(1), "wb"))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    Child(stream, outbox).serve()
    sys.stderr.flush()
    os._exit(0)  # no thread of a node library holds the process


main()
