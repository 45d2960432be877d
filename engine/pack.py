"""A value as a small JSON tree and a list of leaves, and back.

    State(latent=T0, rng=Rng(seeds=(7,), states=None), history={"dt": T1, "last": T0})
      tree    {"data": ["nodes.types.State", {"latent": {"tensor": 0}, "rng": …, "history": {"dict": {"dt": …}}}]}
      leaves  [T0, T1]

A leaf is a tensor or a byte string; one that occurs twice is listed once. None, booleans, strings, integers and finite
floats stand for themselves, a list for a list; everything else is an object with one name, its tag. Types are written
by name and looked up on the way back in a mapping that the caller gives: nothing is imported or executed. A type that
is not listed here is refused, as the key encoder refuses it.

`content_digest` names a value by what it holds: the digest of the tree with its names sorted and each leaf replaced by
the digest of its bytes. Device, order of names, and sharing between leaves do not change it.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from typing import Any

from engine.digest import DEPTH, Key
from engine.errors import Unencodable
from engine.leaves import Leaf, Undecodable, blake, check, chunks, tensor_type

WIDE = 1 << 63  # larger integers are written in hexadecimal: reading decimals takes quadratic time
LEAVES = ("tensor", "bytes")


@dataclasses.dataclass(frozen=True)
class Packed:
    """A packed value: the JSON-able `tree`, the `leaves` it numbers, and the names of the types it mentions."""

    tree: object
    leaves: list[Leaf]
    types: frozenset[str]

    @cached_property
    def json(self) -> str:
        """The tree as JSON text."""
        return json.dumps(self.tree, separators=(",", ":"), allow_nan=False)

    def content(self, digests: Sequence[bytes]) -> Key:
        """The content digest, given the digest of each leaf's file form."""
        text = json.dumps(_named(self.tree, digests), separators=(",", ":"), sort_keys=True)
        return blake2b(text.encode(), digest_size=32).digest()


def pack(value: object) -> Packed:
    """Take a value apart. Raises `Unencodable` for a type that cannot be brought back as it was."""
    packer = _Packer()
    return Packed(packer.tree(value, 0), packer.leaves, frozenset(packer.types))


def unpack(text: str | bytes, leaves: Sequence[Leaf], classes: Mapping[str, type], device: str = "cpu") -> Any:
    """Put a value together again. Tensors that lay on an accelerator when packed go to `device`.

    `classes` gives dataclasses, named tuples and enums by "module.qualname". Raises `Undecodable` if the text is not
    what `pack` writes, or a type is missing or has other fields now.
    """
    try:
        return _Builder(leaves, classes, device).build(json.loads(text))
    except Undecodable:
        raise
    except Exception as error:  # a type's own constructor may refuse the fields in whatever way it likes
        raise Undecodable(f"not a packed value: {type(error).__name__}: {error}") from error


def content_digest(value: object) -> Key:
    """BLAKE2b-256 of what a value holds: equal contents, equal digest, on every device and in every process."""
    packed = pack(value)
    return packed.content([blake(chunks(leaf)) for leaf in packed.leaves])


def type_name(kind: type) -> str:
    """The name under which `unpack` looks a type up."""
    return f"{kind.__module__}.{kind.__qualname__}"


class _Packer:
    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        self.types: set[str] = set()
        self.tensor = tensor_type()
        self._seen: dict[object, int] = {}

    def tree(self, value: Any, depth: int) -> object:
        if depth > DEPTH:
            raise Unencodable(f"a value nested deeper than {DEPTH} levels cannot be stored")
        kind = type(value)
        if value is None or kind is bool or kind is str:
            return value
        if kind is int:
            return value if -WIDE <= value < WIDE else {"int": hex(value)}
        if kind is float:
            return value if math.isfinite(value) else {"float": str(value)}
        if kind is list:
            return [self.tree(item, depth + 1) for item in value]
        if kind is tuple:
            return {"tuple": [self.tree(item, depth + 1) for item in value]}
        if kind is dict:
            return {"dict": self.named(value, depth)}
        if kind is bytes:
            return {"bytes": self.leaf((bytes, value), value)}
        if kind is self.tensor:
            return self.tensor_leaf(value)
        if isinstance(value, enum.Enum):
            if kind.__members__.get(value.name) is not value:
                raise Unencodable(f"{value!r} is no single member of {type_name(kind)} and cannot be stored")
            return {"enum": [self.named_type(kind), value.name]}
        if isinstance(value, tuple) and hasattr(kind, "_fields"):
            fields = {name: getattr(value, name) for name in kind._fields}
            return {"named": [self.named_type(kind), self.named(fields, depth)]}
        if dataclasses.is_dataclass(value) and kind.__dataclass_params__.frozen:
            fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.init}
            return {"data": [self.named_type(kind), self.named(fields, depth)]}
        raise Unencodable(f"a value of type {type_name(kind)} cannot be stored")

    def named(self, items: Mapping[Any, object], depth: int) -> dict[str, object]:
        for name in items:
            if type(name) is not str:
                raise Unencodable(f"a mapping with a name of type {type(name).__name__} cannot be stored")
        return {name: self.tree(item, depth + 1) for name, item in items.items()}

    def named_type(self, kind: type) -> str:
        name = type_name(kind)
        self.types.add(name)
        return name

    def tensor_leaf(self, value: Any) -> object:
        check(value)
        flags = (value.is_conj(), value.is_neg(), value.device)
        same = (value.data_ptr(), value.dtype, value.shape, value.stride(), flags)
        node: dict[str, object] = {"tensor": self.leaf(same, value)}
        if value.device.type != "cpu":
            node["device"] = True
        return node

    def leaf(self, same: object, value: Leaf) -> int:
        """The number of a leaf; the same bytes in memory get the same number."""
        if same not in self._seen:
            self._seen[same] = len(self.leaves)
            self.leaves.append(value)
        return self._seen[same]


def _rewrite(tree: Any, leaf: Callable[[str, dict[str, Any]], object]) -> object:
    """The tree with every leaf node replaced by what `leaf(tag, node)` returns."""
    if isinstance(tree, list):
        return [_rewrite(item, leaf) for item in tree]
    if not isinstance(tree, dict):
        return tree
    tag = next(iter(tree))
    if tag in LEAVES:
        return leaf(tag, tree)
    if tag in ("data", "named"):
        name, fields = tree[tag]
        return {tag: [name, {key: _rewrite(item, leaf) for key, item in fields.items()}]}
    if tag == "dict":
        return {tag: {key: _rewrite(item, leaf) for key, item in tree[tag].items()}}
    return {tag: [_rewrite(item, leaf) for item in tree[tag]]} if tag == "tuple" else tree


def _named(tree: object, digests: Sequence[bytes]) -> object:
    return _rewrite(tree, lambda tag, node: {tag: digests[node[tag]].hex()})


class _Builder:
    def __init__(self, leaves: Sequence[Leaf], classes: Mapping[str, type], device: str) -> None:
        self.leaves, self.classes, self.device = leaves, classes, device
        self._moved: dict[int, object] = {}

    def build(self, tree: Any) -> Any:
        if isinstance(tree, list):
            return [self.build(item) for item in tree]
        if not isinstance(tree, dict):
            return tree
        tag = next(iter(tree))
        body = tree[tag]
        if tag in LEAVES:
            leaf = self.leaves[body]
            _expect(leaf, isinstance(leaf, bytes) == (tag == "bytes"))
            return self.on_device(body) if "device" in tree else leaf
        if tag == "tuple":
            return tuple(self.build(item) for item in body)
        if tag == "dict":
            return {name: self.build(item) for name, item in body.items()}
        if tag == "int":
            return int(body, 16)
        if tag == "float":
            return float(body)
        return self.typed(tag, *body)

    def typed(self, tag: str, name: str, content: Any) -> object:
        kind: Any = self.classes.get(name)
        if kind is None:
            raise Undecodable(f"no type {name} is known")
        if tag == "enum":
            return kind[content]
        fields = {field: self.build(item) for field, item in content.items()}
        own = kind._fields if tag == "named" else [f.name for f in dataclasses.fields(kind) if f.init]
        return _expect(kind(**fields), set(own) == set(fields))

    def on_device(self, number: int) -> object:
        leaf = self.leaves[number]
        if number not in self._moved and not isinstance(leaf, bytes):
            self._moved[number] = leaf.to(self.device)
        return self._moved[number]


def _expect(value: object, right: bool) -> object:
    if not right:
        raise Undecodable(f"a stored {type(value).__name__} is not what its tree says")
    return value
