"""Handles into one file: each opens just its own tensors, without the network.

The module is built without weights from the family's configuration, filled from the file by the table of the original
layout, and refused if one tensor is missing, left over or of another shape. Tensors are copied: a file that is replaced
later does not reach into a loaded model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import NodeError
from engine.lazy import lazy
from nodes.checkpoints import families, vocabulary
from nodes.checkpoints.header import Header, read_header
from nodes.checkpoints.layout import Source, Table, clip_table, open_clip_table, unet_table, vae_table
from nodes.handles import TextPart, Unet, Vae
from nodes.lora.values import Net

if TYPE_CHECKING:
    import safetensors
    import torch
else:
    safetensors, torch = lazy("safetensors"), lazy("torch")

accelerate: Any = lazy("accelerate")
diffusers: Any = lazy("diffusers")
transformers: Any = lazy("transformers")


@dataclass(frozen=True)
class FileUnet(Unet):
    """The UNet of a checkpoint file."""

    family: str = ""

    def read(self, dtype: torch.dtype) -> Any:
        """The module on the CPU, as `dtype`."""
        header = read_header(Path(self.path))
        config = families.unet_config(_family(self.family), header)
        return _filled(lambda: diffusers.UNet2DConditionModel.from_config(config), unet_table(config), self.path, dtype)

    def net(self) -> Net:
        """Its tensors' shapes and its configuration, without reading weights."""
        header = read_header(Path(self.path))
        config = families.unet_config(_family(self.family), header)
        return Net(_shapes(unet_table(config), header), config)


@dataclass(frozen=True)
class FileVae(Vae):
    """The VAE of a checkpoint file."""

    family: str = ""

    def read(self, dtype: torch.dtype) -> Any:
        """The module on the CPU, as `dtype`."""
        header = read_header(Path(self.path))
        config = families.vae_config(_family(self.family), header)
        return _filled(lambda: diffusers.AutoencoderKL.from_config(config), vae_table(config), self.path, dtype)


@dataclass(frozen=True)
class FileText(TextPart):
    """A text encoder of a checkpoint file, with the tokenizer that is shipped here."""

    family: str = ""
    folder: str = ""

    def read(self, dtype: torch.dtype) -> Any:
        """The transformers module on the CPU, as `dtype`."""
        config, table, _ = self._tables()
        settings = transformers.CLIPTextConfig(**{k: v for k, v in config.items() if k != "model_type"})
        projected = self.kind == "clip_projected"
        kind = transformers.CLIPTextModelWithProjection if projected else transformers.CLIPTextModel
        return _filled(lambda: kind(settings), table, self.path, dtype)

    def net(self) -> Net:
        """Its tensors' shapes, without reading weights."""
        _, table, header = self._tables()
        return Net(_shapes(table, header))

    def read_tokenizer(self) -> Any:
        """CLIP's tokenizer, padding as this encoder was trained."""
        return vocabulary.tokenizer(self._source().padding)

    def _tables(self) -> tuple[dict[str, Any], Table, Header]:
        """The encoder's configuration, where its tensors come from, and the header of the file."""
        header, text = read_header(Path(self.path)), self._source()
        config = families.text_config(_family(self.family), text, header)
        return config, text_table(text, config, header), header

    def _source(self) -> families.TextSource:
        return next(text for text in _family(self.family).texts if text.folder == self.folder)


def text_table(text: families.TextSource, config: dict[str, Any], header: Header) -> Table:
    """Where the tensors of a text encoder come from."""
    prefix = text.prefix(header) or text.prefixes[0]
    if text.naming == "clip":
        return clip_table(config, prefix)
    return open_clip_table(config, prefix, config["architectures"] == ["CLIPTextModelWithProjection"])


def _family(name: str) -> families.Family:
    return next(family for family in families.FAMILIES if family.name == name)


def _filled(make: Callable[[], Any], table: Table, path: str, dtype: torch.dtype) -> Any:
    """The module that `make` builds, with the file's tensors as `dtype`, in evaluation mode."""
    with accelerate.init_empty_weights(include_buffers=False):
        module = make()
    name = Path(path).name
    try:
        with safetensors.safe_open(path, framework="pt") as opened:
            state = {target: _part(opened.get_tensor(source.name), source, dtype) for target, source in table.items()}
        module.load_state_dict(state, strict=True, assign=True)
    except (OSError, RuntimeError, safetensors.SafetensorError) as error:
        raise NodeError(
            f"{name} does not hold the tensors that its header announced: {error}", input="model"
        ) from error
    return module.eval()


def _part(tensor: torch.Tensor, source: Source, dtype: torch.dtype) -> torch.Tensor:
    """The part of a file's tensor that a module takes, as a tensor of its own."""
    third = len(tensor) // 3
    if source.part == "transposed":
        tensor = tensor.T
    elif source.part == "flat":
        tensor = tensor.reshape(tensor.shape[:2])
    elif source.part != "whole":
        start = ("query", "key", "value").index(source.part) * third
        tensor = tensor[start : start + third]
    return tensor.to(dtype, copy=True, memory_format=torch.contiguous_format)


def _shapes(table: Table, header: Header) -> dict[str, tuple[int, ...]]:
    """The shapes of a module's tensors, from those of the file's."""
    return {target: _shape(header.shapes[source.name], source) for target, source in table.items()}


def _shape(shape: tuple[int, ...], source: Source) -> tuple[int, ...]:
    """The shape of the part of a file's tensor that a module takes."""
    match source.part:
        case "whole":
            return shape
        case "transposed":
            return shape[::-1]
        case "flat":
            return shape[:2]
    return (shape[0] // 3, *shape[1:])
