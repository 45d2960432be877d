"""The node library: plain functions, one file per stage of diffusion.

`MODULES` is the explicit list of what is registered; the entry point `latent_loom.nodes` leads here.
"""

MODULES: tuple[str, ...] = (
    "nodes.edges",
    "nodes.flow",
    "nodes.grid",
    "nodes.image_files",
    "nodes.images",
    "nodes.latent_files",
    "nodes.latents",
    "nodes.lists",
    "nodes.masks",
    "nodes.math",
    "nodes.strings",
    "nodes.values",
)
