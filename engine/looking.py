"""Pictures of a loop's steps: listed from a plan, drawn when somebody looks, and kept like any other result.

A picture is drawn from what the cache has of the step, so it costs a run nothing and is there for steps that came from
the cache. It is kept under a key that follows from the step's, and given up when room is needed; then it is drawn again
as long as the step's value is kept.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Any

from engine.between import Between
from engine.cache import MISSING, Cache
from engine.context import Context
from engine.digest import Key
from engine.sights import Sight, StepSights
from engine.values import Artifact

KEPT = 16  # loops whose sights are at hand


@dataclass(frozen=True)
class Listed:
    """The steps of one turn of a loop. `labels`: what can be seen, by name. `kept`: the keys of pictures to be had."""

    runs: int
    labels: dict[str, str]
    steps: list[StepSights]
    kept: frozenset[Key]

    def json(self) -> dict[str, Any]:
        """As plain data; a picture that cannot be had any more is None."""
        steps = [
            {
                "index": step.index,
                "path": [list(one) for one in step.path],
                "pictures": {
                    name: sight.key.hex() if sight.key in self.kept else None for name, sight in step.sights.items()
                },
            }
            for step in self.steps
        ]
        return {"runs": self.runs, "labels": self.labels, "steps": steps}


class Looking:
    """Lists and draws. `context` is for the looks; `ready` prepares the device thread for code of a module."""

    def __init__(self, cache: Cache, between: Between, context: Context, ready: Callable[[str], object]) -> None:
        self._cache, self._between, self._context, self._ready = cache, between, context, ready
        self._known: OrderedDict[Key, dict[Key, Sight]] = OrderedDict()

    def list(self, of: Key, runs: list[list[StepSights]], number: int, coming: Set[Key] = frozenset()) -> Listed:
        """The steps of turn `number` (−1: the last) of a loop; its pictures are known under `of` from then on.

        coming: the keys of calls that a run under way is about to make. Their pictures count as kept.
        """
        known = {sight.key: sight for steps in runs for step in steps for sight in step.sights.values()}
        self._known[of] = known
        self._known.move_to_end(of)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        steps = runs[number] if -len(runs) <= number < len(runs) else []
        shown = [sight for step in steps for sight in step.sights.values()]
        there = self._cache.has_many([key for sight in shown for key in (sight.key, sight.stored)])
        kept = frozenset(one.key for one in shown if one.key in there or one.stored in there or one.call in coming)
        labels = {name: sight.label for step in reversed(steps) for name, sight in step.sights.items()}
        order = [name for step in steps[:1] for name in step.sights]
        return Listed(len(runs), {name: labels[name] for name in [*order, *labels]}, steps, kept)

    def knows(self, of: Key, key: Key) -> bool:
        """Whether a picture was listed."""
        return key in self._known.get(of, {})

    def picture(self, of: Key, key: Key) -> bytes | None:
        """A picture that was listed, drawn if need be; None if what it shows is not kept. Waits for the device."""
        sight = self._known.get(of, {}).get(key)
        if sight is None:
            return None
        found = self._cache.get(key)
        if found is MISSING:
            found = self._between.ask(lambda: self._draw(sight)).result()
        return found.data if isinstance(found, Artifact) else None

    def _draw(self, sight: Sight) -> Artifact | None:
        """In the device thread."""
        value = self._cache.get(sight.stored, self._context.device)
        if value is MISSING:
            return None
        begin = time.perf_counter()
        look = sight.look.look
        self._ready(look.__module__)
        if sight.index >= 0:
            value = value[sight.index]
        if sight.converter is not None:
            value = sight.converter.conversion.fn(value)
        more: list[object] = [] if sight.look.handles is None else [sight.handles]
        if sight.look.context:
            more.append(self._context)
        made = look(value, *more)
        if made is not None:
            self._cache.put(sight.key, made, seconds=time.perf_counter() - begin, persist="always")
        return made
