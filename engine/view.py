"""What calls in a loop show besides their outputs: made while the arguments are at hand, and kept beside the result.

A view is for eyes alone. It enters no key and no node reads it; if it cannot be made, the run goes on without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.code import CodeDigests
from engine.digest import Key
from engine.errors import NodeError
from engine.refs import Call, tagged
from engine.spec import ViewSpec


def view_key(call: Call, view: ViewSpec, code: CodeDigests) -> Key:
    """The name of what a call shows: it follows from the call's own key and the code of the view."""
    return tagged(b"view", call.key, view.name.encode(), b"\0", code.of(view.fn))


def views_of(call: Call, arguments: Mapping[str, Any], code: CodeDigests) -> Iterator[tuple[Key, object]]:
    """What a call shows, by key. Raises what a view raises, but for `NodeError`: then there is nothing to see."""
    for view in call.node.spec.views:
        try:
            value = view.fn(**{name: arguments[name] for name in view.names})
        except NodeError:
            continue
        if value is not None:
            yield view_key(call, view, code), value
