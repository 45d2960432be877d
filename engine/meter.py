"""Counts the calls and steps of a program, and says when a node begins, a step is done, a node is done."""

from __future__ import annotations

import time
from typing import Any

from engine.events import EventLog, NodeDone, NodeStarted, Preview, StepDone
from engine.program import Op, Program
from engine.refs import Call
from engine.summary import summaries


class Meter:
    """The counts of one program."""

    def __init__(self, program: Program, log: EventLog) -> None:
        self.log = log
        self._left = dict(program.calls_of)
        self._calls = dict(program.calls_of)
        self._seconds: dict[str, float] = {}
        self._steps: dict[tuple[tuple[str, int], ...], float] = {}  # of the steps under way: their calls so far
        self._to_do = dict(program.steps)
        self._done: dict[Any, int] = dict.fromkeys(self._to_do, 0)
        self._began: dict[Any, float] = {}
        self._at: tuple[tuple[str, int], ...] = ()

    def starts(self, op: Op) -> None:
        """An operation begins."""
        for call in op.calls:
            if call.node.id not in self._seconds:
                self._seconds[call.node.id] = 0.0
                self.log.emit(NodeStarted(call.node.id))
        path = op.calls[0].path
        if path != self._at:
            self._at = path
            for depth, (frame, _) in enumerate(path):
                self._began.setdefault((frame, path[:depth]), time.perf_counter())

    def counts(self, call: Call, result: Any, seconds: float) -> None:
        """A call is done."""
        node = call.node.id
        self._left[node] -= 1
        self._seconds[node] += seconds
        for depth in range(1, len(call.path) + 1):
            step = call.path[:depth]
            self._steps[step] = self._steps.get(step, 0.0) + seconds
        if not self._left[node]:
            outputs = () if call.path else summaries(call.node.spec, result)
            self.log.emit(NodeDone(node, self._seconds[node], outputs, self._calls[node]))

    def steps(self, op: Op, value: Any) -> None:
        """An operation completed steps; what a step took is what its calls took. The estimate is the mean so far."""
        now = time.perf_counter()
        for mark in op.steps:
            which = (mark.frame, mark.path)
            began = self._began.setdefault(which, now)
            seconds = self._steps.pop((*mark.path, (mark.frame, mark.index)), 0.0)
            self._done[which] += 1
            done, to_do = self._done[which], self._to_do[which]
            eta = (now - began) / done * (to_do - done)
            self.log.emit(StepDone(mark.frame, mark.index, mark.count, done, to_do, seconds, eta, mark.path))
            if self.log.previews:
                self.log.emit(Preview(mark.frame, value))
