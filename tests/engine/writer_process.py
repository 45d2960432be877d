"""A process that uses a cache until it is killed: `python -m tests.engine.writer_process HOME SEED SECONDS`.

It puts values that follow from their keys, reads some back, pins, drops and collects, and says `ready` once the first
is written. It fails if it ever reads something else than what belongs to a key, or is warned of anything.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from engine import store
from engine.cache import MISSING, Cache
from engine.values import Artifact
from tests.engine.plain import KEYS, TYPES, expected, key


def main(home: str, seed: int, seconds: float) -> None:
    """Work on the cache for a while. Small values go to files here, so that a kill meets those too."""
    store.INLINE = 1024
    rng = random.Random(seed)
    warnings: list[str] = []
    end = time.monotonic() + seconds
    ready = False
    with Cache(
        home=Path(home), classes=TYPES, ram_bytes=50_000, disk_bytes=400_000, on_warning=warnings.append
    ) as cache:
        while time.monotonic() < end:
            for number in rng.sample(range(KEYS), 5):
                found = cache.get(key(number))
                assert found is MISSING or found == expected(number), number
                assert found is MISSING or isinstance(found, Artifact)
                cache.put(key(number), expected(number), seconds=0.1, persist="always")
            wanted = [key(n) for n in rng.sample(range(KEYS), 3)]
            with cache.pin(wanted):
                for k in wanted:
                    cache.get(k)
            cache.put_json("notes", key(rng.randrange(KEYS)), [1, "two"])
            if not ready:
                cache.flush()
                print("ready", flush=True)
                ready = True
            if rng.random() < 0.05:
                cache.drop(key(rng.randrange(KEYS)))
            if rng.random() < 0.02:
                cache.gc(grace=rng.choice([0.0, 900.0]))
            if rng.random() < 0.005:
                cache.clear()
        cache.flush()
    assert not warnings, warnings


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
