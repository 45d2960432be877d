"""Canonical bytes of a value, and its digest.

A key must say the same thing in every process and never the same thing for two different values. So every value is
written with a type tag and a length before its bytes, names are sorted, NaN is refused, and a type that is not listed
here is an error — there is no fallback to `repr` or `hash`. `1`, `1.0`, `True` and `"1"` differ.

A dataclass is encoded by its qualified name and its fields; a field declared with `compare=False` (a path where the
same bytes were found, a cached array) is no part of the identity. One that defines `identity()` is encoded by what that
returns instead of its fields.
"""

from __future__ import annotations

import dataclasses
import enum
import math
import struct
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from engine.errors import Unencodable

DEPTH = 64  # deeper literals are refused: they are never meant
Key = bytes  # 32 bytes, BLAKE2b-256


def digest(*parts: bytes) -> Key:
    """BLAKE2b-256 over length-prefixed parts."""
    h = blake2b(digest_size=32)
    for part in parts:
        h.update(len(part).to_bytes(8, "little"))
        h.update(part)
    return h.digest()


def digest_of(value: object) -> Key:
    """Digest of the canonical encoding of `value`."""
    return blake2b(encode(value), digest_size=32).digest()


def encode(value: object) -> bytes:
    """Canonical bytes of `value`; raises `Unencodable` for NaN, unknown types and nesting deeper than `DEPTH`."""
    out: list[bytes] = []
    _write(value, out, 0)
    return b"".join(out)


def _chunk(tag: bytes, body: bytes, out: list[bytes]) -> None:
    out.append(tag + len(body).to_bytes(8, "little") + body)


def _write(value: Any, out: list[bytes], depth: int) -> None:
    if depth > DEPTH:
        raise Unencodable(f"a value nested deeper than {DEPTH} levels has no key")
    kind = type(value)
    if value is None:
        out.append(b"n")
    elif kind is bool:
        out.append(b"t" if value else b"f")
    elif kind is int:
        _chunk(b"i", str(value).encode(), out)
    elif kind is float:
        if math.isnan(value):
            raise Unencodable("NaN has no key: it does not equal itself")
        out.append(b"d" + struct.pack("<d", value))
    elif kind is str:
        _chunk(b"s", value.encode("utf-8", "surrogatepass"), out)
    elif kind is bytes:
        _chunk(b"b", value, out)
    elif isinstance(value, enum.Enum):
        _chunk(b"e", f"{kind.__module__}.{kind.__qualname__}.{value.name}".encode(), out)
    elif hasattr(kind, "identity"):
        _fields(kind, {"identity": value.identity()}, out, depth)
    elif dataclasses.is_dataclass(value):
        _fields(kind, {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.compare}, out, depth)
    elif hasattr(kind, "model_fields"):  # a pydantic model
        _fields(kind, {name: getattr(value, name) for name in kind.model_fields}, out, depth)
    elif kind is list or isinstance(value, tuple):
        _sequence(b"l" if kind is list else b"u", value, out, depth)
    elif isinstance(value, Mapping):
        _mapping(value, out, depth)
    elif isinstance(value, frozenset):
        _sequence(b"z", sorted(encode(v) for v in value), out, depth)
    else:
        raise Unencodable(f"a value of type {kind.__module__}.{kind.__qualname__} has no key")


def _sequence(tag: bytes, items: Sequence[object], out: list[bytes], depth: int) -> None:
    out.append(tag + len(items).to_bytes(8, "little"))
    for item in items:
        _write(item, out, depth + 1)


def _mapping(items: Mapping[Any, object], out: list[bytes], depth: int) -> None:
    for name in items:
        if type(name) is not str:
            raise Unencodable(f"a mapping with a name of type {type(name).__name__} has no key: names are strings")
    out.append(b"m" + len(items).to_bytes(8, "little"))
    for name in sorted(items):
        _chunk(b"s", name.encode("utf-8", "surrogatepass"), out)
        _write(items[name], out, depth + 1)


def _fields(kind: type, fields: Mapping[str, object], out: list[bytes], depth: int) -> None:
    own = getattr(kind, "__key_name__", f"{kind.__module__}.{kind.__qualname__}")
    _chunk(b"c", own.encode(), out)
    _mapping(fields, out, depth)
