"""What a worker says: messages in order and in batches; of previews only the newest.

Whoever has something to say puts it down and goes on; one thread writes. An event waits a moment for those that follow
it, so that a cheap run costs few system calls and wakes nobody for each of its nodes; what somebody waits for — an end,
an answer — goes at once and takes along what came before it. If the pipe is full that thread waits, messages pile up —
they are small — and previews replace each other.
"""

from __future__ import annotations

import threading
from typing import Any, BinaryIO

from server.worker.frames import messages

MOMENT = 0.003  # seconds


class Outbox:
    """The writing end of a worker."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._waiting: list[dict[str, Any]] = []
        self._preview: bytes | None = None
        self._changed = threading.Condition()
        self._idle = True
        self._urgent = False
        self._closed = False
        self._thread = threading.Thread(target=self._write, name="loom-outbox", daemon=True)
        self._thread.start()

    def post(self, *bodies: dict[str, Any]) -> None:
        """Say something, in order."""
        with self._changed:
            self._waiting += bodies
            self._urgent = self._urgent or any(body["say"] != "event" for body in bodies)
            if self._idle or self._urgent:
                self._changed.notify()

    def show(self, frame: bytes) -> None:
        """Say a preview, unless a newer one comes first."""
        with self._changed:
            self._preview = frame
            self._changed.notify()

    def close(self) -> None:
        """Write what waits, and end."""
        with self._changed:
            self._closed = self._urgent = True
            self._changed.notify()
        self._thread.join(5)

    def _write(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._preview or self._closed)
                self._idle = False
                self._changed.wait_for(lambda: self._urgent, MOMENT)
                taken, self._waiting = self._waiting, []
                preview, self._preview = self._preview, None
                self._idle, self._urgent = True, self._closed
                if not taken and preview is None:
                    return
            try:
                if taken:
                    self._stream.write(messages(taken))
                if preview is not None:
                    self._stream.write(preview)
                self._stream.flush()
            except OSError:
                return  # the reader has gone; the reading end of this process sees that too
