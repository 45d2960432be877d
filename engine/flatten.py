"""From a document to flat nodes: structure checked, versions migrated, seeds resolved, subgraphs inlined.

A subgraph is used like a node type; running it is running its nodes in place. So it is inlined here, before anything
else looks: node `n` of instance `i` becomes `i/n`, the interface's inputs are written into the nodes they feed, and a
link to an output of the instance becomes a link to the node behind it. Keys hold no node ids, so a result is shared
between the inlined form and the other.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import Problem, nearest
from engine.migrate import migrated
from engine.registry import Registry
from engine.spec import brief
from engine.values import MAX_SEED, seed_in_range
from engine.workflow import FORMAT, LOOP, NAME, TYPE, LinkText, as_link, interface_inputs, interface_targets

MAX_NEST = 16
MAX_NODES = 100_000
MODES = ("normal", "bypass", "mute")
TOO_DEEP = "subgraphs are nested too deeply"
DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass
class FlatNode:
    """A node of the flat document. `type` has no version; `inputs` values are literals, links or curves as written."""

    id: str
    type: str
    inputs: dict[str, Any]
    frame: str | None
    mode: Any = "normal"
    carry: dict[str, Any] = field(default_factory=dict)
    collect: dict[str, Any] = field(default_factory=dict)
    until: Any = None


@dataclass
class Flat:
    """The flat nodes, the links that replaced subgraph outputs, and the problems found so far.

    `given` are the seeds that a record holds for random ones; `broken` the names of nodes that are none; `seen` counts
    nodes and instances.
    """

    nodes: dict[str, FlatNode] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)  # instance → output → link
    seeds: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    given: Mapping[str, Any] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    seen: int = 0


def flatten(data: Mapping[str, Any], registry: Registry) -> Flat:
    """Flatten a document. Never raises: what is wrong is in `problems`."""
    flat = Flat()
    number = data.get("format", FORMAT)
    if number != FORMAT or type(number) is not int:
        flat.problems.append(
            Problem("a format that this version does not know", None, "format", str(FORMAT), brief(number))
        )
        return flat
    if isinstance(data.get("seeds"), dict):
        flat.given = data["seeds"]
    _check_shape(data, registry, flat)
    if not flat.problems:
        _check_subgraph_cycles(data, flat)
    if not flat.problems:
        _add(data, "", None, {}, flat, registry, data.get("subgraphs") or {}, 0)
    if flat.seen > MAX_NODES:
        flat.nodes.clear()
    for node in flat.nodes.values():
        node.inputs = {name: _relink(value, flat) for name, value in node.inputs.items()}
        node.collect = {name: _relink(value, flat) for name, value in node.collect.items()}
        node.until = _relink(node.until, flat)
        for name, ends in node.carry.items():
            if isinstance(ends, dict):
                node.carry[name] = {end: _relink(value, flat) for end, value in ends.items()}
    return flat


def _add(
    data: Mapping[str, Any],
    prefix: str,
    frame: str | None,
    given: Mapping[str, Any],
    flat: Flat,
    registry: Registry,
    subgraphs: Mapping[str, Any],
    depth: int,
) -> None:
    nodes = data.get("nodes")
    if not isinstance(nodes, dict):
        got = brief(nodes) if "nodes" in data else "nothing"
        flat.problems.append(Problem("a workflow has nodes", prefix.rstrip("/") or None, "nodes", "an object", got))
        return
    fed = _fed(data, prefix, given, flat)
    for name, body in nodes.items():
        node_id = f"{prefix}{name}"
        flat.seen += 1
        if flat.seen > MAX_NODES:
            if flat.seen == MAX_NODES + 1:
                message = "too many nodes, with those of all subgraphs"
                flat.problems.append(Problem(message, None, "nodes", f"at most {MAX_NODES}"))
            return
        if not isinstance(name, str) or not NAME.match(name):
            expected = "a lower-case letter or _, then letters, digits, _ and -"
            flat.problems.append(Problem("not a name for a node", node_id[:80], None, expected, brief(name)))
            flat.broken.add(node_id)
            continue
        if not _well_formed(node_id, body, flat):
            flat.broken.add(node_id)
            continue
        inputs = {key: _prefixed(value, prefix) for key, value in (body.get("inputs") or {}).items()}
        inputs.update(fed.pop(name, {}))
        inner = prefix + body["in"] if "in" in body else frame
        kind = body["type"]
        if kind in subgraphs:
            flat.broken.add(node_id)  # what reads it finds its outputs, or a problem that was reported
            if depth >= MAX_NEST:
                if not any(p.message == TOO_DEEP for p in flat.problems):
                    flat.problems.append(Problem(TOO_DEEP, node_id, None, f"at most {MAX_NEST}"))
                continue
            graph = subgraphs[kind]
            inputs = _seeded_instance(node_id, inputs, graph, flat)
            nested = {**subgraphs, **(graph.get("subgraphs") or {})}
            before = len(flat.nodes)
            _add(graph, node_id + "/", inner, inputs, flat, registry, nested, depth + 1)
            _interface_outputs(graph, node_id, flat)
            if body.get("mode") == "mute":
                for added in list(flat.nodes.values())[before:]:
                    added.mode = "mute"
            elif body.get("mode", "normal") != "normal" or "frozen" in body:
                flat.problems.append(Problem("a subgraph can be muted, not bypassed or frozen", node_id, "mode"))
            continue
        flat.nodes[node_id] = _node(node_id, kind, inputs, inner, body, prefix, flat, registry)
    for missing in fed:
        if prefix + missing not in flat.broken:
            message = f"the interface feeds a node {missing!r} that is not there"
            flat.problems.append(Problem(message, prefix.rstrip("/") or None, "interface"))


def _node(
    node_id: str,
    kind: str,
    inputs: dict[str, Any],
    frame: str | None,
    body: dict[str, Any],
    prefix: str,
    flat: Flat,
    registry: Registry,
) -> FlatNode:
    match = TYPE.match(kind)
    base = match.group(1) if match else kind
    if match is None:
        got = brief(kind)
        flat.problems.append(
            Problem("not a node type", node_id, "type", "package.name@version", got, _like(kind, registry))
        )
    elif base in registry.specs and match.group(2):
        inputs = migrated(registry.specs[base].node, int(match.group(2)), inputs, node_id, flat.problems)
    mode: Any = body.get("mode", "normal")
    if isinstance(mode, dict) and set(mode) == {"frozen"}:
        if not isinstance(mode["frozen"], str) or not DIGEST.fullmatch(mode["frozen"]):
            expected = "64 hexadecimal digits"
            flat.problems.append(Problem("not a digest", node_id, "mode", expected, brief(mode["frozen"])))
            mode = "normal"
    elif mode not in MODES:
        flat.problems.append(Problem("no such mode", node_id, "mode", ", ".join(MODES), brief(mode)))
        mode = "normal"
    node = FlatNode(node_id, base, _seeded(node_id, inputs, flat), frame, mode)
    if base == LOOP:
        node.carry = {n: _ends(v, prefix) for n, v in (body.get("carry") or {}).items()}
        node.collect = {n: _prefixed(v, prefix) for n, v in (body.get("collect") or {}).items()}
        node.until = _prefixed(body.get("until"), prefix)
    else:
        for key in ("carry", "collect", "until"):
            if key in body:
                flat.problems.append(Problem(f"only {LOOP} has {key!r}", node_id, key))
    return node


def _well_formed(node_id: str, body: Any, flat: Flat) -> bool:
    """Check the shape of one node's object."""
    before = len(flat.problems)
    if not isinstance(body, dict):
        flat.problems.append(Problem("a node is an object", node_id, None, "an object", brief(body)))
        return False
    if not isinstance(body.get("type"), str):
        flat.problems.append(Problem("a node has a type", node_id, "type", "a string", brief(body.get("type"))))
    if "in" in body and not isinstance(body["in"], str):
        flat.problems.append(Problem("a node is in a frame by name", node_id, "in", "a string", brief(body["in"])))
    for key in ("inputs", "carry", "collect"):
        if body.get(key) is not None and not isinstance(body[key], dict):
            flat.problems.append(Problem("must be an object", node_id, key, "an object", brief(body[key])))
    return len(flat.problems) == before


def _like(kind: str, registry: Registry) -> str | None:
    return nearest(kind.partition("@")[0], [*registry.specs, LOOP])


def _seeded(node_id: str, inputs: dict[str, Any], flat: Flat) -> dict[str, Any]:
    """Resolve `"seed": "random"` once; the run's record holds the number."""
    if inputs.get("seed") == "random":
        return {**inputs, "seed": _seed(f"{node_id}.seed", flat)}
    return inputs


def _seeded_instance(node_id: str, inputs: dict[str, Any], graph: Mapping[str, Any], flat: Flat) -> dict[str, Any]:
    """The same for an input of a subgraph that feeds seeds: one number for all of them."""
    for name, entry in interface_inputs(graph).items():
        if inputs.get(name) == "random" and any(t.endswith(".seed") for t in interface_targets(entry)):
            inputs = {**inputs, name: _seed(f"{node_id}.{name}", flat)}
    return inputs


def _seed(path: str, flat: Flat) -> int:
    given: Any = flat.given.get(path)
    number: int = given if seed_in_range(given) else random.SystemRandom().randint(0, MAX_SEED)
    flat.seeds[path] = number
    return number


def _prefixed(value: Any, prefix: str) -> Any:
    """A value of an inner document with the ids in its links made flat."""
    link = as_link(value)
    if link is not None:
        return LinkText(prefix + link.node, link.output, link.foreign)
    if isinstance(value, list) and any(as_link(v) for v in value):
        return [_prefixed(v, prefix) for v in value]
    return value


def _ends(value: Any, prefix: str) -> Any:
    return {k: _prefixed(v, prefix) for k, v in value.items()} if isinstance(value, dict) else value


def _fed(data: Mapping[str, Any], prefix: str, given: Mapping[str, Any], flat: Flat) -> dict[str, dict[str, Any]]:
    """What the interface writes into which node: {node: {input: value}}."""
    if not prefix:
        return {}
    declared = interface_inputs(data)
    fed: dict[str, dict[str, Any]] = {}
    for name in given:
        if name not in declared:
            instance = prefix.rstrip("/")
            flat.problems.append(Problem("no such input", instance, name, nearest=nearest(name, declared)))
    for name, entry in declared.items():
        if name in given:
            targets = interface_targets(entry)
            if not targets:
                flat.problems.append(Problem(f"the input {name!r} feeds nothing", prefix.rstrip("/"), "interface"))
            for target in targets:
                node, _, socket = target.rpartition(".")
                fed.setdefault(node, {})[socket] = given[name]
    return fed


def _interface_outputs(graph: Mapping[str, Any], instance: str, flat: Flat) -> None:
    declared = (graph.get("interface") or {}).get("outputs") or {}
    flat.outputs[instance] = {name: _prefixed(value, instance + "/") for name, value in declared.items()}


def _relink(value: Any, flat: Flat) -> Any:
    """Follow links to subgraph outputs to the node behind them."""
    if isinstance(value, list):
        return [_relink(v, flat) for v in value] if any(isinstance(v, LinkText) for v in value) else value
    for _ in range(MAX_NEST + 1):
        if not isinstance(value, LinkText) or value.foreign or value.node not in flat.outputs:
            return value
        outputs = flat.outputs[value.node]
        name = next(iter(outputs), "") if value.output is None else value.output
        if not isinstance(outputs.get(name), LinkText):
            flat.problems.append(
                Problem(f"the subgraph has no output {name[:80]!r}", value.node, nearest=nearest(name, outputs))
            )
            return LinkText(value.node, name)
        value = outputs[name]
    return value


def _check_shape(data: Mapping[str, Any], registry: Registry, flat: Flat) -> None:
    """Refuse subgraphs and interfaces that are no objects, at every depth."""
    holders = [data]
    while holders:
        holder = holders.pop()
        interface = holder.get("interface")
        shaped = interface is None or (
            isinstance(interface, dict)
            and all(isinstance(interface.get(side, {}), dict) for side in ("inputs", "outputs"))
        )
        if not shaped:
            flat.problems.append(Problem("an interface has inputs and outputs", None, "interface", "an object"))
        subgraphs = holder.get("subgraphs") or {}
        if not isinstance(subgraphs, dict) or not all(isinstance(graph, dict) for graph in subgraphs.values()):
            flat.problems.append(Problem("subgraphs are an object of workflows", None, "subgraphs"))
            continue
        for name in subgraphs:
            base = name.partition("@")[0]
            if base in registry.specs or base == LOOP:
                flat.problems.append(Problem(f"{base!r} is a node type, no name for a subgraph", None, "subgraphs"))
        holders += subgraphs.values()


def _check_subgraph_cycles(data: Mapping[str, Any], flat: Flat) -> None:
    """Refuse a subgraph that contains itself."""
    subgraphs = data.get("subgraphs") or {}
    uses = {
        name: {
            t
            for n in g["nodes"].values()
            if isinstance(n, dict) and isinstance(t := n.get("type"), str) and t in subgraphs
        }
        for name, g in subgraphs.items()
        if isinstance(g.get("nodes"), dict)
    }
    for name in uses:
        seen, todo = set(), list(uses[name])
        while todo:
            used = todo.pop()
            if used == name:
                flat.problems.append(Problem(f"the subgraph {name!r} contains itself", None, "subgraphs"))
                break
            if used not in seen:
                seen.add(used)
                todo += uses.get(used, ())
