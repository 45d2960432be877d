"""The cache as a run sees it: keys to values, over memory and disk.

    has(key)   memory: a dictionary;  disk: one indexed SELECT
    get(key)   memory, then what waits to be written, then the disk (verified, and kept in memory from then on)
    put(key)   memory at once; one background thread writes to the disk

`put` is called from the sampling loop, so it only lists the memory under the value and queues it: no copy, no digest,
no wait for a device. Values must not change after they were put; one that did is dropped and reported.

To disk goes everything with persist="always" (states of steps, artifacts), and with "auto" what is faster to load than
to compute again. A value without a stored form stays in memory.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from engine.digest import Key
from engine.entry import MISSING, CacheInfo, Entry, Persist
from engine.errors import Unencodable
from engine.leaves import Undecodable
from engine.pack import Packed, pack
from engine.ram import Held, RamTier, changed, value_of
from engine.sizes import blocks
from engine.store import LEASE, Store
from engine.upkeep import GRACE, GcReport, clear, collect, disk_info, routine
from engine.writer import Job, Note, WriteBehind

__all__ = ["MISSING", "Cache", "CacheInfo", "Entry", "Persist"]

LOAD_SECONDS = 1e-3  # what loading a value from disk takes, whatever its size,
LOAD_RATE = 500e6  # and bytes per second from there: reading and verifying (benchmarks/bench_cache.py)
QUEUE_BYTES = 256 << 20
KEPT = 90 * 86400.0  # seconds that a frozen result is protected after it was last planned or run with
HOUR = 3600.0  # between two looks whether the disk tier needs collecting
CLOSE_SECONDS = 30.0  # for what is still queued at the end


class Cache:
    """Values by key in memory and, with a `home`, on disk. Thread-safe; close it, or use it in a `with`."""

    def __init__(
        self,
        *,
        home: Path | None,
        classes: Mapping[str, type],
        ram_bytes: int,
        disk_bytes: int,
        on_warning: Callable[[str], None],
        device_bytes: int = 1 << 30,
        queue_bytes: int = QUEUE_BYTES,
    ) -> None:
        self._classes, self._warn = classes, on_warning
        self._lock = threading.Lock()
        self._ram = RamTier(ram_bytes, device_bytes)
        self._notes: dict[tuple[str, Key], bytes] = {}  # small records, while there is no disk to write to
        self._hits = self._misses = 0
        self._said: set[str] = set()
        self._look_after = time.monotonic() + HOUR
        self._store: Store | None = None
        if home is not None:
            self._store = Store(home / "cache", classes=classes, budget=disk_bytes, on_warning=on_warning)
        self._writer = WriteBehind(self._write, self._tick, limit_bytes=queue_bytes, interval=LEASE / 3)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def has(self, key: Key) -> bool:
        """True if the value is there, as far as the tables say; `get` may still find it damaged."""
        if key in self._ram or self._writer.pending(key) is not None:
            return True
        return self._store is not None and self._store.has(key)

    def has_many(self, keys: Iterable[Key]) -> set[Key]:
        """Those of the keys that `has` is true of."""
        wanted = set(keys)
        found = {key for key in wanted if key in self._ram or self._writer.pending(key) is not None}
        if self._store is not None and len(found) < len(wanted):
            found |= self._store.known(list(wanted - found))
        return found

    def entry(self, key: Key) -> Entry | None:
        """What is known of a value, without loading it."""
        with self._lock:
            held = self._ram.find(key)
        if held is not None:
            return Entry(held.seconds, held.size, held.content, "device" if held.device else "ram")
        job = self._writer.pending(key)
        if job is not None:
            return Entry(job.seconds, job.size, job.content, "ram")
        action = None if self._store is None else self._store.action(key)
        return None if action is None else Entry(action.seconds, action.bytes, action.content or None, "disk")

    def get(self, key: Key, device: str = "cpu") -> Any:
        """The value, or `MISSING`. What lay on an accelerator when it was put comes to `device`."""
        value = self._recall(key, device)
        with self._lock:
            if value is MISSING:
                self._misses += 1
            else:
                self._hits += 1
        return value

    def put(
        self, key: Key, value: object, *, seconds: float, content: bytes | None = None, persist: Persist = "auto"
    ) -> None:
        """Keep a value that took `seconds` to compute. Returns at once."""
        held = self._keep(key, value, seconds, content)
        if self._store is None or persist == "never" or not self._store.writable or held.size > self._store.budget:
            return
        if persist == "always" or seconds > LOAD_SECONDS + held.size / LOAD_RATE:
            self._writer.offer(Job(key, value, held.blocks, seconds, content, persist == "always", held.size))

    @contextlib.contextmanager
    def pin(self, keys: Iterable[Key]) -> Iterator[None]:
        """Within the block neither this nor another process gives these values up to make room."""
        wanted = list(keys)
        with self._lock:
            for key in wanted:
                self._ram.hold(key)
        stored = [key for key in wanted if key not in self._ram]
        lease = self._store.pin(stored) if self._store is not None and stored else None
        if lease is not None:
            self._writer.start()  # its tick renews the lease
        try:
            yield
        finally:
            if self._store is not None and lease is not None:
                self._store.unpin(lease)
            with self._lock:
                for key in wanted:
                    self._ram.release(key)

    def keep(self, keys: Iterable[Key], device: str = "cpu") -> None:
        """Have values outlive the process: write what is in memory alone, and protect all from eviction for `KEPT`.

        Returns when they are on disk. What has no stored form, or is not there, stays as it is.
        """
        wanted = list(keys)
        if self._store is None or not self._store.writable or not wanted:
            return
        self._store.keep(wanted, KEPT)  # first, so that what is written now is not what makes room
        late = False
        for key in set(wanted) - self._store.known(wanted):
            entry = self.entry(key)
            value = MISSING if entry is None else self._recall(key, device)
            if entry is None or value is MISSING or entry.bytes > self._store.budget:
                continue
            late |= self._writer.offer(Job(key, value, blocks(value), entry.seconds, entry.content, True, entry.bytes))
        if late:
            self.flush()

    def drop(self, key: Key) -> None:
        """Forget a value everywhere."""
        self._writer.cancel([key])
        with self._lock:
            self._ram.drop(key)
        if self._store is not None:
            self._store.drop([key])

    def flush(self, timeout: float = CLOSE_SECONDS) -> bool:
        """Wait until everything put so far is on disk; False if `timeout` seconds were not enough."""
        return self._writer.flush(timeout)

    def close(self) -> None:
        """Write what is queued, end the thread, close the files."""
        self._writer.close(CLOSE_SECONDS)
        if self._store is not None:
            if self._store.wrote:
                routine(self._store)
            self._store.close()

    def make_room(self) -> None:
        """For a run that is out of memory: move what is on an accelerator to the host; if nothing is, shrink there."""
        if not self._demote(0):
            with self._lock:
                self._ram.shed(0)

    def info(self) -> CacheInfo:
        """What the tiers hold, and what happened so far."""
        disk = None if self._store is None else disk_info(self._store)
        unwritten = 0 if self._store is None else self._store.unwritten
        queued, queued_bytes = self._writer.queued
        ram = self._ram
        with self._lock:
            tiers = (len(ram), ram.host_used, ram.host_bytes, ram.device_used, ram.device_bytes)
            counts = (self._hits, self._misses, queued, queued_bytes, self._writer.skipped, unwritten)
            return CacheInfo(*tiers, *counts, disk)

    def clear(self) -> None:
        """Forget everything, on disk too."""
        self._writer.cancel()
        with self._lock:
            self._ram.clear()
            self._notes.clear()
        if self._store is not None:
            clear(self._store)

    def gc(self, grace: float = GRACE) -> GcReport:
        """Remove files that nothing refers to; those younger than `grace` seconds may be another process's."""
        return GcReport(0, 0, 0) if self._store is None else collect(self._store, grace)

    def get_json(self, table: str, key: Key) -> Any:
        """A small record that was put under this name; None if there is none."""
        found = self._notes.get((table, key))
        if found is None and self._store is not None:
            found = self._writer.pending_note(table, key) or self._store.note(table, key)
        return None if found is None else json.loads(found)

    def put_json(self, table: str, key: Key, value: object) -> None:
        """Keep a small JSON-able record under a name of its own. Raises `ValueError` for NaN and infinities."""
        text = json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
        if self._store is None or not self._store.writable:
            self._notes[table, key] = text
        else:
            self._writer.offer_note(table, key, text)

    def _keep(self, key: Key, value: object, seconds: float, content: Key | None) -> Held:
        held = Held(value, blocks(value), seconds, content)
        with self._lock:
            self._ram.put(key, held)
        if held.device and self._ram.device_used > self._ram.device_bytes:
            self._writer.kick()
        return held

    def _recall(self, key: Key, device: str) -> Any:
        with self._lock:
            held = self._ram.get(key)
        if held is not None:
            if changed(held):
                self._spoilt(key)
                return MISSING
            with contextlib.suppress(Undecodable):
                value = value_of(held, self._classes, device)
                if held.packed is not None:
                    self._keep(key, value, held.seconds, held.content)
                return value
        job = self._writer.pending(key)
        if job is not None:
            return job.value
        loaded = None if self._store is None else self._store.load(key, device)
        if loaded is None:
            return MISSING
        self._keep(key, loaded.value, loaded.seconds, loaded.content or None)
        return loaded.value

    def _spoilt(self, key: Key) -> None:
        self.drop(key)
        self._say("a value was written into after it was stored (a node changes its input in place); it is dropped")

    def _say(self, message: str) -> None:
        if message not in self._said:
            self._said.add(message)
            self._warn(message)

    def _write(self, jobs: Sequence[Job], notes: Sequence[Note]) -> None:
        """Runs in the writer's thread."""
        if self._store is None or not self._store.writable:
            return
        try:
            written = []
            for job in jobs:
                if blocks(job.value) != job.blocks:
                    self._say("a value was written into after it was stored (a node changes its input in place)")
                elif (one := self._store.prepare(job.key, job.value, job.seconds, job.content or b"")) is not None:
                    written.append(one)
            self._store.commit(written, notes)
        except Exception as error:  # the run goes on without a disk tier, whatever this was
            self._store.writable = False
            self._say(f"nothing more is cached on disk: {type(error).__name__}: {error}")

    def _tick(self) -> None:
        """Runs in the writer's thread, after each batch and when idle."""
        try:
            if self._store is not None:
                self._store.renew()
                if time.monotonic() > self._look_after:
                    self._look_after = time.monotonic() + HOUR
                    routine(self._store)
            self._demote()
        except Exception as error:  # the thread goes on, whatever this was
            self._say(f"the cache cannot look after itself: {type(error).__name__}: {error}")

    def _demote(self, budget: int | None = None) -> int:
        """Move values from the accelerator to the host until the budget holds. Returns how many."""
        moved = 0
        while True:
            with self._lock:
                condemned = self._ram.to_demote(budget)
            if condemned is None:
                return moved
            moved += 1
            key, held = condemned
            packed = _on_host(held.value)
            now = [] if packed is None else blocks(packed.leaves)
            with self._lock:
                self._ram.demoted(key, held, packed, now)


def _on_host(value: object) -> Packed | None:
    """The value with its tensors copied to the host; None if it cannot be taken apart or copied."""
    try:
        packed = pack(value)
        return Packed(packed.tree, [x if isinstance(x, bytes) else x.to("cpu") for x in packed.leaves], packed.types)
    except (Unencodable, RuntimeError):
        return None
