"""What a node type says about itself for people, beside its docstring: a name, an equation, where it is from.

    @node(
        "guidance.cfg",
        label="Classifier-free guidance",
        formula=Formula("ε = ε_u + s · (ε_c − ε_u)", r"..."),
        paper=Paper("Ho & Salimans 2022, Classifier-free diffusion guidance", "https://arxiv.org/abs/2207.12598"),
    )

None of it enters a key. The stage that a node belongs to stands once in its module: `STAGE = "guidance"`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.node import Node


@dataclass(frozen=True)
class Formula:
    """An equation. line: in one line of plain text; tex: in LaTeX's mathematics."""

    line: str
    tex: str


@dataclass(frozen=True)
class Paper:
    """Where a method is described. text: authors, year, title; url: an address that lasts."""

    text: str
    url: str


def category_of(node: Node[Any, Any]) -> str:
    """The part of a node type's name before its first dot: "guidance"."""
    return node.name.partition(".")[0]


def stage_of(node: Node[Any, Any]) -> str | None:
    """The stage that the node's module declares; None for a node of no stage."""
    found = getattr(sys.modules.get(node.__module__), "STAGE", None)
    return found if isinstance(found, str) else None


def label_of(node: Node[Any, Any]) -> str:
    """A short name to read: what was declared, or "Image: resize" for `image.resize`."""
    if node.label:
        return node.label
    category, _, rest = node.name.partition(".")
    return f"{category.capitalize()}: {rest.replace('_', ' ').replace('.', ', ')}"
