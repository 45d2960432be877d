"""Make a workflow in Python, with the node functions' own types checked by the editor.

    w = Builder("mine")
    model = w.add(model_load, model="shapes")
    positive = w.add(text_encode, model.text_encoder, text="a red circle")
    with w.loop(over=schedule, state=noise) as sample:
        cond = w.add(unet_denoise, model.unet, sample.state, sample.item, positive)
        sample.next(state=w.add(scheduler_step, sample.state, cond, sample.item))
    w.add(image_save, w.add(vae_decode, model.vae, sample.state))
    engine.run(w.build(vars()))

`add` has the signature of the function it is given: what the function returns is what `add` says it returns, so a
latent where an image belongs is an error in the editor already. At run time it is a `Wire`, a link to be. A type can
also be given by its name, `w.add("text.encode@1", text="a red circle")`: then inputs go by name, nothing is imported
and nothing checked before the workflow is.

`build(vars())` calls nodes as the variables are called; `named` says a name itself, and what has neither is called by
its type. What a document can hold beside nodes and links has its word: `having` (mode, or any key of a node), `curve`,
`raw`, `input` and `output` (the interface), `subgraph`. `engine.python_text` writes a document in these words, and
`engine.python_read` reads them without running anything.
"""

from __future__ import annotations

import enum
import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar, cast, overload

from engine.errors import InvalidWorkflow, Problem
from engine.node import Node
from engine.workflow import FORMAT, LOOP, NAME, Workflow

P = ParamSpec("P")
R = TypeVar("R")
SPECIAL = ("from", "curve", "value")  # an object with one of these names is no plain literal


@dataclass(eq=False)
class Handle:
    """A node in the making: what it is called in the end is known when the workflow is built."""

    base: str
    body: dict[str, Any]
    wanted: str | None = None  # the name that was asked for
    name: str = ""


class Wire:
    """An output of a node that will be; `wire.name` or `wire["name"]` is a named output."""

    def __init__(self, node: Handle | str, output: str | None = None) -> None:
        self._node, self._output = node, output

    def __getattr__(self, output: str) -> Wire:
        if output.startswith("__"):
            raise AttributeError(output)
        return self[output]

    def __getitem__(self, output: str) -> Wire:
        if self._output is not None or not isinstance(self._node, Handle):
            raise InvalidWorkflow([Problem(f"an output has no outputs of its own: {output!r}")])
        return Wire(self._node, output)


class Loop(Wire):
    """A frame that is being built: `item`, `index`, `count` and the carries by name."""

    def __init__(self, node: Handle) -> None:
        super().__init__(node)
        self._body = node.body

    def next(self, /, **carry: Any) -> None:
        """What each carry is in the next step."""
        known = self._body.get("carry")
        for name, value in carry.items():
            if not isinstance(known, dict) or name not in known:
                raise InvalidWorkflow([Problem(f"{name!r} is not carried")])
            known[name]["next"] = value

    def collect(self, /, **gathered: Any) -> None:
        """Gather body outputs over the items; outside, `loop.<name>` is the list."""
        self._body.setdefault("collect", {}).update(gathered)

    def until(self, value: Any, /) -> None:
        """End the loop after the first step in which this is true."""
        self._body["until"] = value


@dataclass
class _Making:
    """What the builders of one workflow share."""

    data: dict[str, Any]
    wanted: set[str] = field(default_factory=set)
    nodes: list[Handle] = field(default_factory=list)
    frames: list[Handle] = field(default_factory=list)
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    subgraphs: dict[str, Any] = field(default_factory=dict)


class Builder:
    """A workflow in the making. `keys`: what else the document says of itself, such as its description."""

    def __init__(self, name: str | None = "workflow", /, **keys: Any) -> None:
        self._making = _Making({"format": FORMAT, **({} if name is None else {"name": name}), **keys})
        self._next: str | None = None
        self._keys: dict[str, Any] = {}

    def named(self, name: str, /) -> Builder:
        """The same builder; the next node added through it is called `name`."""
        if not NAME.match(name) or name in self._making.wanted:
            expected = "a new lower-case name of letters, digits, _ and -"
            raise InvalidWorkflow([Problem("not a name for a node", name, None, expected, repr(name))])
        return self._with(name, self._keys)

    def having(self, /, **keys: Any) -> Builder:
        """The same builder; the next node added through it has these keys, as they stand in the document: `mode`."""
        return self._with(self._next, {**self._keys, **keys})

    def _with(self, name: str | None, keys: dict[str, Any]) -> Builder:
        made = Builder()
        made._making, made._next, made._keys = self._making, name, keys
        return made

    @overload
    def add(self, node: Node[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R: ...
    @overload
    def add(self, node: str, /, **inputs: Any) -> Any: ...
    def add(self, node: Node[P, R] | str, /, *args: Any, **kwargs: Any) -> Any:
        """Add a node; arguments as for the function itself, wires or literals. By the type's name: inputs by name."""
        if isinstance(node, str):
            if args:
                raise InvalidWorkflow([Problem("inputs go by name", expected="name=value")])
            return Wire(self._placed(node.partition("@")[0].rpartition(".")[2], {"type": node, "inputs": kwargs}))
        bound = inspect.signature(node.fn).bind(*args, **kwargs)
        body = {"type": f"{node.name}@{node.version}", "inputs": dict(bound.arguments)}
        return cast(R, Wire(self._placed(node.name.rpartition(".")[2], body)))

    @contextmanager
    def loop(self, name: str | None = None, /, *, over: Any = None, **carry: Any) -> Iterator[Loop]:
        """A frame over a list or schedule; what is added in the block is its body. `carry`: the first values."""
        builder = self if name is None else self.named(name)
        body: dict[str, Any] = {"type": f"{LOOP}@1", "inputs": {} if over is None else {"over": over}}
        if carry:
            body["carry"] = {key: {"first": value} for key, value in carry.items()}
        handle = builder._placed("loop", body)
        frames = self._making.frames
        frames.append(handle)
        try:
            yield Loop(handle)
        finally:
            frames.pop()
        missing = [key for key in carry if "next" not in body["carry"][key]]
        if missing:
            raise InvalidWorkflow([Problem(f"loop.next({missing[0]}=…) was not called", handle.wanted or handle.base)])

    def link(self, text: str, /) -> Any:
        """A link by the name in the document, `node` or `node.output`: to a node that comes later, or never."""
        return Wire(text)

    def curve(self, points: Any, /, **more: Any) -> Any:
        """A number over the progress of the loop: `[[0, 3], [0.6, 1]]`, `ease="step"` or linear."""
        return Raw({"curve": points, **more})

    def raw(self, value: Any, /) -> Any:
        """A value as it stands in the document."""
        return Raw(value)

    def input(self, name: str, /, to: Any, **more: Any) -> None:
        """An input that a caller sees, and the inputs of nodes that it feeds: `to=positive.text`, or a list."""
        self._making.inputs[name] = {"to": to, **more}

    def output(self, name: str, source: Any, /, **more: Any) -> None:
        """An output that a caller sees."""
        self._making.outputs[name] = (source, more)

    def subgraph(self, name: str, workflow: Workflow, /) -> None:
        """A workflow that nodes of the type `name` stand for."""
        self._making.subgraphs[name] = workflow.data

    def build(self, variables: Mapping[str, object] | None = None) -> Workflow:
        """The workflow document. `variables` name nodes: `vars()`."""
        making = self._making
        self._name(variables or {})
        data = {**making.data, "nodes": {one.name: _resolved(one) for one in making.nodes}}
        interface: dict[str, Any] = {}
        if making.inputs:
            interface["inputs"] = {
                key: {**entry, "to": _target(entry["to"], key)} for key, entry in making.inputs.items()
            }
        if making.outputs:
            interface["outputs"] = {key: _output(*entry) for key, entry in making.outputs.items()}
        if interface:
            data["interface"] = interface
        if making.subgraphs:
            data["subgraphs"] = dict(making.subgraphs)
        return Workflow(data)

    def _name(self, variables: Mapping[str, object]) -> None:
        """Give every node its name: the one asked for, its variable's, or one after its type."""
        making = self._making
        taken = set(making.wanted)
        mine = {id(one): one for one in making.nodes}
        for one in making.nodes:
            one.name = one.wanted or ""
        for name, value in variables.items():
            handle = mine.get(id(handle_of(value)))
            if handle is None or handle.name:
                continue
            if not NAME.match(name) or name in taken:
                expected = "a new lower-case name of letters, digits and _"
                raise InvalidWorkflow([Problem("the variable is no name for its node", name, None, expected, name)])
            handle.name = name
            taken.add(name)
        numbers: dict[str, int] = {}
        for one in making.nodes:
            one.name = one.name or _new(one.base, taken, numbers)
            taken.add(one.name)

    def _placed(self, base: str, body: dict[str, Any]) -> Handle:
        if self._making.frames:
            body = {"type": body["type"], "in": self._making.frames[-1], **body}
        handle = Handle(base, body, self._next)
        body |= {key: Raw(value) for key, value in self._keys.items()}
        if self._next is not None:
            self._making.wanted.add(self._next)
        self._next, self._keys = None, {}
        self._making.nodes.append(handle)
        return handle


@dataclass(frozen=True)
class Raw:
    """A value that stands in the document as it is."""

    value: Any


def handle_of(value: object) -> Handle | None:
    """The node that a variable stands for: of a wire to all of it, or of a loop."""
    if isinstance(value, Wire) and value._output is None and isinstance(value._node, Handle):
        return value._node
    return None


def text_of(wire: Wire) -> str:
    """A wire as documents write it: `node.output`."""
    node = wire._node.name if isinstance(wire._node, Handle) else wire._node
    return node if wire._output is None else f"{node}.{wire._output}"


def contents(builder: Builder) -> Iterator[Any]:
    """All that the workflow will hold, as it was given."""
    making = builder._making
    yield making.data
    yield from (handle.body for handle in making.nodes)
    yield from (making.inputs, making.outputs, making.subgraphs)


def workflow_of(builder: Builder) -> int:
    """The same number for all builders of one workflow (`named` and `having` give others)."""
    return id(builder._making)


def _new(base: str, taken: set[str], numbers: dict[str, int]) -> str:
    """A name after a type; `numbers`: where to go on counting."""
    base = base if NAME.match(base) else "node"
    name, number = base, numbers.get(base, 2)
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    numbers[base] = number
    return name


def _resolved(handle: Handle) -> dict[str, Any]:
    """The body of a node as it stands in the document."""
    body = dict(handle.body)
    for key in ("inputs", "collect"):
        if isinstance(body.get(key), dict):
            body[key] = {name: _value(value, handle, name) for name, value in body[key].items()}
    if isinstance(body.get("carry"), dict):
        body["carry"] = {
            name: {end: _value(value, handle, f"carry.{name}.{end}") for end, value in ends.items()}
            for name, ends in body["carry"].items()
        }
    if "until" in body:
        body["until"] = _value(body["until"], handle, "until")
    for key, value in body.items():
        if isinstance(value, Raw):
            body[key] = plain(value.value, handle.name, key)
    if isinstance(body.get("in"), Handle):
        body["in"] = body["in"].name
    return body


def _value(value: Any, handle: Handle, name: str) -> Any:
    return literal(value, handle.name, name)


def _target(to: Any, name: str) -> Any:
    """The inputs that one of the interface feeds: `positive.text` is written as an output would be."""
    if isinstance(to, (list, tuple)):
        return [_target(one, name) for one in to]
    return text_of(to) if isinstance(to, Wire) else plain(to, None, f"interface.{name}")


def _output(source: Any, more: dict[str, Any]) -> Any:
    value = literal(source)
    return {**value, **more} if more and isinstance(value, dict) else value


def literal(value: Any, node: str | None = None, input: str | None = None) -> Any:
    """A Python argument as it stands in a document."""
    if isinstance(value, Wire):
        return {"from": text_of(value)}
    if isinstance(value, Raw):
        return plain(value.value, node, input)
    if isinstance(value, (list, tuple)):
        return [literal(one, node, input) for one in value]
    made = plain(value, node, input)
    return {"value": made} if isinstance(made, dict) and any(name in made for name in SPECIAL) else made


def plain(value: Any, node: str | None = None, input: str | None = None) -> Any:
    """JSON and nothing else: no wires."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (list, tuple)):
        return [plain(one, node, input) for one in value]
    if isinstance(value, dict):
        return {name: plain(one, node, input) for name, one in value.items()}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    message = "a link stands by itself or in a list" if isinstance(value, Wire) else "not a value of a workflow"
    raise InvalidWorkflow([Problem(message, node, input, "text, numbers, lists, objects", type(value).__name__)])
