"""Handles: what a model socket carries. Digests and the few facts that a plan needs, never weights.

A handle names weights by the digest of their bytes and says how to open them; `ctx.load(handle)` gives the opened
module. `read` (and `net`, for shapes alone) are the methods that know where the bytes lie, so that another source (a
single-file checkpoint, say) is a subclass with others. The path is no part of the identity: a renamed folder is the
same model. LoRAs on a handle are: with them it names other weights, which `open` makes in a copy of their own.

    Model           unet, vae, text_encoder, scheduler: what `model.load` gives
    Unet, Vae       one network each
    TextEncoder     a bundle of one to three `TextPart`s, so that SD 1.5, SDXL and SD3 are wired alike
    ControlNet      a network that turns an image into residuals
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from engine.lazy import lazy
from engine.values import Ref
from nodes.lora.values import Lora, Net
from nodes.types import PredictionType, SchedulerConfig

if TYPE_CHECKING:
    import diffusers
    import torch
    import transformers

    from nodes.textmodel import TextModel
else:
    diffusers, torch, transformers = lazy("diffusers"), lazy("torch"), lazy("transformers")

TextKind = Literal["clip", "clip_projected", "t5"]
TextLayout = Literal["sd", "sdxl", "sd3"]


def settled(module: Any, device: str) -> Any:
    """A module as the nodes use it: in evaluation mode (no dropout), on `device`.

    Parameters keep `requires_grad`, though nothing here takes a gradient: torch folds the batch of a matrix product by
    that flag, so that without it the last bits would differ from diffusers' pipelines. Nodes call under `no_grad`.
    """
    return module.eval().to(device)


@dataclass(frozen=True)
class Unet(Ref[Any]):
    """A UNet2DConditionModel.

    prediction: what its output means (from the model's scheduler config: the weights do not say). in_channels: 4, or 9
    for inpainting (latent, mask, masked latent), 8 for instructions (latent, picture). context: width of the text
    embeddings it attends to. added: width of the additional embedding of SDXL, which is the pooled text next to
    `time_width` sines of each micro-conditioning number (0: none). guidance_width: width of the guidance-scale
    embedding of a distilled model (LCM), else 0. loras: changes to its weights, in the order in which they are added.
    """

    prediction: PredictionType
    in_channels: int
    out_channels: int
    context: int
    added: int = 0
    time_width: int = 0
    guidance_width: int = 0
    loras: tuple[Lora, ...] = ()
    path: str = field(default="", compare=False)
    variant: str | None = field(default=None, compare=False)

    def read(self, dtype: torch.dtype) -> Any:
        """The module on the CPU, as `dtype`, without LoRAs."""
        return _network(diffusers.UNet2DConditionModel, self.path, dtype, self.variant)

    def net(self) -> Net:
        """Its tensors' shapes and its configuration, without reading weights."""
        config = json.loads((Path(self.path) / "config.json").read_text(encoding="utf-8"))
        return Net(_shapes(self.path, "diffusion_pytorch_model"), config)

    def open(self, device: str, dtype: str) -> Any:
        """The module on `device`, with its LoRAs in the weights. Only safetensors files are read."""
        return settled(_merged(self.read(getattr(torch, dtype)), self.loras), device)


@dataclass(frozen=True)
class Vae(Ref[Any]):
    """An AutoencoderKL. z = scaling · (E(x) − shift), x = D(z / scaling + shift); h = H / downscale."""

    latent_channels: int
    downscale: int
    scaling: float
    shift: float | None = None
    force_upcast: bool = False
    path: str = field(default="", compare=False)
    variant: str | None = field(default=None, compare=False)

    def read(self, dtype: torch.dtype) -> Any:
        """The module on the CPU, as `dtype`."""
        return _network(diffusers.AutoencoderKL, self.path, dtype, self.variant)

    def open(self, device: str, dtype: str) -> Any:
        """The module on `device`: in float32 where its configuration says that float16 would overflow."""
        full = self.force_upcast and dtype == "float16"
        return settled(self.read(torch.float32 if full else getattr(torch, dtype)), device)


@dataclass(frozen=True)
class TextPart(Ref["TextModel"]):
    """One text encoder with its tokenizer. width: of its embeddings; projection: of its pooled output (0: none)."""

    kind: TextKind
    width: int
    layers: int
    projection: int
    tokenizer: str  # the digest of the tokenizer's folder
    loras: tuple[Lora, ...] = ()
    path: str = field(default="", compare=False)
    tokenizer_path: str = field(default="", compare=False)
    variant: str | None = field(default=None, compare=False)

    def read(self, dtype: torch.dtype) -> Any:
        """The transformers module on the CPU, as `dtype`, without LoRAs."""
        kinds: dict[str, Any] = {
            "clip": transformers.CLIPTextModel,
            "clip_projected": transformers.CLIPTextModelWithProjection,
            "t5": transformers.T5EncoderModel,
        }
        arguments = {"dtype": dtype, "use_safetensors": True, "local_files_only": True, "variant": self.variant}
        with _no_progress_bar():
            return kinds[self.kind].from_pretrained(self.path, **arguments)

    def net(self) -> Net:
        """Its tensors' shapes, without reading weights."""
        return Net(_shapes(self.path, "model"))

    def read_tokenizer(self) -> Any:
        """The transformers tokenizer."""
        kind: Any = transformers.T5Tokenizer if self.kind == "t5" else transformers.CLIPTokenizer
        return kind.from_pretrained(self.tokenizer_path, local_files_only=True)

    def open(self, device: str, dtype: str) -> TextModel:
        """Encoder, with its LoRAs in the weights, and tokenizer as one module on `device`."""
        from nodes.textmodel import TextModel  # imports torch

        encoder = _merged(self.read(getattr(torch, dtype)), self.loras)
        opened: TextModel = settled(TextModel(self.read_tokenizer(), encoder), device)
        return opened


@dataclass(frozen=True)
class TextEncoder:
    """A bundle of one to three text encoders.

    layout: how their outputs make one conditioning. "sd": the last hidden state. "sdxl": penultimate hidden states side
    by side, pooled from the last. "sd3": CLIPs side by side, T5 below. zero_empty: an empty prompt means zeros
    (`force_zeros_for_empty_prompt` of SDXL base).
    """

    parts: tuple[TextPart, ...]
    layout: TextLayout = "sd"
    zero_empty: bool = False


@dataclass(frozen=True)
class ControlNet(Ref[Any]):
    """A ControlNet for a UNet with the same `context` and `added`. downscale: image pixels per latent pixel."""

    context: int
    added: int = 0
    time_width: int = 0
    downscale: int = 8
    path: str = field(default="", compare=False)
    variant: str | None = field(default=None, compare=False)

    def read(self, dtype: torch.dtype) -> Any:
        """The module on the CPU, as `dtype`."""
        return _network(diffusers.ControlNetModel, self.path, dtype, self.variant)

    def open(self, device: str, dtype: str) -> Any:
        """The module on `device`. Only safetensors files are read."""
        return settled(self.read(getattr(torch, dtype)), device)


class Model(NamedTuple):
    """What `model.load` gives: handles of the networks and the scheduler configuration of the model's folder."""

    unet: Unet
    vae: Vae
    text_encoder: TextEncoder
    scheduler: SchedulerConfig


@contextmanager
def _no_progress_bar() -> Iterator[None]:
    """Without the bar that transformers draws on standard error while it loads weights."""
    bars: Any = transformers.utils.logging
    shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            bars.enable_progress_bar()


def _network(kind: Any, path: str, dtype: torch.dtype, variant: str | None) -> Any:
    """diffusers' `from_pretrained` on a local folder: never a pickle, never the network."""
    return kind.from_pretrained(path, torch_dtype=dtype, variant=variant, use_safetensors=True, local_files_only=True)


def _merged(module: Any, loras: tuple[Lora, ...]) -> Any:
    """A freshly opened module with LoRAs in its weights."""
    from nodes.lora.merge import merged  # reads headers, by means of a package that makes handles

    return merged(module, loras)


def _shapes(path: str, stem: str) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the tensors of a folder's weight files."""
    from nodes.checkpoints.header import read_header

    files = sorted(Path(path).glob(f"{stem}*.safetensors"))
    return {name: shape for file in files for name, shape in read_header(file).shapes.items()}
