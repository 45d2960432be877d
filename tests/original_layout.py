"""Checkpoints in the original layout: with every tensor of the real ones, so every name, but narrow.

`Checkpoint` holds random tensors under the names of diffusers and transformers and writes them into one file under the
original names, with the extra tensors that published files carry. `hollow` writes a header alone, of any size.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path

import accelerate
import diffusers
import torch
import transformers
from safetensors.torch import save_file

from nodes.checkpoints import families, vocabulary
from nodes.checkpoints.header import Header
from nodes.checkpoints.layout import Table, unet_table, vae_table
from nodes.checkpoints.modules import text_table

FAMILIES = {family.name: family for family in families.FAMILIES}

NARROW_UNET = {
    "sd15": {"block_out_channels": [32, 64, 96, 96], "cross_attention_dim": 64},
    "sd21": {"block_out_channels": [32, 64, 96, 96], "cross_attention_dim": 128, "attention_head_dim": [1, 1, 1, 1]},
    "sdxl": {
        "block_out_channels": [32, 64, 96],
        "cross_attention_dim": 192,
        "attention_head_dim": [1, 1, 1],
        "projection_class_embeddings_input_dim": 6 * 256 + 128,
    },
    "sdxl_refiner": {
        "block_out_channels": [32, 64, 96, 96],
        "cross_attention_dim": 128,
        "attention_head_dim": [1, 1, 1, 1],
        "projection_class_embeddings_input_dim": 5 * 256 + 128,
    },
}
NARROW_VAE = {"block_out_channels": [32, 64, 96, 96]}
NARROW_TEXT = {
    "clip": {"hidden_size": 64, "intermediate_size": 96, "num_attention_heads": 1, "vocab_size": 512},
    "open_clip": {"hidden_size": 128, "intermediate_size": 96, "num_attention_heads": 2, "vocab_size": 512},
}


class Plan:
    """What a family's file holds, without tensors: configurations, and the tables that name the tensors."""

    def __init__(self, family: str, vocabulary: int = 512, **unet: object) -> None:
        self.family = FAMILIES[family]
        self.configs = {
            "unet": self.family.config("unet") | NARROW_UNET[family] | unet,
            "vae": self.family.config("vae") | NARROW_VAE,
        }
        for text in self.family.texts:
            config = self.family.config(text.folder) | NARROW_TEXT[text.naming] | {"vocab_size": vocabulary}
            if config["architectures"] == ["CLIPTextModelWithProjection"]:
                config["projection_dim"] = 128
            self.configs[text.folder] = config

    @property
    def tables(self) -> dict[str, Table]:
        """Which tensor of the file becomes which of the module, by part."""
        found = {"unet": unet_table(self.configs["unet"]), "vae": vae_table(self.configs["vae"])}
        for text in self.family.texts:
            found[text.folder] = text_table(text, self.configs[text.folder], Header({}, {}, {}))
        return found

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the file's tensors by their original names."""
        found: dict[str, tuple[int, ...]] = {}
        for part, table in self.tables.items():
            for name, shape in shapes(part, self.configs[part]).items():
                source, rest = table[name], tuple(shape[1:])
                if source.part in ("query", "key", "value"):
                    found[source.name] = (3 * shape[0], *rest)
                elif source.part == "transposed":
                    found[source.name] = (*rest, shape[0])
                else:
                    found[source.name] = (*shape, 1, 1) if source.part == "flat" and len(shape) == 2 else tuple(shape)
        return found


class Checkpoint(Plan):
    """A plan with random tensors, under the names of diffusers and transformers."""

    def __init__(
        self,
        family: str,
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
        vocabulary: int = 512,
        **unet: object,
    ) -> None:
        super().__init__(family, vocabulary, **unet)
        generator = torch.Generator().manual_seed(seed)
        self.tensors = {
            part: {
                name: torch.rand(shape, generator=generator).sub_(0.5).mul_(0.1).to(dtype)
                for name, shape in shapes(part, config).items()
            }
            for part, config in self.configs.items()
        }

    def original(self) -> dict[str, torch.Tensor]:
        """The tensors under the names of the original layout."""
        made: dict[str, torch.Tensor] = {}
        thirds: dict[str, dict[str, torch.Tensor]] = {}
        for part, table in self.tables.items():
            for name, source in table.items():
                tensor = self.tensors[part][name]
                if source.part in ("query", "key", "value"):
                    thirds.setdefault(source.name, {})[source.part] = tensor
                elif source.part == "flat":
                    made[source.name] = tensor[:, :, None, None]
                else:
                    made[source.name] = tensor.T.contiguous() if source.part == "transposed" else tensor
        for name, pieces in thirds.items():
            made[name] = torch.cat([pieces[piece] for piece in ("query", "key", "value")])
        return made

    def extras(self) -> dict[str, torch.Tensor]:
        """Tensors of published files that no module takes."""
        made = {"alphas_cumprod": torch.rand(1000), "model_ema.decay": torch.tensor(0.9)}
        for text in self.family.texts:
            prefix = text.prefixes[0]
            if text.naming == "clip":
                made[f"{prefix}embeddings.position_ids"] = torch.arange(77)[None]
                continue
            made[f"{prefix}logit_scale"] = torch.tensor(4.6)
            if self.family.name == "sd21":
                made[f"{prefix}text_projection"] = torch.rand(128, 128)
                made[f"{prefix}transformer.resblocks.23.ln_1.weight"] = torch.rand(128)
        return made

    def write(self, path: Path, extras: bool = True, metadata: dict[str, str] | None = None) -> Path:
        """One `.safetensors` file."""
        save_file(self.original() | (self.extras() if extras else {}), path, metadata)
        return path

    def save_pretrained(self, folder: Path) -> Path:
        """A diffusers folder with the same weights; CLIP's whole vocabulary needs `vocabulary` 49408."""
        for part, config in self.configs.items():
            made = module(part, config)
            made.load_state_dict(self.tensors[part], assign=True)
            made.save_pretrained(folder / part)
        for text in self.family.texts:
            vocabulary.tokenizer(text.padding).save_pretrained(
                folder / text.folder.replace("text_encoder", "tokenizer")
            )
        scheduler = folder / "scheduler" / "scheduler_config.json"
        scheduler.parent.mkdir()
        scheduler.write_text(json.dumps(self.family.config("scheduler", "scheduler_config.json")))
        (folder / "model_index.json").write_text(json.dumps(self.family.index()))
        return folder


def module(part: str, config: dict[str, object]) -> torch.nn.Module:
    """A part of a model with this configuration, without weights."""
    with accelerate.init_empty_weights(include_buffers=False):
        if part == "unet":
            return diffusers.UNet2DConditionModel.from_config(config)
        if part == "vae":
            return diffusers.AutoencoderKL.from_config(config)
        settings = transformers.CLIPTextConfig(**{k: v for k, v in config.items() if k != "model_type"})
        return getattr(transformers, config["architectures"][0])(settings)


def shapes(part: str, config: dict[str, object]) -> dict[str, torch.Size]:
    """Shapes of a part's tensors by name."""
    return {name: tensor.shape for name, tensor in module(part, config).state_dict().items()}


def hollow(
    path: Path, shapes: Mapping[str, tuple[int, ...]], dtype: str = "F16", metadata: Mapping[str, str] | None = None
) -> Path:
    """A file with a whole header and a hole instead of the tensors: any size, no space on disk."""
    width = {"F32": 4, "F16": 2, "I8": 1}[dtype]
    header: dict[str, object] = {"__metadata__": dict(metadata)} if metadata else {}
    end = 0
    for name, shape in shapes.items():
        count = width
        for side in shape:
            count *= side
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [end, end + count]}
        end += count
    text = json.dumps(header).encode()
    with path.open("wb") as stream:
        stream.write(struct.pack("<Q", len(text)) + text)
        stream.truncate(8 + len(text) + end)
    return path
