"""Which sibling calls of one step run as one batch.

A group is the set of live calls of a type with `stack` inputs, in one step of a frame, that are equal in every other
input and do not depend on each other: classifier-free guidance is one batched call, in the order in which the step's
result reaches its members (`uncond` first, as diffusers stacks them). It follows from the graph, never from what is
cached. A call alone and the same call in a batch differ in the last bits, so a member's key holds the keys of all.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.digest import Key
from engine.refs import Bundle, Call, Converted, Group, Known, Output, Ref, tagged


def key_calls(calls: list[Call], solo_key: Callable[[Call], Key], batching: bool) -> list[list[Call]]:
    """Form the groups among `calls` (in topological order) and give every call its key. Returns the units, in order."""
    stacked = [call for call in calls if call.node.spec.node.stack] if batching else []
    groups = _groups(stacked, calls) if len(stacked) > 1 else []
    units = _units(calls, groups)
    for unit in units:
        key_unit(unit, solo_key)
    return units


def key_unit(unit: list[Call], solo_key: Callable[[Call], Key]) -> None:
    """Give a call, or the calls of a group, their keys."""
    for call in unit:
        call.key = call.solo = solo_key(call)
    if len(unit) > 1:
        group, keys = Group(unit), [call.solo for call in unit]
        for i, call in enumerate(unit):
            call.group = group
            call.key = tagged(b"batch", i.to_bytes(4, "little"), *keys)


def _groups(stacked: list[Call], calls: list[Call]) -> list[list[Call]]:
    """Sets of two or more calls that may run as one."""
    buckets: dict[object, list[Call]] = {}
    for call in stacked:
        stack = call.node.spec.node.stack
        shape = (call.node.spec.name, tuple((n, _identity(r)) for n, r in sorted(call.args.items()) if n not in stack))
        buckets.setdefault(shape, []).append(call)
    masks: dict[int, int] = {}
    bits = {id(call): 1 << i for i, call in enumerate(calls)}
    for call in calls:
        mask = 0
        for needed in call.needs:
            mask |= masks.get(id(needed), 0) | bits.get(id(needed), 0)
        masks[id(call)] = mask
    made = []
    for bucket in buckets.values():
        members: list[Call] = []
        taken = 0
        for call in bucket:
            if not masks[id(call)] & taken:
                members.append(call)
                taken |= bits[id(call)]
        if len(members) > 1:
            made.append(members)
    return made


def _units(calls: list[Call], groups: list[list[Call]]) -> list[list[Call]]:
    """Calls and groups in an order in which every one comes after what it needs; a group that forbids one is undone."""
    while groups:
        unit_of = {id(call): group for group in groups for call in group}
        units = [*groups, *([call] for call in calls if id(call) not in unit_of)]
        position = {id(call): i for i, unit in enumerate(units) for call in unit}
        needs = [{position[id(n)] for call in unit for n in call.needs if id(n) in position} for unit in units]
        order: list[int] = []
        done: set[int] = set()
        rank = {id(call): i for i, call in enumerate(calls)}
        waiting = sorted(range(len(units)), key=lambda u: rank[id(units[u][-1])])
        while waiting:
            ready = [u for u in waiting if needs[u] <= done]
            if not ready:
                break
            order += ready
            done.update(ready)
            waiting = [u for u in waiting if u not in done]
        if not waiting:
            return [units[u] for u in order]
        groups = groups[:-1]
    return [[call] for call in calls]


def _identity(ref: Ref) -> object:
    """Equal for refs that give the same value; needs no keys."""
    if type(ref) is Known:
        return ref.key
    if type(ref) is Output:
        return ref.call.key or id(ref.call), ref.index
    if type(ref) is Converted:
        return id(ref.converter), _identity(ref.inner)
    if type(ref) is Bundle:
        return tuple(_identity(part) for part in ref.parts)
    return id(ref)
