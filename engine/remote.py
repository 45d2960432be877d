"""Servers that `loom run --server` can speak to, by entry points of the group `latent_loom.remote`.

An entry point `scheme = "package.module"` leads to a module with `run(options) -> int`, which does what `loom run` does
and returns its exit code. The scheme is that of the address: `https` of `https://loom.example`; an address without one
is a scheme itself (`local`). So the engine speaks no protocol and imports no server.
"""

from __future__ import annotations

import argparse
from importlib.metadata import entry_points
from typing import cast

from engine.errors import InvalidInput, LoomError, nearest
from engine.extensions import Action

GROUP = "latent_loom.remote"
HERE_ALONE = {"device": "auto", "dtype": "auto", "threads": None, "no_cache": False}
"""Options that say how this machine runs a workflow, with their defaults."""


def run(options: argparse.Namespace) -> int:
    """`loom run --server ADDRESS`. Raises `InvalidInput` for an option or an address that makes no sense."""
    for name, default in HERE_ALONE.items():
        if getattr(options, name) != default:
            raise InvalidInput(f"--{name.replace('_', '-')} is for runs on this machine; a server has its own")
    return _found(options.server)(options)


def _found(address: str) -> Action:
    """What speaks to an address."""
    scheme = address.partition("://")[0]
    points = {point.name: point for point in entry_points(group=GROUP)}
    if scheme not in points:
        like = nearest(scheme, points)
        hint = f" (did you mean {like!r}?)" if like else f"; there are: {', '.join(sorted(points)) or 'none'}"
        raise InvalidInput(f"--server {address}: nothing here speaks {scheme!r}{hint}")
    try:
        return cast(Action, points[scheme].load().run)
    except Exception as error:  # another package may raise anything
        raise LoomError(f"{points[scheme].value} was not loaded: {type(error).__name__}: {error}") from error
