"""Why will this node run? — by comparing what its key is made of with what it was made of in the last run.

After a run, each node's parts (code, numerics, the key and a short text of every input) are noted under the workflow's
name. `explain` compares: "scale 7.5 → 6.0", "cond changed", "the code changed", "never ran".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.cache import Cache
from engine.digest import digest
from engine.graph import Const, Curve, GraphNode, Link, Several, Source
from engine.numerics import Numerics
from engine.plan import NodeReport, Plan
from engine.refs import Call, Known, Ref
from engine.resolve import Resolver
from engine.spec import brief

TABLE = "history"


class History:
    """The parts of the last run's nodes, per workflow name."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._kept: tuple[str, Plan, Numerics] | None = None

    def last(self, name: str) -> dict[str, Any]:
        """What was noted of the last run; empty if there was none."""
        self.flush()
        return self._read(name)

    def keep(self, name: str, plan: Plan, numerics: Numerics) -> None:
        """Keep a run that came to its end; its parts are worked out when somebody asks, or at the end."""
        if self._kept is not None and self._kept[0] != name:
            self.flush()
        self._kept = (name, plan, numerics)

    def flush(self) -> None:
        """Note what was kept."""
        kept, self._kept = self._kept, None
        if kept is not None:
            name, plan, numerics = kept
            nodes = {**self._read(name).get("nodes", {}), **_parts(plan.resolver)}
            self._cache.put_json(TABLE, digest(name.encode()), {"numerics": numerics.as_json(), "nodes": nodes})

    def _read(self, name: str) -> dict[str, Any]:
        found = self._cache.get_json(TABLE, digest(name.encode()))
        return found if isinstance(found, dict) else {}


def _parts(resolver: Resolver) -> dict[str, Any]:
    """Per node: code and inputs. Of a node in a frame, the keys of its steps count as one digest, each once."""
    found: dict[str, Any] = {}
    grouped: dict[str, list[Call]] = {}
    for call in resolver.calls:
        grouped.setdefault(call.node.id, []).append(call)
    for node, calls in grouped.items():
        graph_node = calls[0].node
        inputs: dict[str, list[str]] = {}
        for name in graph_node.inputs:
            refs = [call.args[name] for call in calls if name in call.args]
            key = digest(*dict.fromkeys(ref.key for ref in refs)).hex()[:24] if refs else ""
            inputs[name] = [key, _text(graph_node.inputs[name], refs)]
        found[node] = _part(resolver, graph_node, inputs)
    for node in resolver.evaluated:
        graph_node = resolver.graph.nodes[node]
        texts = {name: _text(source, []) for name, source in graph_node.inputs.items()}
        found[node] = _part(resolver, graph_node, {name: [text, text] for name, text in texts.items()})
    return found


def _part(resolver: Resolver, node: GraphNode, inputs: dict[str, list[str]]) -> dict[str, Any]:
    code = resolver.graph.registry.code.of_node(node.spec.node).hex()[:24]
    return {"type": node.spec.name, "code": code, "inputs": inputs}


def _text(source: Source, refs: list[Ref]) -> str:
    """An input in a few words: the literal, the curve, or where the link comes from."""
    if isinstance(source, Const):
        return brief(source.value)
    if isinstance(source, Curve):
        return f"a curve of {len(source.points)} points"
    if isinstance(source, Several):
        return f"{len(source.parts)} links"
    value = refs[0].value if len(refs) == 1 and isinstance(refs[0], Known) else None
    return brief(value) if isinstance(value, (bool, int, float, str)) else f"from {source.node}"


def explain(
    plan: Plan, reports: Mapping[str, NodeReport], last: Mapping[str, Any], numerics: Numerics
) -> dict[str, str]:
    """One sentence per node and frame."""
    resolver = plan.resolver
    now = _parts(resolver)
    before = last.get("nodes", {})
    reasons: dict[str, str] = {}
    for node, report in reports.items():
        if report.status == "unknown":
            reasons[node] = f"unknown: {report.reason}"
        elif report.status == "skipped":
            reasons[node] = f"will not run: {report.reason}"
        elif report.status == "cached":
            reasons[node] = "cached: its result, or what is made of it, is stored"
        elif node in resolver.graph.frames:
            reasons[node] = f"will run {report.steps_run} of {report.steps_run + report.steps_cached} steps"
        else:
            changes = _changes(now.get(node), before.get(node), resolver, node)
            reasons[node] = "will run: " + (changes or _fallback(last, numerics))
    for frame in resolver.graph.frames:
        if reports[frame].status == "run":
            body = [n for n, g in resolver.graph.nodes.items() if g.frame == frame]
            inner = {f"{name} changed" for name in [*body, frame]}  # follows from what came first
            causes = [
                cause
                for n in body
                if reasons[n].startswith("will run: ")
                for cause in reasons[n].removeprefix("will run: ").split(", ")
            ]
            first = next((cause for cause in causes if cause not in inner), "")
            over = resolver.graph.frames[frame].over
            if not first and isinstance(over, Link):
                source = over.node
                changed = _changes(now.get(source), before.get(source), resolver, source)
                first = f"{source}: {changed}" if changed else ""
            reasons[frame] += f": {first}" if first else ""
    return reasons


def _changes(now: Any, before: Any, resolver: Resolver, node: str) -> str:
    """What differs from the last run, most telling first."""
    if now is None:
        return "it is evaluated while planning"
    if before is None:
        return "never ran"
    if now["type"] != before["type"]:
        return f"type {before['type']} → {now['type']}"
    found = []
    if now["code"] != before["code"]:
        found.append("its code changed")
    for name, (key, text) in now["inputs"].items():
        old = before["inputs"].get(name)
        if old is None:
            found.append(f"{name} is new")
        elif old[0] != key:
            if old[1] != text:
                found.append(f"{name} {old[1]} → {text}")
            else:
                source = resolver.graph.nodes[node].inputs[name]
                found.append(f"{source.node if isinstance(source, Link) else name} changed")
    return ", ".join(dict.fromkeys(found))


def _fallback(last: Mapping[str, Any], numerics: Numerics) -> str:
    """Nothing of the node itself differs: the numerics do, or the result is not stored any more."""
    old = last.get("numerics")
    new = numerics.as_json()
    if isinstance(old, dict):
        for name, value in new.items():
            if name == "versions" and isinstance(value, dict) and isinstance(old.get(name), dict):
                for package, number in value.items():
                    if old[name].get(package) != number:
                        return f"{package} {old[name].get(package)} → {number}"
            elif old.get(name) != value and name != "versions":
                return f"{name} {old.get(name)} → {value}"
    return "its result is not stored: it is quick to make again, or was given up for space"
