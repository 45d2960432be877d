"""The disk tier: what a kill, a flipped byte, a full disk and another process do to it."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from engine import store, upkeep
from engine.cache import KEPT, MISSING, Cache
from engine.store import Store
from engine.values import Rng
from tests.engine import plain
from tests.engine.samples import CLASSES, Box, files, index, key, same

SOAK = os.environ.get("LOOM_SOAK") == "1"
Open = Callable[..., Cache]


@pytest.fixture(autouse=True)
def small_values_in_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """The values of these tests are small; they are to meet files as well as rows."""
    monkeypatch.setattr(store, "INLINE", 1024)


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


def state(number: int) -> Box:
    """A step state: some tensors in files, a small one and a number in the row."""
    generator = torch.Generator().manual_seed(number)
    latent = torch.randn(1, 4, 16, 16, generator=generator)
    return Box([latent, torch.tensor(1.5), number, b"x" * 3000], "state", note=Rng((7,), (generator.get_state(),)))


def fill(cache: Cache, count: int) -> None:
    for number in range(count):
        cache.put(key(number), state(number), seconds=1.0, persist="always")
    assert cache.flush()


def block(number: int) -> torch.Tensor:
    """20 KB."""
    return torch.full((5_000,), float(number))


def test_what_was_put_is_there_in_the_next_process(opened: Open) -> None:
    with opened() as first:
        fill(first, 5)
    second = opened()
    assert second.has_many(key(n) for n in range(9)) == {key(n) for n in range(5)}
    for number in range(5):
        entry = second.entry(key(number))
        assert entry is not None
        assert (entry.tier, entry.seconds) == ("disk", 1.0)
        assert same(second.get(key(number)), state(number))
        entry = second.entry(key(number))
        assert entry is not None
        assert entry.tier == "ram"
    assert second.get(key(8)) is MISSING


def test_states_that_share_tensors_store_each_once(opened: Open, tmp_path: Path) -> None:
    cache = opened()
    latents = [torch.randn(1, 4, 16, 16) for _ in range(10)]
    for i in range(1, 10):
        cache.put(key(i), Box([latents[i], latents[i - 1].clone()]), seconds=1.0, persist="always")
    cache.flush()
    assert len(files(tmp_path)) == 10
    for i in range(1, 9):
        cache.drop(key(i))
    assert len(files(tmp_path)) == 2, "what the last one uses stays"
    assert cache.gc(0).files == 0


@pytest.mark.parametrize("damage", ["flip", "cut", "grow", "empty", "delete"])
def test_a_damaged_file_is_a_miss_and_is_written_anew(opened: Open, tmp_path: Path, damage: str) -> None:
    with opened() as cache:
        fill(cache, 1)
    for path in files(tmp_path):
        whole = path.read_bytes()
        place = random.Random(str(path)).randrange(len(whole))
        if damage == "flip":
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        elif damage == "delete":
            path.unlink()
        else:
            path.write_bytes({"cut": whole[:place], "grow": whole + b"x", "empty": b""}[damage])
        with opened() as cache:
            assert cache.has(key(0))
            assert cache.get(key(0)) is MISSING
            assert not cache.has(key(0)), "the row is dropped, so the next plan knows"
            fill(cache, 1)
        assert path.read_bytes() == whole
        with opened() as cache:
            assert same(cache.get(key(0)), state(0))


def test_a_flipped_byte_anywhere_in_the_database_is_never_more_than_a_miss(opened: Open, tmp_path: Path) -> None:
    with opened() as cache:
        fill(cache, 12)
        cache.put_json("notes", key(0), {"a": [1, 2]})
    sound = tmp_path.with_name("sound")
    tmp_path.rename(sound)
    whole = index(sound).read_bytes()
    rng = random.Random(0)
    places = [rng.randrange(len(whole)) for _ in range(240 if SOAK else 24)]
    places += list(range(0, 4096, 16 if SOAK else 256))  # the header and the schema
    hits = 0
    for place in places:
        shutil.rmtree(tmp_path, ignore_errors=True)
        shutil.copytree(sound, tmp_path)
        index(tmp_path).write_bytes(
            whole[:place] + bytes([whole[place] ^ (1 << rng.randrange(8))]) + whole[place + 1 :]
        )
        with opened(disk_bytes=1 << 40) as cache:
            for number in range(12):
                found = cache.get(key(number))
                assert found is MISSING or same(found, state(number)), place
                hits += found is not MISSING
            assert cache.get_json("notes", key(0)) in (None, {"a": [1, 2]})
        for last in (False, False, True):  # some damage is only found when what lies on it is read
            with opened() as cache:
                cache.put(key(99), state(99), seconds=1.0, persist="always")
                assert cache.flush()
            with opened() as cache:
                found = cache.get(key(99))
                assert same(found, state(99)) or (found is MISSING and not last), place
    assert hits > 8 * len(places), "most flips touch one row or none"


@pytest.mark.parametrize("kind", ["garbage", "cut", "empty", "newer", "foreign"])
def test_a_database_that_is_not_ours_is_left_aside(
    opened: Open, tmp_path: Path, kind: str, warnings: list[str]
) -> None:
    with opened() as cache:
        fill(cache, 3)
    database = index(tmp_path)
    if kind == "garbage":
        database.write_bytes(b"not a database" * 1000)
    elif kind == "cut":
        database.write_bytes(database.read_bytes()[:-5000])
    elif kind == "empty":
        database.write_bytes(b"")
    else:
        connection = sqlite3.connect(database)
        connection.execute("PRAGMA user_version = 99" if kind == "newer" else "CREATE TABLE more (a)")
        connection.close()
    with opened() as cache:
        for number in range(3):
            assert cache.get(key(number)) is MISSING or kind == "cut"
        fill(cache, 3)
    with opened() as cache:
        assert all(same(cache.get(key(number)), state(number)) for number in range(3))
    assert all("damaged" in warning for warning in warnings)
    assert database.exists()


def test_two_caches_survive_that_one_of_them_finds_the_database_broken(opened: Open, tmp_path: Path) -> None:
    first, second = opened(), opened()
    fill(first, 2)
    assert second.has(key(1))
    index(tmp_path).with_suffix(".broken").touch()
    third = opened()
    assert not third.has(key(1))
    fill(third, 2)
    first.close()  # closes the older database: the newer one's log stays
    assert same(opened().get(key(1)), state(1))
    assert same(third.get(key(0)), state(0))


def test_the_budget_holds_and_what_is_cheap_goes_first(opened: Open, tmp_path: Path) -> None:
    cache = opened(disk_bytes=400_000)
    for number in range(60):
        value = block(number)  # 20 KB
        cache.put(key(number), value, seconds=100.0 if number < 5 else 1.0, persist="always")
        if number % 7 == 0:
            cache.flush()
    cache.flush()
    assert sum(path.stat().st_size for path in files(tmp_path)) <= 400_000
    info = cache.info()
    assert info.disk is not None
    assert 300_000 < info.disk.bytes <= 400_000
    with opened() as fresh:
        stored = fresh.has_many(map(key, range(60)))
    assert {key(number) for number in range(5)} <= stored
    assert key(59) in stored
    assert key(10) not in stored


def test_what_is_asked_for_stays_longer(opened: Open) -> None:
    with opened() as cache:
        for number in range(10):
            cache.put(key(number), block(number), seconds=1.0, persist="always")
    for _ in range(3):
        with opened() as cache:
            cache.get(key(0))
    with opened(disk_bytes=150_000) as cache:
        cache.put(key(10), block(10), seconds=1.0, persist="always")
        cache.flush()
        assert cache.has(key(0))
        assert not cache.has(key(1))


def test_a_value_larger_than_the_budget_is_not_kept_on_disk(opened: Open, tmp_path: Path) -> None:
    with opened(disk_bytes=10_000) as cache:
        cache.put(key(0), torch.zeros(10_000), seconds=1e6, persist="always")
        cache.flush()
        assert cache.has(key(0)), "memory has it"
    assert not opened().has(key(0))
    assert files(tmp_path) == []


def test_what_another_process_pins_is_not_evicted(opened: Open) -> None:
    reader, writer = opened(disk_bytes=200_000), opened(disk_bytes=200_000)
    for number in range(8):
        writer.put(key(number), block(number), seconds=1.0, persist="always")
    writer.flush()
    with reader.pin([key(2), key(3)]), reader.pin([key(3)]):
        for number in range(10, 30):
            writer.put(key(number), block(number), seconds=1.0, persist="always")
        writer.flush()
        assert same(reader.get(key(2)), block(2))
        assert reader.has_many(map(key, range(8))) == {key(2), key(3)}
    for number in range(30, 60):
        writer.put(key(number), block(number), seconds=1.0, persist="always")
    writer.flush()
    with opened() as fresh:
        assert not fresh.has_many(map(key, range(8)))


def test_pins_of_a_process_that_was_killed_are_void_after_a_while(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = opened(disk_bytes=150_000)
    fill(cache, 1)
    killed = Store(tmp_path / "cache", classes={}, budget=0, on_warning=print)  # has no thread that renews its pins
    assert killed.pin([key(0)]) is not None
    for number in range(10, 20):
        cache.put(key(number), block(number), seconds=100.0, persist="always")
    cache.flush()
    with opened() as fresh:
        assert fresh.has(key(0))
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 61.0)
    cache.put(key(20), block(20), seconds=100.0, persist="always")
    cache.flush()
    with opened() as fresh:
        assert not fresh.has(key(0))
    killed.close()


def test_collecting_removes_what_nothing_refers_to(opened: Open, tmp_path: Path) -> None:
    with opened() as cache:
        fill(cache, 4)
    lost = next(path for path in files(tmp_path) if path.stat().st_size > 5056)  # the random state of one of them
    folder = lost.parent
    orphan = folder / f"{folder.name}{'0' * 62}"
    half = folder / ".abc-1.tmp"
    for path in (orphan, half):
        path.write_bytes(b"1234")
    lost.unlink()
    with opened() as cache:
        assert cache.gc() == upkeep.GcReport(0, 0, 1), "young files may be another process's"
        assert cache.gc(0).files == 3, "the two, and what else the lost row had"
        assert len(cache.has_many(map(key, range(4)))) == 3
        assert all(same(cache.get(key(n)), state(n)) for n in range(4) if cache.has(key(n)))
        assert cache.gc(0) == upkeep.GcReport(0, 0, 0)
        info = cache.info()
        assert info.disk is not None
        rows = info.disk.bytes - sum(path.stat().st_size for path in files(tmp_path))
        assert 0 < rows < 3 * 1500


def test_collecting_happens_by_itself_once_a_day(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened() as cache:
        fill(cache, 1)
    orphan = files(tmp_path)[0].with_name("0" * 64)
    orphan.write_bytes(b"1234")
    with opened() as cache:
        fill(cache, 1)
    assert orphan.exists()
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 90_000.0)
    with opened() as cache:
        fill(cache, 1)
    assert not orphan.exists()
    assert opened().has(key(0))


def test_clearing_leaves_nothing(opened: Open, tmp_path: Path) -> None:
    cache = opened()
    fill(cache, 3)
    cache.put_json("notes", key(0), 1)
    cache.clear()
    assert files(tmp_path) == []
    assert not cache.has(key(0))
    assert cache.get_json("notes", key(0)) is None
    fill(cache, 1)
    assert cache.has(key(0))


def test_a_kill_at_any_moment_leaves_a_cache_that_works(tmp_path: Path, warnings: list[str]) -> None:
    rng = random.Random(0)
    command = [sys.executable, "-W", "error", "-m", "tests.engine.writer_process", str(tmp_path)]
    hits = 0
    for turn in range(200 if SOAK else 20):
        process = subprocess.Popen([*command, str(turn), "60"], stdout=subprocess.PIPE)
        assert process.stdout is not None
        with process.stdout:
            assert process.stdout.readline() == b"ready\n"
            time.sleep(rng.random() * 0.06)
            process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        with plain_cache(tmp_path, warnings) as cache:
            stored = cache.has_many(map(plain.key, range(plain.KEYS)))
            hits += len(stored)
            for number in range(plain.KEYS):
                found = cache.get(plain.key(number))
                assert (found is not MISSING) == (plain.key(number) in stored), "the row comes after the files"
                assert found is MISSING or found == plain.expected(number)
    with plain_cache(tmp_path, warnings) as cache:
        assert cache.gc(0).rows == 0
        assert cache.gc(0).files == 0
    assert hits
    assert warnings == []


def test_two_processes_may_use_one_home(tmp_path: Path, warnings: list[str]) -> None:
    seconds = "20" if SOAK else "2"
    command = [sys.executable, "-W", "error", "-m", "tests.engine.writer_process", str(tmp_path)]
    both = [
        subprocess.Popen([*command, seed, seconds], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for seed in ("1", "2")
    ]
    for process in both:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    with plain_cache(tmp_path, warnings) as cache:
        stored = cache.has_many(map(plain.key, range(plain.KEYS)))
        assert all(cache.get(plain.key(n)) == plain.expected(n) for n in range(plain.KEYS) if plain.key(n) in stored)
        assert cache.gc(0).rows == 0
    assert warnings == []


def plain_cache(home: Path, warnings: list[str]) -> Cache:
    return Cache(home=home, classes=plain.TYPES, ram_bytes=0, disk_bytes=1 << 30, on_warning=warnings.append)


FULL = """
import sys
from pathlib import Path
from engine.cache import Cache, MISSING
from tests.engine.plain import TYPES, expected, key
said = []
sizes = {"ram_bytes": 1 << 30, "disk_bytes": 1 << 40}
with Cache(home=Path(sys.argv[1]), classes=TYPES, on_warning=said.append, **sizes) as cache:
    if len(sys.argv) > 2:
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
    for number in range(200):
        cache.put(key(number), expected(number), seconds=1.0, persist="always")
        cache.put_json("notes", key(number), number)
        assert cache.get(key(number)) == expected(number)
        if number % 20 == 0:
            cache.flush()
    cache.flush()
    assert cache.has_many([key(n) for n in range(200)]) == {key(n) for n in range(200)}
    cache.put_json("notes", key(0), "after")
    assert cache.get_json("notes", key(0)) == "after"
print(len(said), said)
"""


def run_full(home: Path, *limit: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FULL, str(home), *limit], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 "), done.stdout
    assert "nothing more is cached on disk" in done.stdout


@pytest.mark.parametrize("limit", ["1000", "30000", "50000", "100000"])
def test_a_limit_on_file_sizes_means_a_warning_and_no_more_than_that(tmp_path: Path, limit: str) -> None:
    run_full(tmp_path, limit)
    said: list[str] = []
    with plain_cache(tmp_path, said) as cache:
        found = [cache.get(plain.key(number)) for number in range(200)]
        assert all(value is MISSING or value == plain.expected(n) for n, value in enumerate(found))
    assert said == []


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounting needs root")
@pytest.mark.parametrize("size", ["16k", "200k", "1m"])
def test_a_full_disk_means_a_warning_and_no_more_than_that(tmp_path: Path, size: str) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(tmp_path)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("no tmpfs can be mounted here")
    try:
        run_full(tmp_path)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_home_that_is_no_folder_means_a_warning_and_no_more_than_that(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    run_full(tmp_path)


def test_a_value_without_a_stored_form_stays_in_memory(opened: Open, warnings: list[str]) -> None:
    with opened() as cache:
        cache.put(key(0), {1, 2}, seconds=1.0, persist="always")
        cache.put(key(1), [Box(1)], seconds=1.0, persist="always")
        cache.flush()
        assert cache.get(key(0)) == {1, 2}
        assert cache.info().unwritten == 1
    with opened(classes={}) as cache:
        assert not cache.has(key(0))
        assert cache.get(key(1)) is MISSING, "its type is not known here"
        assert not cache.has(key(1))
    assert warnings == []


def test_pins_are_renewed_while_a_run_lasts(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(disk_bytes=150_000) as cache:
        fill(cache, 1)
    reader, writer = opened(disk_bytes=150_000), opened(disk_bytes=150_000)
    now, past = time.time, time.monotonic
    with reader.pin([key(0)]):
        monkeypatch.setattr(time, "monotonic", lambda: past() + 20.0)
        monkeypatch.setattr(time, "time", lambda: now() + 20.0)
        assert reader._store is not None
        reader._store.renew()
        monkeypatch.setattr(time, "time", lambda: now() + 70.0)
        for number in range(10, 20):
            writer.put(key(number), block(number), seconds=100.0, persist="always")
        writer.flush()
        assert same(reader.get(key(0)), state(0))


def test_what_is_kept_outlives_the_process_and_is_not_evicted(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(disk_bytes=150_000) as cache:
        cache.put(key(0), state(0), seconds=0.0)  # cheaper to compute than to load: in memory alone
        cache.flush()
        with opened(disk_bytes=150_000) as other:
            assert not other.has(key(0))
        cache.keep([key(0), key(99)])
        with opened(disk_bytes=150_000) as other:
            assert same(other.get(key(0)), state(0)), "on disk when `keep` returns"

    def crowd() -> None:
        with opened(disk_bytes=150_000) as writer:
            for number in range(10, 20):
                writer.put(key(number), block(number), seconds=100.0, persist="always")
            writer.flush()
            writer.gc(grace=0.0)

    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + KEPT - 3 * 86400.0)
    crowd()
    with opened(disk_bytes=150_000) as cache:
        assert same(cache.get(key(0)), state(0))
        cache.keep([key(0)])  # it is used: the time begins anew
    monkeypatch.setattr(time, "time", lambda: now() + KEPT + 86400.0)
    crowd()
    with opened(disk_bytes=150_000) as cache:
        assert cache.has(key(0))
    monkeypatch.setattr(time, "time", lambda: now() + 2 * KEPT)
    crowd()
    with opened(disk_bytes=150_000) as cache:
        assert not cache.has(key(0)), "nobody has used it for long"
