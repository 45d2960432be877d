"""Opened weights under a budget."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from engine.memory import ResidentWeights, weight_bytes
from engine.values import Ref

OPENED: list[tuple[str, str, str]] = []
KB = 1024


class Network(torch.nn.Module):
    """Some kilobytes of weights; remembers where it was sent."""

    def __init__(self, kilobytes: int) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(kilobytes * 256))
        self.where: list[str] = []

    def to(self, *args: Any, **kwargs: Any) -> Network:
        self.where.append(args[0])
        return self


class Towers:
    """A bundle of two networks that share one."""

    def __init__(self) -> None:
        self.a, self.b = Network(1), Network(2)

    def parts(self) -> Iterable[torch.nn.Module]:
        return [self.a, self.b, self.a]


@dataclass(frozen=True)
class Net(Ref[Any]):
    """A handle that opens a network of so many kilobytes, slowly."""

    kilobytes: int = 1
    seconds: float = 0.0
    path: str = ""

    def open(self, device: str, dtype: str) -> Any:
        OPENED.append((self.digest, device, dtype))
        time.sleep(self.seconds)
        if self.path == "broken":
            raise ValueError("the file is broken")
        return Network(self.kilobytes)


@pytest.fixture(autouse=True)
def _nothing_opened() -> None:
    OPENED.clear()


def test_weights_are_opened_once_per_device_and_dtype() -> None:
    weights = ResidentWeights(1 << 20)
    first = weights.get(Net("a"), "cpu", "float32")
    assert weights.get(Net("a"), "cpu", "float32") is first
    assert weights.get(Net("a", 2), "cpu", "float32") is not first
    weights.get(Net("a"), "cpu", "bfloat16")
    assert OPENED == [("a", "cpu", "float32"), ("a", "cpu", "float32"), ("a", "cpu", "bfloat16")]
    assert weights.usage() == {"cpu": 4 * KB, "parked": 0}


def test_two_that_ask_at_once_load_once() -> None:
    weights = ResidentWeights(1 << 20)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: weights.get(Net("a", seconds=0.1), "cpu", "float32"), range(8)))
    assert len(OPENED) == 1
    assert all(network is found[0] for network in found)


def test_others_load_while_one_is_loading() -> None:
    weights = ResidentWeights(1 << 20)
    slow = threading.Thread(target=lambda: weights.get(Net("slow", seconds=0.5), "cpu", "float32"))
    slow.start()
    started = time.perf_counter()
    weights.get(Net("quick"), "cpu", "float32")
    assert time.perf_counter() - started < 0.4
    slow.join()


def test_the_budget_holds_and_what_loads_fastest_goes_first() -> None:
    weights = ResidentWeights(10 * KB)
    weights.get(Net("dear", 4, seconds=0.05), "cpu", "float32")
    weights.get(Net("cheap", 4), "cpu", "float32")
    weights.get(Net("third", 4, seconds=0.05), "cpu", "float32")
    assert weights.usage()["cpu"] == 8 * KB
    OPENED.clear()
    weights.get(Net("dear", 4, seconds=0.05), "cpu", "float32")
    weights.get(Net("third", 4, seconds=0.05), "cpu", "float32")
    assert OPENED == []
    weights.get(Net("cheap", 4), "cpu", "float32")
    assert OPENED == [("cheap", "cpu", "float32")]


def test_what_is_in_use_is_never_evicted() -> None:
    weights = ResidentWeights(5 * KB)
    used = weights.get(Net("used", 4), "cpu", "float32")
    for number in range(5):
        weights.get(Net(f"other {number}", 4, seconds=0.01), "cpu", "float32")
    assert weights.evict_all() == 4 * KB, "the last of the others"
    assert weights.usage()["cpu"] == 4 * KB
    OPENED.clear()
    assert weights.get(Net("used", 4), "cpu", "float32") is used
    assert OPENED == []
    del used
    assert weights.evict_all() == 4 * KB
    assert weights.usage() == {"cpu": 0, "parked": 0}


def test_evicted_weights_free_their_memory() -> None:
    weights = ResidentWeights(1 << 20)
    gone: list[int] = []
    network = weights.get(Net("a"), "cpu", "float32")
    import weakref

    weakref.finalize(network, gone.append, 1)
    del network
    gc.disable()
    try:
        weights.evict_all()
        assert gone == [1], "at once, not when the garbage collector comes by"
    finally:
        gc.enable()


def test_weights_that_cannot_be_opened_are_asked_for_again() -> None:
    weights = ResidentWeights(1 << 20)
    for _ in range(2):
        with pytest.raises(ValueError, match="broken"):
            weights.get(Net("a", path="broken"), "cpu", "float32")
    assert len(OPENED) == 2
    assert weights.usage()["cpu" if "cpu" in weights.usage() else "parked"] == 0


def test_weights_move_off_an_accelerator_before_they_are_dropped() -> None:
    weights = ResidentWeights(5 * KB, host_bytes=9 * KB)
    device = "cuda:0"
    for name in ("a", "b", "c", "d"):
        weights.get(Net(name, 4), device, "float32")
    assert weights.usage() == {device: 4 * KB, "parked": 8 * KB}
    OPENED.clear()
    parked = weights.get(Net("c", 4), device, "float32")
    assert OPENED == [], "came back from the host"
    assert parked.where == ["cpu", device]
    assert weights.usage() == {device: 4 * KB, "parked": 8 * KB}
    del parked
    assert weights.evict_all() == 4 * KB
    assert weights.usage() == {device: 0, "parked": 8 * KB}


def test_without_room_on_the_host_weights_are_dropped() -> None:
    weights = ResidentWeights(5 * KB, host_bytes=0)
    for name in ("a", "b"):
        weights.get(Net(name, 4), "cuda:0", "float32")
    assert weights.usage() == {"cuda:0": 4 * KB, "parked": 0}


def test_bytes_are_counted_over_all_parts_once() -> None:
    assert weight_bytes(Network(3)) == 3 * KB
    assert weight_bytes(Towers()) == 3 * KB
    tied = torch.nn.ModuleList([torch.nn.Linear(4, 4, bias=False), torch.nn.Linear(4, 4, bias=False)])
    tied[1].weight = tied[0].weight
    assert weight_bytes(tied) == 64
    norm = torch.nn.BatchNorm1d(2)
    assert weight_bytes(norm) == 4 * 2 * 4 + 8, "buffers too"
    assert weight_bytes({"a": torch.zeros(3)}) == 12
    assert weight_bytes("tokens") == 6


def test_the_default_budget_follows_the_machine() -> None:
    weights = ResidentWeights()
    weights.get(Net("a"), "cpu", "float32")
    assert weights.usage()["cpu"] == KB
