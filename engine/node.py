"""A node type is a plain typed function.

    @node("guidance.cfg")
    def cfg_combine(uncond: Lazy[Prediction], cond: Prediction, *, scale: Scale = 7.5) -> Prediction:
        '''Classifier-free guidance (Ho & Salimans 2022).'''
        return cond if scale == 1 else uncond + scale * (cond - uncond)

    @cfg_combine.reduce
    def _(scale: float) -> Alias | None:
        return Alias("cond") if scale == 1 else None

Positional parameters are sockets, keyword-only ones are widgets that can also take a link. Several outputs are a
`NamedTuple`. The function stays callable: `cfg_combine(u, c, scale=5.0)` runs it. Everything else (schema, widgets,
type check, key) is derived from the signature in `engine.spec`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Any, Generic, Literal, ParamSpec, TypeVar

from engine.about import Formula, Paper
from engine.values import Alias, Artifact

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


@dataclass(frozen=True)
class LazyMark:
    """Marks an input that `.reduce` may make superfluous."""


@dataclass(frozen=True)
class ManyMark:
    """Marks an input that takes any number of links."""


Lazy = Annotated[T, LazyMark()]
Many = Annotated[tuple[T, ...], ManyMark()]

Thread = Literal["device", "pool"]


class _Hint:
    """A widget hint: reaches the JSON Schema under `x-loom`."""

    def __init__(self, **hint: object) -> None:
        self.hint = hint

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        schema: dict[str, Any] = handler(core)
        schema["x-loom"] = {**schema.get("x-loom", {}), **self.hint}
        return schema


class Slider(_Hint):
    """Draw a number as a slider that moves by `step`."""

    def __init__(self, step: float = 1) -> None:
        super().__init__(widget="slider", step=step)


class Multiline(_Hint):
    """Draw a string as a text area."""

    def __init__(self) -> None:
        super().__init__(widget="multiline")


class Choice(_Hint):
    """Offer the names that a source lists ("models", "inputs"), besides free text. A name that can only lead out of
    the source's folders is no valid literal; whether one leads out by a link is seen when it is looked up."""

    def __init__(self, source: str) -> None:
        super().__init__(widget="choice", source=source)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core.core_schema import no_info_after_validator_function

        return no_info_after_validator_function(_inside, handler(source))


def _inside(value: Any) -> Any:
    """A file name (or what has one as its `file`) that stays below the folder it is looked up in."""
    name = value if isinstance(value, str) else getattr(value, "file", "")
    if "\0" in name:
        raise ValueError("a file name cannot contain a NUL character")
    plain, windows = PurePosixPath(name), PureWindowsPath(name)
    depth = 0
    for part in plain.parts:
        depth += -1 if part == ".." else 1
        if depth < 0 or plain.is_absolute() or windows.drive or windows.root:
            raise ValueError(f"{name!r} is outside the folders that files are looked up in")
    return value


class Unit(_Hint):
    """Write a unit behind a number: "px", "s", "°"."""

    def __init__(self, unit: str) -> None:
        super().__init__(unit=unit)


class SeedWidget(_Hint):
    """A seed: fixed, random or recalled."""

    def __init__(self) -> None:
        super().__init__(widget="seed")


class Node(Generic[P, R]):
    """A node type: the function and what the decorator said about it."""

    def __init__(
        self,
        fn: Callable[P, R],
        name: str,
        version: int,
        plan: bool,
        pure: bool,
        sink: bool,
        thread: Thread,
        stack: tuple[str, ...],
        label: str = "",
        formula: Formula | None = None,
        paper: Paper | None = None,
    ) -> None:
        self.fn, self.name, self.version = fn, name, version
        self.label, self.formula, self.paper = label, formula, paper
        self.plan, self.pure, self.sink, self.thread, self.stack = plan, pure, sink, thread, stack
        self.reducer: Callable[..., Alias | None] | None = None
        self.batch_fn: Callable[[Sequence[Mapping[str, Any]]], Sequence[R]] | None = None
        self.fingerprinter: Callable[..., object] | None = None
        self.migrations: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
        self.views: dict[str, tuple[str, Callable[..., object]]] = {}  # name → label, function
        self.__doc__ = fn.__doc__
        self.__name__ = fn.__name__
        self.__module__ = fn.__module__
        self.__wrapped__ = fn

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.fn(*args, **kwargs)

    def reduce(self, fn: Callable[..., Alias | None]) -> Callable[..., Alias | None]:
        """Declare a reduction: called in the plan with those of the plan-known inputs that it names."""
        self.reducer = fn
        return fn

    def batched(
        self, fn: Callable[[Sequence[Mapping[str, Any]]], Sequence[R]]
    ) -> Callable[[Sequence[Mapping[str, Any]]], Sequence[R]]:
        """Declare how sibling calls that differ only in the `stack` inputs run as one: arguments by name, per call."""
        self.batch_fn = fn
        return fn

    def fingerprint(self, fn: Callable[..., object]) -> Callable[..., object]:
        """Declare what the outside world adds to the key (a file's digest): called in the plan, encodable result."""
        self.fingerprinter = fn
        return fn

    def migrate(
        self, version: int
    ) -> Callable[[Callable[[dict[str, Any]], dict[str, Any]]], Callable[[dict[str, Any]], dict[str, Any]]]:
        """Declare how inputs written for `version` become those of `version + 1` (dict → dict)."""

        def register(fn: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[dict[str, Any]], dict[str, Any]]:
            self.migrations[version] = fn
            return fn

        return register

    def view(self, name: str, label: str) -> Callable[[Callable[..., T]], Callable[..., T]]:
        """Declare what else a call in a loop shows: made of the inputs that the function names, kept beside the result.

        It is no output, enters no key, and a `NodeError` only says that there is nothing to see. `label` is for people.
        """

        def register(fn: Callable[..., T]) -> Callable[..., T]:
            self.views[name] = (label, fn)
            return fn

        return register

    def __repr__(self) -> str:
        return f"<node {self.name}@{self.version}>"


def node(
    name: str,
    *,
    version: int = 1,
    plan: bool = False,
    pure: bool = True,
    sink: bool = False,
    thread: Thread = "device",
    stack: Sequence[str] = (),
    label: str = "",
    formula: Formula | None = None,
    paper: Paper | None = None,
) -> Callable[[Callable[P, R]], Node[P, R]]:
    """Make a function a node type.

    plan: cheap, no tensors; runs while planning. pure: the same inputs give the same result (an impure node without a
    fingerprint runs in every run). sink: makes files, so it is a target by default. thread: "pool" for file and CPU
    work that may run beside the device thread. stack: the inputs in which calls may differ and still run as one batch
    (needs `.batched`). label, formula, paper: for people, see `engine.about`.
    """

    def wrap(fn: Callable[P, R]) -> Node[P, R]:
        return Node(fn, name, version, plan, pure, sink, thread, tuple(stack), label, formula, paper)

    return wrap


class Conversion(Generic[R]):
    """A declared, directional conversion from the type of its one parameter to its return type."""

    def __init__(self, fn: Callable[[Any], R]) -> None:
        self.fn = fn
        self.__doc__, self.__name__, self.__module__ = fn.__doc__, fn.__name__, fn.__module__
        self.__wrapped__ = fn

    def __call__(self, value: Any) -> R:
        return self.fn(value)


class Look:
    """A declared way to see values of a type: the function's first parameter is the value, its result a small picture.

    A second parameter `Many[Handle]` takes the handles of that kind that the workflow knows, a `Context` the device.
    """

    def __init__(self, fn: Callable[..., Artifact | None], label: str) -> None:
        self.fn, self.label = fn, label
        self.__doc__, self.__name__, self.__module__ = fn.__doc__, fn.__name__, fn.__module__
        self.__wrapped__ = fn

    def __call__(self, *arguments: Any) -> Artifact | None:
        return self.fn(*arguments)


def look(label: str = "") -> Callable[[Callable[..., Artifact | None]], Look]:
    """Declare how values of a type are seen; None where there is nothing to see. label: what people call them."""
    return lambda fn: Look(fn, label)


def conversion(fn: Callable[[Any], R]) -> Conversion[R]:
    """Declare that a value of the parameter's type can be used where the return type is asked for."""
    return Conversion(fn)
