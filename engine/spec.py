"""What a node's signature says: inputs, outputs, types, defaults, schema — derived once, from the function.

`spec_of(node)` reads the annotations; `Literals` turns a JSON literal into a value of a declared type (strict: 5.9 is
no int, "1" is no number, NaN is nothing) and gives the JSON Schema of a widget.
"""

from __future__ import annotations

import collections.abc
import enum
import functools
import inspect
import json
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from engine.context import Context
from engine.node import Conversion, LazyMark, Look, ManyMark, Node
from engine.relation import bare, is_sequence, is_union, item_type
from engine.values import Content
from engine.workflow import LinkText

if typing.TYPE_CHECKING:
    from pydantic import TypeAdapter

REQUIRED: Any = inspect.Parameter.empty
REMEMBERED = 100_000  # literals whose values are kept
_SCALARS = (bool, int, float, str, type(None))


@dataclass(frozen=True)
class InputSpec:
    """One input. `annotation` is the type of one link (of each link, if `many`); `declared` is the whole of it."""

    name: str
    annotation: Any
    declared: Any
    widget: bool
    default: Any = REQUIRED
    lazy: bool = False
    many: bool = False

    @property
    def required(self) -> bool:
        """True if the input has neither a default nor may be empty."""
        return self.default is REQUIRED and not self.many


@dataclass(frozen=True)
class OutputSpec:
    """One output. `by_value`: keyed by what it is. `by_content`: keyed by the digest of what it holds, once known."""

    name: str
    annotation: Any
    by_value: bool
    by_content: bool


@dataclass(frozen=True)
class ViewSpec:
    """What a call shows besides its outputs: made by `fn` of the inputs `names`."""

    name: str
    label: str
    fn: Callable[..., object]
    names: tuple[str, ...]
    annotation: Any


@dataclass(frozen=True)
class NodeSpec:
    """A node type as the engine uses it."""

    node: Node[Any, Any]
    inputs: dict[str, InputSpec]
    outputs: tuple[OutputSpec, ...]
    context: str | None
    reduce_names: tuple[str, ...] = ()
    fingerprint_names: tuple[str, ...] = ()
    fingerprint_context: str | None = None
    sorted_inputs: tuple[str, ...] = field(default=())
    views: tuple[ViewSpec, ...] = ()

    @property
    def name(self) -> str:
        """`type@version`, as documents write it."""
        return f"{self.node.name}@{self.node.version}"

    @property
    def title(self) -> str:
        """First line of the docstring."""
        return (self.node.__doc__ or "").strip().split("\n")[0]

    def output_index(self, name: str) -> int | None:
        """Position of an output by name."""
        for i, output in enumerate(self.outputs):
            if output.name == name:
                return i
        return None


def spec_of(node: Node[Any, Any]) -> NodeSpec:
    """Read a node's signature. Raises `TypeError` for one that the engine cannot use."""
    hints = typing.get_type_hints(node.fn, include_extras=True)
    context: str | None = None
    inputs: dict[str, InputSpec] = {}
    for parameter in inspect.signature(node.fn).parameters.values():
        if parameter.name not in hints:
            raise TypeError(f"{node.name}: parameter {parameter.name} has no type")
        if bare(hints[parameter.name]) is Context:
            context = parameter.name
            continue
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise TypeError(f"{node.name}: *{parameter.name} has no name to wire; use Many[...]")
        inputs[parameter.name] = _input(parameter, hints[parameter.name])
    if "return" not in hints:
        raise TypeError(f"{node.name}: the return type is missing")
    fingerprint, reads_context = _parameters(node.fingerprinter)
    views = tuple(_view(name, label, fn) for name, (label, fn) in node.views.items())
    shown = [name for view in views for name in view.names]
    for name in (*node.stack, *_parameters(node.reducer)[0], *fingerprint, *shown):
        if name not in inputs:
            raise TypeError(f"{node.name}: there is no input {name!r}")
    if node.stack and node.batch_fn is None:
        raise TypeError(f"{node.name}: stack needs .batched")
    return NodeSpec(
        node,
        inputs,
        _outputs(hints["return"]),
        context,
        _parameters(node.reducer)[0],
        fingerprint,
        reads_context,
        tuple(sorted(inputs)),
        views,
    )


def _view(name: str, label: str, fn: Any) -> ViewSpec:
    return ViewSpec(name, label, fn, tuple(inspect.signature(fn).parameters), typing.get_type_hints(fn).get("return"))


def _parameters(fn: Any) -> tuple[tuple[str, ...], str | None]:
    if fn is None:
        return (), None
    hints = typing.get_type_hints(fn)
    names = [n for n in inspect.signature(fn).parameters if hints.get(n) is not Context]
    contexts = [n for n in inspect.signature(fn).parameters if hints.get(n) is Context]
    return tuple(names), (contexts[0] if contexts else None)


def _input(parameter: inspect.Parameter, declared: Any) -> InputSpec:
    marks = get_args(declared)[1:] if get_origin(declared) is Annotated else ()
    many = any(isinstance(m, ManyMark) for m in marks)
    lazy = any(isinstance(m, LazyMark) for m in marks)
    annotation = get_args(get_args(declared)[0])[0] if many else declared
    widget = parameter.kind is parameter.KEYWORD_ONLY
    return InputSpec(parameter.name, annotation, declared, widget, parameter.default, lazy, many)


def _outputs(annotation: Any) -> tuple[OutputSpec, ...]:
    kind = bare(annotation)
    if kind in (None, type(None)):
        return ()
    if isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields"):
        hints = typing.get_type_hints(kind, include_extras=True)
        return tuple(_output(name, hints[name]) for name in kind._fields)
    return (_output("out", annotation),)


def _output(name: str, annotation: Any) -> OutputSpec:
    kind = bare(annotation)
    content = isinstance(kind, type) and issubclass(kind, Content)
    return OutputSpec(name, annotation, is_scalar_type(annotation), content)


def is_scalar_type(annotation: Any) -> bool:
    """True for types of small values that are keyed by what they are."""
    kind = bare(annotation)
    if kind in _SCALARS or kind is None or get_origin(kind) is Literal:
        return True
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return True
    if is_union(kind):
        return all(is_scalar_type(member) for member in get_args(kind))
    return is_sequence(kind) and is_scalar_type(item_type(kind))


def _literal_type(annotation: Any) -> Any:
    """The part of a type that a JSON literal can be, or None if there is no such part."""
    kind = bare(annotation)
    if isinstance(kind, TypeVar):
        return bool | int | float | str | list[Any] | dict[str, Any] | None
    if kind in _SCALARS or kind is None or get_origin(kind) is Literal or kind is Any:
        return annotation
    if is_union(kind):
        values = [part for member in get_args(kind) if (part := _literal_type(member)) is not None]
        if len(values) == len(get_args(kind)):
            return annotation
        return functools.reduce(lambda a, b: a | b, values) if values else None
    origin = get_origin(kind) or kind
    if origin in (list, tuple, dict, set, frozenset, collections.abc.Sequence, collections.abc.Mapping):
        inner = [a for a in get_args(kind) if a is not Ellipsis]
        return annotation if all(_literal_type(a) is not None or a is Any for a in inner) else None
    if isinstance(kind, type) and (issubclass(kind, enum.Enum) or hasattr(kind, "model_fields")):
        return annotation
    return annotation if typing.is_typeddict(kind) else None


class BadLiteral(ValueError):
    """A literal that is no value of the declared type; `expected` and `got` say it in words."""

    def __init__(self, message: str, expected: str, got: str) -> None:
        self.message, self.expected, self.got = message, expected, got
        super().__init__(f"{message} — expected {expected}, got {got}")


class Literals:
    """Literal ↔ value for declared types. One per registry: it remembers the adapters it made."""

    def __init__(self) -> None:
        self._adapters: dict[int, tuple[Any, TypeAdapter[Any] | None]] = {}
        self._values: dict[tuple[int, type, Any], Any] = {}

    def adapter(self, annotation: Any) -> TypeAdapter[Any] | None:
        """The pydantic adapter of the literal part of a type; None if only a link can give such a value."""
        found = self._adapters.get(id(annotation))
        if found is None:
            from pydantic import ConfigDict, TypeAdapter

            part = _literal_type(annotation)
            made: TypeAdapter[Any] | None = None
            if part is not None or bare(annotation) in (None, type(None)):
                kind = bare(part)
                configurable = not (isinstance(kind, type) and hasattr(kind, "model_fields"))
                config = ConfigDict(strict=True, allow_inf_nan=False) if configurable else None
                made = TypeAdapter(part, config=config)
            found = self._adapters[id(annotation)] = (
                annotation,
                made,
            )  # keeps `annotation` alive, so its id is its own
        return found[1]

    def value(self, annotation: Any, literal: Any) -> Any:
        """The value of a JSON literal as the declared type. Raises `BadLiteral`."""
        simple: tuple[int, type, Any] | None = None
        if isinstance(literal, (str, int, bool)) or (isinstance(literal, float) and literal):  # 0.0 equals -0.0
            simple = (id(annotation), type(literal), literal)
            if simple in self._values:
                return self._values[simple]
        value = self._validate(annotation, literal)
        if simple is not None:
            if len(self._values) >= REMEMBERED:
                self._values.clear()
            self._values[simple] = value
        return value

    def _validate(self, annotation: Any, literal: Any) -> Any:
        from pydantic import ValidationError

        adapter = self.adapter(annotation)
        if adapter is None:
            raise BadLiteral("a literal cannot stand here", "a link", brief(literal))
        try:
            text = json.dumps(literal, allow_nan=False)
        except (ValueError, TypeError, RecursionError) as error:
            raise BadLiteral("not a JSON value", "JSON", brief(literal)) from error
        try:
            return adapter.validate_json(text, strict=True)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"] if not str(part).startswith(("function-", "union")))
            message = first["msg"] if not where or is_union(bare(annotation)) else f"{where}: {first['msg']}"
            if "error" in first.get("ctx", {}):  # raised by a check of ours
                raise BadLiteral(str(first["ctx"]["error"]), expectation(annotation), brief(literal)) from error
            raise BadLiteral(_lower(message), expectation(annotation), brief(literal)) from error

    def coerce(self, annotation: Any, value: Any) -> Any:
        """A plan-known value that came over a link, as the declared type (an int becomes a float, bounds hold)."""
        kind = bare(annotation)
        if not (is_scalar_type(annotation) or get_origin(annotation) is Annotated) or self.adapter(annotation) is None:
            return value
        if isinstance(value, enum.Enum) and isinstance(kind, type) and isinstance(value, kind):
            return value
        plain = value.value if isinstance(value, enum.Enum) else list(value) if isinstance(value, tuple) else value
        return self.value(annotation, plain)

    def schema(self, annotation: Any) -> dict[str, Any] | None:
        """JSON Schema of the literals of a type, or None if only a link fits."""
        adapter = self.adapter(annotation)
        return adapter.json_schema() if adapter is not None else None


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def brief(value: Any) -> str:
    """A value for a message: at most 60 characters."""
    try:
        plain = value.value if isinstance(value, enum.Enum) else value
        text = json.dumps(plain, ensure_ascii=False, default=_as_written)
    except (ValueError, TypeError, RecursionError):
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "…"


def _as_written(value: Any) -> Any:
    """A link as the document has it."""
    if isinstance(value, LinkText):
        return {"from": value.node if value.output is None else f"{value.node}.{value.output}"}
    raise TypeError(type(value).__name__)


def expectation(annotation: Any) -> str:
    """What an input takes, in words: type and bounds."""
    from engine.relation import type_name

    text = type_name(annotation)
    bounds = []
    for mark in get_args(annotation)[1:] if get_origin(annotation) is Annotated else ():
        for constraint in getattr(mark, "metadata", ()):
            for sign, name in (("≥", "ge"), (">", "gt"), ("≤", "le"), ("<", "lt")):
                if getattr(constraint, name, None) is not None:
                    bounds.append(f"{sign} {getattr(constraint, name)}")
    return f"{text} {' and '.join(bounds)}" if bounds else text


def conversion_types(conversion: Conversion[Any]) -> tuple[Any, Any]:
    """(source type, target type) of a declared conversion."""
    hints = typing.get_type_hints(conversion.fn, include_extras=True)
    (name,) = inspect.signature(conversion.fn).parameters
    return hints[name], hints["return"]


@dataclass(frozen=True)
class LookSpec:
    """A declared look: `value` and `handles` are the types of its parameters, None where it has no such parameter."""

    look: Look
    value: Any
    handles: Any
    context: bool


def look_spec(look: Look) -> LookSpec:
    """Read the signature of a look. Raises `TypeError` for one that the engine cannot use."""
    hints = typing.get_type_hints(look.fn, include_extras=True)
    first, *rest = inspect.signature(look.fn).parameters.values()
    handles = [one.annotation for one in (_input(p, hints[p.name]) for p in rest) if one.many]
    context = [p for p in rest if bare(hints[p.name]) is Context]
    if len(handles) > 1 or len(handles) + len(context) != len(rest):
        raise TypeError(f"{look.__name__}: a look takes a value, Many[...] handles and a Context, in this order")
    return LookSpec(look, hints[first.name], handles[0] if handles else None, bool(context))
