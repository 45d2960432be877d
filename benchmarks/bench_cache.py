"""What the cache costs: `python benchmarks/bench_cache.py [--threads N]` prints a table.

The value is the state of a sampling step as a second-order solver carries it: latent, two predictions, random state.
"in a loop" puts are made from a loop whose step takes some milliseconds, as sampling does, so the processor's caches
are cold and the writer's thread is at work: that is what a run pays per step.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from engine.cache import Cache
from engine.pack import content_digest, pack, type_name
from engine.values import Rng
from nodes.types import State

CLASSES = {type_name(kind): kind for kind in (State, Rng)}
STEPS = 300
BLOCKS = 15


def key(number: int) -> bytes:
    """A key."""
    return number.to_bytes(32, "big")


def states(side: int, count: int) -> list[State]:
    """States of successive steps: each shares a prediction with the one before."""
    generator = torch.Generator().manual_seed(0)

    def tensor() -> torch.Tensor:
        return torch.randn(1, 4, side, side, generator=generator)

    predictions = [tensor() for _ in range(count + 1)]
    return [
        State(
            tensor(),
            Rng((7,), (generator.get_state(),)),
            {"_step_index": i, "lower_order_nums": 2, "model_outputs": [predictions[i], predictions[i + 1]]},
        )
        for i in range(count)
    ]


def each(calls: Sequence[Callable[[], Any]], pause: Callable[[], Any] | None = None) -> list[float]:
    """Microseconds of each call."""
    took = []
    for call in calls:
        if pause is not None:
            pause()
        started = time.perf_counter()
        call()
        took.append((time.perf_counter() - started) * 1e6)
    return took


def row(name: str, took: Sequence[float]) -> None:
    """One line of the table."""
    ordered = sorted(took)
    p90, worst = ordered[len(ordered) * 9 // 10], ordered[-1]
    print(f"{name:<46}{statistics.median(ordered):>10.1f}{p90:>10.1f}{worst:>10.1f}")


def busy(milliseconds: float) -> Callable[[], None]:
    """Work of about that length, which touches some memory as a small network does."""
    weights = torch.randn(512, 512)

    def work() -> None:
        end = time.perf_counter() + milliseconds / 1e3
        while time.perf_counter() < end:
            weights @ weights

    return work


def over(call: Callable[[bytes], Any], count: int = STEPS, first: int = 0) -> list[Callable[[], Any]]:
    """The call for so many keys."""
    return [partial(call, key(first + i)) for i in range(count)]


def puts(cache: Cache, values: Sequence[State], first: int = 0) -> list[Callable[[], Any]]:
    """One put for each value, as the sampling loop makes them."""
    return [partial(cache.put, key(first + i), value, seconds=0.1, persist="always") for i, value in enumerate(values)]


def pinned(cache: Cache, keys: Sequence[bytes]) -> None:
    """Pin and unpin."""
    with cache.pin(keys):
        pass


def measure(home: Path, side: int) -> None:
    """The table for latents of `side` × `side`."""
    values = states(side, STEPS)
    size = sum(len(leaf) if isinstance(leaf, bytes) else leaf.nbytes for leaf in pack(values[0]).leaves)
    print(f"\nstate of 4 × {side} × {side} latents, {size / 1024:.0f} KB{'median':>19}{'p90':>10}{'max':>10}  µs")
    options: dict[str, Any] = {"classes": CLASSES, "ram_bytes": 1 << 31, "disk_bytes": 1 << 33, "on_warning": print}
    with Cache(home=None, **options) as memory:
        row("put, memory only", each(puts(memory, values)))
        row("put, memory only, in a loop of 5 ms steps", each(puts(memory, values, STEPS), busy(5)))
        row("get from memory", each(over(memory.get)))
    with Cache(home=home, **options) as cache:
        started = time.perf_counter()
        row("put, with disk", each(puts(cache, values)))
        cache.flush()
        written = time.perf_counter() - started
        row("put, with disk, in a loop of 5 ms steps", each(puts(cache, values, STEPS), busy(5)))
        cache.flush()
        row("has, in memory", each(over(cache.has)))
        row("has, not there", each(over(cache.has, first=10**6)))
    with Cache(home=home, **options) as cache:
        row("has, on disk", each(over(cache.has)))
        many = [key(i) for i in range(10 * STEPS)]
        row(f"has_many of {len(many)}, per key", [t / len(many) for t in each([lambda: cache.has_many(many)] * 10)])
        row("entry, on disk", each(over(cache.entry)))
        row("pin and unpin of 1 000 keys on disk", each([partial(pinned, cache, many[:1000])] * 10))
        row("get from disk", each(over(cache.get)))
        row("put_json", each(over(lambda k: cache.put_json("t", k, [1]))))
        cache.flush()
        row("get_json", each(over(partial(cache.get_json, "t"))))
    row("content digest", each([partial(content_digest, value) for value in values]))
    print(f"written behind: {written / STEPS * 1e3:.2f} ms a state, {size * STEPS / written / 1e6:.0f} MB/s")


def overhead(home: Path, milliseconds: float) -> None:
    """What a loop of steps pays for the cache, on the clock and in time of its own thread.

    Blocks of steps are interleaved, for the machine's mood changes. The clock also shows what the writer's thread
    takes where there is no core to spare for it; time of the thread shows what the loop itself does for the cache.
    """
    work = torch.randn(384, 384)

    def step() -> None:
        for _ in range(times):
            work @ work

    times = 1
    times = max(1, int(milliseconds * 1e3 / statistics.median(each([step] * 200))))
    values = states(64, 40)
    options: dict[str, Any] = {"classes": CLASSES, "ram_bytes": 1 << 31, "disk_bytes": 1 << 33, "on_warning": print}
    clock: dict[str, list[float]] = {"bare": [], "memory": [], "disk": []}
    own: dict[str, list[float]] = {name: [] for name in clock}
    with Cache(home=None, **options) as memory, Cache(home=home, **options) as disk:
        for turn in range(BLOCKS):
            for name, cache in (("bare", None), ("memory", memory), ("disk", disk)):
                calls = puts(cache, values, turn * len(values)) if cache is not None else [lambda: None] * len(values)
                started, started_own = time.perf_counter(), time.thread_time()
                for call in calls:
                    step()
                    call()
                clock[name].append((time.perf_counter() - started) / len(values) * 1e3)
                own[name].append((time.thread_time() - started_own) / len(values) * 1e3)
                if cache is not None:
                    cache.flush()
    print(f"\na loop of {statistics.median(clock['bare']):.1f} ms steps, states of 64 × 64 latents; ms a step")
    for name in clock:
        line = [f"  {name:<8}"]
        for title, times_taken in (("on the clock", clock), ("of the thread", own)):
            middle, bare = statistics.median(times_taken[name]), statistics.median(times_taken["bare"])
            line.append(
                f"{title}: {middle:7.3f} ({(middle / bare - 1) * 100:+5.2f} %), best {min(times_taken[name]):7.3f}"
            )
        print("   ".join(line))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1, help="threads of torch (default 1)")
    torch.set_num_threads(parser.parse_args().threads)
    gc.disable()  # as the engine does while it plans and runs
    for side in (16, 64, 128):
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), side)
            gc.collect()
    with tempfile.TemporaryDirectory() as folder:
        overhead(Path(folder), 15.0)


if __name__ == "__main__":
    main()
