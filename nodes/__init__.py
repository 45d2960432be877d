"""The node library: plain functions, one file per stage of diffusion.

`MODULES` is the explicit list of what is registered, `WARM` what may be imported ahead of a run; the entry point
`latent_loom.nodes` leads here.
"""

MODULES: tuple[str, ...] = (
    "nodes.clean",
    "nodes.clip.features",
    "nodes.clip.load",
    "nodes.control",
    "nodes.edges",
    "nodes.flow",
    "nodes.grid",
    "nodes.guidance",
    "nodes.image_files",
    "nodes.image_folder",
    "nodes.images",
    "nodes.inpaint",
    "nodes.instruct",
    "nodes.latent_files",
    "nodes.latents",
    "nodes.lists",
    "nodes.loaders",
    "nodes.looks",
    "nodes.lora.apply",
    "nodes.masks",
    "nodes.math",
    "nodes.metrics.frechet",
    "nodes.metrics.inception",
    "nodes.metrics.likeness",
    "nodes.noise",
    "nodes.noising",
    "nodes.refine",
    "nodes.reports",
    "nodes.schedule",
    "nodes.solvers",
    "nodes.steps",
    "nodes.strings",
    "nodes.text",
    "nodes.unet",
    "nodes.vae",
    "nodes.values",
)

WARM: tuple[str, ...] = (
    "torch",
    "transformers.models.clip.modeling_clip",
    "diffusers.models.autoencoders.autoencoder_kl",
    "diffusers.models.unets.unet_2d_condition",
    "accelerate",
)
"""What the common models' classes need, for a process that has time before its first run: seconds of imports."""
