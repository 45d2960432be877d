"""What the cache costs: `python benchmarks/cache.py [--threads N]` prints a table.

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
from pathlib import Path
from typing import Any

import torch

from engine.cache import Cache
from engine.pack import content_digest, pack, type_name
from engine.values import Rng
from nodes.types import State

CLASSES = {type_name(kind): kind for kind in (State, Rng)}
STEPS = 300


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


def puts(cache: Cache, values: Sequence[State], first: int = 0) -> list[Callable[[], Any]]:
    """One put for each value, as the sampling loop makes them."""
    return [
        lambda i=i, value=value: cache.put(key(first + i), value, seconds=0.1, persist="always")  # type: ignore[misc]
        for i, value in enumerate(values)
    ]


def measure(home: Path, side: int) -> None:
    """The table for latents of `side` × `side`."""
    values = states(side, STEPS)
    size = sum(t.nbytes for t in pack(values[0]).leaves)  # type: ignore[union-attr]
    print(f"\nstate of 4 × {side} × {side} latents, {size / 1024:.0f} KB{'median':>19}{'p90':>10}{'max':>10}  µs")
    options: dict[str, Any] = {"classes": CLASSES, "ram_bytes": 1 << 31, "disk_bytes": 1 << 33, "on_warning": print}
    with Cache(home=None, **options) as memory:
        row("put, memory only", each(puts(memory, values)))
        row("put, memory only, in a loop of 5 ms steps", each(puts(memory, values, STEPS), busy(5)))
        row("get from memory", each([lambda i=i: memory.get(key(i)) for i in range(STEPS)]))
    with Cache(home=home, **options) as cache:
        started = time.perf_counter()
        row("put, with disk", each(puts(cache, values)))
        cache.flush()
        written = time.perf_counter() - started
        row("put, with disk, in a loop of 5 ms steps", each(puts(cache, values, STEPS), busy(5)))
        cache.flush()
        row("has, in memory", each([lambda i=i: cache.has(key(i)) for i in range(STEPS)]))
        row("has, not there", each([lambda i=i: cache.has(key(10**6 + i)) for i in range(STEPS)]))
    with Cache(home=home, **options) as cache:
        row("has, on disk", each([lambda i=i: cache.has(key(i)) for i in range(STEPS)]))
        many = [key(i) for i in range(10 * STEPS)]
        row(f"has_many of {len(many)}, per key", [t / len(many) for t in each([lambda: cache.has_many(many)] * 10)])
        row("entry, on disk", each([lambda i=i: cache.entry(key(i)) for i in range(STEPS)]))
        row("get from disk", each([lambda i=i: cache.get(key(i)) for i in range(STEPS)]))
        row("pin of 1 000 keys", each([lambda: cache.pin(many[:1000]).__enter__()] * 10))
        row("put_json", each([lambda i=i: cache.put_json("t", key(i), [i]) for i in range(STEPS)]))
        cache.flush()
        row("get_json", each([lambda i=i: cache.get_json("t", key(i)) for i in range(STEPS)]))
    row("content digest", each([lambda v=v: content_digest(v) for v in values]))
    print(f"written behind: {written / STEPS * 1e3:.2f} ms a state, {size * STEPS / written / 1e6:.0f} MB/s")


def overhead(home: Path, milliseconds: float) -> None:
    """What a loop of steps pays for the cache in all, the writer's thread included."""
    values, work = states(64, STEPS), torch.randn(384, 384)

    def step() -> None:
        for _ in range(times):
            work @ work

    times = 1
    times = max(1, int(milliseconds * 1e3 / statistics.median(each([step] * 200))))
    options: dict[str, Any] = {"classes": CLASSES, "ram_bytes": 1 << 31, "disk_bytes": 1 << 33, "on_warning": print}
    took: dict[str, list[float]] = {"bare": [], "memory": [], "disk": []}
    with Cache(home=None, **options) as memory, Cache(home=home, **options) as disk:
        for turn in range(6):  # interleaved: the machine's mood changes
            for name, cache in (("bare", None), ("memory", memory), ("disk", disk)):
                calls = [lambda: None] * STEPS if cache is None else puts(cache, values, turn * STEPS)
                for call in calls:
                    started = time.perf_counter()
                    step()
                    call()
                    took[name].append((time.perf_counter() - started) * 1e3)
    bare = statistics.median(took["bare"])
    print(f"\na loop of {bare:.1f} ms steps, states of 64 × 64 latents")
    for name, times_taken in took.items():
        mean, middle = statistics.fmean(times_taken), statistics.median(times_taken)
        print(f"  {name:<8} median {middle:.3f} ms ({(middle / bare - 1) * 100:+.2f} %)   mean {mean:.3f} ms")


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
