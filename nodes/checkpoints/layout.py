"""The original layout as tables: for every tensor of a diffusers module, which tensor of the file it comes from.

The files that Stable Diffusion 1, 2 and XL were published as name their tensors after the authors' modules
(`model.diffusion_model.input_blocks.1.0.in_layers.0.weight`); diffusers and transformers name theirs differently
(`down_blocks.0.resnets.0.norm1.weight`). A table follows from the module's configuration alone, so a file can be
checked against its header before anything is read, and what is missing can be named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Part = Literal["whole", "query", "key", "value", "transposed", "flat"]


@dataclass(frozen=True)
class Source:
    """Where a tensor comes from: the name in the file and what of it is taken.

    query, key, value: a third of the rows (open_clip keeps the three projections as one). transposed: a matrix the
    other way round. flat: [out, in] of a 1 × 1 convolution.
    """

    name: str
    part: Part = "whole"


Table = dict[str, Source]

RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
}
CLIP_LAYER = (
    "self_attn.q_proj",
    "self_attn.k_proj",
    "self_attn.v_proj",
    "self_attn.out_proj",
    "layer_norm1",
    "layer_norm2",
    "mlp.fc1",
    "mlp.fc2",
)
OPEN_CLIP_LAYER = {
    "self_attn.out_proj": "attn.out_proj",
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
}


def _both(module: str, source: str, part: Part = "whole") -> Iterator[tuple[str, Source]]:
    """Weight and bias of a module; only a weight is ever flattened."""
    yield f"{module}.weight", Source(f"{source}.weight", part)
    yield f"{module}.bias", Source(f"{source}.bias")


def unet_table(config: Mapping[str, Any], prefix: str = "model.diffusion_model.") -> Table:
    """A UNet2DConditionModel of this configuration from the UNet of the latent-diffusion code."""
    widths, depth = config["block_out_channels"], config["layers_per_block"]
    levels = len(widths)
    transformers = config.get("transformer_layers_per_block", 1)
    transformers = transformers if isinstance(transformers, list) else [transformers] * levels
    found = dict(_unet_ends(config))
    number, width = 1, widths[0]
    skips = [width]
    for i, kind in enumerate(config["down_block_types"]):
        for j in range(depth):
            found |= _resnet(f"down_blocks.{i}.resnets.{j}", f"input_blocks.{number}.0", width != widths[i])
            if kind.startswith("CrossAttn"):
                found |= _transformer(f"down_blocks.{i}.attentions.{j}", f"input_blocks.{number}.1", transformers[i])
            width = widths[i]
            skips.append(width)
            number += 1
        if i < levels - 1:
            found |= _both(f"down_blocks.{i}.downsamplers.0.conv", f"input_blocks.{number}.0.op")
            skips.append(width)
            number += 1
    found |= _resnet("mid_block.resnets.0", "middle_block.0", False)
    found |= _transformer("mid_block.attentions.0", "middle_block.1", transformers[-1])
    found |= _resnet("mid_block.resnets.1", "middle_block.2", False)
    number = 0
    for i, kind in enumerate(config["up_block_types"]):
        attends = kind.startswith("CrossAttn")
        for j in range(depth + 1):
            wide = width + skips.pop() != widths[-1 - i]
            found |= _resnet(f"up_blocks.{i}.resnets.{j}", f"output_blocks.{number}.0", wide)
            if attends:
                layers = transformers[-1 - i]
                found |= _transformer(f"up_blocks.{i}.attentions.{j}", f"output_blocks.{number}.1", layers)
            width = widths[-1 - i]
            number += 1
        if i < levels - 1:
            found |= _both(f"up_blocks.{i}.upsamplers.0.conv", f"output_blocks.{number - 1}.{1 + attends}.conv")
    return {name: Source(prefix + source.name, source.part) for name, source in found.items()}


def _unet_ends(config: Mapping[str, Any]) -> Iterator[tuple[str, Source]]:
    pairs = {
        "time_embedding.linear_1": "time_embed.0",
        "time_embedding.linear_2": "time_embed.2",
        "conv_in": "input_blocks.0.0",
        "conv_norm_out": "out.0",
        "conv_out": "out.2",
    }
    if config.get("addition_embed_type"):
        pairs |= {"add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2"}
    for module, source in pairs.items():
        yield from _both(module, source)


def _resnet(module: str, source: str, shortcut: bool) -> Iterator[tuple[str, Source]]:
    for ours, theirs in RESNET.items():
        yield from _both(f"{module}.{ours}", f"{source}.{theirs}")
    if shortcut:
        yield from _both(f"{module}.conv_shortcut", f"{source}.skip_connection")


def _transformer(module: str, source: str, layers: int) -> Iterator[tuple[str, Source]]:
    """A transformer: both sides name its tensors alike."""
    for name in ("norm", "proj_in", "proj_out"):
        yield from _both(f"{module}.{name}", f"{source}.{name}")
    for k in range(layers):
        inner, theirs = f"{module}.transformer_blocks.{k}", f"{source}.transformer_blocks.{k}"
        for name in ("norm1", "norm2", "norm3", "attn1.to_out.0", "attn2.to_out.0", "ff.net.0.proj", "ff.net.2"):
            yield from _both(f"{inner}.{name}", f"{theirs}.{name}")
        for name in (f"attn{a}.to_{projection}.weight" for a in (1, 2) for projection in "qkv"):
            yield f"{inner}.{name}", Source(f"{theirs}.{name}")


def vae_table(config: Mapping[str, Any], prefix: str = "first_stage_model.") -> Table:
    """An AutoencoderKL of this configuration from the autoencoder of the latent-diffusion code."""
    widths, depth = config["block_out_channels"], config["layers_per_block"]
    levels = len(widths)
    found: Table = {}
    for module in ("quant_conv", "post_quant_conv"):
        found |= _both(module, module)
    for half in ("encoder", "decoder"):
        found |= _both(f"{half}.conv_in", f"{half}.conv_in")
        found |= _both(f"{half}.conv_out", f"{half}.conv_out")
        found |= _both(f"{half}.conv_norm_out", f"{half}.norm_out")
        for j in range(2):
            found |= _vae_resnet(f"{half}.mid_block.resnets.{j}", f"{half}.mid.block_{j + 1}", False)
        found |= _vae_attention(f"{half}.mid_block.attentions.0", f"{half}.mid.attn_1")
    width = widths[0]
    for i in range(levels):
        for j in range(depth):
            wide = width != widths[i]
            found |= _vae_resnet(f"encoder.down_blocks.{i}.resnets.{j}", f"encoder.down.{i}.block.{j}", wide)
            width = widths[i]
        if i < levels - 1:
            found |= _both(f"encoder.down_blocks.{i}.downsamplers.0.conv", f"encoder.down.{i}.downsample.conv")
    for i in range(levels):
        level = levels - 1 - i  # the original counts the decoder's levels from the full resolution
        for j in range(depth + 1):
            wide = width != widths[level]
            found |= _vae_resnet(f"decoder.up_blocks.{i}.resnets.{j}", f"decoder.up.{level}.block.{j}", wide)
            width = widths[level]
        if i < levels - 1:
            found |= _both(f"decoder.up_blocks.{i}.upsamplers.0.conv", f"decoder.up.{level}.upsample.conv")
    return {name: Source(prefix + source.name, source.part) for name, source in found.items()}


def _vae_resnet(module: str, source: str, shortcut: bool) -> Iterator[tuple[str, Source]]:
    for name in ("norm1", "conv1", "norm2", "conv2"):
        yield from _both(f"{module}.{name}", f"{source}.{name}")
    if shortcut:
        yield from _both(f"{module}.conv_shortcut", f"{source}.nin_shortcut")


def _vae_attention(module: str, source: str) -> Iterator[tuple[str, Source]]:
    yield from _both(f"{module}.group_norm", f"{source}.norm")
    for ours, theirs in (("to_q", "q"), ("to_k", "k"), ("to_v", "v"), ("to_out.0", "proj_out")):
        yield from _both(f"{module}.{ours}", f"{source}.{theirs}", "flat")


def clip_table(config: Mapping[str, Any], prefix: str) -> Table:
    """A CLIP text model from a file that keeps it as transformers named it: SD 1, and the first encoder of SDXL."""
    found: Table = {
        f"embeddings.{name}_embedding.weight": Source(f"{prefix}embeddings.{name}_embedding.weight")
        for name in ("token", "position")
    }
    found |= _both("final_layer_norm", f"{prefix}final_layer_norm")
    for i in range(config["num_hidden_layers"]):
        for name in CLIP_LAYER:
            found |= _both(f"encoder.layers.{i}.{name}", f"{prefix}encoder.layers.{i}.{name}")
    return found


def open_clip_table(config: Mapping[str, Any], prefix: str, projected: bool) -> Table:
    """A CLIP text model from a file that keeps it as open_clip named it: SD 2, and the second encoder of SDXL.

    projected: with the projection of the pooled output, as CLIPTextModelWithProjection wants it.
    """
    found: Table = {
        "embeddings.token_embedding.weight": Source(f"{prefix}token_embedding.weight"),
        "embeddings.position_embedding.weight": Source(f"{prefix}positional_embedding"),
    }
    found |= _both("final_layer_norm", f"{prefix}ln_final")
    thirds: Iterable[tuple[str, Part]] = (("q", "query"), ("k", "key"), ("v", "value"))
    for i in range(config["num_hidden_layers"]):
        layer, theirs = f"encoder.layers.{i}", f"{prefix}transformer.resblocks.{i}"
        for name, other in OPEN_CLIP_LAYER.items():
            found |= _both(f"{layer}.{name}", f"{theirs}.{other}")
        for letter, part in thirds:
            found[f"{layer}.self_attn.{letter}_proj.weight"] = Source(f"{theirs}.attn.in_proj_weight", part)
            found[f"{layer}.self_attn.{letter}_proj.bias"] = Source(f"{theirs}.attn.in_proj_bias", part)
    if not projected:
        return found
    found = {f"text_model.{name}": source for name, source in found.items()}
    return found | {"text_projection.weight": Source(f"{prefix}text_projection", "transposed")}
