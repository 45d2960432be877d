"""What LoRA files call a module of a model.

Trainers write the same module under different names, and some of them cannot be taken apart again (kohya-ss writes `_`
for `.`, and `to_out_0` may be `to_out.0` or `to.out.0`). So nothing is taken apart here: every name that a file may use
is derived from the model's own names, and the file's are looked up.

    diffusers, peft     unet.mid_block.attentions.0.proj_in                 text_encoder.text_model.…
    diffusers, 2023     unet.….attn1.processor.to_q_lora                    text_encoder.….self_attn.to_q_lora
    kohya-ss            lora_unet_mid_block_attentions_0_proj_in            lora_te_text_model_…, lora_te1_…, lora_te2_…
    kohya-ss, SDXL      lora_unet_middle_block_1_proj_in
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nodes.checkpoints.layout import unet_table
from nodes.lora.values import NetPart

KOHYA: Mapping[NetPart, tuple[str, ...]] = {
    "unet": ("lora_unet",),
    "text_encoder": ("lora_te", "lora_te1"),
    "text_encoder_2": ("lora_te2",),
    "text_encoder_3": ("lora_te3",),
}
ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")
SELF_ATTENTION = {"q_proj": "to_q_lora", "k_proj": "to_k_lora", "v_proj": "to_v_lora", "out_proj": "to_out_lora"}
TEXT = "text_model."  # a prefix that transformers has kept or left out, by version and by class
ORIGINAL = "model.diffusion_model."


def plain(module: str) -> str:
    """A module's name without the prefix that only some versions of transformers write."""
    return module.removeprefix(TEXT)


def aliases(part: NetPart, modules: Iterable[str]) -> dict[str, str]:
    """From what a file may call a module of a part to the module's plain name. modules: plain names."""
    found: dict[str, str] = {}
    for module in modules:
        names = _unet_names(module) if part == "unet" else _text_names(part, module)
        for name in names:
            found.setdefault(name, module)
    return found


def original_aliases(config: Mapping[str, Any]) -> dict[str, str]:
    """kohya-ss trains SDXL on the authors' UNet, and calls its modules as they do."""
    return {
        f"lora_unet_{_joined(source.name.removeprefix(ORIGINAL).removesuffix('.weight'))}": name.removesuffix(".weight")
        for name, source in unet_table(_with_lists(config)).items()
        if name.endswith(".weight")
    }


def _unet_names(module: str) -> Iterator[str]:
    yield f"unet.{module}"
    yield module  # a UNet's own file
    yield f"lora_unet_{_joined(module)}"
    for name in ATTENTION:
        if module.endswith(f".{name}"):
            old = f"{module.removesuffix(name)}processor.{name.removesuffix('.0')}_lora"
            yield f"unet.{old}"
            yield old


def _text_names(part: NetPart, module: str) -> Iterator[str]:
    layer, _, name = module.rpartition(".")
    old = [f"{layer}.{SELF_ATTENTION[name]}"] if name in SELF_ATTENTION else []
    for written in (module, *old):
        yield f"{part}.{written}"
        yield f"{part}.{TEXT}{written}"
    for prefix in KOHYA[part]:
        yield f"{prefix}_{_joined(module)}"
        yield f"{prefix}_{_joined(TEXT + module)}"


def _joined(module: str) -> str:
    return module.replace(".", "_")


def _with_lists(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration as JSON has it, whether it comes from a file or from a module."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in config.items()}
