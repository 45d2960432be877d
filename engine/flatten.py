"""From a document to flat nodes: structure checked, versions migrated, seeds resolved, subgraphs inlined.

A subgraph is used like a node type; running it is running its nodes in place. So it is inlined here, before anything
else looks: node `n` of instance `i` becomes `i/n`, the interface's inputs are written into the nodes they feed, and a
link to an output of the instance becomes a link to the node behind it. Keys hold no node ids, so a result is shared
between the inlined form and the other.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import Problem, nearest
from engine.migrate import migrated
from engine.registry import Registry
from engine.spec import brief
from engine.values import MAX_SEED
from engine.workflow import FORMAT, LOOP, NAME, TYPE, LinkText, as_link, interface_targets

MAX_NEST = 16
MODES = ("normal", "bypass", "mute")


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
    """The flat nodes, the links that replaced subgraph outputs, and the problems found so far."""

    nodes: dict[str, FlatNode] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)  # instance → output → link
    seeds: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def flatten(data: Mapping[str, Any], registry: Registry) -> Flat:
    """Flatten a document. Never raises: what is wrong is in `problems`."""
    flat = Flat()
    number = data.get("format", FORMAT)
    if number != FORMAT or type(number) is not int:
        flat.problems.append(
            Problem("a format that this version does not know", None, "format", str(FORMAT), brief(number))
        )
        return flat
    _check_subgraph_cycles(data, flat)
    if not flat.problems:
        _add(data, "", None, {}, flat, registry, data.get("subgraphs") or {}, 0)
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
        node_id = prefix + name
        if not NAME.match(name):
            expected = "a lower-case letter or _, then letters, digits, _ and -"
            flat.problems.append(Problem("not a name for a node", node_id[:80], None, expected, brief(name)))
            continue
        if not _well_formed(node_id, body, flat):
            continue
        inputs = {key: _prefixed(value, prefix) for key, value in (body.get("inputs") or {}).items()}
        inputs.update(fed.pop(name, {}))
        inner = prefix + body["in"] if "in" in body else frame
        kind = body["type"]
        if kind in subgraphs:
            if depth >= MAX_NEST:
                flat.problems.append(Problem("subgraphs are nested too deeply", node_id, None, f"at most {MAX_NEST}"))
                continue
            graph = subgraphs[kind]
            nested = {**subgraphs, **(graph.get("subgraphs") or {})}
            before = set(flat.nodes)
            _add(graph, node_id + "/", inner, inputs, flat, registry, nested, depth + 1)
            _interface_outputs(graph, node_id, flat)
            if body.get("mode") == "mute":
                for added in set(flat.nodes) - before:
                    flat.nodes[added].mode = "mute"
            elif body.get("mode", "normal") != "normal" or "frozen" in body:
                flat.problems.append(Problem("a subgraph can be muted, not bypassed or frozen", node_id, "mode"))
            continue
        flat.nodes[node_id] = _node(node_id, kind, inputs, inner, body, prefix, flat, registry)
    for missing in fed:
        flat.problems.append(Problem(f"the interface feeds a node {missing!r} that is not there", prefix or None))


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
        pass
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
            flat.problems.append(Problem(f"{key} are an object", node_id, key, "an object", brief(body[key])))
    return len(flat.problems) == before


def _like(kind: str, registry: Registry) -> str | None:
    return nearest(kind.partition("@")[0], [*registry.specs, LOOP])


def _seeded(node_id: str, inputs: dict[str, Any], flat: Flat) -> dict[str, Any]:
    """Resolve `"seed": "random"` once; the run's record holds the number."""
    if inputs.get("seed") == "random":
        flat.seeds[f"{node_id}.seed"] = number = random.SystemRandom().randint(0, MAX_SEED)
        return {**inputs, "seed": number}
    return inputs


def _prefixed(value: Any, prefix: str) -> Any:
    """A value of an inner document with the ids in its links made flat."""
    link = as_link(value)
    if link is not None:
        return LinkText(prefix + link.node, link.output)
    if isinstance(value, list) and any(as_link(v) for v in value):
        return [_prefixed(v, prefix) for v in value]
    return value


def _ends(value: Any, prefix: str) -> Any:
    return {k: _prefixed(v, prefix) for k, v in value.items()} if isinstance(value, dict) else value


def _fed(data: Mapping[str, Any], prefix: str, given: Mapping[str, Any], flat: Flat) -> dict[str, dict[str, Any]]:
    """What the interface writes into which node: {node: {input: value}}."""
    interface = data.get("interface") or {}
    declared = interface.get("inputs", {}) if isinstance(interface, dict) else {}
    if not prefix:
        return {}
    fed: dict[str, dict[str, Any]] = {}
    for name in given:
        if name not in declared:
            instance = prefix.rstrip("/")
            flat.problems.append(Problem("no such input", instance, name, nearest=nearest(name, declared)))
    for name, entry in declared.items():
        if name in given:
            for target in interface_targets(entry):
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
        if not isinstance(value, LinkText) or value.node not in flat.outputs:
            return value
        outputs = flat.outputs[value.node]
        name = value.output or next(iter(outputs), "")
        if not isinstance(outputs.get(name), LinkText):
            flat.problems.append(
                Problem(f"the subgraph has no output {name!r}", value.node, nearest=nearest(name, outputs))
            )
            return LinkText(value.node, name)
        value = outputs[name]
    return value


def _check_subgraph_cycles(data: Mapping[str, Any], flat: Flat) -> None:
    """Refuse malformed subgraphs and one that contains itself."""
    subgraphs = data.get("subgraphs") or {}
    if not isinstance(subgraphs, dict) or not all(isinstance(graph, dict) for graph in subgraphs.values()):
        flat.problems.append(Problem("subgraphs are an object of workflows", None, "subgraphs"))
        return
    for holder in [data, *subgraphs.values()]:
        interface = holder.get("interface")
        shaped = interface is None or (
            isinstance(interface, dict)
            and all(isinstance(interface.get(side, {}), dict) for side in ("inputs", "outputs"))
        )
        if not shaped:
            flat.problems.append(Problem("an interface has inputs and outputs", None, "interface", "an object"))
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
