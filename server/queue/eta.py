"""How long things take, learned from runs that ended; and from that, how long one will take.

Per workflow (by name) and node, and per step of its loops, an average is kept in which the newest run counts for a
third: it follows a faster machine or a larger picture within a few runs.
"""

from __future__ import annotations

from collections.abc import Mapping

from server.queue.live import Json, View

STEP, WHOLE = "*", ""
NEWEST = 1 / 3


def estimate(known: Mapping[str, float], started: Json) -> float | None:
    """Seconds that a run will take, by its plan; None if nothing is known of it."""
    if not known:
        return None
    nodes = sum(known.get(name, 0.0) for name, status in started["nodes"].items() if status in ("run", "unknown"))
    return nodes + float(started["steps"]) * known.get(STEP, 0.0)


def learned(known: Mapping[str, float], view: View, seconds: float) -> dict[str, float]:
    """What a run that is done adds."""
    found = dict(view.seconds)
    if view.step_seconds:
        found[STEP] = sum(view.step_seconds) / len(view.step_seconds)
    found[WHOLE] = seconds
    return {part: known[part] + (new - known[part]) * NEWEST if part in known else new for part, new in found.items()}
