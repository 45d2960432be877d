"""Prompts put together while planning: join, replace, fill a template, pick a wildcard.

A wildcard `{red|blue}` is picked by a seed, and what was picked is an output: the prompt of every picture can be read
back from its run.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import blake2b
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from engine.errors import NodeError, nearest
from engine.node import Many, Multiline, node
from nodes.values import Number, Seed

LONGEST = 100_000  # characters of a text that a node makes
DEPTH = 16  # wildcards within wildcards

Decimals = Annotated[int, Field(ge=0, le=12)]


def _fits(text: str) -> str:
    if len(text) > LONGEST:
        raise NodeError(f"expected a text of at most {LONGEST} characters, got {len(text)}")
    return text


@node("text.join", plan=True)
def join(texts: Many[str], *, separator: str = ", ", skip_empty: bool = True) -> str:
    """The linked texts with `separator` between them; empty ones are left out unless `skip_empty` is off."""
    return _fits(separator.join(t for t in texts if t or not skip_empty))


@node("text.replace", plan=True)
def replace(text: str, *, find: str, by: str = "") -> str:
    """`text` with every `find` replaced by `by`. Raises NodeError if `find` is empty."""
    if not find:
        raise NodeError("expected a text to look for, got an empty one", input="find")
    return _fits(text.replace(find, by))


@node("text.template", plan=True)
def template(
    a: str = "", b: str = "", c: str = "", d: str = "", *, template: Annotated[str, Multiline()] = "{a} {b}"
) -> str:
    """`template` with {a}, {b}, {c}, {d} replaced by the inputs; `{{` and `}}` are braces.

    Nothing else may stand in braces: names only, no attributes, indices or formats. Raises NodeError otherwise.
    """
    fields = {"a": a, "b": b, "c": c, "d": d}

    def fill(found: re.Match[str]) -> str:
        whole = found[0]
        if whole in ("{{", "}}"):
            return whole[0]
        name = whole[1:-1] if len(whole) > 1 else whole
        if name not in fields:
            near = nearest(name, fields)
            hint = f" (did you mean {{{near}}}?)" if near else ""
            raise NodeError(f"expected {{a}}, {{b}}, {{c}} or {{d}}, got {whole!r}{hint}", input="template")
        return fields[name]

    return _fits(re.sub(r"\{\{|\}\}|\{[^{}]*\}|[{}]", fill, template))


@node("text.number", plan=True)
def number(value: Number, *, decimals: Decimals = 2) -> str:
    """A number as text, with `decimals` digits after the point."""
    return f"{value:.{decimals}f}"


@node("text.compare", plan=True)
def compare(a: str, b: str, *, how: Literal["equals", "contains", "starts_with", "ends_with"] = "equals") -> bool:
    """Whether `a` equals, contains, starts with or ends with `b`. Case counts."""
    answers: dict[str, Callable[[], bool]] = {
        "equals": lambda: a == b,
        "contains": lambda: b in a,
        "starts_with": lambda: a.startswith(b),
        "ends_with": lambda: a.endswith(b),
    }
    return answers[how]()


class Wildcard(NamedTuple):
    """The text, and what was picked in the order of the text."""

    text: str
    picked: list[str]


@node("text.wildcard", plan=True)
def wildcard(*, template: Annotated[str, Multiline()], seed: Seed = 0) -> Wildcard:
    """`template` with every `{red|blue|green}` replaced by one of its options, picked by `seed`.

    Options may hold wildcards; `\\` before a brace, a bar or a backslash takes it as it is. The same template and seed
    give the same text on every machine: the pick is BLAKE2b(seed, number of the pick) modulo the number of options.
    Raises NodeError for a brace without its partner.
    """
    if len(template) > LONGEST:
        raise NodeError(f"expected a template of at most {LONGEST} characters, got {len(template)}", input="template")
    reader = _Reader(template)
    whole = reader.sequence(0)
    if reader.at < len(template):
        raise NodeError(f"the '}}' at character {reader.at + 1} has no '{{'", input="template")
    picked: list[str] = []
    return Wildcard(_fits(_filled(whole, seed, picked)), picked)


Part = str | list["list[Part]"]  # plain text, or the options of a wildcard, each a sequence of parts


class _Reader:
    """Reads a template from left to right into parts."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def sequence(self, depth: int) -> list[Part]:
        """Parts up to the end, or up to the bar or brace that ends an option."""
        parts: list[Part] = []
        while self.at < len(self.text):
            c = self.text[self.at]
            if c == "}" or (c == "|" and depth):
                break
            if c == "{":
                parts.append(self.options(depth + 1))
                continue
            if c == "\\" and self.text[self.at + 1 : self.at + 2] in ("{", "|", "}", "\\"):
                self.at += 1
            parts.append(self.text[self.at])
            self.at += 1
        return parts

    def options(self, depth: int) -> list[list[Part]]:
        """The options of the wildcard that starts here."""
        start = self.at
        if depth > DEPTH:
            raise NodeError(f"expected at most {DEPTH} wildcards within each other", input="template")
        found: list[list[Part]] = []
        while not found or self.text[self.at] == "|":
            self.at += 1  # the opening brace or the bar
            found.append(self.sequence(depth))
            if self.at == len(self.text):
                raise NodeError(f"the '{{' at character {start + 1} has no '}}'", input="template")
        self.at += 1
        return found


def _filled(parts: list[Part], seed: int, picked: list[str]) -> str:
    """The text of `parts` with wildcards picked; what the outermost and the inner ones gave is added to `picked`."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
            continue
        number = len(picked)
        picked.append("")
        drawn = int.from_bytes(blake2b(f"{seed}/{number}".encode(), digest_size=16).digest(), "little")
        picked[number] = _filled(part[drawn % len(part)], seed, picked)
        text += picked[number]
    return text
