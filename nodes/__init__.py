"""The node library: plain functions, one file per stage of diffusion.

`MODULES` is the explicit list of what is registered; the entry point `latent_loom.nodes` leads here.
"""

MODULES: tuple[str, ...] = (
    "nodes.flow",
    "nodes.lists",
    "nodes.math",
    "nodes.strings",
    "nodes.values",
)
