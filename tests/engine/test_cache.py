"""The cache in front: memory, the queue, and what a run asks of it."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cache import MISSING, Cache
from engine.gdsf import GreedyDual, priority
from engine.pack import Packed, content_digest, pack
from engine.ram import OVERHEAD, Held, RamTier, value_of
from engine.sizes import Block, blocks, size_of
from engine.writer import Job, WriteBehind
from tests.engine.samples import CLASSES, Box, Pair, key, same

Open = Callable[..., Cache]
KB = torch.zeros(256).nbytes


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def opened(tmp_path: Path, warnings: list[str]) -> Iterator[Open]:
    """Opens caches on one home; closes them in the end."""
    caches: list[Cache] = []

    def make(**options: Any) -> Cache:
        defaults = {"home": tmp_path, "classes": CLASSES, "ram_bytes": 1 << 30, "disk_bytes": 1 << 30}
        caches.append(Cache(on_warning=warnings.append, **{**defaults, **options}))
        return caches[-1]

    yield make
    for cache in caches:
        cache.close()


def block(number: int, kilobytes: int = 1) -> torch.Tensor:
    return torch.full((256 * kilobytes,), float(number))


def test_what_was_put_is_there_at_once(opened: Open) -> None:
    for cache in (opened(), opened(home=None)):
        value = Box(block(1))
        assert not cache.has(key(0))
        assert cache.get(key(0)) is MISSING
        cache.put(key(0), value, seconds=2.0, persist="always")
        assert cache.has(key(0))
        assert cache.has_many([key(0), key(1)]) == {key(0)}
        assert cache.get(key(0)) is value
        entry = cache.entry(key(0))
        assert entry is not None
        assert (entry.tier, entry.seconds, entry.bytes) == ("ram", 2.0, KB + OVERHEAD)
        assert cache.entry(key(1)) is None
        info = cache.info()
        assert (info.values, info.hits, info.misses) == (1, 1, 1)
        cache.drop(key(0))
        assert not cache.has(key(0))
        assert cache.get(key(0)) is MISSING


def test_none_is_a_value(opened: Open) -> None:
    with opened() as cache:
        cache.put(key(0), None, seconds=1.0, persist="always")
        assert cache.get(key(0)) is None
    assert opened().get(key(0)) is None


def test_to_disk_goes_what_must_and_what_is_faster_loaded_than_computed(opened: Open) -> None:
    with opened() as cache:
        cache.put(key(0), block(0), seconds=0.0, persist="always")
        cache.put(key(1), block(1), seconds=9.0, persist="never")
        cache.put(key(2), block(2), seconds=0.5)
        cache.put(key(3), block(3), seconds=0.0005)
        cache.put(key(4), block(4, 4096), seconds=0.005)
        cache.put(key(5), block(5, 4096), seconds=0.5)
    assert opened().has_many(map(key, range(6))) == {key(0), key(2), key(5)}


def test_the_content_digest_is_kept_with_the_value(opened: Open) -> None:
    cache = opened()
    value = Box([block(1), block(1)])
    cache.put(key(0), value, seconds=1.0, content=content_digest(value), persist="always")
    cache.put(key(1), value, seconds=1.0, persist="always")
    cache.flush()
    for look, tier in ((cache, "ram"), (opened(ram_bytes=0), "disk")):
        first, second = look.entry(key(0)), look.entry(key(1))
        assert first is not None
        assert second is not None
        assert (first.tier, first.content, second.content) == (tier, content_digest(value), None)
        loaded = look.get(key(0))
        assert same(loaded, value)
        assert loaded.held[0] is not loaded.held[1], "stored once, but they were two"


def test_the_memory_budget_holds_and_counts_shared_tensors_once(opened: Open) -> None:
    cache = opened(home=None, ram_bytes=20 * 1024)
    shared = block(0, 8)
    for number in range(10):
        cache.put(key(number), [shared, shared[:1]], seconds=1.0)
    assert cache.info().values == 10
    assert cache.info().host_bytes == 8 * KB + 10 * OVERHEAD
    for number in range(10, 40):
        cache.put(key(number), block(number, 2), seconds=1.0)
        assert cache.info().host_bytes <= 20 * 1024
    assert cache.has(key(39))
    assert not cache.has(key(11))
    cache.put(key(99), block(0, 21), seconds=1e9)
    assert not cache.has(key(99)), "it could never fit"
    assert cache.has(key(39)), "and pushed nothing out"


def test_memory_gives_up_what_costs_least_to_get_again(opened: Open) -> None:
    cache = opened(home=None, ram_bytes=10 * (KB + OVERHEAD))
    for number in range(10):
        cache.put(key(number), block(number), seconds=1.0 + number)
    cache.put(key(10), block(10), seconds=50.0)
    assert cache.has_many(map(key, range(11))) == set(map(key, range(1, 11)))
    cache.get(key(1))
    cache.get(key(1))
    cache.put(key(11), block(11), seconds=50.0)
    assert cache.has_many(map(key, range(12))) == {key(1), *map(key, range(3, 12))}, "1 was asked for, so 2 goes"


def test_what_a_run_pins_stays_in_memory(opened: Open) -> None:
    cache = opened(home=None, ram_bytes=5 * (KB + OVERHEAD))
    with cache.pin([key(0), key(1), key(77)]), cache.pin([key(0)]):
        for number in range(20):
            cache.put(key(number), block(number), seconds=1.0)
        assert cache.has_many([key(0), key(1)]) == {key(0), key(1)}
    for number in range(20, 40):
        cache.put(key(number), block(number), seconds=1.0)
    assert not cache.has_many([key(0), key(1)])


def test_a_run_out_of_memory_gets_room_but_not_what_it_reads(opened: Open) -> None:
    cache = opened(home=None)
    for number in range(5):
        cache.put(key(number), block(number), seconds=1.0)
    with cache.pin([key(3)]):
        cache.make_room()
        assert cache.has_many(map(key, range(5))) == {key(3)}
    cache.make_room()
    assert cache.info().host_bytes == 0


def test_a_value_that_was_changed_after_it_was_put_is_refused(opened: Open, warnings: list[str]) -> None:
    cache = opened()
    value = Box([block(1), block(2)])
    cache.put(key(0), value, seconds=1.0, persist="never")
    value.held[1].add_(1.0)
    assert cache.get(key(0)) is MISSING
    assert not cache.has(key(0))
    value = Box(block(3))
    cache.put(key(1), value, seconds=1.0, persist="always")
    value.held.mul_(2.0)
    cache.flush()
    assert not opened().has(key(1)), "it was not written"
    assert warnings
    assert all("in place" in warning for warning in warnings)


def test_values_made_in_inference_mode_are_kept_too(opened: Open) -> None:
    with torch.inference_mode():
        value = Box(block(1) + 1)
    with opened() as cache:
        cache.put(key(0), value, seconds=1.0, persist="always")
        assert cache.get(key(0)) is value
    assert same(opened().get(key(0)), value)


def test_a_full_queue_leaves_out_what_is_only_worth_a_try_first() -> None:
    gate = threading.Event()
    written: list[bytes] = []

    def work(jobs: Any, notes: Any) -> None:
        gate.wait(10)
        written.extend(job.key for job in jobs)

    queue = WriteBehind(work, lambda: None, limit_bytes=1000, interval=60.0)

    def offer(number: int, always: bool, size: int = 250) -> bool:
        return queue.offer(Job(key(number), None, [], 1.0, None, always, size))

    assert offer(0, True)
    while queue.queued[0] and not queue._writing:  # until the thread has taken the first and waits at the gate
        time.sleep(0.001)
    assert offer(1, False)
    assert offer(2, True)
    assert offer(3, False)
    assert offer(4, True), "takes the place of 1"
    assert queue.pending(key(1)) is None
    assert offer(5, True), "takes the place of 3"
    assert not offer(6, False)
    started = time.perf_counter()
    assert not offer(7, True), "waits a moment, then a gap is better than a pause"
    assert 0.02 < time.perf_counter() - started < 2.0
    assert not offer(8, True, size=2000)
    assert queue.skipped == 5
    assert queue.pending(key(0)) is not None
    gate.set()
    assert queue.flush(10)
    assert written == [key(0), key(2), key(4), key(5)]
    queue.close(1)


def test_room_in_the_queue_is_waited_for() -> None:
    queue = WriteBehind(lambda jobs, notes: time.sleep(0.005), lambda: None, limit_bytes=100, interval=60.0)
    for number in range(5):
        assert queue.offer(Job(key(number), None, [], 1.0, None, True, 100))
    assert queue.skipped == 0
    queue.close(10)
    assert not queue.offer(Job(key(9), None, [], 1.0, None, True, 1)), "closed"


def test_a_value_that_waits_to_be_written_is_found(opened: Open) -> None:
    cache = opened(ram_bytes=0)
    for number in range(50):
        cache.put(key(number), block(number), seconds=1.0, persist="always")
        assert cache.has(key(number))
        assert same(cache.get(key(number)), block(number))
        cache.put_json("notes", key(number), number)
        assert cache.get_json("notes", key(number)) == number
    cache.flush()
    assert all(same(cache.get(key(n)), block(n)) for n in range(50))


def test_dropping_a_value_keeps_it_from_being_written(opened: Open) -> None:
    cache = opened()
    for number in range(100):
        cache.put(key(number), block(number), seconds=1.0, persist="always")
        if number % 2:
            cache.drop(key(number))
    cache.flush()
    assert opened().has_many(map(key, range(100))) == {key(n) for n in range(0, 100, 2)}


def test_small_records_outlive_the_process(opened: Open) -> None:
    record = {"a": [1, 2.5, None, "x"], "b": {"c": True}}
    with opened() as cache:
        assert cache.get_json("plan", key(0)) is None
        cache.put_json("plan", key(0), [1])
        cache.put_json("plan", key(0), record)
        cache.put_json("history", key(0), 7)
        with pytest.raises(ValueError, match="JSON"):
            cache.put_json("plan", key(1), math.nan)
    cache = opened()
    assert cache.get_json("plan", key(0)) == record
    assert cache.get_json("history", key(0)) == 7
    memory = opened(home=None)
    memory.put_json("plan", key(0), record)
    assert memory.get_json("plan", key(0)) == record
    assert memory.get_json("plan", key(1)) is None


def test_many_threads_may_use_one_cache(opened: Open, warnings: list[str]) -> None:
    cache = opened(ram_bytes=40 * 1024, disk_bytes=200 * 1024, queue_bytes=64 * 1024)
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        rng = random.Random(seed)
        try:
            for _ in range(150):
                number = rng.randrange(100)
                found = cache.get(key(number))
                assert found is MISSING or same(found, block(number, 4))
                cache.put(key(number), block(number, 4), seconds=1.0, persist=rng.choice(["always", "auto", "never"]))
                if rng.random() < 0.1:
                    with cache.pin([key(number)]):
                        cache.has_many(map(key, range(100)))
                if rng.random() < 0.03:
                    cache.drop(key(number))
                if rng.random() < 0.02:
                    cache.gc()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.flush()
    assert failures == []
    assert warnings == []
    info = cache.info()
    assert info.host_bytes <= 40 * 1024
    assert info.disk is not None
    assert info.disk.bytes <= 200 * 1024


def test_a_closed_cache_misses_and_says_nothing(opened: Open, warnings: list[str]) -> None:
    cache = opened(ram_bytes=0)
    cache.put(key(0), 1, seconds=1.0, persist="always")
    cache.close()
    cache.close()
    assert cache.get(key(0)) is MISSING
    assert not cache.has(key(0))
    cache.put(key(1), 1, seconds=1.0, persist="always")
    cache.put_json("notes", key(0), 1)
    with cache.pin([key(0)]):
        pass
    assert warnings == []


# the tiers and their order


def on_device(value: Any) -> Held:
    """A value as if its tensors lay on an accelerator."""
    return Held(value, [(name, size, True, version) for name, size, _, version in blocks(value)], 1.0, None)


def on_host(value: object) -> tuple[Packed, list[Block]]:
    packed = pack(value)
    return packed, blocks(packed.leaves)


def test_values_leave_the_accelerator_for_the_host_and_then_altogether() -> None:
    ram = RamTier(3 * (KB + OVERHEAD), 2 * KB)
    values = [Pair(block(n), n) for n in range(6)]
    for number, value in enumerate(values[:2]):
        ram.put(key(number), on_device(value))
    assert (ram.device_used, ram.host_used) == (2 * KB, 2 * OVERHEAD)
    assert ram.to_demote() is None
    ram.put(key(2), on_device(values[2]))
    assert ram.device_used == 3 * KB
    condemned = ram.to_demote()
    assert condemned is not None
    name, held = condemned
    assert name == key(0)
    ram.demoted(name, held, *on_host(held.value))
    assert (ram.device_used, ram.host_used) == (2 * KB, 3 * OVERHEAD + KB)
    assert ram.to_demote() is None
    back = ram.get(key(0))
    assert back is not None
    assert not back.device
    assert same(value_of(back, CLASSES, "cpu"), values[0])
    gone = ram.to_demote(0)
    assert gone is not None
    ram.drop(gone[0])
    ram.demoted(*gone, *on_host(gone[1].value))
    assert gone[0] not in ram, "dropped while it moved"
    ram.clear()
    assert (ram.device_used, ram.host_used, len(ram)) == (0, 0, 0)


def test_a_value_that_cannot_move_is_given_up() -> None:
    ram = RamTier(1 << 20, 1)
    ram.device_bytes = 1 << 20
    ram.put(key(0), on_device([block(0), {1, 2}]))
    condemned = ram.to_demote(0)
    assert condemned is not None
    ram.demoted(*condemned, None, [])
    assert key(0) not in ram
    assert (ram.device_used, ram.host_used) == (0, 0)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 5), st.integers(0, 3)), max_size=60))
def test_the_tier_counts_what_it_holds(steps: list[tuple[int, int, int]]) -> None:
    pieces = [block(n, n + 1) for n in range(6)]
    ram = RamTier(9 * KB, 1 << 20)
    held: dict[bytes, Any] = {}
    for name, first, action in steps:
        if action == 0:
            ram.drop(key(name))
        elif action == 1:
            ram.hold(key(name))
            ram.release(key(name))
        else:
            held[key(name)] = [pieces[first], pieces[(first * action) % 6]]
            ram.put(key(name), Held(held[key(name)], blocks(held[key(name)]), float(first), None))
        kept = [value for k, value in held.items() if k in ram]
        assert ram.host_used == size_of(kept) + len(ram) * OVERHEAD
        assert ram.host_used <= 9 * KB


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 10), st.integers(1, 50), st.integers(0, 3)), min_size=1, max_size=30))
def test_the_order_is_that_of_the_formula(things: list[tuple[float, int, int]]) -> None:
    order: GreedyDual[int] = GreedyDual()
    for name, (seconds, size, asked) in enumerate(things):
        order.add(name, seconds, size)
        for _ in range(asked):
            order.touch(name)
    ranks = {name: priority(0.0, seconds, size, asked + 1) for name, (seconds, size, asked) in enumerate(things)}
    gone: list[int] = []
    while (least := order.pop()) is not None:
        assert order.clock == pytest.approx(ranks[least])
        gone.append(least)
    assert sorted(gone) == sorted(ranks)
    assert [ranks[name] for name in gone] == sorted(ranks.values())


def test_what_nobody_asks_for_falls_behind() -> None:
    order: GreedyDual[str] = GreedyDual()
    order.add("old and dear", 5.0, 1)
    for number in range(20):
        order.add(f"new {number}", 1.0, 1)
    gone = [order.pop() for _ in range(20)]
    order.add("newer", 5.0, 1)
    assert "old and dear" not in gone
    assert order.pop() == "old and dear"


def test_what_is_held_is_not_popped_until_released() -> None:
    order: GreedyDual[str] = GreedyDual()
    order.hold("to come")
    for name in ("to come", "a", "b"):
        order.add(name, 1.0 if name == "to come" else 2.0, 1)
    order.hold("a")
    order.hold("a")
    assert order.pop() == "b"
    assert order.pop() is None
    order.release("a")
    assert order.pop() is None
    order.release("a")
    assert order.pop() == "a"
    order.release("to come")
    assert order.pop() == "to come"
    assert len(order) == 0


def test_a_queue_that_is_filled_and_emptied_for_long_stays_small() -> None:
    order: GreedyDual[int] = GreedyDual()
    for number in range(10_000):
        order.add(number, 1.0, 1)
        order.remove(number - 10)
    assert len(order) == 10
    assert len(order._heap) < 200
