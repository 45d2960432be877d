"""What the plan knows of a value before it exists: where it will come from, and its key.

A `Call` is one use of a node in one step; a *ref* is how a call's argument is found:

* `Known`: the value itself (a literal, a default, what a plan-time node gave);
* `Output`: output `index` of a call;
* `Bundle`: several refs as one tuple or list (a `Many` input, a frame's collect);
* `Converted`: a ref behind a declared conversion;
* `Waiting`: nothing yet — it needs the results of `waits` before the plan can go on;
* `MUTED`: it will not exist, and what needs it does not run.

The rule for keys is one line: `key = H(head, for each input by name: (name, key of the input))`, with
`head = H(type, version, code digest, numerics)` and, for what is known, `key = H("v", value)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from engine.digest import Key, encode
from engine.graph import GraphNode
from engine.registry import Converter

NO_WAITS: frozenset[Any] = frozenset()


def tagged(tag: bytes, *parts: bytes) -> Key:
    """BLAKE2b-256 over a tag and parts that are keys (32 bytes each) or length-prefixed by the caller."""
    return blake2b(b"".join((tag, b"\0", *parts)), digest_size=32).digest()


class Known:
    """A value that the plan knows."""

    __slots__ = ("_key", "value")
    waits: frozenset[Any] = NO_WAITS

    def __init__(self, value: Any, key: Key | None = None) -> None:
        self.value, self._key = value, key

    @property
    def key(self) -> Key:
        """H("v", value)."""
        if self._key is None:
            self._key = tagged(b"v", encode(self.value))
        return self._key


class Output:
    """Output `index` of a call. `content`: the digest of what it holds, if it is keyed by that and it is known."""

    __slots__ = ("call", "content", "index", "soft")

    def __init__(self, call: Call, index: int, content: Key | None = None, soft: bool = False) -> None:
        self.call, self.index, self.content, self.soft = call, index, content, soft

    @property
    def key(self) -> Key:
        """By content if known; else the call's key, with the output's number if it has several."""
        if self.content is not None:
            return tagged(b"content", self.content)
        return self.call.output_key(self.index)

    @property
    def waits(self) -> frozenset[Any]:
        """What must be there before this key is final."""
        waits = self.call.waits
        return waits | {self.call} if self.soft else waits


class Bundle:
    """Several refs as one tuple (`Many`) or list (a collect)."""

    __slots__ = ("is_list", "key_cache", "parts")

    def __init__(self, parts: list[Ref], is_list: bool) -> None:
        self.parts, self.is_list = parts, is_list
        self.key_cache: Key | None = None

    @property
    def key(self) -> Key:
        """H(count, keys)."""
        if self.key_cache is None:
            count = len(self.parts).to_bytes(8, "little")
            self.key_cache = tagged(b"list" if self.is_list else b"many", count, *(p.key for p in self.parts))
        return self.key_cache

    @property
    def waits(self) -> frozenset[Any]:
        """The waits of all parts."""
        return NO_WAITS.union(*(p.waits for p in self.parts))


class Converted:
    """A ref behind a declared conversion; keyed by what goes in and the conversion's code."""

    __slots__ = ("code", "converter", "inner")

    def __init__(self, inner: Ref, converter: Converter, code: Key) -> None:
        self.inner, self.converter, self.code = inner, converter, code

    @property
    def key(self) -> Key:
        """H(key of what goes in, code)."""
        return tagged(b"conv", self.inner.key, self.code)

    @property
    def waits(self) -> frozenset[Any]:
        """Those of what goes in."""
        return self.inner.waits


class Waiting:
    """Unknown until the calls (or `Work`) in `waits` are done."""

    __slots__ = ("waits",)

    def __init__(self, waits: frozenset[Any]) -> None:
        self.waits = waits

    @property
    def key(self) -> Key:
        """There is none."""
        raise AssertionError("a value that is waited for has no key")


class _Muted:
    """The type of `MUTED`."""

    __slots__ = ()
    waits: frozenset[Any] = NO_WAITS
    key: Key = b""


MUTED = _Muted()
Ref = Known | Output | Bundle | Converted | Waiting | _Muted


class Call:
    """One use of a node in one step of the frames around it.

    `path` is ((frame, index), …), outer first. `keep`: its result goes to the cache. `steps`: the frames' steps that it
    completes. `needs`: the calls that its arguments come from. `waits`: what must be done before its key is final.
    """

    __slots__ = ("args", "frozen", "group", "keep", "key", "needs", "node", "path", "solo", "steps", "waits")

    def __init__(self, node: GraphNode, args: dict[str, Ref], path: tuple[tuple[str, int], ...], keep: bool) -> None:
        self.node, self.args, self.path, self.keep = node, args, path, keep
        self.key: Key = b""
        self.solo: Key = b""
        self.group: Group | None = None
        self.steps: list[StepMark] = []
        self.frozen = False
        waits = NO_WAITS
        needs: list[Call] = []
        for ref in args.values():
            kind = type(ref)
            if kind is Known:
                continue
            if kind is Output:
                needs.append(ref.call)  # type: ignore[union-attr]
            else:
                needs += calls_in(ref)
            if ref.waits:
                waits |= ref.waits
        self.needs = needs
        self.waits: frozenset[Any] = waits

    def output_key(self, index: int) -> Key:
        """The key of one output."""
        assert self.key, f"{self} is asked for its key before its step is done"
        if len(self.node.spec.outputs) == 1:
            return self.key
        return tagged(b"out", self.key, index.to_bytes(2, "little"))

    def __repr__(self) -> str:
        return f"<call {self.node.id}{list(self.path) or ''}>"


class StepMark:
    """This call gives carry `name` of step `index` (of `count`) of a frame."""

    __slots__ = ("count", "frame", "index", "path")

    def __init__(self, frame: str, path: tuple[tuple[str, int], ...], index: int, count: int) -> None:
        self.frame, self.path, self.index, self.count = frame, path, index, count


class Group:
    """Sibling calls that run as one batch; it runs whole or hits whole."""

    __slots__ = ("members",)

    def __init__(self, members: list[Call]) -> None:
        self.members = members


def calls_in(ref: Ref) -> Iterator[Call]:
    """The calls that a ref needs directly."""
    stack = [ref]
    while stack:
        top = stack.pop()
        if type(top) is Output:
            yield top.call
        elif type(top) is Converted:
            stack.append(top.inner)
        elif type(top) is Bundle:
            stack.extend(reversed(top.parts))


def known_value(ref: Ref) -> Any:
    """The value of a ref that the plan knows whole; raises `LookupError` if it does not."""
    if type(ref) is Known:
        return ref.value
    if type(ref) is Converted:
        return ref.converter.conversion.fn(known_value(ref.inner))
    if type(ref) is Bundle:
        values = [known_value(part) for part in ref.parts]
        return values if ref.is_list else tuple(values)
    raise LookupError("not known in the plan")
