"""Make a workflow in Python, with the node functions' own types checked by the editor.

    w = Builder("mine")
    model = w.add(model_load, model="shapes")
    positive = w.named("positive").add(text_encode, model.text_encoder, text="a red circle")
    with w.loop("sample", over=schedule, state=noise) as loop:
        cond = w.add(unet_denoise, model.unet, loop.state, loop.item, positive)
        loop.next(state=w.add(scheduler_step, loop.state, cond, loop.item))
    w.add(image_save, w.add(vae_decode, model.vae, loop.state))
    engine.run(w.build())

`add` has the signature of the function it is given: what the function returns is what `add` says it returns, so a
latent where an image belongs is an error in the editor already. At run time it is a `Wire`, a link to be.
"""

from __future__ import annotations

import enum
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar, cast

from engine.errors import InvalidWorkflow, Problem
from engine.node import Node
from engine.workflow import FORMAT, LOOP, NAME, Workflow

P = ParamSpec("P")
R = TypeVar("R")


class Wire:
    """An output of a node that will be; `wire.name` is a named output."""

    def __init__(self, node: str, output: str | None = None) -> None:
        self._node, self._output = node, output

    def __getattr__(self, output: str) -> Wire:
        if output.startswith("__"):
            raise AttributeError(output)
        return Wire(self._node, output)

    def link(self) -> dict[str, str]:
        """The wire as a link of a document."""
        return {"from": self._node if self._output is None else f"{self._node}.{self._output}"}


class Loop:
    """A frame that is being built: `item`, `index`, `count` and the carries by name."""

    def __init__(self, node: str, body: dict[str, Any]) -> None:
        self._node, self._body = node, body

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Wire(self._node, name)

    def next(self, **carry: Any) -> None:
        """What each carry is in the next step."""
        for name, value in carry.items():
            if name not in self._body["carry"]:
                raise InvalidWorkflow([Problem(f"{name!r} is not carried", self._node)])
            self._body["carry"][name]["next"] = literal(value)

    def collect(self, **gathered: Any) -> None:
        """Gather body outputs over the items; outside, `loop.<name>` is the list."""
        self._body.setdefault("collect", {}).update({name: literal(value) for name, value in gathered.items()})

    def until(self, value: Any) -> None:
        """End the loop after the first step in which this is true."""
        self._body["until"] = literal(value)


class Builder:
    """A workflow in the making."""

    def __init__(self, name: str = "workflow", _root: Builder | None = None, _next: str | None = None) -> None:
        self._name, self._next = name, _next
        self._nodes: dict[str, dict[str, Any]] = {} if _root is None else _root._nodes
        self._frames: list[str] = [] if _root is None else _root._frames

    def named(self, name: str) -> Builder:
        """The same builder; the next node added through it is called `name`."""
        if not NAME.match(name) or name in self._nodes:
            expected = "a new lower-case name of letters, digits, _ and -"
            raise InvalidWorkflow([Problem("not a name for a node", name, None, expected, repr(name))])
        return Builder(self._name, self, name)

    def add(self, node: Node[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Add a node; arguments as for the function itself, wires or literals."""
        bound = inspect.signature(node.fn).bind(*args, **kwargs)
        inputs = {name: literal(value) for name, value in bound.arguments.items()}
        name = self._new(node.name.rpartition(".")[2])
        self._nodes[name] = self._placed({"type": f"{node.name}@{node.version}", "inputs": inputs})
        return cast(R, Wire(name))

    @contextmanager
    def loop(self, name: str = "loop", *, over: Any, **carry: Any) -> Iterator[Loop]:
        """A frame over a list or schedule; what is added in the block is its body. `carry`: the first values."""
        name = self._new(name)
        body = self._placed({"type": f"{LOOP}@1", "inputs": {"over": literal(over)}})
        body["carry"] = {key: {"first": literal(value)} for key, value in carry.items()}
        self._nodes[name] = body
        self._frames.append(name)
        try:
            yield Loop(name, body)
        finally:
            self._frames.pop()
        missing = [key for key, ends in body["carry"].items() if "next" not in ends]
        if missing:
            raise InvalidWorkflow([Problem(f"loop.next({missing[0]}=…) was not called", name)])

    def build(self) -> Workflow:
        """The workflow document."""
        return Workflow({"format": FORMAT, "name": self._name, "nodes": self._nodes})

    def _new(self, base: str) -> str:
        if self._next is not None:
            base, self._next = self._next, None
        name, number = base, 2
        while name in self._nodes:
            name, number = f"{base}_{number}", number + 1
        return name

    def _placed(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "in": self._frames[-1]} if self._frames else body


def literal(value: Any) -> Any:
    """A Python argument as it stands in a document."""
    if isinstance(value, Wire):
        return value.link()
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (list, tuple)):
        return [literal(v) for v in value]
    if isinstance(value, dict):
        return {"value": value} if "from" in value or "curve" in value or "value" in value else value
    return value
