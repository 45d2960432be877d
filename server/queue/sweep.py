"""Many runs from one request: every combination of some inputs' values, or one by one.

    {"cfg.scale": [3, 5, 7], "noise.seed": [1, 2, 3]}     grid: nine runs; zip: three

Results are shared through the cache, so a node runs once for each combination of values that reaches it — in whatever
order the runs come, while its result is kept. So that it is kept as long as it is needed, an input that more of the
graph depends on varies more slowly: runs that share the most come one after another.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from engine.workflow import Workflow, as_link, interface_inputs, interface_targets
from server.answers import Refusal

MOST_RUNS = 1000

Changes = dict[str, Any]


def combinations(workflow: Workflow, sweep: Mapping[str, list[Any]], mode: Literal["grid", "zip"]) -> list[Changes]:
    """The inputs to set, run by run. Raises `Refusal`."""
    if not sweep or not all(sweep.values()):
        raise Refusal(400, "sweep: expected inputs with at least one value each")
    if mode == "zip":
        counts = {len(values) for values in sweep.values()}
        if len(counts) != 1:
            raise Refusal(400, "sweep: to zip inputs, each needs the same number of values")
        rows: Iterator[tuple[Any, ...]] = zip(*sweep.values(), strict=True)
        return _limited(list(sweep), rows, counts.pop())
    reach = {name: reached(workflow, name) for name in sweep}
    names = sorted(sweep, key=lambda name: -reach[name])  # sorted is stable: as given among equals
    count = 1
    for values in sweep.values():
        count *= len(values)
    return _limited(names, itertools.product(*(sweep[name] for name in names)), count)


def _limited(names: list[str], rows: Iterator[tuple[Any, ...]], count: int) -> list[Changes]:
    if count > MOST_RUNS:
        raise Refusal(400, f"sweep: these are {count} runs; at most {MOST_RUNS} go into one request")
    return [dict(zip(names, row, strict=True)) for row in rows]


def reached(workflow: Workflow, target: str) -> int:
    """How many nodes depend on an input."""
    readers: dict[str, set[str]] = {}
    for name, body in workflow.nodes.items():
        if isinstance(body, dict):
            for source in _sources(body):
                readers.setdefault(source, set()).add(name)
            if isinstance(body.get("in"), str):  # what is in a frame decides the frame's end
                readers.setdefault(name, set()).add(body["in"])
    paths = [target] if "." in target else interface_targets(interface_inputs(workflow.data).get(target))
    seen: set[str] = set()
    stack = [path.rpartition(".")[0] for path in paths]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack.extend(readers.get(node, ()))
    return len(seen)


def _sources(body: dict[str, Any]) -> Iterator[str]:
    """The nodes that a node's links name, wherever in its body they stand."""
    stack: list[Any] = [body]
    while stack:
        top = stack.pop()
        link = as_link(top)
        if link is not None:
            yield link.node
        elif isinstance(top, dict):
            stack.extend(top.values())
        elif isinstance(top, list):
            stack.extend(top)
