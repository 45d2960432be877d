"""Which of the example workflows that come with the product use a node type."""

from __future__ import annotations

from engine.builtin import builtin
from engine.workflow import Workflow


def examples() -> dict[str, list[str]]:
    """Names of examples by node type (without its version), those with the fewest nodes first."""
    folder = builtin("workflows")
    documents = [(file.stem, Workflow.load(file).data) for file in sorted(folder.glob("*.json"))] if folder else []
    found: dict[str, list[str]] = {}
    for name, document in sorted(documents, key=lambda one: (len(one[1]["nodes"]), one[0])):
        bodies = [document, *document.get("subgraphs", {}).values()]
        types = {node["type"].partition("@")[0] for body in bodies for node in body["nodes"].values()}
        for one in sorted(types):
            found.setdefault(one, []).append(name)
    return found
