"""What the engine costs per node, with nodes that do nothing: chains and wide graphs of 10 … 10 000 nodes.

validate, plan (of a validated document), cold run, and the same document again in the same Engine (all cached). Best
of three; the cold run once.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from typing import Any

from table import show

from engine.api import Engine
from engine.node import Many, node
from engine.registry import Registry
from engine.validate import build

SIZES = (10, 100, 1000, 10_000)


@node("bench.one")
def one(*, value: float = 1.0) -> Any:
    """A number, as something that is only known in a run."""
    return [value]


@node("bench.next")
def after(a: object, *, by: float = 1.0) -> Any:
    """Passes on."""
    return a


@node("bench.all")
def gather(many: Many[object]) -> Any:
    """The end of a wide graph."""
    return len(many)


def chain(size: int) -> dict[str, Any]:
    """One node after the other."""
    nodes: dict[str, Any] = {"n0": {"type": "bench.one@1", "inputs": {}}}
    for i in range(1, size):
        nodes[f"n{i}"] = {"type": "bench.next@1", "inputs": {"a": {"from": f"n{i - 1}"}, "by": float(i)}}
    return {"format": 1, "nodes": nodes}


def wide(size: int) -> dict[str, Any]:
    """Nodes beside each other, gathered by one."""
    nodes: dict[str, Any] = {f"n{i}": {"type": "bench.one@1", "inputs": {"value": float(i)}} for i in range(size - 1)}
    nodes["all"] = {"type": "bench.all@1", "inputs": {"many": [{"from": name} for name in list(nodes)]}}
    return {"format": 1, "nodes": nodes}


def best(work: Callable[[], object], times: int = 3) -> float:
    """Shortest time of a few, in milliseconds."""
    took = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        took.append(time.perf_counter() - begin)
    return min(took) * 1000


def main() -> None:
    """Measure and print."""
    registry = Registry()
    for one_type in (one, after, gather):
        registry.add(one_type)
    rows: list[list[object]] = []
    for name, make in (("chain", chain), ("wide", wide)):
        for size in SIZES:
            document = make(size)
            with tempfile.TemporaryDirectory() as home, Engine(home=home, registry=registry, device="cpu") as engine:
                validate = best(lambda document=document: build(document, registry))
                plan = best(lambda document=document, engine=engine: engine.plan(document))
                cold = best(lambda document=document, engine=engine: engine.run(document), 1)
                cached = best(lambda document=document, engine=engine: engine.run(document))
            rows.append([name, size, validate, plan, validate + plan, cold, cold / size, cached, cached / size])
    columns = ["graph", "nodes", "validate ms", "plan ms", "both ms", "cold run ms", "per node"]
    columns += ["again ms", "per node"]
    show("graph", "Engine overhead per node", columns, rows)


if __name__ == "__main__":
    main()
