"""The relation between types: does what this output gives fit what that input asks for?

The relation is directional: a subtype fits its supertype, an int fits a float, a list of a fitting type fits a list.
Nothing fits "anything both ways". A `TypeVar` in a node's signature is bound, per node, by the first link that meets
it. `POISON` is the type of what could not be resolved: it fits everything, so that one error does not cause ten.
"""

from __future__ import annotations

import collections.abc
import enum
import types
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin


class _Poison(enum.Enum):
    POISON = "unresolved"


POISON = _Poison.POISON
_SEQUENCES = (list, tuple, collections.abc.Sequence)


def bare(annotation: Any) -> Any:
    """The annotation without `Annotated[...]` around it."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


def is_union(annotation: Any) -> bool:
    """True for `A | B` in either spelling."""
    return get_origin(annotation) in (Union, types.UnionType)


def fits(source: Any, target: Any, bound: dict[TypeVar, Any]) -> bool:
    """True if a value of type `source` can be used as a `target`. Binds the TypeVars of `target` in `bound`."""
    source, target = bare(source), bare(target)
    if source is POISON or target is POISON or source is target or target is object:
        return True
    if isinstance(target, TypeVar):
        return _bind(source, target, bound)
    if is_union(source):
        return all(fits(member, target, bound) for member in get_args(source))
    if is_union(target):
        return any(fits(source, member, bound) for member in get_args(target))
    if source in (None, type(None)) or target in (None, type(None)):
        return source in (None, type(None)) and target in (None, type(None))
    if get_origin(source) is Literal or get_origin(target) is Literal:
        return _fits_literal(source, target)
    return _fits_class(source, target, bound)


def _bind(source: Any, target: TypeVar, bound: dict[TypeVar, Any]) -> bool:
    if target not in bound:
        if target.__constraints__ and not any(fits(source, c, {}) for c in target.__constraints__):
            return False
        bound[target] = source
        return True
    if fits(source, bound[target], {}):
        return True
    if fits(bound[target], source, {}):  # the wider of the two
        bound[target] = source
        return True
    return False


def _fits_literal(source: Any, target: Any) -> bool:
    if get_origin(source) is Literal:
        values = get_args(source)
        if get_origin(target) is Literal:
            return set(values) <= set(get_args(target))
        return all(fits(type(value), target, {}) for value in values)
    return source is str and all(isinstance(v, str) for v in get_args(target))  # the value is validated when known


def _fits_class(source: Any, target: Any, bound: dict[TypeVar, Any]) -> bool:
    outer, inner = get_origin(source) or source, get_origin(target) or target
    if outer in _SEQUENCES and inner in _SEQUENCES:
        return fits(item_type(source), item_type(target), bound)
    if not isinstance(outer, type) or not isinstance(inner, type):
        return False
    if outer is bool:
        return inner is bool
    if outer is int and inner is float:
        return True
    if outer is str and issubclass(inner, enum.Enum):
        return True
    if not issubclass(outer, inner):
        return False
    pairs = zip(get_args(source), get_args(target), strict=False)
    return all(fits(a, b, bound) for a, b in pairs if a is not Ellipsis)


def item_type(sequence: Any) -> Any:
    """The type of the items of `list[X]`, `tuple[X, ...]` or `Sequence[X]`; POISON if it is none of them."""
    arguments = get_args(bare(sequence))
    return arguments[0] if arguments else POISON


def is_sequence(annotation: Any) -> bool:
    """True for a homogeneous list, tuple or sequence type."""
    annotation = bare(annotation)
    if get_origin(annotation) is tuple:
        return len(get_args(annotation)) == 2 and get_args(annotation)[1] is Ellipsis
    return get_origin(annotation) in (list, collections.abc.Sequence)


def substitute(annotation: Any, bound: dict[TypeVar, Any]) -> Any:
    """The annotation with bound TypeVars filled in; POISON for an unbound one."""
    annotation = bare(annotation)
    if isinstance(annotation, TypeVar):
        return bound.get(annotation, POISON)
    if get_origin(annotation) is list:
        return list[substitute(item_type(annotation), bound)]  # type: ignore[misc]
    if is_sequence(annotation):
        return tuple[substitute(item_type(annotation), bound), ...]  # type: ignore[misc]
    if is_union(annotation):
        members = [substitute(member, bound) for member in get_args(annotation)]
        return POISON if POISON in members else Union[tuple(members)]  # noqa: UP007
    return annotation


def type_name(annotation: Any) -> str:
    """The name of a type as a person reads it: `Latent`, `list[Image]`, `int | None`."""
    annotation = bare(annotation)
    if annotation is POISON:
        return "unresolved"
    if annotation in (None, type(None)):
        return "None"
    if is_union(annotation):
        return " | ".join(type_name(member) for member in get_args(annotation))
    if get_origin(annotation) is Literal:
        return " | ".join(repr(value) for value in get_args(annotation))
    if get_args(annotation):
        inner = ", ".join(type_name(a) for a in get_args(annotation) if a is not Ellipsis)
        return f"{type_name(get_origin(annotation))}[{inner}]"
    return str(getattr(annotation, "__name__", annotation))
