"""The node library: plain functions, one file per stage of diffusion.

`MODULES` is the explicit list of what is registered; the entry point `latent_loom.nodes` leads here.
"""

MODULES: tuple[str, ...] = (
    "nodes.clean",
    "nodes.control",
    "nodes.edges",
    "nodes.flow",
    "nodes.grid",
    "nodes.guidance",
    "nodes.image_files",
    "nodes.images",
    "nodes.inpaint",
    "nodes.instruct",
    "nodes.latent_files",
    "nodes.latents",
    "nodes.lists",
    "nodes.loaders",
    "nodes.lora.apply",
    "nodes.masks",
    "nodes.math",
    "nodes.noise",
    "nodes.noising",
    "nodes.refine",
    "nodes.schedule",
    "nodes.solvers",
    "nodes.steps",
    "nodes.strings",
    "nodes.text",
    "nodes.unet",
    "nodes.vae",
    "nodes.values",
)
