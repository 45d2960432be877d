"""From one document to another: as changes, and in words for people.

`difference` edits a draft until it is the other document, touching only what differs, so that a whole document that a
script or a text editor wrote merges with what others do meanwhile, and tabs redraw only what changed. `compare` says
what happened to nodes, inputs and links, in subgraphs too; that a node was moved is a thing apart, and lines are not
looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.workflow import as_link
from server.live.changes import ABSENT, Draft, Json, Path, same
from server.live.references import nodes_of, part, rename_in


def difference(draft: Draft, wanted: Json, path: Path = ()) -> None:
    """Make what is at `path` the wanted object."""
    there = draft.get(*path)
    if path and not _in_order(there, wanted):
        draft.put(path, wanted)
        return
    if not path and not _in_order(there, wanted):
        for key in list(there):
            draft.drop((key,))
    for key in list(draft.get(*path)):
        if key not in wanted:
            draft.drop((*path, key))
    keys = list(wanted)
    for at in range(len(keys) - 1, -1, -1):  # from the last, so that the key before which one goes is there
        key, before = keys[at], keys[at + 1] if at + 1 < len(keys) else None
        now = draft.get(*path, key)
        if isinstance(now, dict) and isinstance(wanted[key], dict):
            difference(draft, wanted[key], (*path, key))
        else:
            draft.put((*path, key), wanted[key], before)


def _in_order(there: Json, wanted: Json) -> bool:
    """Whether the keys that both have stand in one order."""
    return [key for key in there if key in wanted] == [key for key in wanted if key in there]


def compare(old: Json, new: Json, renamed: Mapping[str, str]) -> Json:
    """What became of a document. `renamed`: nodes of the old one that have another name in the new one."""
    draft = Draft(old)
    real = {a: b for a, b in renamed.items() if a in nodes_of(old) and b in nodes_of(new) and a != b}
    for number, name in enumerate(real):  # by way of names that nobody has, because names may have been swapped
        rename_in(draft, name, f"/{number}")
    for number, name in enumerate(real.values()):
        if name in nodes_of(draft.document):
            rename_in(draft, name, f"//{number}")
        rename_in(draft, f"/{number}", name)
    before, after = nodes_of(draft.document), nodes_of(new)
    found: dict[str, list[Any]] = {"inputs": [], "links": [], "changed": []}
    for name in before.keys() & after.keys():
        _compare_node(name, before[name], after[name], found)
    places = part(part(draft.document, "ui"), "positions"), part(part(new, "ui"), "positions")
    moved = [name for name in after if name in before and not same(places[0].get(name), places[1].get(name))]
    return {
        "added": [name for name in after if name not in before],
        "removed": [name for name in before if name not in after and not name.startswith("/")]
        + [real_name for number, real_name in enumerate(real.values()) if f"//{number}" in before],
        "renamed": [{"node": old_name, "to": to} for old_name, to in real.items()],
        **{key: sorted(items, key=lambda one: (one["node"], one.get("input", ""))) for key, items in found.items()},
        "moved": moved,
        "subgraphs": _compare_subgraphs(part(old, "subgraphs"), part(new, "subgraphs")),
        "other": [*_others(draft.document, new)],
    }


def _compare_subgraphs(old: Json, new: Json) -> Json:
    """What differs in the subgraphs that both have; whoever uses one changes with it."""
    both = [name for name in new if isinstance(old.get(name), dict) and isinstance(new[name], dict)]
    return {name: compare(old[name], new[name], {}) for name in both if not same(old[name], new[name])}


def _compare_node(name: str, old: Any, new: Any, found: dict[str, list[Any]]) -> None:
    flat_old, flat_new = _flat(old), _flat(new)
    for key in dict.fromkeys([*flat_old, *flat_new]):
        before, after = flat_old.get(key, ABSENT), flat_new.get(key, ABSENT)
        if not same(before, after):
            kind = "links" if _linked(before) or _linked(after) else "inputs"
            sides = (("before", before), ("after", after))
            found[kind].append({"node": name, "input": key} | {k: v for k, v in sides if v is not ABSENT})
    for key in dict.fromkeys([*old, *new]):
        if key not in ("inputs", "carry", "collect", "until") and not same(old.get(key, ABSENT), new.get(key, ABSENT)):
            sides = (("before", old.get(key, ABSENT)), ("after", new.get(key, ABSENT)))
            found["changed"].append({"node": name, "key": key} | {k: v for k, v in sides if v is not ABSENT})


def _flat(body: Any) -> Json:
    """Inputs by name; what a frame carries and collects as `carry.state.next`, `collect.states`, `until`."""
    made = dict(part(body, "inputs"))
    for key, ends in part(body, "carry").items():
        made |= {f"carry.{key}.{end}": value for end, value in part({"": ends}, "").items()}
    made |= {f"collect.{key}": value for key, value in part(body, "collect").items()}
    return made | ({"until": body["until"]} if "until" in body else {})


def _linked(value: Any) -> bool:
    return any(as_link(one) is not None for one in (value if isinstance(value, list) else [value]))


def _others(old: Json, new: Json) -> list[str]:
    """Keys of the document, of its interface and of `ui` that are not the same."""
    found = []
    for key in dict.fromkeys([*old, *new]):
        if key == "ui":
            a, b = part(old, key), part(new, key)
            found += [f"ui.{k}" for k in dict.fromkeys([*a, *b]) if k != "positions" and not same(a.get(k), b.get(k))]
        elif key != "nodes" and not same(old.get(key, ABSENT), new.get(key, ABSENT)):
            found.append(key)
    return found
