"""Checkpoints in one `.safetensors` file, as Stable Diffusion 1.x, 2.x, SDXL and its refiner were published.

`describe` reads the header only and gives the handles that `model.load` gives for a folder. Everything else that a
model needs is shipped here: configurations per family, and CLIP's vocabulary. Nothing is ever downloaded, and a pickled
file is never opened.

    header      names and shapes of a file's tensors
    families    which model it is, and its configurations
    layout      which tensor of the file becomes which tensor of the module
    modules     the handles, which fill a module from the file
    vocabulary  CLIP's tokenizer
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from engine.errors import NodeError
from nodes.checkpoints import families, vocabulary
from nodes.checkpoints.families import UNET, Family, TextSource
from nodes.checkpoints.header import FLOATS, Header, read_header
from nodes.checkpoints.layout import Table, unet_table, vae_table
from nodes.checkpoints.modules import FileText, FileUnet, FileVae, text_table
from nodes.handles import Model, TextEncoder
from nodes.types import PredictionType, SchedulerConfig


def describe(path: Path, digest: str, prediction: PredictionType | None = None) -> Model:
    """The handles of the checkpoint at `path`, whose bytes have this digest.

    prediction: what the UNet predicts, where neither the file nor its family says it right (Stable Diffusion 2 base
    predicts "epsilon", 2.1 in 768 pixels "v_prediction"; their files look alike). Raises NodeError for a pickled or
    broken file, a family that is not known here, and a checkpoint that lacks tensors of its family or has others.
    """
    header = read_header(path)
    family = families.detect(header, path.name)
    unet, vae = families.unet_config(family, header), families.vae_config(family, header)
    _check(header, unet_table(unet), path.name, "UNet", family)
    _check(header, vae_table(vae), path.name, "VAE", family)
    _check_leftovers(header, unet_table(unet), path.name, family)
    parts = tuple(_text(family, text, header, path, digest) for text in family.texts)
    stated, zero_snr = families.prediction(family, header)
    predicts = prediction or cast("PredictionType", stated)
    scheduler = family.config("scheduler", "scheduler_config.json") | {"prediction_type": predicts}
    if zero_snr:
        scheduler |= {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
    kind = scheduler.pop("_class_name")
    return Model(
        FileUnet(
            digest,
            prediction=predicts,
            in_channels=unet["in_channels"],
            out_channels=unet["out_channels"],
            context=unet["cross_attention_dim"],
            added=unet.get("projection_class_embeddings_input_dim", 0),
            time_width=unet.get("addition_time_embed_dim", 0),
            path=str(path),
            family=family.name,
        ),
        FileVae(
            digest,
            latent_channels=vae["latent_channels"],
            downscale=2 ** (len(vae["block_out_channels"]) - 1),
            scaling=vae["scaling_factor"],
            force_upcast=vae.get("force_upcast", False),
            path=str(path),
            family=family.name,
        ),
        TextEncoder(parts, family.layout, bool(family.index().get("force_zeros_for_empty_prompt", False))),
        SchedulerConfig(kind, json.dumps(scheduler, sort_keys=True)),
    )


def _text(family: Family, text: TextSource, header: Header, path: Path, digest: str) -> FileText:
    """The handle of one text encoder."""
    config = families.text_config(family, text, header)
    _check(header, text_table(text, config, header), path.name, "text encoder", family)
    projected = config["architectures"] == ["CLIPTextModelWithProjection"]
    return FileText(
        digest,
        kind="clip_projected" if projected else "clip",
        width=config["hidden_size"],
        layers=config["num_hidden_layers"],
        projection=config["projection_dim"] if projected else 0,
        tokenizer=f"{vocabulary.DIGEST} {text.padding}",
        path=str(path),
        family=family.name,
        folder=text.folder,
    )


def _check(header: Header, table: Table, name: str, part: str, family: Family) -> None:
    """Raises NodeError if the file lacks a tensor of the table, or keeps one in a type that cannot be read."""
    wanted = {source.name for source in table.values()}
    missing = sorted(wanted - header.shapes.keys())
    if missing:
        what = f"{len(missing)} of the {len(wanted)} tensors of its {part}, the first is {missing[0]}"
        raise NodeError(f"{name} is no whole checkpoint of {family.title}: it lacks {what}", input="model")
    other = next((source for source in sorted(wanted) if header.types[source] not in FLOATS), None)
    if other is not None:
        raise NodeError(f"{name}: expected floating-point weights, got {header.types[other]} in {other}", input="model")


def _check_leftovers(header: Header, table: Table, name: str, family: Family) -> None:
    """Raises NodeError if the UNet has tensors that its family's has not: dropping them would change its pictures."""
    wanted = {source.name for source in table.values()}
    others = sorted(key for key in header.shapes if key.startswith(UNET) and key not in wanted)
    if others:
        what = f"{len(others)} tensors that the UNet of {family.title} has not, the first is {others[0]}"
        raise NodeError(f"{name} is a variant that is not known here: it has {what}", input="model")
