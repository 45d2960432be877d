"""The write-behind queue: what is put is written by one thread, while the run goes on.

`offer` costs a lock and an append. Waking a sleeping thread costs more than all the rest (25 µs and more on a busy
machine), so while values keep coming the thread looks by itself, every `POLL` seconds, and takes what has gathered:
one transaction for a few values when they come slowly, for many when they come fast. A value is on disk within about
50 ms. After `DROWSY` seconds without one the thread sleeps until it is woken.

The queue is bounded in bytes. When a value does not fit, values that were only worth a try ("auto") leave first; one
that should be written ("always", a step of a loop) waits a moment for room and is then left out: a missing step costs
its recomputation, never a wrong result. Until it is written, a queued value is found by `pending`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from engine.digest import Key
from engine.sizes import Block

BATCH_BYTES = 16 << 20  # about 50 ms of writing
BATCH_JOBS = 256
POLL = 0.02
DROWSY = 2.0
CANCEL = 10.0  # seconds that a batch under way is waited for
PATIENCE = 0.05  # seconds that an "always" value waits for room


class Job(NamedTuple):
    """A value to write."""

    key: Key
    value: Any
    blocks: list[Block]
    seconds: float
    content: bytes | None
    always: bool
    size: int


Note = tuple[str, Key, bytes]


class WriteBehind:
    """One thread that calls `work(jobs, notes)` with what was offered, and `tick()` after each batch and when idle."""

    def __init__(
        self,
        work: Callable[[Sequence[Job], Sequence[Note]], None],
        tick: Callable[[], None],
        *,
        limit_bytes: int,
        interval: float,
    ) -> None:
        self._work, self._tick, self._limit, self._interval = work, tick, limit_bytes, interval
        self._changed = threading.Condition()
        self._queue: dict[Key, Job] = {}  # in order of arrival
        self._notes: dict[tuple[str, Key], bytes] = {}
        self._writing: dict[Key, Job] = {}
        self._writing_notes: dict[tuple[str, Key], bytes] = {}
        self._bytes = 0
        self._kicked = self._closing = self._asleep = self._hurry = False
        self._thread: threading.Thread | None = None
        self.skipped = 0  # values that were left out because the queue was full

    def offer(self, job: Job) -> bool:
        """Queue a value; False if there was no room for it."""
        with self._changed:
            if self._closing:
                return False
            if self._bytes + job.size > self._limit and not self._make_room(job):
                self.skipped += 1
                return False
            self._remove(job.key)
            self._queue[job.key] = job
            self._bytes += job.size
            if self._asleep or self._thread is None:
                self._wake()
            return True

    def offer_note(self, space: str, key: Key, value: bytes) -> None:
        """Queue a small record."""
        with self._changed:
            if not self._closing:
                self._notes[space, key] = value
                if self._asleep or self._thread is None:
                    self._wake()

    def start(self) -> None:
        """Start the thread now, so that `tick` is called in every interval."""
        with self._changed:
            if not self._closing:
                self._wake()

    def kick(self) -> None:
        """Have `tick` called soon."""
        with self._changed:
            if not self._closing:
                self._kicked = True
                self._wake()

    def pending(self, key: Key) -> Job | None:
        """The job of a value that is not written yet."""
        return self._queue.get(key) or self._writing.get(key)

    def pending_note(self, space: str, key: Key) -> bytes | None:
        """A record that is not written yet."""
        found = self._notes.get((space, key))
        return self._writing_notes.get((space, key)) if found is None else found

    @property
    def queued(self) -> tuple[int, int]:
        """Values and bytes that wait to be written."""
        return len(self._queue) + len(self._writing), self._bytes

    def cancel(self, keys: Sequence[Key] | None = None) -> None:
        """Take values (or, for None, everything) out of the queue; then wait until none of them is being written."""
        with self._changed:
            for key in list(self._queue) if keys is None else keys:
                self._remove(key)
            if keys is None:
                self._notes.clear()
            gone = list(self._writing) if keys is None else keys
            self._changed.wait_for(lambda: not any(key in self._writing for key in gone), CANCEL)

    def flush(self, timeout: float) -> bool:
        """Wait until everything offered so far is written; False if that took longer than `timeout` seconds."""
        with self._changed:
            self._hurry = True
            self._changed.notify_all()
            try:
                return self._changed.wait_for(self._idle, timeout)
            finally:
                self._hurry = False

    def close(self, timeout: float) -> None:
        """Write what is queued, for at most `timeout` seconds, and end the thread."""
        self.flush(timeout)
        with self._changed:
            self._closing = True
            self._queue.clear()
            self._notes.clear()
            self._bytes = 0
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _idle(self) -> bool:
        return not (self._queue or self._notes or self._writing or self._writing_notes)

    def _make_room(self, job: Job) -> bool:
        for key in [key for key, queued in self._queue.items() if not queued.always]:
            if self._bytes + job.size <= self._limit:
                break
            self._remove(key)
            self.skipped += 1
        if job.always and job.size <= self._limit:
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._bytes + job.size <= self._limit, PATIENCE)
        return self._bytes + job.size <= self._limit

    def _remove(self, key: Key) -> None:
        job = self._queue.pop(key, None)
        if job is not None:
            self._bytes -= job.size

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="loom-cache-writer", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _run(self) -> None:
        idle = 0.0
        while True:
            with self._changed:
                if not (self._kicked or self._closing or self._hurry):
                    self._asleep = idle > DROWSY
                    self._changed.wait(self._interval if self._asleep else POLL)
                    self._asleep = False
                if self._closing:
                    return
                self._kicked = False
                self._take()
                idle = 0.0 if self._writing or self._writing_notes else idle + POLL
                jobs = list(self._writing.values())
                notes = [(space, key, value) for (space, key), value in self._writing_notes.items()]
            try:
                if jobs or notes:
                    self._work(jobs, notes)
            finally:
                with self._changed:
                    self._bytes -= sum(job.size for job in jobs)
                    self._writing, self._writing_notes = {}, {}
                    self._changed.notify_all()
            del jobs  # the values are free to go
            self._tick()

    def _take(self) -> None:
        size = 0
        while self._queue and size < BATCH_BYTES and len(self._writing) < BATCH_JOBS:
            key = next(iter(self._queue))
            job = self._writing[key] = self._queue[key]  # in both for a moment, so that `pending` never misses it
            del self._queue[key]
            size += job.size
        self._writing_notes, self._notes = self._notes, {}
